"""`make bench`: every number is a median, and a ratio to something measured in the same run."""

from tests.bench import client_hooks, commands, githooks, ledger

commands.main()
ledger.main()
githooks.main()
client_hooks.main()
