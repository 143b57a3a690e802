"""The one door to git: how it is called, with which environment, and what its failures mean.

Rules: argv lists only; the environment of a surrounding git hook is dropped; git hooks, fsmonitor
and pagers of hostile or odd configurations stay off; data never stands where an option could. The
ledger's repository does not see the user's configuration at all; rigs keep it (credentials, url
rewrites, filters).
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import DiskTrouble, GitFailed, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MINIMUM = (2, 38)
ZERO = "0" * 40

LOCAL_VARIABLES = frozenset(
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT"
    " GIT_OBJECT_DIRECTORY GIT_DIR GIT_WORK_TREE GIT_IMPLICIT_WORK_TREE GIT_GRAFT_FILE"
    " GIT_INDEX_FILE GIT_NO_REPLACE_OBJECTS GIT_REPLACE_REF_BASE GIT_PREFIX GIT_SHALLOW_FILE"
    " GIT_COMMON_DIR GIT_INTERNAL_SUPER_PREFIX GIT_QUARANTINE_PATH GIT_NAMESPACE"
    " GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS"
    " GIT_EXTERNAL_DIFF GIT_PAGER GIT_TRACE GIT_EDITOR".split()
)
"""`git rev-parse --local-env-vars`: what a surrounding git hook exports about *its* repository."""
HOOK_NAMES = tuple(
    "applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg"
    " commit-msg post-commit pre-rebase post-checkout post-merge pre-push pre-receive update"
    " proc-receive post-receive post-update reference-transaction push-to-checkout pre-auto-gc"
    " post-rewrite sendemail-validate post-index-change".split()
)
"""Every git hook of a repository that git knows (and not those of p4 and fsmonitor)."""

# Since 2.54 git hooks also stand in the configuration, where a hooksPath does not reach them.
_GIT_HOOKS_OFF = (
    "core.hooksPath=/dev/null", *(f"hook.{name}.enabled=false" for name in HOOK_NAMES)
)  # fmt: skip
_CONFIGURATION = (
    "core.fsmonitor=false",
    "core.pager=cat",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "color.ui=false",
)
_DISK_WORDS = ("No space left on device", "Read-only file system", "Input/output error")
_GRACE_S = 2.0
_TRANSIENT = ("failed to read worktrees/", "commondir: Success")


@dataclass(frozen=True)
class Answer:
    """What git said."""

    stdout: bytes
    stderr: str
    returncode: int

    @property
    def text(self) -> str:
        """The output as text, without the final newline."""
        return self.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


@cache
def environment(sealed: bool) -> Mapping[str, str]:
    """The environment for a git child; sealed: without the user's and the system's configuration.

    This passes the process's own environment on (PATH, HOME, proxies, ssh agent); it decides
    nothing by it.
    """
    kept = {key: value for key, value in os.environ.items() if key not in LOCAL_VARIABLES}
    kept |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    if sealed:
        kept |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return kept


def configuration(more: Mapping[str, str]) -> dict[str, str]:
    """Our settings, and `more`, as variables: for a git that a library starts."""
    ours = (setting.split("=", 1) for setting in (*_GIT_HOOKS_OFF, *_CONFIGURATION))
    pairs = [*ours, *more.items()]
    found = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


@contextmanager
def outside_of_git_hooks() -> Iterator[None]:
    """Without the variables of a surrounding git hook, for a library that passes all of them on."""
    taken = {name: os.environ.pop(name) for name in LOCAL_VARIABLES & os.environ.keys()}
    try:
        yield
    finally:
        os.environ.update(taken)


class Git:
    """One repository or worktree.

    Args:
        place: a bare repository or a worktree.
        bare: whether `place` is a repository without a worktree.
        sealed: keep the user's configuration out (the ledger).
        git_hooks: let git hooks run, as they would for a person: only to prove that they do.
    """

    def __init__(
        self, place: Path, *, bare: bool = False, sealed: bool = False, git_hooks: bool = False
    ) -> None:
        self.place = place
        self._sealed = sealed
        where = [f"--git-dir={place}"] if bare else ["-C", str(place)]
        settings = (*(() if git_hooks else _GIT_HOOKS_OFF), *_CONFIGURATION)
        self._prefix = ["git", *where, *(word for one in settings for word in ("-c", one))]

    def argv(self, *arguments: str) -> list[str]:
        """The full command line, for a child that the caller starts itself."""
        return [*self._prefix, *arguments]

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The child's environment."""
        return {**environment(self._sealed), **(extra or {})}

    def run(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        accept: Sequence[int] = (0,),
        extra: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        timeout_s: float | None = None,
    ) -> Answer:
        """Run git.

        Args:
            accept: exit statuses that are answers and no failures.
            pass_fds: locks that must outlive us if we are killed while git writes.
            timeout_s: after so many seconds git is ended, with all that it has started.

        Raises:
            GitFailed: any other exit status, or out of time.
            DiskTrouble: the disk is full, read-only or failing.
        """
        for attempt in range(5):
            if timeout_s is None:
                answer = self._once(arguments, stdin, extra, pass_fds)
            else:
                answer = self._in_time(arguments, extra, timeout_s)
            if answer.returncode in accept:
                return answer
            # A registry race of git itself while other worktrees come and go: ask again.
            if attempt == 4 or not all(word in answer.stderr for word in _TRANSIENT):
                break
        raise self._failure(arguments, answer)

    def text(self, *arguments: str, extra: Mapping[str, str] | None = None) -> str:
        """The output of a git command, without its final newline."""
        return self.run(*arguments, extra=extra).text

    def holds(self, *arguments: str) -> bool:
        """Whether a yes-or-no command says yes: status 0 yes, 1 no, anything else is an error."""
        return self.run(*arguments, accept=(0, 1)).returncode == 0

    def oid(self, revision: str) -> str | None:
        """The commit that a full ref name or object name stands for, or None."""
        answer = self.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}",
            accept=(0, 1, 128),
        )  # fmt: skip
        return answer.text if answer.returncode == 0 else None

    def _once(
        self,
        arguments: Sequence[str],
        stdin: bytes | None,
        extra: Mapping[str, str] | None,
        pass_fds: Sequence[int],
    ) -> Answer:
        try:
            done = subprocess.run(
                self.argv(*arguments),
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                cwd="/",  # the caller's folder may be gone, and means nothing here
                env=self.environment(extra),
                pass_fds=pass_fds,
                check=False,
            )
        except FileNotFoundError:
            raise Refused("git is not installed", hint="install git 2.38 or newer") from None
        return Answer(done.stdout, done.stderr.decode("utf-8", "replace"), done.returncode)

    def _in_time(
        self, arguments: Sequence[str], extra: Mapping[str, str] | None, timeout_s: float
    ) -> Answer:
        child = subprocess.Popen(
            self.argv(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd="/", env=self.environment(extra),
            start_new_session=True,  # no terminal to ask at, and ended with ssh and its like
        )  # fmt: skip
        try:
            out, err = child.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise GitFailed(
                f"git {arguments[0]} took longer than {timeout_s:g} s and was ended"
            ) from None
        finally:
            if child.poll() is None:
                _end_group(child)
        return Answer(out, err.decode("utf-8", "replace"), child.returncode)

    def _failure(self, arguments: Sequence[str], answer: Answer) -> GitFailed | DiskTrouble:
        said = answer.stderr.strip() or "it said nothing"
        if any(word in said for word in _DISK_WORDS):
            return DiskTrouble(
                f"git {arguments[0]} could not write: {said.splitlines()[-1]}",
                hint="free some space or make the disk writable, then try again",
            )
        lines = said.splitlines()
        # What follows is advice: "remove the file manually to continue".
        plain = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
        return GitFailed(
            f"git {arguments[0]} failed in {self.place}: {plain[-1]}",
            stderr=said,
            returncode=answer.returncode,
        )


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """End git, which cleans up after itself, and whatever it has started."""
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.communicate(timeout=_GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


@cache
def version() -> tuple[int, ...]:
    """Git's version.

    Raises:
        Refused: git is missing.
    """
    said = Git(Path("/")).text("--version")
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
    return tuple(int(part) for part in found.groups(default="0")) if found else (0,)


def require_git() -> None:
    """Check that git is new enough.

    Raises:
        Refused: it is missing or older than `MINIMUM`.
    """
    if version() < MINIMUM:
        raise Refused(
            f"git {'.'.join(map(str, version()))} is too old",
            hint=f"install git {'.'.join(map(str, MINIMUM))} or newer",
        )


def identity() -> tuple[str, str]:
    """The person's name and mail address as git knows them; empty where it does not."""
    git = Git(Path("/"))
    name, email = (git.run("config", "--get", key, accept=(0, 1)).text
                   for key in ("user.name", "user.email"))  # fmt: skip
    return name, email
