"""Where errors become words and exit statuses, and nothing else does.

0 done · 1 refused or failed · 2 usage · 3 not found · 4 illegal move · 70 our bug (the path of its
log is printed) · 74 disk · 75 busy · 130 Ctrl-C. Commands may exit with a status of their own
through `click.exceptions.Exit` (`gt hook`: 1 nothing, 5 unreadable).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from gastown.cli.session import Session
from gastown.errors import GtError, UsageTrouble
from gastown.store.files import disk_errors

BUG = 70
INTERRUPTED = 130


class Bug(GtError):
    """A mistake of ours."""

    code = "bug"
    exit_status = BUG


def run(root: click.Command, program: str) -> int:
    """Run a root command on `sys.argv`; returns the exit status."""
    return invoke(root, program, sys.argv[1:])


def invoke(root: click.Command, program: str, arguments: list[str]) -> int:
    """Run a root command on a command line; returns the exit status, whatever happens."""
    session = Session(program=program, wants_json="--json" in arguments)
    try:
        with disk_errors():
            session.arm_faults()
            answer = root.main(
                args=arguments, prog_name=program, standalone_mode=False, obj=session
            )
            sys.stdout.flush()
        return answer if isinstance(answer, int) else 0
    except GtError as error:
        session.complain(error)
        return error.exit_status
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)  # a group alone: its help, not a complaint
        return 2
    except click.UsageError as error:
        hint = f"{error.ctx.command_path} --help" if error.ctx else f"{program} --help"
        session.complain(UsageTrouble(error.format_message(), hint=hint))
        return 2
    except click.ClickException as error:
        session.complain(GtError(error.format_message()))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"{program}: interrupted", err=True)
        return INTERRUPTED
    except SystemExit:
        # So click ends when the reader of our output went away (`gt log | head`): all is well.
        return 0
    except BrokenPipeError:  # the same, when the last lines are written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # noqa: BLE001  (the edge: a bug of ours must leave a trace and a sentence)
        where = _keep_trace(session)
        session.complain(
            Bug("this is a bug in gastown", hint=f"its trace is in {where}; please report it")
        )
        return BUG


def _keep_trace(session: Session) -> str:
    import traceback
    from datetime import UTC, datetime

    text = f"{' '.join(sys.argv)}\n\n{traceback.format_exc()}"
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    folder = session.log_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = Path(folder) / f"bug-{stamp}.log"
        file.write_text(text, encoding="utf-8", errors="replace")
    except OSError:
        sys.stderr.write(text)
        return "the lines above"
    return str(file)
