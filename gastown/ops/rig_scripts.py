"""What a rig does to its worktrees: files copied and `setup` run before the first agent starts in
one, `teardown` run before one goes.

Both are commands of town.toml for /bin/sh, as gates are, and accepted by a person; they run in the
worktree with the agent's kind of environment. A setup that fails keeps the agent from being
started: the person gets mail, `gt agents` shows it, and it is tried again with the next start. A
teardown that fails keeps nothing from going.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.domain.settings import script_text
from gastown.errors import GtError, Refused
from gastown.ids import HUMAN
from gastown.ops.ports import port_base
from gastown.ops.post import SYSTEM, post_once
from gastown.ops.retire import Retired, place_held, retire
from gastown.ops.runtimes import check_accepted
from gastown.ops.worktree_files import NAME, Included, drop_copies, include
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.command import run_command
from gastown.runtime.logs import open_log
from gastown.runtime.records import file_name
from gastown.store.files import read_or_none, write_atomically
from gastown.views.hooks import has_worktree

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.store.town import Town

TIME_LIMIT_S = 900.0


@dataclass(frozen=True)
class Prepared:
    """What was done to a worktree before somebody works in it. `ran`: its setup."""

    included: Included = field(default_factory=Included)
    ran: bool = False


def prepare_worktree(town: Town, host: Host, hook: Hook) -> Prepared:
    """Copy the files a worktree needs and run the rig's setup, once for each worktree.

    Raises:
        Refused: the setup failed, took too long, or was changed by hand and not accepted.
    """
    if hook.role is Role.MAYOR:
        return Prepared()
    setup = town.settings().rig(hook.rig).setup
    folder = agent_folder(town.layout.agents, hook.id)
    mark = folder.path / "prepared"
    wanted = hashlib.sha256(f"{hook.generation}\0{hook.created_at}\0{setup}".encode()).hexdigest()
    if (read_or_none(mark) or b"").decode("ascii", "replace") == wanted:
        return Prepared()
    included = copy_files(town, hook)
    folder.setup_failed.unlink(missing_ok=True)
    if setup is not None:
        _run_setup(town, host, hook, setup)
    folder.make()
    write_atomically(mark, wanted.encode())
    return Prepared(included, setup is not None)


def copy_files(town: Town, hook: Hook) -> Included:
    """Copy the files a worktree needs and git ignores; what was done is in the hook's log."""
    included = include(town, hook)
    _tell(script_log(town, hook), included)
    return included


def _tell(log: Path, included: Included) -> None:
    lines = [f"{NAME}: copied {name}\n" for name in included.copied]
    lines += [f"{NAME}: NOT copied: {name}: {why}\n" for name, why in included.left]
    if lines:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open_log(log) as file:
            file.write("".join(lines).encode("utf-8", "surrogateescape"))


def _run_setup(town: Town, host: Host, hook: Hook, setup: str) -> None:
    check_accepted(town, script_text(hook.rig, "setup", setup))
    log = script_log(town, hook)
    done = _run(town, host, hook, setup, log)
    if done is None:
        return
    message, hint = f"the setup of {hook.id} {done}", f"see {log}"
    if hook.role is Role.CREW and hook.runtime is None:
        hint = f"{hint}; run it yourself: {setup}"
    else:
        message = f"{message}; no agent was started"
        hint = f"{hint}; it is run again by: gt session start {hook.id}"
    folder = agent_folder(town.layout.agents, hook.id)
    folder.make()
    write_atomically(folder.setup_failed, f"{message}; {hint}\n".encode())
    with town.transaction(f"setup of {hook.id} failed", actor=SYSTEM) as tx:
        subject = f"setup failed: {hook.id}"
        post_once(tx, town, to=HUMAN, subject=subject, body=f"{message}\n\n{hint}", about=hook.id)
    raise Refused(message, hint=hint)


def tear_down(town: Town, host: Host, hook: Hook) -> str | None:
    """Run the rig's teardown in a worktree that is about to go; why it failed, if it did.

    Copies of files that the person has as well go, too. Nothing is done in the worktree of whoever
    has been given the name since.
    """
    if hook.role is Role.MAYOR:
        return None
    try:
        with place_held(town, hook):
            if not has_worktree(town, hook) or not (town.layout.root / hook.path).is_dir():
                return None
            failed = _tear_down(town, host, hook)
            drop_copies(town, hook)
    except (GtError, OSError) as trouble:
        failed = f"was not run to its end: {trouble}"
    return f"the teardown of {hook.id} {failed}" if failed else None


def _tear_down(town: Town, host: Host, hook: Hook) -> str | None:
    teardown = town.settings().rig(hook.rig).teardown
    if teardown is None:
        return None
    check_accepted(town, script_text(hook.rig, "teardown", teardown))
    return _run(town, host, hook, teardown, script_log(town, hook))


def take_away(town: Town, host: Host, hook: Hook) -> Retired:
    """Run the teardown of a worktree, then retire it, whatever came of that."""
    failed = tear_down(town, host, hook)
    return replace(retire(town, hook), teardown=failed)


def script_log(town: Town, hook: Hook) -> Path:
    """Where setup and teardown of a hook's worktree say what they do."""
    return town.layout.logs / "setup" / f"{file_name(hook.id)}.log"


def _run(town: Town, host: Host, hook: Hook, script: str, log: Path) -> str | None:
    """Run a script in a worktree; how it failed, or None."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    env = {**host.clean_env(), **hook_variables(town, hook)}
    env["PATH"] = f"{host.scripts}:{env.get('PATH', '/usr/bin:/bin')}"
    tree = town.layout.root / hook.path
    done = run_command(
        ["/bin/sh", "-c", script], cwd=tree, env=env, log=log, timeout_s=TIME_LIMIT_S
    )
    if done.passed:
        return None
    if done.timed_out:
        return f"took longer than {TIME_LIMIT_S:.0f} s and was ended"
    return f"ended with status {done.returncode}"


def hook_variables(town: Town, hook: Hook) -> dict[str, str]:
    """What a hook's agent and the rig's scripts are told of it."""
    return {
        "GT_RIG": hook.rig,
        "GT_AGENT": hook.agent,
        "GT_BRANCH": hook.branch,
        "GT_PORT_BASE": str(port_base(town, hook.id)),
    }
