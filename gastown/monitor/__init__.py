"""The monitor: watches the spool and the refs, and keeps the town moving."""
