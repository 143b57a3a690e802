"""The doorbell: one fixed line, only where it may be typed, confirmed, never over a person."""

from __future__ import annotations

import os
import pty
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.errors import Refused
from gastown.runtime import doorbell
from gastown.runtime.agent_folder import AgentFolder
from gastown.runtime.agents import Dialog, Runtime
from gastown.runtime.doorbell import Call, Heard, InputLine, Rung, input_line
from gastown.runtime.records import Runner, Session
from gastown.runtime.tmux import Screen, Tmux
from tests.runtime.helpers import SHELL_ENV
from tests.support.waiting import until

CLIENT = Path(__file__).parent / "fake_client.py"
SIGN = "\u276f"
LATER = 60.0  # so that what happens in a test is not lately


@dataclass
class Client:
    """A client in a tmux session of its own, and what is known of it."""

    tmux: Tmux
    session: Session
    runtime: Runtime
    folder: AgentFolder

    @property
    def pane(self) -> str:
        """Its pane."""
        return self.tmux.panes()[0].pane_id

    @property
    def told(self) -> list[str]:
        """The prompts it was given."""
        file = self.folder.path / "told"
        return file.read_text().splitlines() if file.exists() else []

    def ring(self, call: Call = Call.MAIL, *, after_s: float = LATER) -> Rung:
        """Ring its doorbell, some seconds from now."""
        now = time.time() + after_s
        return doorbell.ring(self.tmux, self.session, self.runtime, self.folder, call, now=now)

    def typed(self) -> str | None:
        """What stands in its input line."""
        screen = self.tmux.screen(self.pane)
        line = input_line(screen, self.runtime.ready) if screen else None
        return line.text if line else None

    def type(self, text: str) -> None:
        """Type as a person would."""
        self.tmux._run("send-keys", "-t", self.pane, "-l", text)


Begin = Callable[..., Client]


@pytest.fixture
def begin(
    tmux: Tmux, start: Callable[..., Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Begin:
    """Start a fake client, and wait until it shows its input line."""
    monkeypatch.setattr(doorbell, "_HEARD_S", 0.4)
    monkeypatch.setattr(doorbell, "_SHOWS_S", 1.0)

    def made(*words: str, ready: tuple[str, ...] = (SIGN,), screen: str = "Welcome") -> Client:
        folder = AgentFolder(tmp_path / "agent")
        folder.make()
        (folder.path / "screen").write_text(screen)
        argv = (sys.executable, "-S", str(CLIENT), str(folder.path), *words)
        session = start(runner=Runner.TMUX, argv=argv, env={**SHELL_ENV, "TERM": "xterm"})
        dialogs = (Dialog("trust dialog", ("Do you trust",), "answer it"),)
        runtime = Runtime(
            "fake", argv, ready=ready, busy=("esc to interrupt",), dialogs=dialogs,
            lifecycle="claude" if "hooks" in words else None,
        )  # fmt: skip
        client = Client(tmux, session, runtime, folder)
        until(lambda: "for help" in (tmux.capture(client.pane, 50) or ""))
        return client

    return made


@contextmanager
def attached(client: Client) -> Iterator[Callable[[str], None]]:
    """A person's terminal is attached to the session; yields what types into it."""
    pid, terminal = pty.fork()
    if pid == 0:
        argv = client.tmux.attach_argv(client.session.tmux_session or "")
        os.execvpe(argv[0], argv, {**SHELL_ENV, "TERM": "xterm"})
    reader = threading.Thread(target=_drain, args=(terminal,), daemon=True)
    reader.start()
    name = client.session.tmux_session or ""
    until(lambda: client.tmux.last_key(name) is not None)
    try:
        yield lambda text: os.write(terminal, text.encode()) and None
    finally:
        os.kill(pid, signal.SIGHUP)
        os.waitpid(pid, 0)
        os.close(terminal)
        until(lambda: client.tmux.last_key(name) is None)


def _drain(terminal: int) -> None:
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        pass


@pytest.mark.parametrize("words", [("hooks",), ("hooks", "ghost"), ("ghost",), ("hooks", "busy")])
def test_it_rings(begin: Begin, words: tuple[str, ...]) -> None:
    """The line arrives as one prompt, and the client's word, or its screen, confirms it."""
    client = begin(*words)
    assert client.ring() == Rung(Heard.RANG)
    until(lambda: client.told == ["You have mail."])
    assert client.typed() == ""
    if "busy" in words:
        assert client.ring() == Rung(Heard.WORKING)
    else:
        assert client.ring(Call.HOOK) == Rung(Heard.RANG)
        until(lambda: client.told == ["You have mail.", Call.HOOK.value])


def test_enter_that_is_lost_is_pressed_again(begin: Begin) -> None:
    """Two are lost, the third is heard; the line is typed once."""
    client = begin("hooks", "deaf")
    assert client.ring() == Rung(Heard.RANG)
    assert client.told == ["You have mail."]


@pytest.mark.parametrize(
    ("word", "why", "told"),
    [
        ("mute", "did not say so", ["You have mail."]), ("blind", "did not appear", []),
        ("stone", "stays in its input", []),
    ],
)  # fmt: skip
def test_what_is_never_confirmed_is_said(
    begin: Begin, word: str, why: str, told: list[str]
) -> None:
    """It took the line without a word, shows no line, or takes no Enter: none is a success."""
    client = begin("hooks", word)
    rung = client.ring()
    assert rung.heard is Heard.UNCONFIRMED
    assert why in (rung.why or "")
    assert client.told == told


def test_a_line_that_nobody_heard_is_used_again(begin: Begin) -> None:
    """Left in the input by a doorbell that was cut off, it is not typed a second time."""
    client = begin("hooks")
    client.type("You have mail.")
    until(lambda: client.typed() == "You have mail.")
    assert client.ring() == Rung(Heard.RANG)
    assert client.told == ["You have mail."]


def test_never_over_what_a_person_typed(begin: Begin) -> None:
    """A draft in the input line stays as it is, also when nobody is attached any more."""
    client = begin("hooks")
    client.type("rm -rf my draft")
    until(lambda: client.typed() == "rm -rf my draft")
    assert client.ring().heard is Heard.TYPING
    assert (client.typed(), client.told) == ("rm -rf my draft", [])


def test_never_while_a_person_is_at_it(begin: Begin) -> None:
    """Not within twenty seconds of a key; who only looks is no hindrance."""
    client = begin("hooks")
    with attached(client) as keys:
        assert client.ring(after_s=doorbell.TYPED_LATELY_S / 2).heard is Heard.TYPING
        assert client.ring() == Rung(Heard.RANG)
        keys("x")
        until(lambda: client.typed() == "x")
        keys("\x7f")
        until(lambda: client.typed() == "")
        assert client.ring(after_s=1).heard is Heard.TYPING
    assert client.told == ["You have mail."]


def test_history_is_left_first(begin: Begin) -> None:
    """A pane whose history somebody had scrolled to takes the line all the same."""
    client = begin("hooks")
    client.tmux._run("copy-mode", "-t", client.pane)
    until(lambda: (screen := client.tmux.screen(client.pane)) and screen.in_mode)
    assert client.ring() == Rung(Heard.RANG)
    assert client.told == ["You have mail."]


@pytest.mark.parametrize(
    ("screen", "heard"),
    [
        ("Do you trust this folder?", Heard.WAITING),
        ("thinking (esc to interrupt)", Heard.WORKING),
    ],
)
@pytest.mark.parametrize("words", [("hooks",), ()])
def test_never_into_a_dialog_or_work(
    begin: Begin, words: tuple[str, ...], screen: str, heard: Heard
) -> None:
    """What its screen says counts, also against a word of the client that is older."""
    client = begin(*words, screen=screen)
    assert client.ring().heard is heard
    assert (client.told, client.typed()) == ([], "")


@pytest.mark.parametrize(
    ("word", "heard"),
    [
        ("waiting", Heard.WAITING), ("working", Heard.WORKING), ("ended", Heard.NOT_READY),
        ("started", Heard.NOT_READY),
    ],
)  # fmt: skip
def test_its_own_word_counts(begin: Begin, word: str, heard: Heard) -> None:
    """Whatever its screen shows: it waits, works, has ended, or has only just begun."""
    client = begin("hooks")
    client.folder.state.write_text(f"{word}\n")
    assert client.ring(after_s=1).heard is heard
    assert client.told == []


def test_nothing_to_ring_in(begin: Begin, tmux: Tmux) -> None:
    """No terminal, no sign of a prompt, another's pane, an ended client: each is said."""
    client = begin("hooks")
    folder, session = client.folder, client.session
    rung = doorbell.ring(None, session, client.runtime, folder, Call.MAIL, now=0)
    assert rung.heard is Heard.NO_TERMINAL
    shell = Runtime("shell", ("sh",))
    rung = doorbell.ring(tmux, session, shell, folder, Call.MAIL, now=0)
    assert rung.heard is Heard.NO_TERMINAL
    tmux._run("split-window", "-t", client.pane, "sleep 100")  # its pane is the one that is active
    assert client.ring() == Rung(Heard.RANG)
    tmux._run("kill-pane", "-t", client.pane)
    until(lambda: client.ring().heard is Heard.GONE)
    assert client.told == ["You have mail."]


def test_only_a_line_can_be_pasted(begin: Begin, tmux: Tmux) -> None:
    """Controls are left out, what tmux or a shell would read is text, panes are named exactly."""
    client = begin("hooks")
    tmux.paste(client.pane, "a\x1b[201~\rb\n#{pane_id};#(touch x) $(id);")
    until(lambda: client.typed() == "a[201~b#{pane_id};#(touch x) $(id);")
    assert client.told == []
    with pytest.raises(Refused):
        tmux.paste("=s:", "x")


def test_all_calls_are_plain() -> None:
    """Every line that may be typed is one short printable line without a sign of any shell."""
    for call in Call:
        assert call.value.isprintable()
        assert len(call.value) < 60
        assert not set(call.value) & set("\\$;#&|<>'\"{}()")


@given(
    typed=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=20),
    frame=st.sampled_from(["", "│ ", "┃ "]), above=st.lists(st.sampled_from(["", f"{SIGN} old"])),
    cursor=st.booleans(),
)  # fmt: skip
def test_the_input_line_is_the_last_or_the_one_with_the_cursor(
    typed: str, frame: str, above: list[str], cursor: bool
) -> None:
    """However it is framed and whatever stands above; behind the cursor is no typed text."""
    lines = (*above, f"{frame}{SIGN} {typed}".rstrip(), "  help")
    begin = len(frame) + 2
    x, y = (begin + len(typed), len(above)) if cursor else (0, len(lines) + 3)
    assert input_line(Screen(lines, x, y, in_mode=False), (SIGN,)) == InputLine(typed)
    suggested = Screen(lines, begin, len(above), in_mode=False)
    assert input_line(suggested, (SIGN,)) == InputLine("")
    assert input_line(Screen(("none",), 0, 0, in_mode=False), (SIGN,)) is None
