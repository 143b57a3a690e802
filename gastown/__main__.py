"""`python -m gastown` is `gt`."""

from gastown.cli.main import gt

gt()
