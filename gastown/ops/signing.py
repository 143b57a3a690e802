"""Giving an actor a new key to sign with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import NotFound, Refused
from gastown.ops.actors import is_person
from gastown.store.objects import Objects
from gastown.store.signing.keys import key_file, make, public_key
from gastown.store.signing.signers import SIGNERS, parse

if TYPE_CHECKING:
    from gastown.store.town import Town


@dataclass(frozen=True)
class Renewed:
    """An actor that signs with a new key; `key`: its public part."""

    actor: str
    key: str


def renew_key(town: Town, whom: str, *, actor: str) -> Renewed:
    """Make a new key for an actor, and let it sign from now on.

    The person's own key (`log.key`) is taken as it is. Nobody vouches for a person's key whose
    former one is lost: verifying names it, until it is trusted (`gt verify --trust`).

    Raises:
        NotFound: there is no such actor.
        Refused: an agent asks, or operations are not signed.
    """
    if not is_person(town.read(), actor):
        raise Refused("only a person may renew keys", hint="type it outside agents' hooks")
    settings = town.settings()
    if not settings.signs:
        raise Refused("operations are not signed", hint="gt config set log.sign ssh")
    file = key_file(town.layout, settings, whom)
    with Objects(town.ledger) as objects:
        known = objects.get(f"{town.commit()}:{SIGNERS}")
    actors = parse(known[1] if known is not None else None).keys
    if whom not in actors:
        raise NotFound(f"{whom!r} has signed nothing", hint=f"known: {', '.join(actors)}")
    if file.parent == town.layout.keys:
        make(file)
    with town.transaction(f"renew the key of {whom}", actor=actor) as tx:
        key = public_key(town.layout, settings, whom)
        signers = parse(tx.document(SIGNERS)).having(whom, key, town.edge.clock())
        tx.put_document(SIGNERS, signers.dump())
    return Renewed(whom, key)
