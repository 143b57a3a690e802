"""Git commands: in the hook nearly all of them, elsewhere only those that read.

What is common to all worktrees of a rig (branches of others, the stash, configuration, the list of
worktrees, objects) is not the agent's own. `git reset --hard` and `git clean` are allowed: what
they take is the agent's own, and snapshots hold it, except ignored files. So is
`git commit --no-verify`: it leaves out only the project's own checks, which the merge queue's gates
make up for; the scripts of the town run all the same.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING

from gastown.domain.guarding import push_rules
from gastown.domain.guarding.facts import Refusal
from gastown.domain.guarding.git_words import only_reads, reads_config, take_apart
from gastown.domain.guarding.places import MINE, Whose, whose
from gastown.domain.guarding.words import UNKNOWN

if TYPE_CHECKING:
    from gastown.domain.guarding.facts import Facts
    from gastown.domain.guarding.git_words import Asked
    from gastown.domain.guarding.unwrap import Call

_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR")
_READ_THERE = "reading is fine: git -C … log, show, diff, status"


def judge_git(call: Call, facts: Facts) -> Refusal | None:
    """What a git command would do to others."""
    asked = take_apart(call.args)
    if asked.has("--help") or (asked.has("-h") and not asked.operands):
        return None
    for setting in asked.settings:
        if setting.lower().startswith("core.hookspath"):
            return _hooks_path(call)
    if asked.subcommand == "config" and not reads_config(asked):
        return _config(call, asked, facts)
    if only_reads(asked):
        return None
    if asked.subcommand == "clone":
        return _clone(call, asked, facts)
    place, named = _place(call, asked, facts)
    if place in (Whose.TOWN, Whose.OUTSIDE, Whose.LINK):
        return Refusal(
            "elsewhere", call.line,
            f"git would change {named}, which is not your hook",
            f"work in {facts.worktree}; {_READ_THERE}",
        )  # fmt: skip
    if place not in MINE:
        return push_rules.judge_from_scratch(call, asked, facts)
    rule = _RULES.get(asked.subcommand)
    return rule(call, asked, facts) if rule else None


def _place(call: Call, asked: Asked, facts: Facts) -> tuple[Whose, str]:
    """Where git works, and by which words."""
    cwd = call.cwd
    for folder in asked.folders:
        cwd = None if folder.startswith(UNKNOWN) else posixpath.join(cwd or "/", folder)
    named = [asked.git_dir, asked.work_tree]
    named += [call.env.get(name) for name in _PLACES]
    for word in named:
        if word:
            found = whose(facts, cwd, word)
            if found not in (Whose.OWN, Whose.WHOLE, Whose.LINK, Whose.UNKNOWN):
                return found, word
    if cwd is None:
        return Whose.UNKNOWN, "a folder that cannot be known"
    return whose(facts, cwd, "."), posixpath.normpath(cwd)


def _hooks_path(call: Call) -> Refusal:
    return Refusal(
        "hooks-path", call.line,
        "the scripts that git runs tell the town what you do; without them your work is not seen",
        "leave core.hooksPath as it is; to skip the project's own checks: git commit --no-verify",
    )  # fmt: skip


def _config(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    words = [*asked.operands, *(asked.paths or ())]
    if any(word.lower() == "core.hookspath" for word in words):
        return _hooks_path(call)
    if asked.has("--global", "--system"):
        return Refusal(
            "config", call.line, "it would change git for everybody on this machine",
            "set it for one command (git -c NAME=VALUE …) or by a variable (GIT_AUTHOR_NAME=…)",
        )  # fmt: skip
    place, _ = _place(call, asked, facts)
    if place is Whose.SCRATCH or place is Whose.UNKNOWN:
        return None
    if place not in MINE:
        return Refusal("elsewhere", call.line, "it would change the settings of a repository that"
                       " is not your hook's", f"work in {facts.worktree}")  # fmt: skip
    if not asked.has("--worktree", "-f", "--file"):
        return Refusal(
            "config", call.line, "all worktrees of the rig share this setting",
            "set it for one command: git -c NAME=VALUE …",
        )  # fmt: skip
    return None


def _clone(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    if len(asked.operands) < 2:  # named after what is cloned, in the folder one stands in
        place = whose(facts, call.cwd, "./clone")
    else:
        place = whose(facts, call.cwd, asked.operands[-1])
    if place in (Whose.TOWN, Whose.OUTSIDE):
        return Refusal("elsewhere", call.line, "the clone would lie outside of your hook",
                       f"clone into a temporary folder: {facts.scratch[0]}/NAME")  # fmt: skip
    return None


def _worktree(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    del facts
    if asked.first not in ("add", "move", "prune", "remove", "repair", "lock", "unlock"):
        return None
    return Refusal(
        "worktree", call.line, "worktrees are made, moved and removed by the town alone",
        "git worktree list shows them; to look at another commit: git show COMMIT:PATH, or"
        " git clone . into a temporary folder; a broken one: gt hooks repair",
    )  # fmt: skip


def _objects(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    """Commands that drop objects or logs, which all worktrees of the rig share."""
    del facts
    name = asked.subcommand
    drops = (
        name == "prune"
        or (name == "reflog" and asked.first in ("expire", "delete"))
        or (name == "gc" and asked.has("--prune"))
        or (name == "repack" and (asked.has("-d") or asked.has("--unpack-unreachable")))
        or (name in ("filter-branch", "filter-repo") and "--all" in asked.args)
    )
    if not drops:
        return None
    return Refusal(
        "objects", call.line,
        "it would drop commits of others: all worktrees of the rig share one repository",
        "leave it: the town keeps its repositories small by itself",
    )  # fmt: skip


def _checkout(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    if asked.has("-b", "-B", "--orphan", "--detach", "--track") or (
        asked.subcommand == "switch" and asked.has("-c", "-C", "-d", "--create", "--force-create")
    ):
        return _other_branch(call, facts)
    if asked.paths or asked.has("-p", "--patch", "--ours", "--theirs", "--pathspec-from-file"):
        return None
    if not asked.operands or (len(asked.operands) > 1 and asked.subcommand == "checkout"):
        return None
    name = asked.first.removeprefix("refs/heads/")
    if name in (facts.branch, "HEAD", "@", "."):
        return None
    is_path = asked.subcommand == "checkout" and asked.paths is None and (
        "*" in name or name.startswith((":", "./", "../"))
        or facts.exists(posixpath.join(call.cwd or facts.worktree, name))
    )  # fmt: skip
    return None if is_path else _other_branch(call, facts)


def _other_branch(call: Call, facts: Facts) -> Refusal:
    return Refusal(
        "branch", call.line,
        f"your hook stays on its branch {facts.branch}: the town looks for your work there",
        "commit where you are; look at another with git show BRANCH:PATH or git diff BRANCH, take"
        " a file of it with git restore --source=BRANCH -- PATH, its commits with git merge,"
        " git rebase or git cherry-pick",
    )  # fmt: skip


def _branch(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    moves = asked.has("-m", "-M", "--move")
    if not (moves or asked.has("-d", "-D", "-f", "-C", "--delete", "--force")):
        return None
    if not moves and asked.operands and all(_own(word, facts) for word in asked.operands[:1]):
        return None
    return Refusal(
        "refs", call.line, "branches are shared by all worktrees, and others work on them",
        f"yours is {facts.branch}; leave the others where they are, they cost nothing",
    )  # fmt: skip


def _rebase(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    second = asked.operands[1:2] if "--root" not in asked.options else asked.operands[:1]
    takes_value = asked.has("--onto") and "--onto" in asked.args
    if takes_value:
        second = asked.operands[2:3]
    if asked.has("-x", "--exec", "-s", "-X") or not second or second[0] in ("HEAD", facts.branch):
        return None
    return _other_branch(call, facts)


def _refs(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    """`update-ref`, `symbolic-ref` and `tag`."""
    name = asked.first
    if asked.subcommand == "tag":
        bad = asked.has("-d", "-f", "--delete", "--force")
    elif asked.subcommand == "symbolic-ref":
        bad = asked.has("-d", "--delete") or not (
            len(asked.operands) < 2 or _own(asked.operands[1], facts)
        )
    else:
        bad = asked.has("-d", "--stdin") or not (_own(name, facts) or name == "HEAD")
    if not bad:
        return None
    return Refusal(
        "refs", call.line, "it would move or drop a name that others rely on",
        f"your branch is {facts.branch}: commit to it, or go back in it with git reset or"
        " git revert",
    )  # fmt: skip


def _own(ref: str, facts: Facts) -> bool:
    name = ref.removeprefix("refs/heads/")
    return name == facts.branch or ref.startswith("refs/worktree/")


def _remote(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    del facts
    if asked.first not in ("set-url", "remove", "rm", "rename", "set-head", "set-branches"):
        return None
    return Refusal(
        "remote", call.line, "all worktrees of the rig share its remotes",
        "leave them; to fetch from or push to another place, name its address: git fetch URL",
    )  # fmt: skip


def _stash(call: Call, asked: Asked, facts: Facts) -> Refusal | None:
    del facts
    if asked.first not in ("drop", "clear"):
        return None
    return Refusal(
        "stash", call.line, "the stash is one for all worktrees of the rig: entries of others are"
        " in it", "leave entries where they are; git stash list says which branch each is of",
    )  # fmt: skip


Rule = Callable[["Call", "Asked", "Facts"], "Refusal | None"]
_RULES: dict[str, Rule] = {
    "worktree": _worktree,
    "prune": _objects, "reflog": _objects, "gc": _objects, "repack": _objects,
    "filter-branch": _objects, "filter-repo": _objects,
    "checkout": _checkout, "switch": _checkout,
    "branch": _branch, "rebase": _rebase,
    "update-ref": _refs, "symbolic-ref": _refs, "tag": _refs,
    "remote": _remote, "stash": _stash,
    "push": push_rules.judge_push, "fetch": push_rules.judge_fetch,
    "pull": push_rules.judge_fetch,
}  # fmt: skip
