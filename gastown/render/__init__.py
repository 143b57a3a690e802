"""Results and read models → text or JSON. The only place where the town's facts become words."""
