"""`make bench`: every number is a median, and a ratio to something measured in the same run."""

from tests.bench import commands, githooks, ledger

commands.main()
ledger.main()
githooks.main()
