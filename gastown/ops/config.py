"""Settings changed by command: each change is one commit, and what it makes run is accepted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from gastown.errors import NotFound, Refused, Unreadable, UsageTrouble
from gastown.ids import MAYOR
from gastown.ops.actors import is_person
from gastown.ops.runtimes import known_names, of_settings
from gastown.store.accepted import accept, is_accepted
from gastown.store.documents import read_settings
from gastown.store.files import read_or_none
from gastown.store.layout import SETTINGS
from gastown.store.objects import Objects
from gastown.store.repository import DURABILITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.domain.settings import Settings
    from gastown.store.town import Town


@dataclass(frozen=True)
class Changed:
    """One setting, as it is now. `value` None: it is gone."""

    key: str
    value: Any
    before: Any = None


@dataclass(frozen=True)
class Accepted:
    """Command definitions that may run from now on."""

    definitions: tuple[str, ...]


def set_default_agent(town: Town, name: str, *, actor: str) -> Changed:
    """Choose the command that new agents run.

    Raises:
        NotFound: there is no such command.
    """
    return set_value(town, "town.default_agent", name, actor=actor)


def get_value(town: Town, key: str) -> Any:
    """One setting, or a table of them, as plain values.

    Raises:
        NotFound: it is not set.
    """
    value: Any = tomlkit.parse(text_of(town)).unwrap()
    for part in parts_of(key):
        if not isinstance(value, dict) or part not in value:
            raise NotFound(f"{key} is not set", hint="gt config show prints all settings")
        value = value[part]
    return value


def set_value(town: Town, key: str, value: str, *, actor: str) -> Changed:
    """Set one setting, e.g. `rigs.myproject.gates.test`; numbers where a number belongs.

    Raises:
        UsageTrouble: no such setting, or the value does not fit; the message names the key.
        NotFound: no such rig, or no such command to be the default agent.
        Refused: the command of an agent cannot be split, or the caller may not set it.
    """
    parts = parts_of(key)
    if len(parts) < 2 or not all(parts):
        raise UsageTrouble(f"{key!r} is no setting", hint="gt config show prints all settings")
    if parts[0] == "rigs" and parts[1] != "":
        town.read().rig(parts[1])

    def change(document: tomlkit.TOMLDocument) -> Changed:
        table: Any = document
        for depth, part in enumerate(parts[:-1], 1):
            if part not in table:
                table[part] = tomlkit.table()
            if isinstance(table[part], str) and _names_command(parts[:depth]):
                table[part] = {"command": table[part]}
            table = table[part]
            if not hasattr(table, "keys"):
                raise UsageTrouble(f"{key}: {part} is no table", hint="gt config show")
        before = plain(table[parts[-1]]) if parts[-1] in table else None
        troubles = []
        for candidate in _readings(value):
            table[parts[-1]] = candidate
            try:
                settings = read_settings(tomlkit.dumps(document).encode())
            except Unreadable as wrong:
                troubles.append(wrong.message)
                continue
            _check_usable(settings, parts)
            return Changed(key, candidate, before)
        raise UsageTrouble(troubles[0], hint="gt config show prints all settings")

    return edit_settings(town, f"config: set {key}", change, actor)


def unset_value(town: Town, key: str, *, actor: str) -> Changed:
    """Take one setting away, so that it is as by default.

    Raises:
        NotFound: it is not set.
        UsageTrouble: what is left does not fit; the message names the key.
        Refused: the caller may not set it.
    """
    parts = parts_of(key)

    def change(document: tomlkit.TOMLDocument) -> Changed:
        table: Any = document
        for part in parts[:-1]:
            table = table.get(part) if hasattr(table, "keys") else None
        if len(parts) < 2 or not hasattr(table, "keys") or parts[-1] not in table:
            raise NotFound(f"{key} is not set", hint="gt config show prints all settings")
        before = plain(table[parts[-1]])
        del table[parts[-1]]
        try:
            settings = read_settings(tomlkit.dumps(document).encode())
        except Unreadable as wrong:
            raise UsageTrouble(wrong.message, hint="gt config show") from None
        if parts[0] != "agents":
            _check_usable(settings, parts)
        return Changed(key, None, before)

    return edit_settings(town, f"config: unset {key}", change, actor)


def parts_of(key: str) -> list[str]:
    """The parts of a dotted key; one that holds a dot is quoted: `prices."gpt-5.1".input`."""
    quoted = re.findall(r"""(?:^|\.)(?:"([^"]*)"|'([^']*)'|([^.]*))""", key)
    return [a or b or c for a, b, c in quoted]


def accept_commands(town: Town, *, actor: str) -> Accepted:
    """Let commands that were written into town.toml by hand run from now on.

    Raises:
        Refused: an agent asks; only the person may.
    """
    if not is_person(town.read(), actor):
        raise Refused("only a person may accept commands", hint="type it outside agents' hooks")
    new = pending_commands(town)
    with town.lock():
        accept(town.layout, new)
    return Accepted(tuple(new))


def pending_commands(town: Town) -> list[str]:
    """Command definitions that stand in town.toml but are not accepted."""
    found = town.settings().commands()
    return [definition for definition in found if not is_accepted(town.layout, definition)]


def edit_settings(
    town: Town, subject: str, change: Callable[[tomlkit.TOMLDocument], Changed], actor: str
) -> Changed:
    """Change town.toml in one commit, and accept what the change makes run.

    Raises:
        Refused: an agent asks that is not the mayor.
    """
    if actor != MAYOR and not is_person(town.read(), actor):
        raise Refused(f"{actor} may not change settings", hint="ask the person, or the mayor")
    before = town.settings()
    with town.transaction(subject, actor=actor) as tx:
        document = tomlkit.parse(text_of(town))
        changed = change(document)
        data = tomlkit.dumps(document).encode()
        after = read_settings(data)
        tx.put_document(SETTINGS, data)
    with town.lock():  # the list of what is accepted is read and written
        accept(town.layout, _said_by(town, changed.key, before.commands(), after.commands()))
    _apply(town, before, after)
    return changed


def _said_by(town: Town, key: str, before: list[str], after: list[str]) -> list[str]:
    """The definitions that a change of `key` makes the person's word.

    Those whose command was set, and those that were accepted before the rest of them was changed.
    """
    accepted = {_named(one) for one in before if is_accepted(town.layout, one)}
    return [
        one for one in after
        if key in (_named(one), f"{_named(one)}.command")
        or (one not in before and _named(one) in accepted)
    ]  # fmt: skip


def _named(definition: str) -> str:
    return definition.partition(" = ")[0]


def _apply(town: Town, before: Settings, after: Settings) -> None:
    if before.durability != after.durability:
        town.ledger.run("config", "core.fsync", DURABILITY[after.durability])


def _names_command(parts: list[str]) -> bool:
    """Whether `x = "CMD"`, short for `x = {command = "CMD"}`, may stand at this key."""
    if parts[0] == "agents":
        return len(parts) == 2
    return (len(parts) == 4 and parts[2] == "gates") or parts[2:] == ["gate_setup"]


def _check_usable(settings: Settings, parts: list[str]) -> None:
    """What is right by itself may still not fit what else there is."""
    if parts[0] == "agents":
        entry = settings.agents[parts[1]]
        of_settings(parts[1], entry, "python3")
    wanted = _named_runtime(settings, parts)
    if wanted is not None and wanted not in (known := known_names(settings)):
        raise NotFound(f"no agent command {wanted!r}", hint=f"known: {', '.join(known)}")


def _named_runtime(settings: Settings, parts: list[str]) -> str | None:
    """The agent command that a setting names, if it does."""
    if parts == ["town", "default_agent"]:
        return settings.default_agent
    if parts[0] == "roles":
        return settings.roles.get(parts[1])
    if parts[0] == "rigs" and parts[2:] == ["agent"]:
        return settings.rig(parts[1]).agent
    return None


def text_of(town: Town) -> str:
    """The text of town.toml: as it lies, or as committed where hq shows something else.

    Raises:
        Unreadable: it is no TOML.
    """
    commit = town.commit()
    data = read_or_none(town.layout.settings) if town.hq.shows(commit) else None
    if data is None:
        with Objects(town.ledger) as objects:
            data = (objects.get(f"{commit}:{SETTINGS}") or ("", b""))[1]
    try:
        text = data.decode("utf-8")
        tomlkit.parse(text)
    except (TOMLKitError, UnicodeDecodeError) as wrong:
        raise Unreadable(f"hq/{SETTINGS}: {wrong}", hint=f"edit hq/{SETTINGS}") from None
    return text


def _readings(value: str) -> list[Any]:
    readings: list[Any] = [value]
    try:
        typed = tomlkit.parse(f"x = {value}")["x"]
    except TOMLKitError:
        return readings
    return [*readings, plain(typed)]


def plain(value: Any) -> Any:
    """A value of a TOML document without what the document knows of it."""
    return value.unwrap() if hasattr(value, "unwrap") else value


@dataclass(frozen=True)
class Overview:
    """The whole of town.toml, and the commands in it that are not accepted."""

    text: str
    settings: Settings
    pending: tuple[str, ...]


def overview(town: Town) -> Overview:
    """All settings as they lie.

    Raises:
        Unreadable: town.toml is wrong; the message says where.
    """
    return Overview(text_of(town), town.settings(), tuple(pending_commands(town)))
