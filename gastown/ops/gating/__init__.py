"""Gates: a rig's commands, run on a commit before anything moves to it."""
