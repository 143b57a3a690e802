"""JSON: `gt`'s versioned envelope, for results and errors, and plain values for `bd`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import Bead
from gastown.domain.record import Record

if TYPE_CHECKING:
    from gastown.errors import GtError

SCHEMA = "gt/1"


def values(result: Any) -> Any:
    """A result as JSON values: records as they are stored, dataclasses by field."""
    if isinstance(result, Bead):
        return result.shown()
    if isinstance(result, Record):
        return result.to_json()
    if isinstance(result, Enum):
        return result.value
    if is_dataclass(result) and not isinstance(result, type):
        found = {item.name: values(getattr(result, item.name)) for item in fields(result)}
        for name in ("completed", "total", "broken"):
            if hasattr(type(result), name) and name not in found:
                found[name] = values(getattr(result, name))
        return found
    if isinstance(result, Mapping):
        return {str(key): values(value) for key, value in result.items()}
    if isinstance(result, list | tuple | set | frozenset):
        return [values(item) for item in result]
    return str(result) if isinstance(result, Path) else result


def envelope(result: Any) -> str:
    """A result of `gt` in its envelope."""
    return dump({"schema": SCHEMA, "ok": True, "data": values(result)})


def error_envelope(error: GtError) -> str:
    """An error of `gt` in the same envelope."""
    return dump({"schema": SCHEMA, "ok": False, "error": error_values(error)})


def error_values(error: GtError) -> dict[str, Any]:
    """What went wrong: a stable code, the sentence, and what to do next."""
    return {
        "code": error.code, "message": error.message, "hint": error.hint,
        "exit_status": error.exit_status,
    }  # fmt: skip


def dump(data: Any) -> str:
    """Indented JSON; half surrogates and other odd characters are escaped."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode()
