"""Files and commits: the one place that knows where a town's state is and how it is written."""
