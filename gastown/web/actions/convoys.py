"""What can be done with convoys: made, added to, launched, refreshed, given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.convoy import ConvoyState
from gastown.ids import HUMAN
from gastown.ops import convoys, launching, refresh
from gastown.ops.runtimes import runtime_for
from gastown.ops.scheduling.passing import catch_up
from gastown.render import convoys as words
from gastown.render import stranded as launch_words
from gastown.web import choices
from gastown.web.doing import Action, Done, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.town import Town
    from gastown.web.doing import Doing


def _create(doing: Doing) -> Done:
    made = convoys.create(
        doing.town, doing.need("title"), tuple(doing.words("beads")),
        notify=(HUMAN,) if doing.flag("notify") else (), human=doing.flag("human"),
        actor=doing.actor,
    )  # fmt: skip
    return Done(words.created(made), to=f"/convoys/{made.id}")


def _add(doing: Doing) -> str:
    beads = tuple(doing.words("beads"))
    return words.added(convoys.add(doing.town, beads, doing.need("convoy"), actor=doing.actor))


def _launch(doing: Doing) -> str:
    town, runtime = doing.town, doing.get("runtime") or None
    if runtime is not None:
        runtime_for(town, doing.host, runtime)
    found = launching.launch(
        town, doing.need("convoy"), rig=doing.get("rig") or None, runtime=runtime,
        actor=doing.actor,
    )  # fmt: skip
    return launch_words.launched(found, catch_up(town, doing.host))


def _halt(doing: Doing) -> str:
    return launch_words.halted(
        launching.halt(doing.town, doing.need("convoy"), actor=doing.actor)
    )  # fmt: skip


def _refresh(doing: Doing) -> str:
    found = refresh.refresh(
        doing.town, doing.get("convoy") or None, host=doing.host, actor=doing.actor
    )
    return words.refreshed(found)


def _close(doing: Doing) -> str:
    found = convoys.give_up(
        doing.town, doing.need("convoy"), reason=doing.get("reason") or None, actor=doing.actor
    )
    return words.given_up(found)


def _open(town: Town) -> Iterable[tuple[str, str]]:
    found = town.read().convoys(ConvoyState.OPEN)
    return [(one.id, f"{one.id} {one.title}") for one in found]


_CONVOY = Field("convoy", "Convoy", "choice", required=True, choices=_open)
_BEADS = Field("beads", "Beads", required=True, hint="ids, with spaces between them")

ACTIONS: tuple[Action, ...] = (
    Action(
        "convoy.create", "Make a convoy", "Bundle beads; it lands when all of them are closed.",
        _create,
        (Field("title", "Title", required=True), Field("beads", "Beads", hint=_BEADS.hint),
         Field("notify", "Send me mail when it lands or fails", "flag"),
         Field("human", "Tell me on my terminals, too", "flag")),
    ),
    Action("convoy.add", "Add beads", "Add beads to a convoy.", _add, (_CONVOY, _BEADS)),
    Action(
        "convoy.launch", "Launch",
        "Its beads are slung by themselves, each as soon as it can go.", _launch,
        (_CONVOY, Field("rig", "Where the town's own beads go", "choice", choices=choices.rigs),
         Field("runtime", "Agent command", "choice",
               choices=choices.runtimes)),
    ),
    Action("convoy.halt", "Stop launching",
           "Nothing more of it is slung by itself; agents at work go on.", _halt, (_CONVOY,)),
    Action("convoy.refresh", "Refresh", "Look at the branches again: what is merged is closed.",
           _refresh, (Field("convoy", "Convoy", "choice", choices=_open,
                            hint="none: all that are open"),)),
    Action("convoy.close", "Give up", "Close a convoy that shall not land.", _close,
           (_CONVOY, Field("reason", "Why")),
           destroys="The convoy never lands, and cannot be opened again. Its beads stay as they"
                    " are."),
)  # fmt: skip
