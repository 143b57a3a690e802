"""What people decide about merge requests."""
