"""gt doctor: what is wrong with the town and the machine it lives on."""

from __future__ import annotations

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.session import Session, pass_session


@click.command()
@click.option("--fix", is_flag=True, help="Mend what is safe to mend, and look again.")
@click.option("--rig", shell_complete=complete_rig, help="Look only at what is this rig's.")
@click.option("-v", "--verbose", is_flag=True, help="Show the checks that are fine, too.")
@json_option
@pass_session
def doctor(session: Session, fix: bool, rig: str | None, verbose: bool) -> None:
    """What is wrong with the town, and what mends it.

    Nothing is lost by --fix: what is removed was rescued, and only processes that the town started
    are ended. Exit status 1 if something is left that is wrong.
    """
    from gastown.cli.screen import screen_of
    from gastown.ops.doctor.checks import CHECKS
    from gastown.ops.doctor.examine import examine
    from gastown.ops.doctor.finding import Patient
    from gastown.render import doctor as render

    actor = session.actor if fix else session.place.actor  # who only looks changes nothing
    patient = Patient(session.town, session.host, session.rig(rig), actor)
    found = examine(patient, CHECKS, fix=fix)
    screen = screen_of(session)
    session.show(found, lambda result: render.examination(result, screen, verbose=verbose))
    if found.left:
        raise click.exceptions.Exit(1)
