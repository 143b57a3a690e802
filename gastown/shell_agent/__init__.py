"""The embedded agent: works a bead without AI, through the same commands that any agent uses.

The commands are the bead's: the lines of the fenced `sh` blocks of its description. They are run
one by one in the hook's worktree, and what each changed is committed with the bead's id. It stops
at the first that fails, says so in the bead's notes, and otherwise ends with `gt done`. Started
again, it goes on after the last command whose changes are committed.

Of a molecule it works the steps that have a command, and records each one.
"""
