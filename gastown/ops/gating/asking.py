"""What somebody asks of the gates before work is handed in: would it pass, as it would be merged?

The answer is about commits, never about files as they lie. Nothing is moved and no request is made;
results are recorded, so that the refinery need not run again what passed here, where tree, gate
and environment are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.merge_settings import Gate, Phase
from gastown.errors import NotFound, Refused
from gastown.ops.gating.logs import new_folder
from gastown.ops.gating.running import GateResult, gates_of, run_gates
from gastown.ops.gating.trees import AGENTS
from gastown.store.accepted import is_accepted
from gastown.store.formulas import worktree_root
from gastown.store.git import Git
from gastown.store.merging import commit_merge, try_merge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gastown.domain.merge_settings import GateSetup
    from gastown.ops.host import Host
    from gastown.store.town import Town
    from gastown.views.place import Place

BEFORE = (Phase.PRE_MERGE, Phase.MERGE)


@dataclass(frozen=True)
class Known:
    """A gate of the settings. `accepted`: this machine's person lets it run."""

    gate: Gate
    accepted: bool


@dataclass(frozen=True)
class RigGates:
    """All gates of a rig, and what makes worktrees ready for them."""

    rig: str
    gates: tuple[Known, ...]
    setup: GateSetup | None = None
    setup_accepted: bool = True


@dataclass(frozen=True)
class Work:
    """Work that is to be tested.

    Attributes:
        name: its branch, or the commit where it is on none.
        head: its commit.
        target: the branch that it is for, in short.
        uncommitted: files with changes that are in no commit, and so in no test.
    """

    rig: str
    name: str
    head: str
    target: str
    uncommitted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What the gates said.

    Attributes:
        target: what it was merged onto; None: it was tested by itself.
        tested: the commit that the gates ran on; None: it conflicts.
        conflicts: paths that conflict with the target.
        missing: required gates that have no result.
        log: the folder with what they printed.
        uncommitted: files with changes that were not tested.
    """

    rig: str
    name: str
    head: str
    target: str | None
    tested: str | None
    passed: bool
    results: tuple[GateResult, ...] = ()
    reason: str | None = None
    conflicts: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    log: Path | None = None
    uncommitted: tuple[str, ...] = ()


def gates_known(town: Town, rig: str | None) -> list[RigGates]:
    """The gates of a rig, or of all rigs, as they are set.

    Raises:
        NotFound: there is no such rig.
    """
    reader, settings = town.read(), town.settings()
    names = [reader.rig(rig).id] if rig is not None else [one.id for one in reader.rigs()]
    found = []
    for name in names:
        of_rig = settings.rig(name)
        setup = of_rig.gate_setup
        found.append(
            RigGates(
                name,
                tuple(Known(g, is_accepted(town.layout, g.text(name))) for g in of_rig.gates),
                setup,
                setup is None or is_accepted(town.layout, setup.text(name)),
            )
        )
    return found


def work_here(town: Town, place: Place, here: Path) -> Work:
    """The work of the worktree that one stands in: its last commit.

    Raises:
        Refused: one stands in no worktree of a rig.
    """
    root = worktree_root(here, town.layout.root)
    if root is None or place.rig is None:
        raise Refused(
            "you do not stand in a worktree of a rig",
            hint="cd into one, or name the branch: gt gates run BRANCH --rig RIG",
        )
    git = Git(root)
    head = git.oid("HEAD")
    if head is None:
        raise NotFound(f"nothing is committed in {root}", hint="commit first")
    on = git.run("symbolic-ref", "--quiet", "--short", "HEAD", accept=(0, 1)).text
    target = place.hook.target if place.hook is not None else town.read().rig(place.rig).branch
    changed = git.run("status", "--porcelain", "-z", "--untracked-files=normal").stdout
    return Work(place.rig, on or head[:12], head, target, _names(changed))


def work_of(town: Town, rig: str, branch: str) -> Work:
    """The work of a branch of a rig: one of the town's, else one of the origin, else a commit.

    Raises:
        NotFound: there is none of that name.
    """
    record = town.read().rig(rig)
    git = Git(town.layout.repository(rig), bare=True)
    short = branch.removeprefix("refs/heads/")
    names = (f"refs/heads/{short}", f"refs/remotes/origin/{short}", branch)
    head = next((oid for name in names if (oid := git.oid(name)) is not None), None)
    if head is None:
        raise NotFound(f"rig {rig} has no branch {branch!r}", hint=f"git -C {git.place} branch -a")
    hooks = [hook for hook in town.read().hooks(rig=rig) if hook.branch == short]
    return Work(rig, short, head, hooks[0].target if hooks else record.branch)


def ask(
    town: Town, host: Host, work: Work, *, alone: bool = False, names: Sequence[str] = (),
    phase: Phase | None = None, fresh: bool = False,
    announce: Callable[[str], None] = lambda _: None,
) -> Asked:  # fmt: skip
    """Run gates on work, merged onto its target as that is now.

    Args:
        alone: on the work's own commit instead.
        names: only these gates; by default all that would keep it from being merged.
        phase: only the gates of this phase.

    Raises:
        NotFound: there is no such gate or no such target.
        Refused: a gate is not accepted yet.
    """
    chosen = _chosen(town, work.rig, names, phase)
    git = Git(town.layout.repository(work.rig), bare=True)
    merged = work.head
    if not alone:
        found = _merged(git, work)
        if isinstance(found, Asked):
            return found
        merged = found
    log = new_folder(town, work.rig)
    results: list[GateResult] = []
    missing: list[str] = []
    for one, gates in chosen:
        commit = work.head if one is Phase.PRE_MERGE else merged
        tested = run_gates(
            town, host, work.rig, commit, gates, log=log, fresh=fresh, announce=announce,
            slot=AGENTS,
        )  # fmt: skip
        results += tested.results
        missing += tested.missing
        if not tested.passed:
            break
    red = [one for one in results if one.gate.required and not one.passed]
    return Asked(
        work.rig, work.name, work.head, None if alone else work.target, merged,
        not red and not missing, tuple(results), red[0].reason if red else None, (),
        tuple(missing), log, work.uncommitted,
    )  # fmt: skip


def _chosen(
    town: Town, rig: str, names: Sequence[str], phase: Phase | None
) -> list[tuple[Phase, tuple[Gate, ...]]]:
    phases = (phase,) if phase is not None else tuple(Phase) if names else BEFORE
    of_rig = town.settings().rig(rig).gates
    for name in names:
        if not any(gate.name == name and gate.phase in phases for gate in of_rig):
            known = ", ".join(gate.name for gate in of_rig if gate.phase in phases) or "none"
            raise NotFound(f"rig {rig} has no gate {name!r}", hint=f"known: {known}")
    found = []
    for one in phases:
        gates = tuple(g for g in gates_of(town, rig, one) if not names or g.name in names)
        if gates:
            found.append((one, gates))
    return found


def _merged(git: Git, work: Work) -> str | Asked:
    """The commit that merging would make; or why there is none."""
    base = git.oid(f"refs/heads/{work.target}")
    if base is None:
        raise NotFound(f"rig {work.rig} has no branch {work.target!r}", hint="--on TARGET")
    said = Asked(work.rig, work.name, work.head, work.target, None, passed=False,
                 uncommitted=work.uncommitted)  # fmt: skip
    if not git.holds("merge-base", base, work.head):
        return _with_reason(said, f"{work.name} has nothing in common with {work.target}")
    if git.holds("merge-base", "--is-ancestor", work.head, base):
        return base
    trial = try_merge(git, base, work.head)
    if trial.tree is None:
        paths = ", ".join(trial.conflicts[:5])
        reason = f"{work.name} conflicts with {work.target} in {paths}"
        return _with_reason(said, reason, trial.conflicts)
    message = f"Merge {work.name} into {work.target}, to test it\n"
    return commit_merge(git, trial.tree, (base, work.head), message, ("gates", "gates@town.gt"))


def _with_reason(said: Asked, reason: str, conflicts: tuple[str, ...] = ()) -> Asked:
    return replace(said, reason=reason, conflicts=conflicts)


def _names(status: bytes) -> tuple[str, ...]:
    """The paths of `git status --porcelain -z`."""
    found = []
    entries = iter(status.decode("utf-8", "surrogateescape").split("\0"))
    for entry in entries:
        if entry:
            found.append(entry[3:])
            if entry[0] in "RC":
                next(entries, None)
    return tuple(found)
