"""What a new worktree gets besides git: ignored files, the rig's setup, ports of its own."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from gastown.ops import ports
from gastown.ops.ports import FIRST, SPAN, port_base
from gastown.ops.rig_scripts import tear_down
from gastown.ops.sessions import peek
from tests.support.desk import Desk, host
from tests.support.people import commit_all, write
from tests.support.waiting import until


def included(project: Path, desk: Desk, patterns: str = ".env\nsecrets/\n") -> None:
    """A project with a `.worktreeinclude`, on the rig's target."""
    write(project, {".gitignore": ".env\nsecrets/\n*.cache\n", ".worktreeinclude": patterns})
    commit_all(project, "what worktrees need")
    desk.gt("config", "agent", "set", "look", "sh -c 'env; cat .env; exit 0'")
    desk.gt("config", "set", "rigs.mp.include_from", project)


def work(desk: Desk, agent: str = "look") -> Path:
    """Sling a bead to an agent that ends at once; returns its worktree."""
    bead = desk.bead("look", "--rig", "mp")
    [slung] = desk.gt("sling", bead, "mp", "--agent", agent, "--json").data
    return Path(slung["path"])


def log(desk: Desk, name: str = "mp--toast") -> str:
    """What was said while a worktree was prepared."""
    return (desk.root / ".gt" / "log" / "setup" / f"{name}.log").read_text()


def test_named_files_are_copied_with_their_modes(desk: Desk, project: Path) -> None:
    """Those that the patterns name and git ignores; nothing else, and never committed."""
    included(project, desk)
    write(project, {".env": "TOKEN=1\n", "secrets/a/key": "k\n", "big.cache": "x\n", "new.py": ""})
    (project / ".env").chmod(0o600)
    tree = work(desk)
    assert (tree / ".env").read_text() == "TOKEN=1\n"
    assert (tree / ".env").stat().st_mode & 0o777 == 0o600
    assert (tree / "secrets/a/key").read_text() == "k\n"
    assert not (tree / "big.cache").exists()
    assert not (tree / "new.py").exists()
    assert desk.run("git", "status", "--porcelain", at=tree).out == ""
    assert "copied .env" in log(desk)


def test_what_git_would_commit_is_not_copied(desk: Desk, project: Path) -> None:
    """A slip in the patterns does not bring a secret into a commit; it is said."""
    included(project, desk, "*.txt\n.env\n")
    write(project, {"token.txt": "t\n", ".env": "x\n"})
    tree = work(desk)
    assert not (tree / "token.txt").exists()
    assert (tree / ".env").exists()
    assert "NOT copied: token.txt: git would commit it" in log(desk)


def test_links_are_not_followed(desk: Desk, project: Path, tmp_path: Path) -> None:
    """Neither a link in the checkout nor one in the new worktree leads elsewhere."""
    outside = tmp_path / "outside"
    outside.mkdir()
    included(project, desk)
    (project / "linked").symlink_to(outside)
    commit_all(project, "a linked folder")
    write(
        project, {".gitignore": ".env\nsecrets\nlinked/\n", ".worktreeinclude": ".env\nlinked/x\n"}
    )
    commit_all(project, "patterns")
    (project / "linked").unlink()
    write(project, {"linked/x": "x\n"})
    (project / ".env").symlink_to("/etc/hostname")
    tree = work(desk)
    assert list(outside.iterdir()) == []
    assert not os.path.lexists(tree / ".env")
    assert "no regular file" in log(desk)


def test_the_checkout_a_rig_was_added_from_is_where_files_come_from(
    desk: Desk, project: Path, tmp_path: Path
) -> None:
    """Without a setting; when it is gone, the person is told which setting names another."""
    included(project, desk)
    write(project, {".env": "x\n"})
    desk.gt("rig", "add", "two", project)
    first, second = (desk.bead("look", "--rig", "two") for _ in range(2))
    [slung] = desk.gt("sling", first, "two", "--agent", "look", "--json").data
    assert (Path(slung["path"]) / ".env").exists()
    project.rename(tmp_path / "elsewhere")
    [slung] = desk.gt("sling", second, "two", "--agent", "look", "--json").data
    assert not (Path(slung["path"]) / ".env").exists()
    assert "gt config set rigs.two.include_from PATH" in log(desk, "two--nux")


def test_the_setup_runs_once_before_the_agent(desk: Desk) -> None:
    """With the hook's variables; a second start of the same hook does not run it again."""
    desk.gt("config", "set", "rigs.mp.setup", "sh -c 'echo $GT_AGENT $GT_PORT_BASE >> set-up'")
    desk.gt("config", "agent", "set", "look", "sh -c 'cat set-up'")
    tree = work(desk)
    agent = f"mp/{tree.name}"
    until(lambda: tree.name in peek(desk.town, host(), agent, 5))
    base = port_base(desk.town, agent)
    assert (tree / "set-up").read_text() == f"{tree.name} {base}\n"
    desk.gt("hooks", "suspend", agent)
    desk.gt("hooks", "resume", agent)
    assert (tree / "set-up").read_text() == f"{tree.name} {base}\n"


def test_a_failed_setup_starts_no_agent_and_is_tried_again(desk: Desk) -> None:
    """The hook is there and holds the bead; the reason and the log are named."""
    desk.gt("config", "set", "rigs.mp.setup", "sh -c 'echo no such tool; test -e ready'")
    desk.gt("config", "agent", "set", "look", "sh -c true")
    bead = desk.bead("look", "--rig", "mp")
    said = desk.gt("sling", bead, "mp", "--agent", "look", status=1)
    assert "setup of mp/toast ended with status 1" in said.err
    assert "no such tool" in log(desk)
    assert desk.hook("mp/toast").bead == bead
    assert "mp/toast: the setup of mp/toast ended with status 1" in desk.gt("agents").out
    [mail] = [one for one in desk.town.read().mail("human") if one.about == "mp/toast"]
    assert mail.subject == "setup failed: mp/toast"
    (desk.root / "mp/polecats/toast/ready").touch()
    desk.gt("hooks", "suspend", "mp/toast")
    desk.gt("hooks", "resume", "mp/toast")
    assert "setup" not in desk.gt("agents").out


def test_a_setup_is_for_the_shell(desk: Desk) -> None:
    """As a gate: with `&&`, quotes, variables and redirections."""
    desk.gt("config", "set", "rigs.mp.setup", 'echo "$GT_RIG" > one && cp one two; test -s two')
    desk.gt("config", "agent", "set", "look", "sh -c true")
    assert (work(desk) / "two").read_text() == "mp\n"


def test_a_worktree_that_is_worked_in_by_hand_gets_the_files_too(desk: Desk, project: Path) -> None:
    """Where no agent is started there is no setup, but what git ignores is copied."""
    included(project, desk)
    write(project, {".env": "x\n"})
    desk.gt("config", "set", "rigs.mp.setup", "touch set-up")
    _, tree = desk.sling()
    assert (tree / ".env").exists()
    assert not (tree / "set-up").exists()


def test_copies_go_with_the_worktree_and_what_was_changed_is_kept(
    desk: Desk, project: Path
) -> None:
    """A secret that the person has as well is not set aside once for every worktree."""
    included(project, desk)
    write(project, {".env": "x\n", "secrets/key": "k\n"})
    bead, tree = desk.sling()
    (tree / ".env").write_text("changed\n")
    desk.gt("unsling", bead)
    kept = desk.root / ".gt" / "quarantine"
    assert [file.read_text() for file in kept.rglob(".env")] == ["changed\n"]
    assert not list(kept.rglob("key"))
    assert (project / ".env").read_text() == "x\n"


def test_a_teardown_leaves_the_next_bearer_of_a_name_alone(desk: Desk, tmp_path: Path) -> None:
    """The worktree that stands in a hook's place by now is another's."""
    desk.gt("config", "set", "rigs.mp.teardown", f"touch {tmp_path}/torn")
    bead, tree = desk.sling()
    former = desk.hook(f"mp/{tree.name}")
    desk.gt("unsling", bead)
    (tmp_path / "torn").unlink()
    _, again = desk.sling()
    assert again == tree
    assert tear_down(desk.town, host(), former) is None
    assert not (tmp_path / "torn").exists()


def test_a_setup_written_by_hand_waits_to_be_accepted(desk: Desk) -> None:
    """It is a command that the town runs, like a gate."""
    settings = desk.root / "hq" / "town.toml"
    settings.write_text(settings.read_text() + '\n[rigs.mp]\nsetup = "touch ran"\n')
    desk.gt("config", "agent", "set", "look", "sh -c true")
    bead = desk.bead("look", "--rig", "mp")
    assert "not accepted" in desk.gt("sling", bead, "mp", "--agent", "look", status=1).err
    assert not (desk.root / "mp/polecats/toast/ran").exists()


@pytest.mark.parametrize("status", [0, 3])
def test_the_teardown_runs_before_a_worktree_goes(desk: Desk, tmp_path: Path, status: int) -> None:
    """A failed one is said, and keeps nothing from going."""
    trace = tmp_path / "trace"
    desk.gt("config", "set", "rigs.mp.teardown", f"sh -c 'echo $GT_AGENT > {trace}; exit {status}'")
    bead, tree = desk.sling()
    said = desk.gt("unsling", bead)
    assert trace.read_text() == "toast\n"
    assert not tree.exists()
    assert ("ended with status 3" in said.out) is (status == 3)


def test_a_crew_worktree_is_prepared_when_it_is_made(desk: Desk, project: Path) -> None:
    """A person has no agent that would be started."""
    included(project, desk)
    write(project, {".env": "x\n"})
    desk.gt("config", "set", "rigs.mp.setup", "sh -c 'touch set-up; exit 1'")
    desk.run("git", "fetch", project, "+refs/heads/main:refs/heads/main", at="mp/repo.git")
    said = desk.gt("crew", "add", "ada", "--rig", "mp").out
    assert "ended with status 1" in said
    assert (desk.root / "mp/crew/ada/.env").exists()
    assert (desk.root / "mp/crew/ada/set-up").exists()


def test_each_hook_has_ports_of_its_own(desk: Desk) -> None:
    """Stable for a live hook, apart from the others', given out again after it."""
    one, other = (f"mp/{desk.sling()[1].name}" for _ in range(2))
    bases = [port_base(desk.town, one), port_base(desk.town, other)]
    assert abs(bases[0] - bases[1]) >= SPAN
    assert all((base - FIRST) % SPAN == 0 for base in bases)
    assert port_base(desk.town, one) == bases[0]
    desk.gt("unsling", one)
    third = f"mp/{desk.sling()[1].name}"
    port_base(desk.town, third)
    kept = json.loads((desk.root / ".gt/run/ports.json").read_text())
    assert one == third or one not in kept


def test_ports_in_use_are_not_given_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One server in a range is enough to pass it over; with none left it is said."""
    agent = f"mp/{desk.sling()[1].name}"
    wanted = next(ports._candidates(desk.town))
    with socket.socket() as server:
        server.bind(("127.0.0.1", wanted + 7))
        server.listen()
        assert port_base(desk.town, agent) != wanted
        monkeypatch.setattr(ports, "_candidates", lambda town: [wanted])
        other = f"mp/{desk.sling()[1].name}"
        with pytest.raises(Exception, match="no 20 free ports"):
            port_base(desk.town, other)
