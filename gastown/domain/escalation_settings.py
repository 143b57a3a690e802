"""What town.toml may say of escalations: who is told of which, and when they rise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gastown.domain.escalation import Severity
from gastown.domain.record import BadRecord
from gastown.domain.setting_values import checked_name, command, one_line, only, table

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTIFY = "notify"
_DEFAULT: Mapping[str, tuple[str, ...]] = {
    Severity.CRITICAL: ("mail:human", "mail:mayor", NOTIFY),
    Severity.HIGH: ("mail:human", "mail:mayor", NOTIFY),
    Severity.MEDIUM: ("mail:human", "mail:mayor"),
    Severity.LOW: ("mail:mayor",),
}


@dataclass(frozen=True)
class EscalationSettings:
    """Who is told of escalations.

    Attributes:
        stale_s: so long after it was raised, an open one that nobody acknowledges rises.
        max_rises: how often it may.
        routes: for each severity, in order: `mail:ADDRESS`, `notify` (the person's desktop),
            `command:NAME`, `webhook:NAME`.
        commands, webhooks: what these names stand for; a person accepts both.
    """

    stale_s: int = 14_400
    max_rises: int = 2
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    commands: Mapping[str, str] = field(default_factory=dict, hash=False)
    webhooks: Mapping[str, str] = field(default_factory=dict, hash=False)

    def routes_of(self, severity: Severity) -> tuple[str, ...]:
        """The routes of one severity."""
        return self.routes.get(severity.value, _DEFAULT[severity])

    def definitions(self) -> list[str]:
        """What a person must have accepted: each command, and each address that is called."""
        return [
            *(command_text(name, text) for name, text in self.commands.items()),
            *(webhook_text(name, url) for name, url in self.webhooks.items()),
        ]


def command_text(name: str, text: str) -> str:
    """The setting of a command, as a person accepts it."""
    return f"escalation.commands.{name} = {text}"


def webhook_text(name: str, url: str) -> str:
    """The setting of a webhook, as a person accepts it."""
    return f"escalation.webhooks.{name} = {url}"


def escalation_settings(data: Mapping[str, Any]) -> EscalationSettings:
    """The table `escalation`.

    Raises:
        BadRecord: a key is unknown, holds a value of another kind, or a route leads nowhere.
    """
    only(data, "escalation.", tuple(EscalationSettings.__dataclass_fields__))
    numbers = {name: data[name] for name in ("stale_s", "max_rises") if name in data}
    for name, value in numbers.items():
        if type(value) is not int or not (name == "stale_s") <= value <= 10_000_000:
            raise BadRecord(f"escalation.{name}: expected a number")
    commands = {
        checked_name(name, "escalation.commands"): command(text, f"escalation.commands.{name}")
        for name, text in table(data, "commands", "escalation").items()
    }
    webhooks = {
        checked_name(name, "escalation.webhooks"): _url(url, f"escalation.webhooks.{name}")
        for name, url in table(data, "webhooks", "escalation").items()
    }
    routes = {}
    for severity, value in table(data, "routes", "escalation").items():
        key = f"escalation.routes.{severity}"
        if severity not in set(Severity):
            raise BadRecord(f"{key}: known severities: {', '.join(Severity)}")
        if not isinstance(value, list):
            raise BadRecord(f"{key}: expected a list of routes")
        routes[severity] = tuple(_route(one, key, commands, webhooks) for one in value)
    return EscalationSettings(**numbers, routes=routes, commands=commands, webhooks=webhooks)


def _route(
    value: Any, key: str, commands: Mapping[str, str], webhooks: Mapping[str, str]
) -> str:  # fmt: skip
    word = one_line(value, key)
    kind, _, name = word.partition(":")
    known = {"command": commands, "webhook": webhooks}
    if word == NOTIFY or (kind == "mail" and name):
        return word
    if kind in known and name in known[kind]:
        return word
    if kind in known:
        raise BadRecord(f"{key}: {word}: there is no escalation.{kind}s.{name}")
    raise BadRecord(f"{key}: {word!r} is none of mail:ADDRESS, {NOTIFY}, command:NAME,"
                    " webhook:NAME")  # fmt: skip


def _url(value: Any, key: str) -> str:
    found = urlsplit(one_line(value, key))
    if found.scheme not in ("http", "https") or not found.hostname:
        raise BadRecord(f"{key}: expected an address that begins with https://")
    return str(value)
