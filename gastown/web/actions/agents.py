"""What can be done with agents: called, stopped, handed off, given work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ops import handoff, mayor, nudging, restarting, work
from gastown.ops.scheduling.asking import ask
from gastown.render import agents as agent_words
from gastown.render import mail as mail_words
from gastown.render import scheduler as scheduler_words
from gastown.render import sessions as session_words
from gastown.views.hook_log import named
from gastown.web import choices
from gastown.web.doing import Action, Done, Field, done_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.town import Town
    from gastown.web.doing import Doing

_OFFERED = 100


def _nudge(doing: Doing) -> str:
    text = doing.get("text") or None
    found = nudging.nudge(doing.town, doing.host, doing.words("agent"), text, actor=doing.actor)
    return mail_words.calls(found)


def _broadcast(doing: Doing) -> str:
    found = nudging.broadcast(
        doing.town, doing.host, doing.need("text"), rig=doing.get("rig") or None, actor=doing.actor
    )
    return mail_words.calls(found)


def _stop(doing: Doing) -> str:
    hook = named(doing.town, doing.need("agent"))
    return session_words.stopped(restarting.stop(doing.town, doing.host, hook))


def _start(doing: Doing) -> str:
    return _begin(doing, again=False)


def _restart(doing: Doing) -> str:
    return _begin(doing, again=True)


def _begin(doing: Doing, *, again: bool) -> str:
    found = mayor.start_agent(
        doing.town, doing.host, named(doing.town, doing.need("agent")), again=again,
        fresh=doing.flag("fresh"), actor=doing.actor,
    )  # fmt: skip
    return session_words.restarted(found)


def _hand_off(doing: Doing) -> str:
    hook, note = named(doing.town, doing.need("agent")), doing.raw("note").strip()
    found = handoff.hand_off(doing.town, doing.host, hook, note=note, actor=doing.actor)
    return session_words.handed_off(found)


def _sling(doing: Doing) -> Done:
    beads = tuple(doing.words("bead"))
    target = doing.get("target") or doing.need("rig")
    found = ask(
        doing.town, doing.host, beads, target, runtime=doing.get("runtime") or None,
        force=doing.flag("force"), actor=doing.actor,
    )  # fmt: skip
    if not found.waiting:
        done_of(found.batch)
    said = [scheduler_words.asked(found), *(error.message for error in found.batch.refused)]
    return Done("\n".join(said))


def _unsling(doing: Doing) -> str:
    found = work.unsling(doing.town, doing.need("bead"), host=doing.host, actor=doing.actor)
    return agent_words.unslung(found)


def _slung(town: Town) -> Iterable[tuple[str, str]]:
    hooks = [hook for hook in town.read().hooks() if hook.bead]
    return [(hook.bead or "", f"{hook.bead} ({hook.id})") for hook in hooks]


def _open_beads(town: Town) -> Iterable[tuple[str, str]]:
    found = town.read().ready(town.edge.clock().timestamp(), limit=_OFFERED)
    return [(one.id, f"{one.id} {one.title}") for one in found]


_AGENT = Field("agent", "Agent", required=True, choices=choices.agents)
_FRESH = Field("fresh", "Begin a new conversation", "flag")

ACTIONS: tuple[Action, ...] = (
    Action(
        "agent.sling", "Sling", "Put beads on the hooks of agents: each gets one of its own.",
        _sling,
        (Field("bead", "Beads", required=True, choices=_open_beads),
         Field("rig", "Rig", "choice", required=True, choices=choices.rigs),
         Field("target", "Only to this agent", hint="RIG/AGENT; otherwise a polecat of its own"),
         Field("runtime", "Agent command", "choice", choices=choices.runtimes,
               hint="Otherwise the default of the rig or the town."),
         Field("force", "Take it from whoever has it, and ignore what it waits for", "flag")),
    ),
    Action("agent.unsling", "Take back", "Take a bead off its hook; nothing of its work is lost.",
           _unsling, (Field("bead", "Bead", required=True, choices=_slung),),
           destroys="The session of its agent ends, and its hook is let go. What it has done is"
                    " kept: gt rescue list."),
    Action("agent.nudge", "Nudge", "Call an agent: it looks at its hook, or at what you write.",
           _nudge, (_AGENT, Field("text", "Text", hint="Without one it is told to look at its"
                                                       " hook."))),
    Action("agent.broadcast", "Broadcast", "Call every agent that runs.", _broadcast,
           (Field("text", "Text", "area", required=True),
            Field("rig", "Only of the rig", "choice", choices=choices.rigs))),
    Action("agent.start", "Start", "Start an agent's session; its conversation goes on.", _start,
           (_AGENT, _FRESH)),
    Action("agent.restart", "Restart",
           "Stop and start its session; hook, bead, worktree and conversation stay.", _restart,
           (_AGENT, _FRESH),
           destroys="Its session ends in the middle of what it does; what is not committed is"
                    " held in a snapshot, and its conversation goes on."),
    Action("agent.stop", "Stop", "Stop its session; its work, hook and conversation stay.", _stop,
           (_AGENT,),
           destroys="Its session ends in the middle of what it does, and is not started again by"
                    " itself; what is not committed is held in a snapshot."),
    Action("agent.hand-off", "Hand off",
           "Go on with a new session, whose first words are your note.", _hand_off,
           (_AGENT, Field("note", "What the next session has to know", "area", required=True)),
           destroys="Its session and its conversation end; a new one begins with the note."),
)  # fmt: skip
