"""The transcript that the real Claude Code client writes now, for what a scripted server tells."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from gastown.ops.usage import usage_of
from gastown.runtime.agent_folder import Thread
from tests.support import claude_code
from tests.support.messages_api import MODEL, OUTPUT_TOKENS, TOKENS, Bash, MessagesApi, Say


def test_every_answer_of_the_server_is_counted_once(tmp_path: Path) -> None:
    """Two answers in a first run, a third in a resumed one: three turns, the server's numbers."""
    home, tree = tmp_path / "home", tmp_path / "tree"
    home.mkdir()
    tree.mkdir()
    claude_code.set_up(home)
    with MessagesApi() as api:
        api.script("count-me", [Bash("echo one"), Say("done"), Say("done again")])
        env = {**os.environ, **claude_code.variables(api.url), "HOME": str(home)}
        words = ["claude", "--dangerously-skip-permissions", "-p"]
        for more in (["count-me"], ["--continue", "count-me again"]):
            subprocess.run([*words, *more], cwd=tree, env=env, stdin=subprocess.DEVNULL,
                           check=True, capture_output=True, timeout=120)  # fmt: skip
        assert len(api.seen("count-me")) == 3
    [file] = home.glob(".claude/projects/*/*.jsonl")
    [row] = usage_of(Thread(file.stem, str(file), 1, None, "claude"), "claude")
    assert (row["model"], row["turns"], row["output"]) == (MODEL, 3, 3 * OUTPUT_TOKENS)
    assert row["input"] == 3 * TOKENS["input_tokens"]
    assert row["cache_read"] == 3 * TOKENS["cache_read_input_tokens"]
    assert row["cache_write"] == 3 * TOKENS["cache_creation_input_tokens"]
