"""What an agent is told at its start: who it is, its work, what happened before, what to type.

It is made anew from the ledger, the agent's branch and the operator's directives each time, in at
most `LIMIT` bytes. A hook that cannot be read is said loudly, and nobody is told to finish anything
then; an agent with nothing on its hook is told to do nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import HookState
from gastown.errors import Unreadable
from gastown.ids import MAYOR
from gastown.views import prime_parts
from gastown.views.assignment import Answer, Assignment, assignment, with_molecule
from gastown.views.place import Place
from gastown.views.prime_text import LIMIT, Part, fit, joined, line

if TYPE_CHECKING:
    from gastown.store.reader import Reader
    from gastown.store.town import Town

SOURCES = {
    "compact": "Your context was compacted. What follows is how things stand now; where it differs"
    " from what you remember, it is right.",
    "resume": "Your session was resumed. What follows is how things stand now; where it differs"
    " from what you remember, it is right.",
    "clear": "Your conversation was cleared. What follows is how things stand now.",
}
"""Why a client asks again, and what is said first then; at a start nothing is."""


@dataclass(frozen=True)
class Prime:
    """What an agent is told.

    Attributes:
        answer: what its hook holds.
        agent: who is told; None: nobody's hook, so it is the mayor's.
        parts: what `text` is made of, in its order.
    """

    text: str
    answer: Answer
    agent: str | None
    role: str
    size: int
    limit: int
    parts: tuple[Part, ...]


def prime(town: Town, place: Place, *, source: str | None = None) -> Prime:
    """The context of the agent whose hook this is; outside of hooks, the mayor's.

    Args:
        source: why it is asked for, as clients say it: startup, resume, clear or compact.
    """
    first = []
    if source in SOURCES:
        first.append(Part("why again", f"--source {source}", SOURCES[source]))
    if place.agent in (None, MAYOR):
        from gastown.views.prime_mayor import mayor

        return _told(first + mayor(town), Answer.NOTHING, MAYOR, "mayor")
    reader = town.read()
    found = with_molecule(town, reader, assignment(reader, str(place.agent)))
    if found.answer is Answer.UNREADABLE or found.hook is None:
        parts = [*first, _unreadable(found)]
        return _told(parts, Answer.UNREADABLE, str(place.agent), "unreadable")
    parts = [*first, *_parts(town, reader, found)]
    return _told(parts, found.answer, found.hook.id, found.hook.role.value)


def place_named(reader: Reader, agent: str) -> Place:
    """The hook of an agent, wherever one stands."""
    if agent == MAYOR:
        return Place(None, None, MAYOR)
    try:
        return Place(agent.partition("/")[0], reader.hook(agent), agent)
    except Unreadable:
        return Place(agent.partition("/")[0], None, agent)


def _told(parts: list[Part], answer: Answer, agent: str, role: str) -> Prime:
    fitted = fit(parts)
    text = joined(fitted)
    return Prime(
        text, answer, agent, role, len(text.encode("utf-8", "replace")), LIMIT, tuple(fitted)
    )


def _parts(town: Town, reader: Reader, found: Assignment) -> list[Part]:
    hook, bead = found.hook, found.bead
    assert hook is not None
    if not hook.is_live:
        return [prime_parts.who(hook), prime_parts.idle(hook)]
    parts = [prime_parts.who(hook), prime_parts.where(town, hook)]
    mail, orders = prime_parts.mail(reader, hook.id), prime_parts.orders(town, hook.role)
    if bead is None:
        return [*parts, prime_parts.idle(hook), mail, orders]
    path = reader.path_of("bead", bead.id) or bead.id
    heading = prime_parts.heading(bead, path)
    if (over := prime_parts.over(hook, bead, found.merge)) is not None:
        return [*parts, heading, over, mail, orders]
    texts = [heading, *prime_parts.texts(bead, path)]
    if hook.state is HookState.SUSPENDED:
        return [*parts, prime_parts.suspended(hook), *texts, mail]
    from gastown.views.prime_before import before, failure

    if found.molecule is not None:
        from gastown.views.checklist import checklist_parts

        texts += checklist_parts(found.molecule)
    return [
        *parts, *failure(town, found.merge), *texts, *before(town, reader, hook, bead),
        mail, *prime_parts.rules(hook, bead, found.merge), orders,
    ]  # fmt: skip


def _unreadable(found: Assignment) -> Part:
    said = (
        f"# STOP: the hook of {found.agent} CANNOT BE READ\n\n> {line(found.error or '', 1200)}\n\n"
        "This does not mean that there is no work. Change nothing, hand in nothing, close\n"
        "nothing. Tell the person; `gt hooks repair` mends hooks."
    )
    return Part("unreadable hook", f"hq/hooks/{found.agent}.json or its bead", said)
