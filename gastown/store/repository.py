"""A rig's bare clone: made, fetched, and asked about its branches.

Cloning shows git's own progress through GitPython, which is imported only here; a fetch on the way
of a command runs git directly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from gastown.errors import GitFailed, Refused
from gastown.store.git import ZERO, Git, configuration, outside_of_git_hooks

Progress = Callable[[str, float, float | None], None]
"""Called with what git is doing, how far it is, and of how many (None: not known)."""

_CONFIG = {
    "core.logAllRefUpdates": "always",
    "core.filesRefLockTimeout": "5000",
    "core.packedRefsTimeout": "10000",
    "core.repositoryFormatVersion": "1",
    "extensions.preciousObjects": "true",
    "gc.auto": "0",
    "gc.reflogExpire": "never",
    "gc.reflogExpireUnreachable": "never",
    "gc.worktreePruneExpire": "never",
    "maintenance.auto": "false",
    "transfer.fsckObjects": "false",
    "submodule.recurse": "false",
}
DURABILITY = {"full": "committed", "os": "-loose-object", "none": "none"}
"""The setting `town.durability` and what it means for `core.fsync`."""

_REFSPEC = "+refs/heads/*:refs/remotes/origin/*"
_URL = re.compile(r"(?:https?|ssh|git|file)://[^\s]+\Z|(?!-)[\w.-]+@(?!-)[\w.-]+:[^\s]+\Z")
_USER = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]*)@([^@]*(?:[/?#].*)?)\Z", re.DOTALL)


def configure(git: Git, extra: dict[str, str] | None = None) -> None:
    """Set what every repository of a town has: reflogs, no pruning, patience with locks."""
    for key, value in {**_CONFIG, **(extra or {})}.items():
        git.run("config", key, value)


def check_url(text: str, here: Path) -> str:
    """A URL to clone from; a local path becomes absolute.

    Raises:
        Refused: it is neither a URL that git should be given nor a repository on this machine.
    """
    local = _folder(text, here)
    if local is not None:
        if not ((local / ".git").exists() or (local / "HEAD").is_file()):
            raise Refused(f"{local} is no git repository", hint="make it one: git init")
        return str(local)
    if _URL.match(text):
        return text
    raise Refused(
        f"{without_password(text)!r} is neither a git URL nor a folder here",
        hint="give a path, or a URL with https://, ssh://, git://, file:// or user@host:path",
    )


def _folder(text: str, here: Path) -> Path | None:
    if not text or text.startswith("-"):
        return None
    try:
        local = (here / Path(text).expanduser()).resolve()
        return local if local.is_dir() else None
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, the home of nobody
        return None


def without_password(url: str) -> str:
    """The URL without its password (over HTTP: and without user name), for storing and showing."""
    found = _USER.match(url)  # and not urlsplit, which raises on crooked ones
    if found is None:
        return url
    scheme, user, rest = found.groups()
    if scheme.casefold() in ("http://", "https://"):
        return f"{scheme}{rest}"
    return f"{scheme}{user.partition(':')[0]}@{rest}"


def _credentials(url: str) -> dict[str, str]:
    """A setting by which git knows name and password of a URL that is stored without them."""
    if without_password(url) == url:
        return {}
    return {f"url.{url}.insteadOf": without_password(url)}


def clone(url: str, target: Path, progress: Progress | None = None) -> None:
    """Make `target` a bare repository with all branches of `url` as remote branches.

    Its own heads stay empty: they are only those that the town makes.

    Raises:
        Refused: the repository is empty.
        GitFailed: git could not fetch.
    """
    git = Git(target, bare=True)
    Git(Path("/")).run("init", "--bare", "--quiet", "--template=", str(target))
    configure(git)
    git.run("config", "remote.origin.url", without_password(url))
    git.run("config", "remote.origin.fetch", _REFSPEC)
    _fetch_showing(target, url, progress)
    if not git.run("for-each-ref", "--count=1", "refs/remotes/origin").stdout:
        raise Refused(
            f"{without_password(url)} is empty", hint="commit something to it first, then add it"
        )


def default_branch(git: Git, wanted: str | None, url: str = "") -> str:
    """The short name of the branch that work is merged into; `url`: with what opens the server.

    Raises:
        Refused: the wanted branch, or any at all, is missing; the hint names those there are.
    """
    listed = git.text("for-each-ref", "--format=%(refname)", "refs/remotes/origin").splitlines()
    branches = [ref.removeprefix("refs/remotes/origin/") for ref in listed]
    if wanted is None:
        said = git.run(
            "ls-remote", "--symref", "origin", "HEAD", accept=(0, 2, 128), extra=_credentials(url)
        ).text
        found = re.search(r"^ref: refs/heads/(\S+)\tHEAD", said, re.MULTILINE)
        wanted = found.group(1) if found else next(
            (name for name in ("main", "master", "trunk") if name in branches), branches[0]
        )  # fmt: skip
    if wanted not in branches:
        raise Refused(
            f"the repository has no branch {wanted!r}", hint=f"it has: {', '.join(branches[:10])}"
        )
    return wanted


def start_target(git: Git, branch: str) -> str:
    """Make the town's own head of the target from the fetched one; returns its commit."""
    oid = git.text("rev-parse", "--verify", f"refs/remotes/origin/{branch}^{{commit}}")
    git.run("update-ref", "-m", "gt: rig added", f"refs/heads/{branch}", oid, ZERO)
    git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    return oid


def fetch(git: Git) -> str | None:
    """Fetch the rig's branches; returns what git said when it could not (offline), else None."""
    try:
        git.run("fetch", "--quiet", "--no-write-fetch-head", "--no-auto-gc", "origin", _REFSPEC)
    except GitFailed as failure:
        return failure.stderr.splitlines()[-1] if failure.stderr else failure.message
    return None


def _fetch_showing(target: Path, url: str, progress: Progress | None) -> None:
    import git as gitpython

    class Show(gitpython.RemoteProgress):
        def update(
            self, op_code: int, cur_count: str | float, max_count: str | float | None = None,
            message: str = "",  # noqa: ARG002  (the library calls it by name)
        ) -> None:  # fmt: skip
            stage = self._stages.get(op_code & self.OP_MASK)
            if progress is not None and stage is not None:
                progress(stage, float(cur_count), float(max_count) if max_count else None)

        _stages = {
            gitpython.RemoteProgress.COUNTING: "counting",
            gitpython.RemoteProgress.COMPRESSING: "compressing",
            gitpython.RemoteProgress.RECEIVING: "receiving",
            gitpython.RemoteProgress.RESOLVING: "resolving",
        }

    with outside_of_git_hooks(), gitpython.Repo(target, expand_vars=False) as repository:
        # GIT_DIR, since the library would take a `$` in the path for a variable.
        extra = {"GIT_DIR": str(target), **configuration(_credentials(url))}
        repository.git.update_environment(**Git(target).environment(extra))
        try:
            repository.remotes.origin.fetch(progress=Show(), kill_after_timeout=None)
        except gitpython.exc.GitError as error:
            said = str(getattr(error, "stderr", "") or error).replace(url, without_password(url))
            said = said.strip().removeprefix("stderr:").strip(" \n'")
            reason = next((line for line in said.splitlines() if line.startswith("fatal:")), said)
            raise GitFailed(
                f"cannot fetch {without_password(url)}: {reason or 'no answer'}",
                hint="check the address and that git can reach it: git ls-remote URL",
                stderr=said,
            ) from None
