"""Starting an agent's client in its hook: what it is told, given, and may resume.

A client that can run our hooks is told its work by them; every other one is told by its first
prompt to type `gt prime`. In tmux it is started as a person would; without a terminal in the form
that needs none. A conversation of the same work, by the same agent command, is resumed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, Role
from gastown.errors import Refused
from gastown.ids import MAYOR
from gastown.ops.rig_scripts import hook_variables, prepare_worktree
from gastown.ops.runtimes import runtime_for
from gastown.ops.sessions import sessions_of
from gastown.runtime import tmux
from gastown.runtime.agent_folder import AgentFolder, Thread, agent_folder
from gastown.runtime.agents import RESUMING, Command, Form, Runtime, compose
from gastown.runtime.clients import Desk, Wiring, wire
from gastown.runtime.records import Runner, Session, file_name
from gastown.store.client_hooks import SCRIPT, place_client_hooks
from gastown.store.files import write_atomically

if TYPE_CHECKING:
    from gastown.domain.settings import Settings
    from gastown.ops.host import Host
    from gastown.store.town import Town


_BEGUN = "begun"  # in an agent's folder: as old as its client's last start
_SHORT_S = 10.0  # a session that ended sooner has left no conversation that may be counted on


@dataclass(frozen=True)
class Trial:
    """What is different when a runtime is only tried.

    Attributes:
        folder: takes the place of the agent's folder.
        script: what the client's hooks run.
    """

    folder: AgentFolder
    script: Path
    prompt: str


@dataclass(frozen=True)
class Launch:
    """How a client is to be started.

    Attributes:
        prompt: what it is told first; None: nothing.
        resume: the conversation that goes on; None: a new one.
        resumes: whether it goes on with one at all, named or the last of its folder.
    """

    runtime: Runtime
    command: Command
    wiring: Wiring
    folder: AgentFolder
    prompt: str | None
    resume: Thread | None
    resumes: bool


def start(town: Town, host: Host, hook: Hook, *, fresh: bool = False) -> Session:
    """Start a hook's agent in its worktree.

    Args:
        fresh: begin a new conversation, whatever may be resumed.

    Raises:
        Refused: its session runs already, the runtime or runner is not to be had, or this is a
            fork.
    """
    if town.is_fork:
        raise Refused("no agent is started in a fork", hint="gt fork merge makes it real")
    runtime = runtime_for(town, host, hook.runtime, role=hook.role, rig=hook.rig)
    if hook.role is Role.MAYOR:
        runtime = for_talking(runtime, host)
    runner = runner_for(town.settings(), host, hook.role)
    prepare_worktree(town, host, hook)
    launch = prepare(town, hook, runtime, headless=runner is Runner.PROCESS, fresh=fresh)
    session = sessions_of(town, host).start(
        session_id=hook.id,
        generation=hook.generation,
        runtime=runtime.name,
        runner=runner,
        argv=launch.command.argv,
        cwd=town.layout.root / hook.path,
        env=environment(town, host, hook, launch),
        stdin=launch.folder.prompt if launch.command.stdin is not None else None,
        now=town.now(),
    )
    if runtime.lifecycle is None:
        _note_begin(launch.folder, hook, runtime, launch.command.conversation)
    return session


def prepare(
    town: Town, hook: Hook, runtime: Runtime, *, headless: bool, fresh: bool = False,
    trial: Trial | None = None,
) -> Launch:  # fmt: skip
    """Write what a client finds when it starts, and compose its command.

    Args:
        trial: what is different when a runtime is only tried.
    """
    folder = trial.folder if trial else agent_folder(town.layout.agents, hook.id)
    folder.make()
    folder.forget_turn()
    wiring = Wiring()
    if runtime.lifecycle is not None:
        place_client_hooks(town.layout, hook, folder.facts)
        script = trial.script if trial else town.layout.client_hooks / SCRIPT
        wiring = wire(runtime.lifecycle, Desk(folder.path, script))
        for path, data in wiring.files.items():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, data)
    thread = None if fresh else resumable(folder, hook, runtime)
    again = not fresh and runtime.lifecycle is None and _lasted(town, folder, hook, runtime)
    if runtime.lifecycle is None and not again:
        thread = None
    form = _form(runtime, thread, headless=headless, again=again)
    resumes = form in RESUMING
    prompt = (
        trial.prompt if trial
        else first_prompt(hook, runtime, resumes=resumes, headless=headless)
    )  # fmt: skip
    command = compose(
        runtime, form, prompt=prompt, lifecycle=wiring.words,
        conversation=thread.conversation if thread is not None and resumes else None,
    )  # fmt: skip
    if command.stdin is not None:
        write_atomically(folder.prompt, f"{command.stdin}\n".encode())
    return Launch(runtime, command, wiring, folder, prompt, thread if resumes else None, resumes)


def resumable(folder: AgentFolder, hook: Hook, runtime: Runtime) -> Thread | None:
    """The conversation that a hook's next session goes on with.

    It must be of the same work and the same agent command, and its transcript must still be there:
    a client that is asked for one it does not have ends at once.
    """
    thread = folder.thread()
    if thread is None or thread.runtime != runtime.name:
        return None
    same = (thread.generation, thread.bead) == (hook.generation, hook.bead)
    there = thread.transcript is None or Path(thread.transcript).is_file()
    return thread if (same or hook.role is Role.MAYOR) and there else None


def _note_begin(
    folder: AgentFolder, hook: Hook, runtime: Runtime, conversation: str | None
) -> None:
    """Remember what a client without hooks of ours cannot tell: its begin, and its conversation."""
    (folder.path / _BEGUN).write_text(_whose(hook, runtime), encoding="utf-8")
    if conversation is not None:
        folder.write_thread(
            Thread(conversation, None, hook.generation, hook.bead, runtime.name)
        )  # fmt: skip


def _lasted(town: Town, folder: AgentFolder, hook: Hook, runtime: Runtime) -> bool:
    """Whether a hook's last session was of the same work, and long enough to be gone on with.

    A client that has no hooks of ours does not say whether it has a conversation. One that ended
    soon after its start probably has none, and may have ended because it was asked for one.
    """
    begun = folder.path / _BEGUN
    try:
        same = begun.read_text(encoding="utf-8") == _whose(hook, runtime)
        log = town.layout.logs / "sessions" / f"{file_name(hook.id)}.log"
        return same and log.stat().st_mtime - begun.stat().st_mtime >= _SHORT_S
    except OSError:
        return False


def _whose(hook: Hook, runtime: Runtime) -> str:
    return f"{hook.generation} {runtime.name}\n"


def _form(runtime: Runtime, thread: Thread | None, *, headless: bool, again: bool) -> Form:
    wanted = []
    if thread is not None:
        wanted.append(Form.HEADLESS_RESUME if headless else Form.RESUME)
    if again:
        wanted.append(Form.HEADLESS_RESUME_LAST if headless else Form.RESUME_LAST)
    for form in wanted:
        if runtime.has(form):
            return form
    return Form.HEADLESS if headless and runtime.has(Form.HEADLESS) else Form.START


def first_prompt(hook: Hook, runtime: Runtime, *, resumes: bool, headless: bool) -> str | None:
    """What a client is told first; its beginning is what lists of conversations show."""
    if hook.role is Role.MAYOR:
        if runtime.lifecycle is not None and not headless:
            return None  # its hooks tell it who it is, and the person speaks first
        return "You are the mayor of this town. Run `gt prime` and read it, then wait for me."
    title = f"[gt] {hook.id} {hook.bead or ''}".rstrip()
    if resumes:
        return f"{title}: your session was interrupted. Run `gt prime`, then go on with your work."
    if runtime.lifecycle is not None:
        return f"{title}: begin with the work on your hook, as you were told by `gt prime`."
    return f"{title}: run `gt prime` in this folder, read it, and begin with the work it names."


def for_talking(runtime: Runtime, host: Host) -> Runtime:
    """How the mayor is started: in place of the embedded agent, which talks to nobody, a shell."""
    if runtime.name != "shell":
        return runtime
    return replace(runtime, argv=(host.python, "-P", "-m", "gastown", "mayor", "shell"))


def runner_for(settings: Settings, host: Host, role: Role = Role.POLECAT) -> Runner:
    """Where agents run: as the settings say; by default in tmux, where it is installed.

    The mayor is there to be talked to, and that takes a terminal.
    """
    if settings.runner != "auto" and role is not Role.MAYOR:
        return Runner(settings.runner)
    return Runner.TMUX if tmux.available(host.env) else Runner.PROCESS


def environment(town: Town, host: Host, hook: Hook, launch: Launch) -> dict[str, str]:
    """All variables of an agent."""
    role = hook.id if hook.role is not Role.MAYOR else MAYOR
    ours = {
        "GT_ROLE": role,
        **hook_variables(town, hook),
        "BD_ACTOR": role,
        **{f"GIT_{who}_NAME": role for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": f"{hook.agent}@{hook.rig}.gt" for who in ("AUTHOR", "COMMITTER")},
        "GIT_CEILING_DIRECTORIES": str(town.layout.root),
        "PATH": f"{host.scripts}:{host.env.get('PATH', '/usr/bin:/bin')}",
    }
    return {**host.clean_env(), **ours, **launch.wiring.env, **dict(launch.runtime.env)}
