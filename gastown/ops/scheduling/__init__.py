"""The scheduler: who waits for a place, who gets one, and what is not started for a while."""
