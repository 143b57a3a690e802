"""HTML from templates: what is put in is text, escaped, with control characters made visible.

Only `Markup`, which our own templates and drawings make, is taken as HTML. There is no inline
script and no inline style anywhere: the content security policy would refuse it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gastown.domain.health import Condition
from gastown.render.conditions import SIGNS
from gastown.render.text import age, plural, safe

if TYPE_CHECKING:
    from collections.abc import Mapping


def render(template: str, **context: Any) -> Markup:
    """A template of `templates/` with these values."""
    return Markup(_environment().get_template(template).render(**context))  # noqa: S704  (escaped)


def share(name: str, value: object) -> None:
    """Let every template know a value by a name."""
    _environment().globals[name] = value


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("gastown.web"), autoescape=True, undefined=StrictUndefined,
        finalize=_shown, trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= {
        "lines": lines, "moment": moment, "plural": lambda n, word: plural(n, word),
        "path": path_quoted, "short": lambda oid: str(oid)[:8], "size": size, "duration": duration,
        "when": when, "big": big,
        "setting": setting,
        "values_of": lambda given: {name: [str(value)] for name, value in given.items()},
        "json": lambda value: json.dumps(value, ensure_ascii=True, default=str),
    }  # fmt: skip
    made.globals |= {"sign_of": sign_of, "Condition": Condition}
    return made


def _shown(value: Any) -> Any:
    """What a `{{ … }}` becomes before it is escaped."""
    if value is None:
        return ""
    return value if isinstance(value, Markup | int | float) else safe(value)


def lines(text: object) -> Markup:
    """Text of several lines, for a `pre` or a block that keeps them."""
    return Markup.escape(safe(text, lines=True))


def moment(value: float | str | datetime | None, now: datetime) -> Markup:
    """A moment as an age that the page keeps counting: `3m`, with the whole moment as its title.

    Args:
        value: seconds since 1970, or as records have it.
    """
    found = as_time(value)
    if found is None:
        return Markup('<span class="unknown">unknown</span>')
    text = found.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(text, age(text, now))


def when(value: float | str | None) -> str:
    """A moment as it is, in UTC: `2026-02-01 09:30`; empty: it is none."""
    found = as_time(value) if value not in (None, "") else None
    return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if found is not None else ""


def big(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}"


def as_time(value: float | str | datetime | None) -> datetime | None:
    """A moment as records, files and clocks tell it; None: it is none."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        found = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def path_quoted(text: object) -> str:
    """A part of an address; slashes stay."""
    return quote(str(text), safe="/")


def size(number: float) -> str:
    """Bytes, for people: `4.1 kB`."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def duration(seconds: float) -> str:
    """Seconds, for people: `0.4s`, `12s`, `3m 20s`, `2h 5m`."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60}s"
    return f"{whole // 3600}h {whole % 3600 // 60}m"


def setting(value: Any) -> str:
    """A setting's value as it is typed; empty: it is not set."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def sign_of(condition: Condition) -> Mapping[str, str]:
    """How a condition is shown: its symbol, its word and its class."""
    sign = SIGNS[condition]
    return {"symbol": sign.symbol, "word": sign.word, "class": condition.name.lower()}
