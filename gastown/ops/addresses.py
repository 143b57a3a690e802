"""Who a message can be for: one reader, or a group that is written out when it is sent.

`human` is the person at the desk, `mayor` the coordinating agent, `RIG/AGENT` (or RIG/crew/AGENT,
RIG/polecats/AGENT, or a name alone where only one bears it) the agent or crew of a hook. Groups:
`@RIG`, `@crew`, `@polecats` and `@all`: whoever has a hook there now, without the sender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.errors import NotFound, Refused, UsageTrouble
from gastown.ids import HUMAN, MAYOR, is_name, parse_agent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.domain.hook import Hook
    from gastown.store.reader import Reader

_ROLES = {"@crew": Role.CREW, "@polecats": Role.POLECAT}
ALL = "@all"
_FORMS = f"write {HUMAN}, {MAYOR}, RIG/AGENT, @RIG, @crew, @polecats or {ALL}"


def readers_of(reader: Reader, addresses: Iterable[str], *, sender: str) -> tuple[str, ...]:
    """Everybody whom the addresses name, each once, in that order.

    Raises:
        UsageTrouble: a word is no address, or could mean several agents.
        NotFound: nobody is called so.
        Refused: that agent is gone, or a group has nobody in it besides the sender.
    """
    found: dict[str, None] = {}
    for address in addresses:
        for one in _named(reader, address, sender):
            found[one] = None
    if not found:
        raise UsageTrouble("nobody is named as a reader", hint=_FORMS)
    return tuple(found)


def mailbox_of(reader: Reader, address: str, *, gone: bool = False) -> str:
    """The one mailbox that an address means.

    Args:
        gone: that of an agent that is gone will do, too.

    Raises:
        UsageTrouble: it is no address of one reader, or could mean several.
        NotFound: nobody is called so.
        Refused: that agent is gone.
    """
    word = address.strip().rstrip("/")
    if word in (HUMAN, MAYOR):
        return word
    if "/" not in word:
        return _by_name(reader, word, gone=gone)
    try:
        rig, agent = parse_agent(word)
    except UsageTrouble:
        raise UsageTrouble(f"{address!r} is no address", hint=_FORMS) from None
    hook = reader.hook(f"{rig}/{agent}")
    if hook is None:
        raise NotFound(f"nobody is called {rig}/{agent}", hint=_near(reader, f"{rig}/{agent}"))
    return _present(hook, gone=gone)


def _named(reader: Reader, address: str, sender: str) -> list[str]:
    if not address.startswith("@"):
        return [mailbox_of(reader, address)]
    found = [hook.id for hook in _members(reader, address) if hook.id != sender]
    if not found:
        besides = " besides you" if sender != HUMAN else ""
        raise Refused(f"nobody is in {address} now{besides}", hint="gt agents lists who is here")
    return found


def _members(reader: Reader, group: str) -> list[Hook]:
    live = reader.hooks()
    if group == ALL:
        return live
    if group in _ROLES:
        return [hook for hook in live if hook.role is _ROLES[group]]
    rigs = [rig.id for rig in reader.rigs()]
    name = group.removeprefix("@")
    if name not in rigs:
        known = ", ".join([ALL, *_ROLES, *(f"@{rig}" for rig in rigs)])
        raise NotFound(f"there is no group {group!r}", hint=f"groups here: {known}")
    return [hook for hook in live if hook.rig == name]


def _by_name(reader: Reader, name: str, *, gone: bool) -> str:
    if not is_name(name):
        raise UsageTrouble(f"{name!r} is no address", hint=_FORMS)
    bearers = [hook for hook in reader.hooks(live=not gone) if hook.agent == name]
    bearers = [hook for hook in bearers if hook.role is Role.CREW] or bearers
    if len(bearers) > 1:
        raise UsageTrouble(
            f"{name!r} could be {', '.join(hook.id for hook in bearers)}", hint="write RIG/AGENT"
        )
    if not bearers:
        raise NotFound(f"nobody is called {name!r}", hint=_near(reader, name))
    return bearers[0].id


def _present(hook: Hook, *, gone: bool) -> str:
    if not (hook.is_live or gone):
        raise Refused(
            f"{hook.id} is gone since {hook.updated_at}: nobody would read it",
            hint="gt agents lists who is here; what was sent to it: gt mail inbox -a " + hook.id,
        )
    return hook.id


def _near(reader: Reader, wanted: str) -> str:
    from difflib import get_close_matches

    known = {name: hook.id for hook in reader.hooks() for name in (hook.id, hook.agent)}
    known |= {HUMAN: HUMAN, MAYOR: MAYOR}
    alike = list(dict.fromkeys(known[name] for name in get_close_matches(wanted, known)))
    return f"did you mean {' or '.join(alike)}?" if alike else "gt agents lists who is here"
