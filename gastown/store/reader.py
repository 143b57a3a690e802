"""Questions about the town as it was at one commit of the ledger, answered from the cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.errors import NotFound, Unreadable
from gastown.ids import TOWN_RIG
from gastown.store.bead_filter import BeadFilter
from gastown.store.bead_reader import BeadReader
from gastown.store.codec import decode
from gastown.store.layout import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.domain.bead import Bead
    from gastown.domain.comment import Comment
    from gastown.domain.conversation import Conversation
    from gastown.domain.convoy import Convoy, ConvoyState
    from gastown.domain.dispatch import Dispatch, DispatchState
    from gastown.domain.escalation import Escalation
    from gastown.domain.hook import Hook
    from gastown.domain.integration import Integration
    from gastown.domain.mail import Mail
    from gastown.domain.memory import Memory
    from gastown.domain.merge import Merge
    from gastown.domain.molecule import Molecule
    from gastown.domain.rig import Rig
    from gastown.domain.run import Run
    from gastown.domain.scheduler import Scheduler
    from gastown.store.cache import Cache


@dataclass(frozen=True)
class Broken:
    """A file of the ledger that cannot be read as a record."""

    path: str
    error: str


class Reader(BeadReader):
    """The town at `commit`."""

    def __init__(self, cache: Cache, commit: str) -> None:
        super().__init__(cache)
        self.commit = commit

    def find(self, kind: str, identifier: str) -> Any:
        """The record of that kind and id, or None.

        Raises:
            Unreadable: its file is in the ledger but cannot be read.
        """
        rows = self._ask("SELECT data, rig FROM record WHERE kind=? AND id=?", (kind, identifier))
        if rows:
            return decode(kind, rows[0][0], rig=rows[0][1])
        for broken in self.broken():
            name = broken.path.partition("/")[2].removesuffix(".json")
            if kind_of(broken.path) == kind and identifier in (name, name.rpartition("/")[2]):
                raise Unreadable(
                    f"{broken.path} at commit {self.commit[:12]} is unreadable: {broken.error}",
                    hint=f"git -C hq log -- {broken.path} shows its earlier versions",
                )
        return None

    def path_of(self, kind: str, identifier: str) -> str | None:
        """Where a record lives in hq."""
        rows = self._ask("SELECT path FROM record WHERE kind=? AND id=?", (kind, identifier))
        return rows[0][0] if rows else None

    def bead(self, identifier: str) -> Bead:
        """One bead.

        Raises:
            NotFound: there is none; the hint tells how to create it.
        """
        found: Bead | None = self.find("bead", identifier)
        if found is None:
            raise no_bead(identifier)
        return found

    def hook(self, identifier: str) -> Hook | None:
        """One hook, or None."""
        found: Hook | None = self.find("hook", identifier)
        return found

    def rig(self, name: str) -> Rig:
        """One rig.

        Raises:
            NotFound: there is none; the hint names those there are.
        """
        found: Rig | None = self.find("rig", name)
        if found is None:
            known = ", ".join(rig.id for rig in self.rigs())
            hint = f"rigs here: {known}" if known else "add one: gt rig add NAME URL"
            raise NotFound(f"no rig {name!r}", hint=hint)
        return found

    def prefix(self, home: str) -> str:
        """What the ids begin with of the beads of a rig, or of the town's own ones.

        Raises:
            NotFound: there is no such rig.
        """
        return home if home == TOWN_RIG else self.rig(home).prefix

    def rigs(self) -> list[Rig]:
        """All rigs, by name."""
        return self._all("rig")

    def hooks(self, *, rig: str | None = None, live: bool = True) -> list[Hook]:
        """Hooks, by id; `live`: only those that still have a worktree."""
        found = [h for h in self._all("hook") if rig is None or h.rig == rig]
        return [h for h in found if h.is_live] if live else found

    def convoys(self, state: ConvoyState | None = None) -> list[Convoy]:
        """Convoys, newest first."""
        found = self._all("convoy", state)
        return sorted(found, key=lambda convoy: (convoy.created_at, convoy.id), reverse=True)

    def merges(self, *, rig: str | None = None, states: Sequence[str] = ()) -> list[Merge]:
        """Merge requests, oldest first."""
        found = [m for m in self._all("merge") if rig is None or m.rig == rig]
        return sorted(
            (m for m in found if not states or m.state in states),
            key=lambda merge: (merge.created_at, merge.id),
        )

    def integrations(self, rig: str | None = None) -> list[Integration]:
        """Integration branches, by the id of their epic."""
        return [one for one in self._all("integration") if rig is None or one.rig == rig]

    def escalations(self, *, live: bool = True) -> list[Escalation]:
        """Escalations, newest first; `live`: only those that are not resolved."""
        found = [one for one in self._all("escalation") if one.is_live or not live]
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)

    def dispatches(self, state: DispatchState | None = None) -> list[Dispatch]:
        """Beads that wait for a place (or once did), in the order in which they get one."""
        found = self._all("dispatch", state)
        return sorted(found, key=lambda one: (one.priority, one.created_at, one.id))

    def scheduler(self) -> Scheduler:
        """The town's scheduler; as at first, where nobody has changed anything."""
        from gastown.domain.scheduler import SCHEDULER_ID, Scheduler

        found: Scheduler | None = self.find("scheduler", SCHEDULER_ID)
        return found if found is not None else Scheduler(id=SCHEDULER_ID)

    def runs(self) -> list[Run]:
        """Runs of formulas, newest first."""
        return sorted(self._all("run"), key=lambda run: (run.created_at, run.id), reverse=True)

    def mail(self, address: str | None = None) -> list[Mail]:
        """Messages, oldest first; of one mailbox or of all."""
        start = "mail/" if address is None else f"mail/{address.replace('/', '.')}/"
        rows = self._ask(
            "SELECT data FROM record WHERE path>? AND path<?", (start, f"{start[:-1]}0")
        )
        found: list[Any] = [decode("mail", row[0]) for row in rows]
        return sorted(found, key=lambda mail: (mail.sent_at, mail.id))

    def merges_of(self, bead: str, rig: str) -> list[Merge]:
        """The merge requests of one bead, oldest first."""
        start = f"merges/{rig}/mr-{bead}-"
        found: list[Any] = [
            decode("merge", row[0]) for row in self._ask(
                "SELECT data FROM record WHERE path>? AND path<?", (start, f"{start[:-1]}.")
            )
        ]  # fmt: skip
        mine = [merge for merge in found if merge.bead == bead]
        return sorted(mine, key=lambda merge: (merge.created_at, merge.id))

    def unread(self, address: str) -> list[Mail]:
        """The messages of a mailbox that nobody has read yet, oldest first.

        An agent's name is given out again: what came for an earlier bearer is not for the one now.
        """
        start = f"mail/{address.replace('/', '.')}/"
        rows = self._ask(
            "SELECT data FROM record WHERE kind='mail' AND state='unread' AND path>? AND path<?",
            (start, f"{start[:-1]}0"),  # 0 is what follows the slash
        )
        found: list[Any] = [decode("mail", row[0]) for row in rows]
        begun = self._given_out(address) if found else ""
        mine = [mail for mail in found if mail.sent_at >= begun]
        return sorted(mine, key=lambda mail: (mail.sent_at, mail.id))

    def _given_out(self, agent: str) -> str:
        """When an agent that is here got its name; empty for all others."""
        try:
            hook = self.hook(agent)
        except Unreadable:
            return ""
        return hook.created_at if hook is not None and hook.is_live else ""

    def handed_on(self, agent: str) -> list[Conversation]:
        """The ended conversations of an agent that left a note, the latest to end last."""
        rows = self._ask(
            "SELECT data FROM record WHERE kind='conversation' AND state='ended'"
            " AND instr(data, CAST(? AS BLOB))>0 AND instr(data, CAST(? AS BLOB))>0",
            (f'"{agent}"', '"note"'),
        )
        found: list[Any] = [decode("conversation", row[0]) for row in rows]
        mine = [one for one in found if one.agent == agent and one.note]
        return sorted(mine, key=lambda one: (one.updated_at, one.id))

    def conversations(self, agent: str | None = None) -> list[Conversation]:
        """Conversations (of one agent), oldest first."""
        found: list[Conversation] = self._all("conversation")
        mine = [one for one in found if agent in (None, one.agent)]
        return sorted(mine, key=lambda one: (one.started_at, one.id))

    def comments(self, identifier: str) -> list[Comment]:
        """The comments on a bead, oldest first."""
        from gastown.domain.comment import in_order

        rows = self._ask(
            "SELECT data FROM record WHERE kind='comment' AND id>? AND id<?",
            (f"{identifier}/", f"{identifier}0"),  # 0 is what follows the slash
        )
        found: list[Any] = [decode("comment", row[0]) for row in rows]
        return in_order(found)

    def all_comments(self) -> dict[str, list[Comment]]:
        """Every comment of the town, by bead, oldest first."""
        from gastown.domain.comment import in_order

        rows = self._ask("SELECT data FROM record WHERE kind='comment'")
        found: dict[str, list[Any]] = {}
        for row in rows:
            one: Any = decode("comment", row[0])
            found.setdefault(one.bead, []).append(one)
        return {bead: in_order(comments) for bead, comments in found.items()}

    def memories(self, rig: str | None = None) -> list[Memory]:
        """What is remembered, by key; of one rig or of all."""
        condition, values = ("", ()) if rig is None else (" AND rig=?", (rig,))
        rows = self._ask(f"SELECT data, rig FROM record WHERE kind='memory'{condition}", values)
        found: list[Any] = [decode("memory", row[0], rig=row[1]) for row in rows]
        return sorted(found, key=lambda memory: (memory.rig, memory.key))

    def molecules(self, *, live: bool = True) -> list[Molecule]:
        """Molecules, newest first; `live`: only those whose root is neither closed nor deleted."""
        over = " AND b.status NOT IN ('closed','tombstone')" if live else ""
        rows = self._ask(
            f"SELECT r.data FROM record r JOIN bead b ON b.id=r.id WHERE r.kind='molecule'{over}"
        )
        found: list[Any] = [decode("molecule", row[0]) for row in rows]
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)

    def gates(self, *, every: bool = False) -> list[Bead]:
        """Gates (beads of type `gate`), most urgent first; `every`: those that opened, too."""
        return self.select(
            BeadFilter(types=("gate",), live=None if every else True, tombstones=False)
        )

    def documents(self) -> dict[str, str]:
        """Settings, directives and formulas: path and blob."""
        return {row[0]: row[1] for row in self._ask("SELECT path, oid FROM document")}

    def broken(self) -> list[Broken]:
        """Files that cannot be read as records."""
        rows = self._ask("SELECT path, error FROM broken ORDER BY path")
        return [Broken(*row) for row in rows]

    def _all(self, kind: str, state: str | None = None) -> list[Any]:
        condition = "" if state is None else " AND state=?"
        values = (kind,) if state is None else (kind, state)
        rows = self._ask(f"SELECT data FROM record WHERE kind=?{condition} ORDER BY id", values)
        return [decode(kind, row[0]) for row in rows]


def no_bead(identifier: str) -> NotFound:
    """The error for an id that no bead has."""
    from gastown.domain.wisp import has_wisp_form

    if has_wisp_form(identifier):
        return NotFound(
            f"no bead {identifier!r}: wisps are gone after a while",
            hint="bd mol wisp list shows those there are",
        )
    return NotFound(
        f"no bead {identifier!r}",
        hint=f'bd list shows all; make it with: bd create "TITLE" --id {identifier} --rig RIG',
    )
