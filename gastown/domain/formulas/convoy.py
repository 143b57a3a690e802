"""Convoys: legs that several agents work side by side, and a synthesis of what they found. Pure.

A leg becomes a step that needs nothing; the synthesis needs the legs that it names, else all. The
text of a leg is the common prompt, with the leg's own in it. Prompts are written in the manner of
Go's templates: `{{.name}}`, `{{.leg.title}}`, `{{.output.directory}}`, `{{if .name}} … {{end}}`;
what is unknown stays as it is written.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.formulas.formula import SYNTHESIS, Formula, FormulaStep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.formulas.parts import Steps

_DOTTED = re.compile(r"\{\{-?\s*\.([A-Za-z_][\w.]*)\s*-?\}\}", re.ASCII)
_CHOICE = re.compile(
    r"\{\{-?\s*if\s+\.([A-Za-z_][\w.]*)\s*-?\}\}((?:(?!\{\{-?\s*(?:if|range|with|end)\b).)*?)"
    r"\{\{-?\s*end\s*-?\}\}\n?",
    re.DOTALL | re.ASCII,
)
_ELSE = re.compile(r"\{\{-?\s*else\s*-?\}\}")


def convoy_steps(formula: Formula) -> Steps:
    """The steps of a convoy's legs and its synthesis, after its own steps."""
    convoy = formula.convoy
    if not convoy.legs and convoy.synthesis is None:
        return formula.steps
    legs = tuple(_leg(formula, leg) for leg in convoy.legs)
    ids = tuple(leg.id for leg in legs)
    if convoy.synthesis is None:
        return (*formula.steps, *legs)
    last = replace(
        convoy.synthesis,
        id=convoy.synthesis.id or SYNTHESIS,
        needs=convoy.synthesis.needs or ids,
        extra={**convoy.synthesis.extra, "convoy": "synthesis"},
    )
    return (*formula.steps, *legs, last)


def _leg(formula: Formula, leg: FormulaStep) -> FormulaStep:
    about = {
        "leg.id": leg.id, "leg.title": leg.title, "leg.description": leg.description,
        "leg.focus": str(leg.extra.get("focus", "")),
    }  # fmt: skip
    prompt = formula.convoy.prompts.get("base", "")
    text = render(prompt, about) if prompt else leg.description
    if prompt and ".leg.description" not in prompt:
        text = f"{text.rstrip()}\n\n{leg.description}".strip()
    return replace(leg, description=text, extra={**leg.extra, "convoy": "leg"})


def context(formula: Formula, values: Mapping[str, str], leg: str = "") -> dict[str, str]:
    """What `{{.name}}` stands for in a convoy's texts."""
    output = {
        f"output.{key}": render(value, {**values, "leg.id": leg})
        for key, value in formula.convoy.output.items()
    }
    parts = (output.get("output.directory"), output.get("output.leg_pattern"))
    path = "/".join(part for part in parts if part)
    return {**values, **output, "output_path": path, "formula_name": formula.name}


def render(text: str, about: Mapping[str, str]) -> str:
    """A prompt with what is known put in; choices on unknown names stay as they are."""
    while (chosen := _CHOICE.sub(lambda found: _chosen(found, about), text)) != text:
        text = chosen
    return _DOTTED.sub(lambda found: about.get(found[1], found[0]), text)


def _chosen(found: re.Match[str], about: Mapping[str, str]) -> str:
    if found[1] not in about:
        return found[0]
    yes, *no = _ELSE.split(found[2], maxsplit=1)
    return yes if about[found[1]] else "".join(no)
