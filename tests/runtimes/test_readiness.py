"""How far a client is: its own word, then a dialog, then a sign, then the clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.runtime.agent_folder import Activity, Said
from gastown.runtime.agents import preset, preset_names
from gastown.runtime.readiness import Patience, Readiness, Standing, judge
from gastown.runtime.sessions import Liveness, State

RUNS = Liveness(State.RUNNING)
C, X = "\u276f", "\u203a"  # how the prompts of Claude Code and of Codex begin
TRUST = "waiting: trust dialog"
SCREENS = {
    "trust": ("claude", f" {C} 1. Yes, I trust this folder\n   2. No, exit", TRUST),
    "ready": ("claude", f"──\n{C} \n──", "ready"),
    "unknown question": ("claude", f"{C} 1. Yes\n  2. No", "waiting: a question"),
    "works": ("claude", f"· Doing… (3s · esc to interrupt)\n{C} ", "working"),
    "set-up": ("claude", "Welcome to Claude Code v2\n Unable to connect to Anthropic services",
               "waiting: first set-up"),
    "codex, trust": ("codex", f"  Trust this folder? Codex can\n{X} 1. Trust and continue", TRUST),
    "codex, sign-in": ("codex", "> 1. Sign in with ChatGPT", "waiting: sign-in"),
    "codex, ready": ("codex", f"• done\n\n{X} Ask Codex to do anything\n  gpt-5", "ready"),
    "gemini, trust": ("gemini", "│ Do you trust the files in this folder?  │", TRUST),
    "gemini, ready": ("gemini", " > hello\n✦ done\n *   Type your message or @path", "ready"),
    "copilot, trust": ("copilot", f"│ Confirm folder trust  │\n│ {C} 1. Yes  │", TRUST),
    "copilot, ready": ("copilot", f"──\n{C}\n── ← open sidebar", "ready"),
    "opencode, ready": ("opencode", "  ┃  Build · m loop      /tmp/r:master", "ready"),
    "opencode, works": ("opencode", "  ┃  Build · m\n  ⬝⬝■■  esc interrupt", "working"),
    "auggie, sign-in": ("auggie", " → Login to continue", "waiting: sign-in"),
    "auggie, anything": ("auggie", "hello", "working"),
    "shell": ("shell", "$ make", "working"),
    "nothing yet": ("claude", "", "starting"),
}  # fmt: skip


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_understood(name: str) -> None:
    """Screens as the real clients show them, and what they mean."""
    runtime, screen, words = SCREENS[name]
    found = judge(preset(runtime, "python"), screen=screen, said=None, liveness=RUNS, seconds=1)
    assert found.words == words
    assert found.screen == screen


@pytest.mark.parametrize(
    ("activity", "words"),
    [("started", "ready"), ("working", "working"), ("idle", "ready"),
     ("waiting", "waiting: may I?"), ("ended", "ended")],
)  # fmt: skip
def test_its_own_word_outvotes_its_screen(activity: str, words: str) -> None:
    """Also a dialog's signs, which may stand in what its model has written."""
    spoken = Said(Activity(activity), 0.0, "may I?" if activity == "waiting" else None)
    screen = f"I trust this folder\n{C} "
    found = judge(preset("claude", "p"), screen=screen, said=spoken, liveness=RUNS, seconds=99)
    assert found.words == words
    assert found.said


def test_time_runs_out_for_what_shows_no_sign() -> None:
    """Before its patience it starts; then it is named, with the lines that it showed."""
    claude = preset("claude", "python")
    early = judge(claude, screen="loading", said=None, liveness=RUNS, seconds=59)
    late = judge(claude, screen="loading", said=None, liveness=RUNS, seconds=60)
    own = judge(claude, screen="loading", said=None, liveness=RUNS, seconds=3, patience_s=2)
    assert [one.state for one in (early, late, own)] == [
        Standing.STARTING, Standing.NOT_READY, Standing.NOT_READY,
    ]  # fmt: skip
    assert late.screen == "loading"
    assert late.advice is not None


def test_an_end_has_its_status_and_its_cause() -> None:
    """The status of an exit, a kill, a program that could not be run, an end at a dialog."""

    def ended(status: int | None, screen: str = "") -> Readiness:
        state = State.GONE if status is None else State.EXITED
        return judge(preset("amp", "p"), screen=screen, said=Said(Activity.WORKING, 0.0),
                     liveness=Liveness(state, status), seconds=1)  # fmt: skip

    assert ended(3).words == "ended: status 3"
    assert ended(None).words == "ended: killed, or lost with the machine"
    assert ended(127).words == "ended: status 127: it could not be run"
    at_dialog = ended(1, "Starting login flow")
    assert at_dialog.words == "ended: status 1, at its sign-in"
    assert at_dialog.advice == "run `amp login` in a terminal of your own"
    assert judge(preset("amp", "p"), screen=None, said=None, liveness=None, seconds=0).state is (
        Standing.ENDED
    )


@given(
    st.sampled_from(preset_names()), st.none() | st.text(max_size=80),
    st.none() | st.sampled_from(list(Activity)),
    st.none() | st.sampled_from(list(State)), st.floats(0, 1e6),
)  # fmt: skip
def test_any_evidence_has_a_name(
    name: str, screen: str | None, activity: Activity | None, state: State | None, seconds: float
) -> None:
    """Nothing on a screen makes it fail; what does not run is ended; what waits has advice."""
    spoken = Said(activity, 0.0) if activity else None
    alive = Liveness(state, 0 if state is State.EXITED else None) if state else None
    found = judge(preset(name, "p"), screen=screen, said=spoken, liveness=alive, seconds=seconds)
    if state is not State.RUNNING:
        assert found.state is Standing.ENDED
    if found.state in (Standing.WAITING, Standing.NOT_READY):
        assert found.advice
    assert found.screen == (screen or "")


def test_a_prompt_on_the_screen_is_not_believed_at_once() -> None:
    """Found as a bug: Codex shows a prompt, and half a second later its trust dialog over it."""
    shown = Readiness(Standing.READY, evidence="its screen")
    patience = Patience(preset("codex", "p"))
    assert not patience.is_over(shown, 10.0)
    assert not patience.is_over(shown, 15.0)
    assert patience.is_over(shown, 16.0)
    assert patience.is_over(Readiness(Standing.WAITING, "trust dialog"), 10.5)
    assert Patience(preset("codex", "p")).is_over(Readiness(Standing.READY, said=True), 10.0)
    assert not patience.is_over(Readiness(Standing.STARTING), 20.0)
    assert not patience.is_over(shown, 20.5), "it must stand again for as long"
