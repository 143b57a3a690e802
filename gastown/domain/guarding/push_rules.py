"""`git push` and `git fetch`: which names they would move elsewhere, and here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.guarding.facts import Refusal
from gastown.domain.guarding.places import Whose, whose
from gastown.domain.guarding.words import UNKNOWN

if TYPE_CHECKING:
    from gastown.domain.guarding.facts import Facts
    from gastown.domain.guarding.git_words import Asked
    from gastown.domain.guarding.unwrap import Call

_WITH_VALUE = frozenset(("-o", "--push-option", "--repo", "--receive-pack", "--exec",
                         "--depth", "-j", "--jobs", "--upload-pack", "--refmap"))  # fmt: skip
_DONE = "commit to your branch, then gt done: the merge queue tests it and moves the target"


def judge_push(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    """A push from the hook."""
    if asked.has("--dry-run", "-n"):
        return None
    if asked.has("--no-verify"):
        return Refusal(
            "push", call.line, "the check before a push keeps others' work from being overwritten",
            "push without --no-verify; what it says tells how to go on",
        )  # fmt: skip
    if asked.has("-f", "--force", "--mirror", "-d", "--delete", "--prune") or any(
        option.startswith("--force") for option in asked.options
    ):
        return _destroys(call, facts)
    if asked.has("--all", "--branches"):
        return _protected(call, facts)
    return _of_refspecs(call, asked, facts)


def _of_refspecs(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    for spec in _operands(asked)[1:]:
        if spec.startswith("+") or (spec.startswith(":") and len(spec) > 1):
            return _destroys(call, facts)
        name = _target_of(spec, facts)
        if name in _protected_names(facts) or "*" in name or spec == ":":
            return _protected(call, facts)
    if facts.target is not None and facts.branch == facts.target:
        return _protected(call, facts)
    return None


def _target_of(spec: str, facts: Facts) -> str:
    source, colon, target = spec.partition(":")
    name = (target if colon else source).removeprefix("refs/heads/")
    return facts.branch if name in ("HEAD", "@") else name


def _protected_names(facts: Facts) -> tuple[str | None, ...]:
    return (facts.target,) if not facts.is_mayor else (facts.target, "town")


def _operands(asked: Asked) -> list[str]:
    """The remote and the refspecs, without the values of options."""
    found, skip = [], False
    for word in asked.args:
        if skip:
            skip = False
        elif word in _WITH_VALUE:
            skip = True
        elif not word.startswith("-"):
            found.append(word)
    return found


def _destroys(call: Call, facts: Facts) -> Refusal:
    return Refusal(
        "force-push", call.line, "it would overwrite or drop what others have pushed",
        f"push only what is new on {facts.branch}; after a rebase nothing needs to be pushed: "
        f"{_DONE}",
    )  # fmt: skip


def _protected(call: Call, facts: Facts) -> Refusal:
    return Refusal(
        "protected", call.line, f"only the merge queue moves {facts.target or 'this branch'}",
        _DONE,
    )  # fmt: skip


def judge_fetch(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    """A fetch that would move a branch of this repository."""
    for spec in _operands(asked)[1:]:
        _, colon, target = spec.partition(":")
        name = target.removeprefix("refs/heads/")
        moves = colon and target and not target.startswith(("refs/remotes/", "refs/worktree/"))
        if moves and name != facts.branch:
            return Refusal(
                "refs", call.line, f"it would move {name}, which others share",
                "fetch without a target (git fetch origin BRANCH) and use FETCH_HEAD or"
                " origin/BRANCH",
            )  # fmt: skip
    return None


def judge_from_scratch(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    """Git in a repository that is the agent's own affair: all but a push into the town."""
    if asked.subcommand != "push":
        return None
    for word in _operands(asked)[:1]:
        into = "/" in word and "://" not in word and UNKNOWN not in word
        if into and whose(facts, call.cwd, word) is Whose.TOWN:
            return _protected(call, facts)
    return None
