"""`gt demo`: a real town on a real repository, worked by the embedded agent, before one's eyes."""
