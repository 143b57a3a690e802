"""How gates ended, kept on this machine.

A result counts for the same tree, the same definition of the gate and of the rig's setup, and the
same environment. What has passed is never run again for them; what was red is, except in the batch
that it was red in. A record that cannot be read is no record: the gate runs.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gastown.domain.merge_settings import Gate, GateSetup

KEPT = 2000
_DROPPED_AT_ONCE = 200


@dataclass(frozen=True)
class Recorded:
    """How a gate ended on a tree.

    Attributes:
        output: the last part of what it printed.
        at: when it ended.
        batch: the batch that it was run for, if any.
        flaky: it had been red on this very tree before it passed.
        log: the file with all it printed.
    """

    passed: bool
    reason: str
    seconds: float
    output: str
    at: str
    batch: str | None = None
    flaky: bool = False
    log: str = ""


class Results:
    """The results of one rig's gates on one tree.

    Args:
        folder: where they are kept.
        tree: the tree that is tested.
        setup: what makes a worktree ready for the gates; another one may change how they end.
    """

    def __init__(self, folder: Path, tree: str, setup: GateSetup | None) -> None:
        self._folder = folder
        self._common = [tree, None if setup is None else asdict(setup)]

    def find(self, gate: Gate, env: Mapping[str, str]) -> Recorded | None:
        """How a gate ended the last time in this environment."""
        data = read_or_none(self._file(gate, env))
        try:
            return _read(json.loads(data)) if data is not None else None
        except (ValueError, TypeError, RecursionError):
            return None

    def put(self, gate: Gate, env: Mapping[str, str], found: Recorded) -> None:
        """Remember how a gate ended, and forget the oldest results where there are many."""
        text = json.dumps(asdict(found), indent=1)
        write_atomically(self._file(gate, env), text.encode("utf-8", "backslashreplace"))
        _shorten(self._folder)

    def _file(self, gate: Gate, env: Mapping[str, str]) -> Path:
        given = {name: value for name, value in env.items() if name != "GT_GATE"}
        text = json.dumps([*self._common, asdict(gate), given], sort_keys=True)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{digest}.json"


def _read(data: Any) -> Recorded:
    found = Recorded(**data)
    kinds: dict[str, tuple[type, ...]] = {
        "passed": (bool,), "reason": (str,), "seconds": (int, float), "output": (str,),
        "at": (str,), "batch": (str, type(None)), "flaky": (bool,), "log": (str,),
    }  # fmt: skip
    if not all(isinstance(getattr(found, name), kind) for name, kind in kinds.items()):
        raise TypeError("a field of another kind")
    return found


def _shorten(folder: Path) -> None:
    files = list(folder.glob("*.json"))
    if len(files) <= KEPT:
        return
    for file in sorted(files, key=_modified)[: len(files) - KEPT + _DROPPED_AT_ONCE]:
        file.unlink(missing_ok=True)


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
