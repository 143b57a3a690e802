"""Every path in a town, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ids import shard

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.bead import Bead
    from gastown.domain.comment import Comment
    from gastown.domain.memory import Memory
    from gastown.domain.record import Record

    AnyRecord = Record | Bead | Comment | Memory

LEDGER_REF = "refs/heads/town"
FORK_BASE_REF = "refs/gt/base"
"""In the ledger of a fork: the commit of its town's ledger at which it began."""
SETTINGS = "town.toml"
DOCUMENT_FOLDERS = ("directives", ".beads/formulas")
MARKER = ".gt"

_FOLDERS = {
    "bead": "beads",
    "hook": "hooks",
    "convoy": "convoys",
    "merge": "merges",
    "queue": "queues",
    "integration": "integrations",
    "mail": "mail",
    "rig": "rigs",
    "comment": "comments",
    "memory": "memories",
    "molecule": "molecules",
    "run": "runs",
    "conversation": "conversations",
    "escalation": "escalations",
    "dispatch": "dispatches",
    "scheduler": "scheduler",
}
OF_A_RIG = ("bead", "memory")
"""Kinds whose records do not say themselves which rig they are of: their folder does."""
KIND_OF_FOLDER = {folder: kind for kind, folder in _FOLDERS.items()}


def record_path(record: AnyRecord) -> str:
    """Where a record lives, relative to hq; one file per record, beads sharded."""
    within = ""
    if record.KIND == "bead":
        within = f"{_text(record, 'rig')}/{shard(record.id)}/"
    elif record.KIND in ("merge", "memory", "integration"):
        within = f"{_text(record, 'rig')}/"
    elif record.KIND == "comment":
        within = f"{shard(_text(record, 'bead'))}/"
    elif record.KIND == "mail":
        within = f"{mail_folder(_text(record, 'to'))}/"
    return f"{_FOLDERS[record.KIND]}/{within}{record.id}.json"


def _text(record: AnyRecord, field: str) -> str:
    # By name, not by class: the classes of records that a command does not meet stay unimported.
    return str(getattr(record, field))


def mail_folder(address: str) -> str:
    """The folder of a mailbox, in `mail`. Names hold no dots, so no two addresses share one."""
    return address.replace("/", ".")


def hook_path(hook_id: str) -> str:
    """Where the record of a hook lives, relative to hq."""
    return f"hooks/{hook_id}.json"


def rig_paths(rig: str) -> tuple[str, ...]:
    """The folders and files in hq that hold the records of a rig, itself included."""
    folders = ("bead", "hook", "merge", "integration", "memory")
    return (
        *(f"{_FOLDERS[kind]}/{rig}" for kind in folders),
        f"rigs/{rig}.json", f"queues/{rig}.json",
    )  # fmt: skip


def kind_of(path: str) -> str | None:
    """The kind of record that a path in hq holds, or None for documents and strangers."""
    if not path.endswith(".json"):
        return None
    return KIND_OF_FOLDER.get(path.partition("/")[0])


def is_document(path: str) -> bool:
    """Whether people edit this file of hq as text: settings, directives, formulas."""
    return path == SETTINGS or path.startswith(tuple(f"{d}/" for d in DOCUMENT_FOLDERS))


class Layout:
    """The places of one town, from its root."""

    __slots__ = ("root",)

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def hq(self) -> Path:
        """The worktree that holds every fact the town knows."""
        return self.root / "hq"

    @property
    def mayor(self) -> Path:
        """The mayor's worktree."""
        return self.root / "mayor"

    @property
    def machine(self) -> Path:
        """Facts of this machine; never committed."""
        return self.root / MARKER

    @property
    def town_git(self) -> Path:
        """The repository behind hq."""
        return self.machine / "town.git"

    @property
    def is_town(self) -> bool:
        """Whether a town, or a fork, is there, and whole."""
        return self.town_git.is_dir() and not self.unfinished.exists()

    @property
    def unfinished(self) -> Path:
        """Is there while the town is being made."""
        return self.machine / "installing"

    @property
    def adding(self) -> Path:
        """Clones of rigs that are being added."""
        return self.machine / "adding"

    @property
    def forks(self) -> Path:
        """Branches of the ledger on which plans are tried, each a town of records alone."""
        return self.machine / "forks"

    @property
    def origin(self) -> Layout | None:
        """Of a fork: the town that it is a fork of, whose rigs it reads. None: it is a town."""
        forks = self.root.parent
        is_fork = forks.name == "forks" and forks.parent.name == MARKER
        return Layout(forks.parent.parent) if is_fork else None

    @property
    def run(self) -> Path:
        """Locks, sessions, sockets."""
        return self.machine / "run"

    @property
    def synced(self) -> Path:
        """Names the commit that hq's files and index were last brought to."""
        return self.run / "hq-synced"

    @property
    def place(self) -> Path:
        """Names the folder of the town: where it differs from the root, the town was moved."""
        return self.run / "place"

    @property
    def locks(self) -> Path:
        """One file per kernel lock."""
        return self.run / "locks"

    @property
    def wisps(self) -> Path:
        """Beads that are never committed, and the molecules they are steps of."""
        return self.run / "wisps"

    @property
    def spool(self) -> Path:
        """Events from git hooks, one small file each."""
        return self.machine / "spool"

    @property
    def git_hooks(self) -> Path:
        """The scripts that git runs in the town's worktrees."""
        return self.machine / "githooks"

    @property
    def agents(self) -> Path:
        """A folder for each agent: what its client's own hooks leave and read."""
        return self.run / "agents"

    @property
    def client_hooks(self) -> Path:
        """The scripts that agents' clients run."""
        return self.machine / "client-hooks"

    def mailbox(self, address: str) -> Path:
        """The folder that holds the messages to an address; it need not be there."""
        return self.hq / "mail" / mail_folder(address)

    @property
    def monitor_lock(self) -> Path:
        """Held by the monitor as long as it lives."""
        return self.locks / "monitor"

    @property
    def down(self) -> Path:
        """Is there while the person wants nothing to run in the town."""
        return self.run / "down"

    @property
    def frozen(self) -> Path:
        """Is there while every agent of the town is stopped in its tracks (`gt estop`)."""
        return self.run / "frozen"

    @property
    def is_quiet(self) -> bool:
        """Whether no agent is started in the town now: it is down, or frozen."""
        return self.down.exists() or self.frozen.exists()

    @property
    def health(self) -> Path:
        """What the monitor last found of each agent's health."""
        return self.run / "health.json"

    @property
    def recovery(self) -> Path:
        """When agents ended and were helped, as the monitor remembers it."""
        return self.run / "recovery.json"

    @property
    def cache(self) -> Path:
        """The disposable cache of the ledger's commit."""
        return self.machine / "cache" / "ledger.sqlite"

    @property
    def past_cache(self) -> Path:
        """The disposable cache of the commit that was last looked back at."""
        return self.machine / "cache" / "past.sqlite"

    @property
    def dashboard(self) -> Path:
        """Where the dashboard is to be found, with its token; only its owner may read it."""
        return self.run / "dashboard.json"

    @property
    def dashboard_lock(self) -> Path:
        """Held by the town's dashboard while it runs."""
        return self.locks / "dashboard"

    @property
    def asking(self) -> Path:
        """Where the clients of agents that wait for the person ring; the monitor watches it."""
        return self.run / "asking"

    @property
    def notices(self) -> Path:
        """What the person was told, so that nothing is told twice."""
        return self.run / "notices.json"

    @property
    def mutes(self) -> Path:
        """Of whom the person wants to be told nothing, and until when."""
        return self.run / "mutes.json"

    @property
    def presence(self) -> Path:
        """A file for each thing the person has in front of them, touched while that is so."""
        return self.run / "presence"

    @property
    def notifier_lock(self) -> Path:
        """Held by whoever tells the person: the tray, else the monitor."""
        return self.locks / "notifier"

    @property
    def logs(self) -> Path:
        """Output of sessions and gates, and tracebacks of our bugs."""
        return self.machine / "log"

    @property
    def quarantine(self) -> Path:
        """What was set aside instead of being deleted: stale locks, broken records."""
        return self.machine / "quarantine"

    @property
    def trusted(self) -> Path:
        """Hashes of the commands that this machine's person has accepted."""
        return (self.origin or self).machine / "trusted-commands"

    @property
    def keys(self) -> Path:
        """The keys with which this machine's actors sign; is there where they do."""
        return (self.origin or self).machine / "keys"

    @property
    def settings(self) -> Path:
        """The settings a person may edit."""
        return self.hq / SETTINGS

    def rig(self, name: str) -> Path:
        """A rig's folder."""
        return self.root / name

    def repository(self, rig: str) -> Path:
        """The bare clone that all worktrees of a rig share."""
        return (self.origin or self).root / rig / "repo.git"

    def gate_tree(self, rig: str, name: str) -> Path:
        """A throw-away worktree that is nobody's."""
        return self.root / rig / "refinery" / name

    def gate_slot(self, rig: str, slot: str) -> Path:
        """The warm worktree in which gates run; it is kept from one commit to the next."""
        return self.root / rig / "refinery" / f"slot-{slot}"

    def gate_state(self, rig: str, slot: str) -> Path:
        """What we know of a warm worktree, where no gate can change it."""
        return self.run / "gates" / rig / slot

    def gate_results(self, rig: str) -> Path:
        """How gates ended on this machine, by what they were run on; may be deleted any time."""
        return self.machine / "cache" / "gates" / rig

    def rig_lock(self, rig: str, what: str) -> Path:
        """The lock for one aspect of a rig: `registry`, `target`, `refinery` or a gate slot."""
        return self.locks / f"{rig}.{what}"


def find_root(start: Path) -> Path | None:
    """The nearest parent of `start` (itself included) that is a town."""
    for folder in (start, *start.parents):
        if Layout(folder).is_town:
            return folder
    return None
