"""What an audit of the ledger found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import plural, safe

if TYPE_CHECKING:
    from gastown.store.auditing.audit import Audit, Flaw

_MOST = 50


def verified(found: Audit) -> str:
    """For `gt verify`."""
    looked = (f"{plural(found.commits, 'commit')}, {plural(found.versions, 'version')} of records,"
              f" {plural(found.moves, 'move')}{_signed(found)}")  # fmt: skip
    if not found.flaws:
        return f"✓ the ledger is sound up to {found.tip[:10]}: {looked}"
    lines = [_flaw(one) for one in found.flaws[:_MOST]]
    if len(found.flaws) > _MOST:
        lines.append(f"… and {len(found.flaws) - _MOST} more: --json has all")
    return "\n".join([*lines, "", f"{plural(len(found.flaws), 'flaw')} in {looked}"])


def _signed(found: Audit) -> str:
    return f", {plural(found.signed, 'signature')}" if found.signed else ""


def _flaw(one: Flaw) -> str:
    where = f"{one.commit[:10]}  " if one.commit else "now         "
    path = f"{safe(one.path)}: " if one.path else ""
    return f"{where}{one.rule}: {path}{safe(one.what)}"
