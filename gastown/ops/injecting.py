"""Unread mail, given to an agent's model: each message once.

One lock for each mailbox, so that two at a time do not tell the same. What is told is written and
flushed first and marked afterwards, in one commit: whoever is killed in between tells it again,
and nothing is ever lost. A lock of a mailbox is held around the town's, never within it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.mail import MAIL, Mail, MailState
from gastown.errors import Busy
from gastown.ids import HUMAN
from gastown.runtime.agent_folder import agent_folder
from gastown.store import locks
from gastown.store.files import disk_errors
from gastown.store.layout import mail_folder
from gastown.views.letter import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.store.town import Town

_WAIT_S = 10.0
# Some file systems and some shells know times by the second only.
_TICK_NS = 2_000_000_000


def inject(town: Town, address: str, write: Callable[[str], None]) -> int:
    """Write the unread messages of a mailbox, and mark them read once they are written.

    Args:
        write: is called at most once; when it returns, the reader must have the text.

    Returns:
        How many messages were told.

    Raises:
        Busy: somebody else tells them just now, or the town is busy: they are told again then.
    """
    lock = town.layout.locks / f"mail.{mail_folder(address)}"
    with locks.hold(lock, wait_s=_WAIT_S, what=f"the mailbox of {address}"):
        told = tell(town.read().unread(address), town.edge.clock())
        if told.mail:
            write(told.text)
            _mark(town, address, told.mail)
        note_looked(town, address)
    return len(told.mail)


def _mark(town: Town, address: str, told: tuple[Mail, ...]) -> None:
    number = f"{len(told)} message{'' if len(told) == 1 else 's'}"
    with town.transaction(f"{address} is told {number}", actor=address) as tx:
        for mail in told:
            now = tx.read.find("mail", mail.id)
            if now is not None and now.state is MailState.UNREAD:  # else it was put away meanwhile
                tx.put(replace(now, state=MAIL.after(now.state, "read")))


def note_looked(town: Town, address: str) -> None:
    """If nothing is unread, let the scripts of the agent's client know without a look inside.

    They compare the mailbox with a file of the agent's: it is given the mailbox's time, under the
    town's lock, so that nothing can come in between. Both are made a little older than now, for a
    message that comes within the same tick of the clock.
    """
    if address == HUMAN:
        return
    box = town.layout.mailbox(address)
    seen = agent_folder(town.layout.agents, address).mail_seen
    with suppress(Busy, FileNotFoundError), town.lock(wait_s=_WAIT_S), disk_errors():
        changed = box.stat()
        if seen.exists() and seen.stat().st_mtime_ns >= changed.st_mtime_ns:
            return
        commit = town.commit()
        if town.synced() != commit or town.at(commit).unread(address):
            return
        at = min(changed.st_mtime_ns, int(town.edge.clock().timestamp() * 1e9) - _TICK_NS)
        if at < changed.st_mtime_ns:
            os.utime(box, ns=(changed.st_atime_ns, at))
        seen.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen.touch(mode=0o600)
        os.utime(seen, ns=(at, at))
