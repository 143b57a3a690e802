"""Tests through the real thing: real git, real processes, temporary towns, a sealed HOME."""
