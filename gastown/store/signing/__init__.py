"""Signed operations (`log.sign = "ssh"`): keys, who may sign as whom, and signatures."""
