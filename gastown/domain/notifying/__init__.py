"""When the person at the desk is told of something, and in which words."""
