"""gt gates: what a rig's gates are, and what they say of work before it is handed in."""

from __future__ import annotations

from dataclasses import replace

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble

_PHASES = ("pre-merge", "merge", "post-merge")


@click.group()
def gates() -> None:
    """The commands that work must pass before it is merged."""


@gates.command(name="list")
@click.argument("rig", required=False, shell_complete=complete_rig)
@json_option
@pass_session
def list_(session: Session, rig: str | None) -> None:
    """The gates of RIG, or of all rigs."""
    from gastown.ops.gating.asking import gates_known
    from gastown.render import gates as render

    session.show(gates_known(session.town, rig), render.known)


@gates.command()
@click.argument("branch", required=False)
@click.option("--rig", shell_complete=complete_rig, help="The rig of BRANCH.")
@click.option("--gate", "names", multiple=True, help="Only this gate (may be repeated).")
@click.option("--phase", type=click.Choice(_PHASES), help="Only gates of this phase.")
@click.option("--again", is_flag=True, help="Run them, whatever is recorded.")
@click.option("--on", "target", help="Merged onto this branch instead of the work's own target.")
@click.option("--alone", is_flag=True, help="On the branch's own commit, merged onto nothing.")
@json_option
@pass_session
def run(
    session: Session, branch: str | None, rig: str | None, names: tuple[str, ...],
    phase: str | None, again: bool, target: str | None, alone: bool,
) -> None:  # fmt: skip
    """Would BRANCH pass, if it were merged now?

    BRANCH is by default the work of the worktree you stand in: its last commit. What has passed
    already on the same files is not run again. Nothing is moved, and nothing is handed in.

    Exit status 1 if a required gate is red, or the branch conflicts with its target.
    """
    from gastown.domain.merge_settings import Phase
    from gastown.ops.gating.asking import ask, work_here, work_of
    from gastown.render import gates as render

    if alone and target is not None:
        raise UsageTrouble("--on and --alone exclude each other", hint="gt gates run --help")
    here = session.here.resolve()
    in_rig = session.rig(rig) or session.place.rig
    if branch is None and rig is None:
        work = work_here(session.town, session.place, here)
    elif branch is None or in_rig is None:
        raise UsageTrouble(
            "which branch of which rig?", hint="gt gates run BRANCH --rig RIG, or cd into it"
        )
    else:
        work = work_of(session.town, in_rig, branch)
    if work.uncommitted and not session.wants_json:
        session.note(f"not committed, and so not tested: {', '.join(work.uncommitted[:5])}")
    found = ask(
        session.town, session.host, replace(work, target=target) if target else work, alone=alone,
        names=names, phase=Phase(phase) if phase else None, fresh=again,
        announce=(lambda _: None) if session.wants_json else session.note,
    )  # fmt: skip
    session.show(found, lambda one: render.asked(one, session.edge.clock()))
    if not found.passed:
        raise click.exceptions.Exit(1)
