"""The merge queue as pure decisions: which request is next, what is tested, who is at fault."""
