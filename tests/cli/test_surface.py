"""The whole surface: every command of the original README, help, JSON, completion, statuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gastown import __version__
from gastown.cli.bd import root as bd_root
from gastown.cli.gt import root as gt_root
from gastown.store import locks
from tests.support.children import finish, python
from tests.support.desk import SCRIPTS, Desk, copy_template
from tests.support.people import git, make_project
from tests.support.queue import RED
from tests.support.trees import listing
from tests.support.users import NOBODY, as_nobody
from tests.support.waiting import until

ROOTS = {"gt": gt_root, "bd": bd_root}


def tree(program: str) -> Iterator[tuple[str, ...]]:
    """Every command and group below a program, as it is typed."""

    def below(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        if isinstance(command, click.Group):
            context = click.Context(command, info_name=words[-1])
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from below(found, (*words, name))

    return below(ROOTS[program], (program,))


COMMANDS = [*tree("gt"), *tree("bd")]
GROUPS = {words[:-1] for words in COMMANDS}
LEAVES = [words for words in COMMANDS if words not in GROUPS]


def command_of(words: tuple[str, ...]) -> click.Command:
    """The click command behind typed words."""
    command: click.Command = ROOTS[words[0]]
    for word in words[1:]:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    return command


# The original README, verbatim


def test_every_command_of_the_readme(
    template: Path, tmp_path: Path, gitconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed exactly as written, in the order of the document, each command ends with 0.

    What belongs to other issues (mayor attach, formulas, dashboard) is not typed.
    """
    make_project(tmp_path / "you" / "repo.git")
    home = Path(os.environ["HOME"])
    with gitconfig.open("a") as file:
        file.write(f'[url "{tmp_path}/you/"]\n\tinsteadOf = https://github.com/you/\n')
    (home / ".config" / "fish" / "completions").mkdir(parents=True)
    (home / "fpath").mkdir()
    desk = Desk(tmp_path)
    town = home / "gt"

    def type_(line: str, at: Path = town) -> str:
        return desk.run("sh", "-c", f'PATH="{SCRIPTS}:$PATH"; {line}', at=at).out

    type_("gt install ~/gt --git", home)
    type_("gt rig add myproject https://github.com/you/repo.git")
    type_("gt crew add yourname --rig myproject")
    assert (town / "myproject" / "crew" / "yourname" / "README.md").is_file()
    for issue in ("issue-123", "issue-456", "issue-101", "issue-102", "bug-101", "bug-102"):
        type_(f"bd create 'Do {issue}' --id {issue}")
    type_('gt convoy create "Feature X" issue-123 issue-456 --notify --human')
    type_("gt sling issue-123 myproject")
    type_("gt convoy list")
    type_("gt agents")
    type_('gt convoy create "Auth System" issue-101 issue-102 --notify')
    type_('gt convoy create "Bug Fixes" --human')
    type_("gt convoy add-issue bug-101 bug-102")
    type_("gt sling bug-101 myproject/my-agent")
    assert "Bug Fixes" in type_("gt convoy show")
    assert "myproject" in type_("gt rig list")
    type_("gt prime")
    type_('gt config agent set claude-glm "claude-glm --model glm-4"')
    type_("gt config default-agent claude-glm")
    assert "claude-glm --model glm-4" in type_("gt config show")
    type_("gt completion bash > /dev/null")
    type_('gt completion zsh > "$HOME/fpath/_gt"')
    type_("gt completion fish > ~/.config/fish/completions/gt.fish")
    type_("gt hooks list")
    type_("gt hooks repair")
    convoy = json.loads(type_("gt convoy show --json"))["data"]["convoy"]["id"]
    type_(f"gt convoy refresh {convoy}")
    until(lambda: "running" not in type_("gt agents"))
    Desk(town).tidy()


# Help


@pytest.mark.parametrize("program", ["gt", "bd"])
def test_every_command_explains_itself(desk: Desk, program: str) -> None:
    """`--help` ends with 0 everywhere, with a sentence for the command and for every option."""
    for words in COMMANDS:
        if words[0] != program:
            continue
        typed = desk.gt if program == "gt" else desk.bd
        said = typed(*words[1:], "--help").out
        assert said.startswith("Usage: ")
        assert said == typed(*words[1:], "-h").out
        command = command_of(words)
        assert command.help, words
        short = command.get_short_help_str(limit=100)
        assert not short.endswith("..."), (words, short)
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.help, (words, option.name)


def test_lists_of_commands_show_whole_sentences(desk: Desk) -> None:
    """In the help of every group no command's sentence is cut, on a terminal of 80 columns."""
    for words in sorted(GROUPS - {()}):
        typed = desk.gt if words[0] == "gt" else desk.bd
        for line in typed(*words[1:], "--help").out.partition("Options:")[2].splitlines():
            assert not re.search(r"[^.]\.\.\.$", line), (words, line)


def test_every_command_of_bd_stands_under_one_heading(desk: Desk) -> None:
    """The help of bd lists each command once."""
    said = desk.bd("--help").out.partition("Options:")[2]
    names = re.findall(r"^  ([a-z]+) {2,}\S", said, re.MULTILINE)
    assert sorted(names) == sorted(
        {words[1] for words in COMMANDS if words[0] == "bd" and words[1:]}
    )


def test_help_and_version_need_no_town(tmp_path: Path) -> None:
    """Outside of any town help, version and completion work."""
    (tmp_path / "nowhere").mkdir()
    desk = Desk(tmp_path / "nowhere")
    assert __version__ in desk.gt("--version").out
    assert __version__ in desk.gt("version").out
    assert desk.gt("version", "--json").data["gt"] == __version__
    assert __version__ in desk.bd("--version").out
    desk.gt("completion", "bash")
    assert "gt install" in desk.gt("status", status=3).err


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("gt", "stauts"), "status"), (("gt", "convoi"), "convoy"), (("gt", "rig", "lst"), "list"),
        (("gt", "config", "agent", "gte"), "get"), (("bd", "craete"), "create"),
        (("bd", "dep", "ad"), "add"), (("gt", "sling", "--forse", "a", "b"), "--force"),
    ],
)  # fmt: skip
def test_what_is_misspelt_is_answered_with_what_was_meant(
    desk: Desk, words: tuple[str, ...], wanted: str
) -> None:
    """Unknown commands and options end with 2 and name those that are spelt alike."""
    typed = desk.gt if words[0] == "gt" else desk.bd
    said = typed(*words[1:], status=2)
    assert wanted in said.err
    assert "--help" in said.err


# JSON

# Commands that change something or talk to a shell; every other one reads and answers in JSON.
WITHOUT_JSON = {
    ("gt", "completion"), ("bd", "completion"), ("gt", "demo"), ("gt", "shell-agent"),
    ("gt", "hq-guard"), ("gt", "client-hook"), ("gt", "mayor", "shell"),
}  # fmt: skip


def test_every_command_answers_in_json() -> None:
    """`--json` is there wherever there is something to read."""
    for words in LEAVES:
        if words in WITHOUT_JSON:
            continue
        names = {name for option in command_of(words).params for name in option.opts}
        assert "--json" in names, words


@pytest.fixture
def busy(desk: Desk) -> tuple[Desk, dict[str, str]]:
    """A town with something of everything, and the ids of it."""
    desk.gate(RED)
    desk.gt("crew", "add", "me")
    bead, path = desk.hand_in("Failed")
    desk.gt("refinery", "run", status=1)
    convoy = desk.gt("convoy", "create", "X", bead, "--notify", "--json").data["id"]
    desk.bead("Another", "--deps", bead)
    mail = desk.gt("mail", "inbox", "--json").data[0]["id"]
    return desk, {"bead": bead, "convoy": convoy, "merge": f"mr-{bead}-1", "mail": mail,
                  "path": str(path)}  # fmt: skip


READING = [
    "gt status", "gt log", "gt log {bead}", "gt version", "gt rig list", "gt crew list",
    "gt convoy list", "gt convoy list --all", "gt convoy show", "gt convoy show {convoy}",
    "gt convoy status", "gt hook mp/toast", "gt prime", "gt prime --explain", "gt costs",
    "gt agents", "gt agents --all",
    "gt hooks list", "gt hooks list --all", "gt hooks repair --dry-run", "gt mq list",
    "gt mq list --all", "gt mq show {merge}", "gt mq log {merge}", "gt mail inbox --all",
    "gt mail read {mail}", "gt mail thread {mail}", "gt mail search merge",
    "gt config show", "gt config get town", "gt config get town.name",
    "gt config agent list", "gt config default-agent",
    "bd show {bead}", "bd list --all", "bd ready",
]  # fmt: skip


def test_every_reading_command_speaks_json(busy: tuple[Desk, dict[str, str]]) -> None:
    """One JSON document on stdout, nothing on stderr; `gt` in its envelope, `bd` without one."""
    desk, ids = busy
    for line in READING:
        program, *words = line.format(**ids).split()
        said = (desk.gt if program == "gt" else desk.bd)(*words, "--json")
        assert said.err == "", line
        assert (said.data if program == "gt" else said.json) is not None, line
        assert said.out.isprintable() or "\x1b" not in said.out


def test_json_may_stand_before_or_after(desk: Desk) -> None:
    """`gt --json status` is `gt status --json`."""
    desk.bead()
    one = desk.gt("--json", "rig", "list").data
    assert one == desk.gt("rig", "list", "--json").data
    assert desk.bd("--json", "list").json == desk.bd("list", "--json").json


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        ("gt convoy show nope", 3, "not-found"), ("gt rig remove nope", 3, "not-found"),
        ("gt sling nope", 2, "usage"), ("gt stauts", 2, "usage"), ("gt mq show", 2, "usage"),
        ("gt rig add mp /nowhere", 1, "refused"), ("gt done", 1, "refused"),
        ("gt convoy close nope", 3, "not-found"), ("gt install .", 1, "refused"),
        ("gt log -n many", 2, "usage"),
    ],
)  # fmt: skip
def test_errors_speak_json_too(desk: Desk, line: str, status: int, code: str) -> None:
    """An error in JSON has a stable code, a sentence, a hint and the exit status."""
    said = desk.gt(*line.split()[1:], "--json", status=status)
    assert said.err == ""
    assert said.error["code"] == code
    assert said.error["message"]


# Completion


@pytest.mark.parametrize("program", ["gt", "bd"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_parse(desk: Desk, tmp_path: Path, program: str, shell: str) -> None:
    """The script of each shell is one that this shell can read, where it is installed."""
    typed = desk.gt if program == "gt" else desk.bd
    script = typed("completion", shell).out
    assert f"_{program.upper()}_COMPLETE" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed, so its script cannot be parsed here")
    (tmp_path / "script").write_text(script)
    subprocess.run([shell, "-n", tmp_path / "script"], check=True)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("gt convoy s", {"show"}), ("gt sling {bead} ", {"mp", "mp/toast"}),
        ("gt crew add x --rig ", {"mp"}), ("bd show ", {"{bead}"}), ("gt mq log ", {"mr-{bead}-1"}),
        ("gt convoy show ", {"{convoy}"}), ("gt peek ", {"mp/toast", "mp/me"}),
        ("gt config default-agent ", {"shell"}), ("gt unsling ", {"{bead}", "mp/toast"}),
        ("gt completion ", {"bash", "zsh", "fish"}),
    ],
)  # fmt: skip
def test_names_are_completed(
    busy: tuple[Desk, dict[str, str]], typed: str, wanted: set[str]
) -> None:
    """Beads, rigs, agents, convoys and requests are offered where they can stand."""
    desk, ids = busy
    line = typed.format(**ids)
    program = line.split()[0]
    env = {f"_{program.upper()}_COMPLETE": "bash_complete", "COMP_WORDS": line,
           "COMP_CWORD": str(len(line.split(" ")) - 1)}  # fmt: skip
    said = desk.run(program, env=env)
    offered = {word.partition(",")[2] for word in said.out.split("\n")}
    assert {word.format(**ids) for word in wanted} <= offered
    assert said.err == ""


def test_completion_is_quiet_outside_of_towns(tmp_path: Path) -> None:
    """Where there is no town there are no names, and no error in the middle of the line."""
    said = Desk(tmp_path).run("bd", env={"_BD_COMPLETE": "bash_complete", "COMP_WORDS": "bd show ",
                                         "COMP_CWORD": "2"})  # fmt: skip
    assert (said.out.strip(), said.err) == ("", "")


# Statuses


def test_a_reader_that_leaves_is_no_error(desk: Desk) -> None:
    """`bd list | head -1` is quiet and ends with 0, however long the list is."""
    for number in range(3):
        desk.bd("create", "x", "-d", "-", stdin=f"{number}" * 200_000)
    line = f"set -o pipefail; {SCRIPTS}/bd list --json | head -1"
    said = desk.run("bash", "-c", line)
    assert said.err == ""


def test_a_full_disk_is_74_and_changes_nothing(desk: Desk) -> None:
    """A command that cannot write says so and leaves the ledger where it was."""
    before = desk.town.commit()
    for point in ("tx:before-commit", "commit:before-import"):
        said = desk.run("bd", "create", "x", env={"GT_FAULT": f"{point}:enospc"}, status=74)
        assert "No space left" in said.err
    told = desk.run("gt", "convoy", "create", "x", "--json", status=74,
                    env={"GT_FAULT": "tx:before-commit:enospc"}).error  # fmt: skip
    assert told["code"] == "disk"
    assert desk.town.commit() == before


def test_a_busy_town_is_75_and_names_who(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits too long for the town's lock is told who has it; reading goes on meanwhile."""
    holder = python("with town.lock():\n    print('held', flush=True)\n    sys.stdin.read()",
                    str(desk.root))  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    monkeypatch.setattr(locks, "WAIT_S", 0.2)
    said = desk.bd("create", "x", status=75)
    assert f"pid {holder.pid}" in said.err
    assert "try again" in said.err
    assert desk.gt("config", "set", "town.name", "x", "--json", status=75).error["code"] == "busy"
    assert desk.bd("list", "--json").json == []
    finish(holder)


def test_ctrl_c_is_130_and_quiet(desk: Desk) -> None:
    """An interrupted command says one word and leaves nothing half done."""
    commit = desk.town.commit()
    with desk.town.lock():
        child = desk.start("bd", "create", "x")
        until(lambda: _waits(child.pid))
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert child.returncode == 130, (out, err)
    assert err.strip() == "bd: interrupted"
    assert desk.town.commit() == commit


def _waits(pid: int) -> bool:
    """Whether a process has the town's lock file open, which it does while it waits for it."""
    try:
        return any(fd.readlink().name == "town" for fd in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


def test_a_bug_is_70_and_leaves_a_trace(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody foresaw is one sentence, and a log with the traceback."""
    command = gt_root.get_command(click.Context(gt_root), "status")
    assert command is not None

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("unforeseen")

    monkeypatch.setattr(command, "callback", fails)
    said = desk.gt("status", status=70)
    assert "this is a bug" in said.err
    assert "Traceback" not in said.err
    trace = Path(re.search(r"trace is in (\S+);", said.err).group(1))  # type: ignore[union-attr]
    assert "unforeseen" in trace.read_text()
    assert desk.gt("status", "--json", status=70).error["code"] == "bug"


def test_a_directory_that_is_gone_is_said(desk: Desk, tmp_path: Path) -> None:
    """From a deleted directory commands end with a sentence."""
    (tmp_path / "gone").mkdir()
    line = f"cd {tmp_path}/gone && rmdir {tmp_path}/gone && exec {SCRIPTS}/gt status"
    said = desk.run("sh", "-c", line, status=1)
    assert "directory is gone" in said.err


def test_reading_works_on_a_disk_that_cannot_be_written(template: Path) -> None:
    """Without permission to write anything in the town every reading command answers as before.

    Commands that write end with 74 and one sentence.
    """
    with as_nobody() as (folder, nobody):
        desk = copy_template(template, folder)
        # By real commands: what this process has open it would close in the middle of the test.
        bead = desk.run("bd", "create", "Something", "--silent").out.strip()
        desk.run("gt", "convoy", "create", "X", bead)
        expected = {line: ageless(desk.run(*line.format(bead).split()).out) for line in READONLY}
        paths = [folder, *folder.rglob("*")]
        for path in paths:
            if nobody:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222)
        before = listing(folder)
        env = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "none")}
        for line in READONLY:
            said = desk.run(*nobody, *line.format(bead).split(), env=env)
            assert ageless(said.out) == expected[line]
            assert said.err == ""
        for line in ("bd create x", "gt convoy create x", "gt config set town.name x"):
            said = desk.run(*nobody, *line.split(), env=env, status=74)
            assert "bug" not in said.err
        assert listing(folder) == before
        for path in paths:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)


def ageless(text: str) -> str:
    """Text without what changes from second to second."""
    return re.sub(r" +[0-9]+[smhd] +", " AGE ", text)


READONLY = [
    "bd list", "bd show {}", "bd ready", "gt convoy list", "gt convoy show", "gt rig list",
    "gt agents", "gt hooks list", "gt log", "gt config show", "gt prime", "gt mq list",
    "gt mail inbox", "gt status",
]  # fmt: skip


def test_odd_git_settings_of_the_person_change_nothing(
    desk: Desk, hostile_gitconfig: object
) -> None:
    """With hooks, signing, pagers and odd formats in the person's git the whole way works."""
    bead, path = desk.sling("Work")
    (path / "new.json").write_text("{}\n")
    git(path, "add", "-f", "new.json")
    git(path, "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null", "commit", "-qm", "x")
    for trap in hostile_gitconfig.folder.iterdir():  # type: ignore[attr-defined]
        trap.unlink()
    desk.gate("test -f new.json")
    for line in ("hook", "prime", "done"):
        desk.gt(line, at=path)
    desk.gt("hooks", "list")
    desk.gt("refinery", "run")
    desk.gt("log")
    assert desk.shown(bead)["status"] == "closed"
    assert hostile_gitconfig.sprung() == []  # type: ignore[attr-defined]
