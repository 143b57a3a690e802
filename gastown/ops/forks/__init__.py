"""Forks: branches of the ledger on which a plan is tried before it is made real."""
