"""What is refused, by which rule, and what is not."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gastown.domain.guarding.judge import judge
from gastown.domain.guarding.patterns import may_matter, sh_case
from tests.guarding.table import DAILY, HOME, MAYOR, OTHER, POLECAT, REFUSED, TOWN, TREE


@pytest.mark.parametrize("command", DAILY)
def test_daily_work_is_not_refused(command: str) -> None:
    """Nothing that an agent types all day is refused."""
    assert judge(command, POLECAT) is None


@pytest.mark.parametrize(("rule", "command"), REFUSED)
def test_what_hurts_others_is_refused(rule: str, command: str) -> None:
    """It is refused by its rule, with a reason and another way."""
    found = judge(command, POLECAT)
    assert found is not None
    assert found.rule == rule
    assert found.why
    assert found.instead


@pytest.mark.parametrize(("rule", "command"), REFUSED)
def test_what_is_refused_holds_a_pattern(rule: str, command: str) -> None:
    """A shell that looks for the patterns alone lets none of it through."""
    del rule
    assert may_matter(json.dumps(command))
    assert may_matter(json.dumps(command).replace(">", "\\u003e"))


def test_the_patterns_are_those_of_a_shell() -> None:
    """`sh_case` is a `case` that every shell understands, and agrees with `may_matter`."""
    script = (
        f"while IFS= read -r line; do case $line in {sh_case()}) echo 1;; *) echo 0;; esac; done"
    )
    lines = [json.dumps(command) for command in (*DAILY, *(one for _, one in REFUSED))]
    done = subprocess.run(
        ["/bin/sh", "-c", script], input="\n".join(lines) + "\n", capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.split() == [str(int(may_matter(line))) for line in lines]


def test_git_where_others_work_is_judged_by_the_folder_alone() -> None:
    """A client whose folder is another worktree may read there, and not commit."""
    there = replace(POLECAT, cwd=OTHER)
    assert judge("git log", there) is None
    refused = judge("git commit -am x", there)
    assert refused is not None
    assert refused.rule == "elsewhere"
    assert OTHER in refused.why


def test_a_folder_whose_name_begins_like_the_hooks_is_another() -> None:
    """`toast2` is not in `toast`."""
    assert judge(f"rm -rf {TREE}2", POLECAT) is not None
    assert judge(f"rm -rf {TREE}/2", POLECAT) is None


def test_a_town_in_a_temporary_folder_is_no_scratch() -> None:
    """What lies in the town is the town's wherever that is; the hook is the agent's."""
    town = "/tmp/x/gt"
    there = replace(POLECAT, town=town, worktree=f"{town}/mp/polecats/toast",
                    cwd=f"{town}/mp/polecats/toast")  # fmt: skip
    assert judge("rm -rf build /tmp/y", there) is None
    for target in ("../nux", f"{town}/hq", "/tmp/x", "/tmp/x/gt"):
        assert judge(f"rm -rf {target}", there) is not None


def test_the_mayor_runs_the_town() -> None:
    """What changes the town is the mayor's to do, but not what only a person approves."""
    allowed = ("gt down", "gt unsling mp-abc12", "gt sling mp-abc12 mp", "gt session stop mp/nux",
               "echo plan > plan.md", "git add . && git commit -m plan", f"git -C {TREE} log",
               f"cat {TOWN}/hq/town.toml")  # fmt: skip
    for command in allowed:
        assert judge(command, MAYOR) is None
    for command in ("gt config accept", f"git -C {TREE} commit -am x", f"rm -rf {TREE}",
                    f"echo x > {TOWN}/hq/town.toml", "git checkout town"):  # fmt: skip
        assert judge(command, MAYOR) is not None


def test_a_link_out_of_the_hook_leads_out_of_it(tmp_path: Path) -> None:
    """What is behind a symbolic link is judged by where it is; the link itself may go."""
    tree, other = tmp_path / "gt" / "tree", tmp_path / "gt" / "other"
    tree.mkdir(parents=True)
    other.mkdir()
    (tree / "link").symlink_to(other)
    here = replace(POLECAT, town=f"{tmp_path}/gt", worktree=str(tree), cwd=str(tree),
                   real=os.path.realpath, exists=os.path.lexists)  # fmt: skip
    assert judge("rm link", here) is None
    assert judge("rm -rf link", here) is None
    for command in ("rm -rf link/x", "rm -rf link/", "echo x > link/x", "cd link && git add .",
                    "git -C link commit -am x", "find link/ -delete"):  # fmt: skip
        assert judge(command, here) is not None, command


def test_the_right_way_is_told() -> None:
    """The refusal names what is meant, the target, and how the work gets there."""
    refused = judge("make && git push origin HEAD:main", POLECAT)
    assert refused is not None
    assert refused.command == "git push origin HEAD:main"
    assert "merge queue" in refused.why
    assert "gt done" in refused.instead


def test_variables_of_the_environment_are_known() -> None:
    """A variable that the client's shell has is written out before the verdict."""
    known = replace(POLECAT, variables={"OUT": "build", "THERE": "../nux"})
    assert judge('rm -rf "$OUT"', known) is None
    assert judge('rm -rf "${OUT:-dist}/x"', known) is None
    assert judge('rm -rf "${MISSING:-dist}"', known) is None
    assert judge('rm -rf "$THERE"', known) is not None
    assert judge('rm -rf "${MISSING:-../nux}"', known) is not None


# Quoting

_WORDS = [command.split() for rule, command in REFUSED
          if re.fullmatch(r"[\w ./:+=@-]+", command) and "=" not in command.split()[0]]  # fmt: skip


@st.composite
def _quoted(draw: st.DrawFn) -> str:
    """A refused command whose words are quoted in one of the ways in which shells let it."""
    words = []
    for word in draw(st.sampled_from(_WORDS)):
        cut = draw(st.integers(0, len(word)))
        way = draw(
            st.sampled_from(("{}{}", "'{}'{}", '"{}"{}', "{}'{}'", "{}''{}", '"{}{}"', "$'{}'{}"))
        )
        quoted = way.format(word[:cut], word[cut:])
        words.append(re.sub(r"^([a-z])", r"\\\1", word) if draw(st.booleans()) else quoted)
    before = draw(st.sampled_from(("", "true; ", "true && ", "(", "\n\n", "if x; then ", "A=1 ")))
    after = {"(": ")", "if x; then ": "; fi"}.get(
        before, draw(st.sampled_from(("", " &", " || true")))
    )
    return before + draw(st.sampled_from((" ", "  ", " \\\n "))).join(words) + after


@given(_quoted())
def test_however_it_is_quoted_it_stays_refused(command: str) -> None:
    """Quotes, escapes, broken lines and what stands around a command change nothing."""
    assert judge(command, POLECAT) is not None


# Nothing makes it fail

_PIECES = st.sampled_from(
    (
        *r"""git rm -rf cd ../nux $( ) ` ' " \ ; && || | & > >> << <<EOF EOF <<-'E' { } ( for in do
        done case esac ;; if then fi while ${ $(( )) $' $X ${X:- } ~ * [ ] # = A=( xargs sh -c eval
        find -exec {} env sudo -C --git-dir push checkout tmux kill pkill gt""".split(),
        " ", "\n", "\t", "\0", "é",
    )
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=60).map(" ".join),
                 st.lists(_PIECES, max_size=60).map("".join)))  # fmt: skip
@example("$(" * 3000)
@example("`" * 999)
@example("for x in a b; do " * 40 + "rm y; " + "done; " * 40)
@example("${" * 5000)
@example("sh -c '" * 50)
@example("cat <<A\n" * 200)
@example("a=aaaaaaaaaa;" + "a=$a$a;" * 60)
@example("(" * 50_000)
@example("rm {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}")
def test_no_text_makes_it_fail(text: str) -> None:
    """Whatever the text, there is a verdict, and soon."""
    begun = time.monotonic()
    judge(text, POLECAT)
    assert time.monotonic() - begun < 5


def test_home_is_not_the_agents() -> None:
    """The home folder is the person's, below and itself; its cache is everybody's."""
    assert judge(f"rm -rf {HOME}/.ssh", POLECAT) is not None
    cached = replace(POLECAT, scratch=(*POLECAT.scratch, f"{HOME}/.cache"))
    assert judge("rm -rf ~/.cache/pip", cached) is None
    assert judge("rm -rf ~/.cache", cached) is not None
