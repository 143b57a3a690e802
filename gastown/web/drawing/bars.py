"""A bar for each number, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

_HEIGHT, _STEP, _BAR, _MARGIN = 120, 34, 24, 22


def bars(numbers: Sequence[tuple[str, int]], what: str) -> Markup:
    """Bars with their names below; the tallest has the full height.

    Args:
        what: what is counted, for the text that stands for the picture.
    """
    most = max((number for _, number in numbers), default=0)
    drawn = [
        (place * _STEP, round(_HEIGHT * number / most) if most else 0, name, number)
        for place, (name, number) in enumerate(numbers)
    ]
    return render(
        "drawing/bars.html", bars=drawn, what=what, bar=_BAR, height=_HEIGHT, margin=_MARGIN,
        width=max(1, len(drawn)) * _STEP,
    )  # fmt: skip
