"""Files, commits, worktrees and the cache, with real git in temporary directories."""
