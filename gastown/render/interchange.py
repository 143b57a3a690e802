"""Imports, exports and merged files as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.render.text import plural, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.ops.importing import Remark
    from gastown.ops.interchange import Carried, Exported, Imported
    from gastown.ops.merging_files import FileMerged

_SHOWN = 20


def imported(result: Imported) -> str:
    """After `bd import`: what came, then what is to be said of single lines."""
    parts = [
        plural(len(result.created), "new bead") if result.created else "",
        f"{len(result.updated)} changed" if result.updated else "",
        f"{result.unchanged} unchanged" if result.unchanged else "",
        plural(result.comments, "comment") if result.comments else "",
        f"{result.memories} remembered" if result.memories else "",
        f"{len(result.errors)} not taken" if result.errors else "",
    ]
    told = ", ".join(part for part in parts if part) or "nothing"
    doing = "would import" if result.dry_run else "imported"
    lines = [
        f"{'·' if result.dry_run else '✓'} {doing} {safe(result.source)} into {result.rig}: {told}"
    ]
    if result.attic:
        lines.append(f"  {plural(result.attic, 'value')} lost against a later one: hq/attic")
    lines += _remarks("note", result.warnings)
    if result.respelt:
        where = ", ".join(map(str, result.respelt[:5])) + ("…" if len(result.respelt) > 5 else "")
        lines.append(
            f"  {plural(len(result.respelt), 'line')} will be exported canonically, with the same"
            f" meaning (line {where})"
        )
    return "\n".join(lines + _remarks("not taken", result.errors))


def imported_json(result: Imported) -> dict[str, Any]:
    """Upstream's object, with more in it."""
    return {
        "source": result.source,
        "rig": result.rig,
        "dry_run": result.dry_run,
        "created": len(result.created),
        "updated": len(result.updated),
        "unchanged": result.unchanged,
        "skipped": len(result.errors),
        "comments": result.comments,
        "memories": result.memories,
        "attic": result.attic,
        "ids": [*result.created, *result.updated],
        "warnings": result.warnings,
        "respelt": result.respelt,
        "errors": result.errors,
    }


def exported(result: Exported) -> str:
    """After `bd export`: the lines themselves, or where they are."""
    if result.file is None:
        return result.text.removesuffix("\n")
    told = plural(result.beads, "bead")
    if result.memories:
        told += f" and {plural(result.memories, 'memory row')}"
    return f"✓ {told} in {safe(result.file)}"


def exported_json(result: Exported) -> dict[str, Any]:
    """What was written, without the lines."""
    return {"file": result.file, "beads": result.beads, "memories": result.memories}


def carries(found: Carried) -> str:
    """After `gt rig add`, for a project that carries beads."""
    return (
        f"it carries {plural(found.lines, 'bead')} in {safe(found.path)};"
        f" to import them: bd import --from-repo --rig {found.rig}"
    )


def merged(result: FileMerged) -> str:
    """After `bd merge`: what lost, which no attic holds."""
    lines = [f"✓ {plural(result.rows, 'line')} in {safe(result.file)}"]
    for old, new in result.renamed:
        lines.append(f"  {safe(old)} stood for two beads: the younger one is {safe(new)} now")
    for one in result.losers[:_SHOWN]:
        lines.append(f"  lost: {safe(one.id)} {safe(one.key)} = {safe(one.value)}")
    if len(result.losers) > _SHOWN:
        lines.append(f"  and {len(result.losers) - _SHOWN} more")
    return "\n".join(lines)


def _remarks(word: str, remarks: Sequence[Remark]) -> list[str]:
    lines = [
        f"  line {one.line}{f' ({safe(one.id)})' if one.id else ''}: {word}: {safe(one.what)}"
        for one in remarks[:_SHOWN]
    ]
    if len(remarks) > _SHOWN:
        lines.append(f"  and {len(remarks) - _SHOWN} more: --json shows all")
    return lines
