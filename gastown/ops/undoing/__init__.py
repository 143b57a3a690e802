"""Taking operations back: which, what stands in the way, the commit, and what follows from it."""
