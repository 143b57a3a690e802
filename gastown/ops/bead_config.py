"""`bd config`: upstream's settings in town.toml, each change one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.domain.bead_settings import KNOWN, check_key, flatten, rules
from gastown.domain.bead_words import nearest
from gastown.domain.record import BadRecord
from gastown.errors import NotFound, UsageTrouble
from gastown.ops.config import Changed, edit_settings

if TYPE_CHECKING:
    import tomlkit

    from gastown.store.town import Town

TABLE = "beads"


def all_values(town: Town) -> dict[str, str]:
    """Every key that is set, sorted."""
    return dict(sorted(town.settings().beads.items()))


def get_value(town: Town, key: str) -> str:
    """One setting.

    Raises:
        NotFound: it is not set; the hint says what it would be about, or names a key like it.
    """
    values = town.settings().beads
    if key in values:
        return values[key]
    alike = nearest(key, [*values, *KNOWN])
    hint = f"{key}: {KNOWN[key]}" if key in KNOWN else "bd config list shows all"
    raise NotFound(f"{key} is not set", hint=f"did you mean {alike}?" if alike != key and alike
                   else hint)  # fmt: skip


def set_value(town: Town, key: str, value: str, *, actor: str) -> Changed:
    """Set one setting; a key that the town does not know is kept as it is.

    Raises:
        UsageTrouble: the key or the value is not allowed.
        Refused: the caller may not change settings.
    """
    before = town.settings().beads
    wanted = {**before, key: value}
    try:
        check_key(key)
        rules(flatten(wanted))
    except BadRecord as wrong:
        raise UsageTrouble(
            str(wrong), hint=f"{key}: {KNOWN[key]}" if key in KNOWN else None
        ) from None

    def change(document: tomlkit.TOMLDocument) -> Changed:
        _write(document, key, value)
        return Changed(key, value, before.get(key))

    return edit_settings(town, f"bd config: set {key}", change, actor)


def unset_value(town: Town, key: str, *, actor: str) -> Changed:
    """Forget one setting.

    Raises:
        NotFound: it is not set.
        Refused: the caller may not change settings.
    """
    before = get_value(town, key)

    def change(document: tomlkit.TOMLDocument) -> Changed:
        _remove(document[TABLE], key)
        return Changed(key, None, before)

    return edit_settings(town, f"bd config: unset {key}", change, actor)


def _write(document: tomlkit.TOMLDocument, key: str, value: str) -> None:
    import tomlkit

    if TABLE not in document:
        document[TABLE] = tomlkit.table()
    table: Any = document[TABLE]
    _remove(table, key)
    if key in table:
        raise UsageTrouble(f"{key} is a table in town.toml", hint="bd config list shows its keys")
    table[key] = value


def _remove(table: Any, key: str) -> None:
    """Take a key away, however it is written: quoted, or as tables within tables."""
    if key in table:
        if not hasattr(table[key], "keys"):
            del table[key]
        return
    parts = key.split(".")
    for cut in range(1, len(parts)):
        name, rest = ".".join(parts[:cut]), ".".join(parts[cut:])
        if name in table and hasattr(table[name], "keys"):
            _remove(table[name], rest)
            if not table[name]:
                del table[name]
