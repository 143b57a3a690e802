"""Presets: each is whole, and each of its forms is the command that its client takes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gastown.runtime.agents import Form, PromptWay, compose, preset, preset_names
from gastown.runtime.clients import FORMATS
from tests.runtimes.conftest import said

CLAUDE = ["--dangerously-skip-permissions"]
CODEX = ["--dangerously-bypass-approvals-and-sandbox"]
GEMINI = ["--approval-mode", "yolo"]
AMP = ["--dangerously-allow-all", "--no-ide"]
# What the clients' own --help shows; HOOKS stands for the words that make it run our hooks.
FORMS = {
    ("claude", "start"): [*CLAUDE, "HOOKS", "PROMPT"],
    ("claude", "resume"): [*CLAUDE, "HOOKS", "--resume", "ID", "PROMPT"],
    ("claude", "resume_last"): [*CLAUDE, "HOOKS", "--continue", "PROMPT"],
    ("claude", "headless"): [*CLAUDE, "HOOKS", "-p", "PROMPT"],
    ("claude", "headless_resume"): [*CLAUDE, "HOOKS", "-p", "--resume", "ID", "PROMPT"],
    ("claude", "headless_resume_last"): [*CLAUDE, "HOOKS", "-p", "--continue", "PROMPT"],
    ("claude", "ask"): [*CLAUDE, "-p", "--resume", "ID", "--fork-session", "PROMPT"],
    ("claude", "ask_file"): [*CLAUDE, "-p", "--resume", "ID", "--fork-session", "PROMPT"],
    ("codex", "start"): [*CODEX, "HOOKS", "PROMPT"],
    ("codex", "resume"): [*CODEX, "HOOKS", "resume", "ID", "PROMPT"],
    ("codex", "resume_last"): [*CODEX, "HOOKS", "resume", "--last", "PROMPT"],
    ("codex", "headless"): [*CODEX, "HOOKS", "exec", "PROMPT"],
    ("codex", "headless_resume"): [*CODEX, "HOOKS", "exec", "resume", "ID", "PROMPT"],
    ("codex", "headless_resume_last"): [*CODEX, "HOOKS", "exec", "resume", "--last", "PROMPT"],
    ("codex", "ask"): [*CODEX, "exec", "fork", "ID", "PROMPT"],
    ("gemini", "start"): [*GEMINI, "--session-id", "ID", "-i", "PROMPT"],
    ("gemini", "resume"): [*GEMINI, "--resume", "ID", "-i", "PROMPT"],
    ("gemini", "resume_last"): [*GEMINI, "--resume", "latest", "-i", "PROMPT"],
    ("gemini", "headless"): [*GEMINI, "--session-id", "ID", "-p", "PROMPT"],
    ("gemini", "headless_resume"): [*GEMINI, "--resume", "ID", "-p", "PROMPT"],
    ("gemini", "headless_resume_last"): [*GEMINI, "--resume", "latest", "-p", "PROMPT"],
    ("cursor", "start"): ["--force", "PROMPT"],
    ("cursor", "resume"): ["--force", "--resume", "ID", "PROMPT"],
    ("cursor", "headless"): ["--force", "--print", "PROMPT"],
    ("cursor", "headless_resume"): ["--force", "--print", "--resume", "ID", "PROMPT"],
    ("opencode", "start"): ["--prompt", "PROMPT"],
    ("opencode", "resume"): ["--session", "ID", "--prompt", "PROMPT"],
    ("opencode", "headless"): ["run", "PROMPT"],
    ("opencode", "headless_resume"): ["run", "--session", "ID", "PROMPT"],
    ("opencode", "ask"): ["run", "--session", "ID", "--fork", "PROMPT"],
    ("copilot", "start"): ["--yolo", "HOOKS", "-i", "PROMPT"],
    ("copilot", "resume"): ["--yolo", "HOOKS", "--resume=ID", "-i", "PROMPT"],
    ("copilot", "headless"): ["--yolo", "HOOKS", "-p", "PROMPT"],
    ("copilot", "headless_resume"): ["--yolo", "HOOKS", "--resume=ID", "-p", "PROMPT"],
    ("auggie", "start"): ["--allow-indexing", "PROMPT"],
    ("auggie", "resume"): ["--allow-indexing", "--resume", "ID", "PROMPT"],
    ("auggie", "headless"): ["--allow-indexing", "--print", "PROMPT"],
    ("auggie", "headless_resume"): ["--allow-indexing", "--print", "--resume", "ID", "PROMPT"],
    ("amp", "start"): AMP,
    ("amp", "resume"): [*AMP, "threads", "continue", "ID"],
    ("amp", "resume_last"): [*AMP, "threads", "continue", "--last"],
    ("amp", "headless"): [*AMP, "--execute"],
    ("amp", "headless_resume"): [*AMP, "threads", "continue", "ID", "--execute"],
    ("amp", "headless_resume_last"): [*AMP, "threads", "continue", "--last", "--execute"],
    ("shell", "start"): ["-P", "-m", "gastown", "shell-agent"],
}


def test_every_form_of_every_preset_is_in_the_table() -> None:
    """No preset claims a form that is not written down here, and none was forgotten."""
    found = {(name, form.value) for name in preset_names() for form in preset(name, "python").forms}
    assert found == set(FORMS)


@pytest.mark.parametrize(("name", "form"), FORMS, ids=lambda word: str(word))
def test_a_client_gets_the_words_of_its_form(
    name: str, form: str, client: Callable[..., Path], tmp_path: Path
) -> None:
    """A script in the place of the real client is started by the composed command."""
    runtime = preset(name, str(tmp_path / "clients" / "python"))
    program = client(Path(runtime.argv[0]).name, then="exit 0")
    command = compose(
        runtime, Form(form), prompt="do 'it' $now", lifecycle=("HOOKS",), conversation="ID"
    )
    subprocess.run(command.argv, input=command.stdin or "", text=True, check=True, timeout=10)
    prompted = ["do 'it' $now" if word == "PROMPT" else word for word in FORMS[name, form]]
    assert said(program) == prompted
    given = Path(f"{program}.said.stdin").read_text()
    assert given == ("do 'it' $now" if runtime.prompt is PromptWay.STDIN else "")


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_whole(name: str) -> None:
    """It has a title, says how to get it, names hooks we know, and every dialog has advice."""
    found = preset(name, "python")
    assert found.title
    assert found.get
    assert found.lifecycle is None or found.lifecycle in FORMATS
    assert all(dialog.signs and dialog.name and dialog.advice for dialog in found.dialogs)
    for form in found.forms:
        assert compose(found, form, prompt=None).argv[0] == found.argv[0]
