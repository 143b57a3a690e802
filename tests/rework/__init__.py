"""What follows when a request does not merge."""
