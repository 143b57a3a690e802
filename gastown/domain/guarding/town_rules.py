"""Commands that end others' sessions, type into them, or change the town for everybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gastown.domain.guarding.facts import Refusal
from gastown.domain.guarding.places import below

if TYPE_CHECKING:
    from gastown.domain.guarding.commands import Simple
    from gastown.domain.guarding.facts import Facts
    from gastown.domain.guarding.unwrap import Call

_ENDS = ("kill-server", "kill-session", "kill-window", "kill-pane", "respawn-pane",
         "respawn-window")  # fmt: skip
_TYPES = ("send-keys", "send", "paste-buffer", "pasteb")
_TMUX_WITH_VALUE = frozenset(("-c", "-f", "-T"))
_BROAD = frozenset(
    """claude codex gemini cursor cursor-agent amp opencode copilot auggie gt bd gastown tmux node
    python python3 sh bash dash zsh git ssh sshd systemd bun deno""".split()
)
"""Names that agents' clients, the town and the person's own programs go by."""
_ANYONE = "there is no way for an agent; the person decides it"
_OWN_PIDS = "end only what you started, by its number: kill PID, kill %1, or kill $!"

# First words of `gt` → why, what instead; those of the second table the mayor may use.
_PERSONS = {
    ("config", "accept"): "a person accepts the commands that the town runs",
    ("config", "trust"): "a person decides what is trusted",
    ("install",): "a person makes towns",
}
_OTHERS = {
    ("down",): "it would stop every agent of the town",
    ("daemon", "stop"): "it would stop the monitor, which keeps everybody's work",
    ("config", "set"): "it would change the town for everybody",
    ("config", "unset"): "it would change the town for everybody",
    ("config", "agent", "set"): "it would change the town for everybody",
    ("config", "agent", "remove"): "it would change the town for everybody",
    ("rig", "remove"): "it would take the rig away from everybody",
    ("rig", "add"): "it would change the town for everybody",
    ("crew", "remove"): "it would take away a person's worktree",
    ("githooks", "uninstall"): "the town would not see anybody's work any more",
    ("mayor", "stop"): "it would stop the mayor",
    ("mayor", "restart"): "it would stop the mayor",
    ("mayor", "detach"): "it would take the person's screen away",
}
_OF_ITS_OWN = (("unsling",), ("unhook",), ("session", "stop"), ("session", "restart"),
               ("hooks", "suspend"), ("hooks", "restore"))  # fmt: skip


def judge_tmux(call: Call, facts: Facts) -> Refusal | None:
    """A tmux command, by the server it is for: another one is the agent's own affair."""
    words, socket = list(call.args), None
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option[:2] in ("-L", "-S"):
            socket = option[2:] or (words.pop(0) if words else "")
        elif option in _TMUX_WITH_VALUE and words:
            words.pop(0)
    if not words or not _is_ours(socket, facts):
        return None
    if words[0] in _ENDS:
        return Refusal(
            "sessions", call.line, "agents of the town live in that tmux server, and you do, too",
            "an agent that hangs: tell the mayor (gt mail send mayor); a server of your own:"
            " tmux -L NAME …",
        )  # fmt: skip
    if words[0] in _TYPES:
        return Refusal(
            "sessions", call.line, "it would type into a session of the town",
            "gt nudge AGENT, or gt mail send AGENT",
        )  # fmt: skip
    return None


def _is_ours(socket: str | None, facts: Facts) -> bool:
    if socket is None or socket == "default":
        return True
    if "/" not in socket:
        return False
    name = socket.rpartition("/")[2]
    return below(facts.real(socket), facts.town) or name.startswith(("gt-", "gastown-"))


def judge_kill(call: Call, facts: Facts) -> Refusal | None:
    """`kill`, `pkill`, `killall`: of what the agent did not start."""
    if call.name == "kill":
        found = _kills_all(call) or next(filter(None, map(_broad, _sources(call))), None)
    else:
        found = _broad([call.name, *call.args])
    if found is None:
        return None
    del facts
    return Refusal(
        "processes", call.line, f"it would end {found}, of other agents and of the person, too",
        _OWN_PIDS,
    )  # fmt: skip


def _kills_all(call: Call) -> str | None:
    targets = [word for word in call.args if word == "-1"]
    signal_only = call.args[:1] == ("-1",) and len(call.args) > 1 and len(targets) == 1
    return "every process" if targets and not signal_only else None


def _sources(call: Call) -> list[list[str]]:
    """The commands that say which processes are killed."""
    found: list[Simple] = list(call.simple.inner)
    upstream = call.simple.upstream if call.more else None
    while upstream is not None:
        found.append(upstream)
        upstream = upstream.upstream
    return [one.words for one in found if one.words and one.words[0] in ("pgrep", "pidof")]


def _broad(words: list[str]) -> str | None:
    """What a pattern of processes means that is not the agent's alone."""
    operands, skip = [], False
    by_user = False
    for word in words[1:]:
        if skip:
            skip = False
        elif word in ("-u", "-U", "--user", "--euid"):
            by_user = skip = True
        elif word in ("-t", "-P", "-g", "-s", "-G", "--signal", "--parent"):
            if word in ("-P", "--parent"):
                return None
            skip = True
        elif not word.startswith("-"):
            operands.append(word)
    if by_user and not operands:
        return "every process of the user"
    for word in operands:
        plain = re.sub(r"[\\^$.*\[\]()]", "", word).strip().lower()
        if plain in _BROAD or not plain:
            return f"every {word!r}"
    return None


def judge_gt(call: Call, facts: Facts) -> Refusal | None:
    """A `gt` command that is not for the agent who types it."""
    words = [word for word in call.args if not word.startswith("-")]
    if {"-h", "--help"} & set(call.args):
        return None
    for table in (_PERSONS, {} if facts.is_mayor else _OTHERS):
        for first, why in table.items():
            if tuple(words[: len(first)]) == first:
                instead = _ANYONE if table is _PERSONS else "ask for it: gt mail send mayor"
                return Refusal("town", call.line, why, instead)
    if facts.is_mayor:
        return None
    if words[:1] == ["sling"] and "--force" in call.args:
        return _takes_away(call)
    for first in _OF_ITS_OWN:
        if tuple(words[: len(first)]) == first:
            mine = (facts.agent, facts.agent.rpartition("/")[2], facts.bead)
            named = words[len(first) :]
            if any(word not in mine for word in (named[:1] if first[0] == "hooks" else named)):
                return _takes_away(call)
    return None


def _takes_away(call: Call) -> Refusal:
    return Refusal(
        "town", call.line, "it would take another agent's work away",
        "your own hook you may give back; for others ask: gt mail send mayor",
    )  # fmt: skip
