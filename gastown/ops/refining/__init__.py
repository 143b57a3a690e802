"""What the refinery does with a rig's merge queue, step by step."""
