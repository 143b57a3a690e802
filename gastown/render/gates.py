"""Gates and what they say, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import age, plural, safe, table

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.ops.gating.asking import Asked, RigGates
    from gastown.ops.gating.running import GateResult

SHOWN_LINES = 20
NAMED_PATHS = 5


def known(found: list[RigGates]) -> str:
    """For `gt gates list`."""
    rows = []
    notes = []
    for one in found:
        if one.setup is not None:
            cells = ("(setup)", "", "", f"{one.setup.timeout_s}s")
            rows.append((one.rig, *cells, _accepted(one.setup_accepted), one.setup.command))
        for item in one.gates:
            gate = item.gate
            kind = "required" if gate.required else "advisory"
            kind += ", parallel" if gate.parallel else ""
            cells = (gate.name, gate.phase, kind, f"{gate.timeout_s}s")
            rows.append((one.rig, *cells, _accepted(item.accepted), gate.command))
        if not one.gates:
            rig = safe(one.rig)
            notes.append(
                f'{rig} has no gates: gt config set rigs.{rig}.gates.test "COMMAND" sets one'
            )
    header = ("RIG", "GATE", "PHASE", "KIND", "TIMEOUT", "", "COMMAND")
    return "\n".join([*([table(header, rows)] if rows else []), *notes])


def _accepted(accepted: bool) -> str:
    return "" if accepted else "not accepted: gt config accept"


def asked(found: Asked, now: datetime) -> str:
    """For `gt gates run`."""
    name, head = safe(found.name), found.head[:12]
    on = "by itself" if found.target is None else f"merged onto {safe(found.target)}"
    lines = [f"{name} at {head}, {on}"]
    lines += [line for one in found.results for line in _result(one, now)]
    lines += [f"  {safe(one)}: not run" for one in found.missing]
    if found.uncommitted:
        paths = ", ".join(safe(path) for path in found.uncommitted[:NAMED_PATHS])
        more = " …" if len(found.uncommitted) > NAMED_PATHS else ""
        lines.append(f"not tested, because not committed: {paths}{more}")
    if found.conflicts:
        lines += ["conflict:", *(f"  {safe(path)}" for path in found.conflicts)]
        lines.append(f"merge {safe(found.target)} into {name}, solve it, commit; then try again")
    elif found.tested is None:
        lines.append(safe(found.reason))
    elif not found.results:
        lines.append("there is no gate to run")
    elif found.passed:
        red = [one for one in found.results if not one.passed]
        but = f" ({plural(len(red), 'advisory gate')} red)" if red else ""
        lines.append(f"green{but}")
    else:
        lines.append(f"red: {safe(found.reason or 'not all gates were run')}")
    if found.log is not None and found.results:
        lines.append(f"all they printed: {safe(found.log)}")
    return "\n".join(lines)


def _result(one: GateResult, now: datetime) -> list[str]:
    state = "passed" if one.passed else "red" if one.gate.required else "red (advisory)"
    when = f", recorded {age(one.at, now)} ago" if one.reused and one.at else ""
    flaky = ", flaky" if one.flaky else ""
    lines = [f"  {safe(one.gate.name)}: {state}, {one.seconds:.1f} s{when}{flaky}"]
    if not one.passed:
        tail = one.output.rstrip("\n").splitlines()[-SHOWN_LINES:]
        lines += [f"    {safe(one.reason)}", *(f"    | {safe(line)}" for line in tail)]
    return lines
