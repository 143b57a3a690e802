"""`gt`: the town's command."""

from __future__ import annotations

import click

from gastown.cli.common import LazyGroup, at_option, fork_option, json_option

_COMMANDS = {
    "install": "town:install",
    "status": "town:status",
    "log": "log:log",
    "undo": "history:undo",
    "diff": "history:diff",
    "verify": "history:verify",
    "bisect": "history:bisect",
    "fork": "forks:fork",
    "export": "export:export",
    "version": "town:version",
    "completion": "completion:completion",
    "rig": "rigs:rig",
    "crew": "crew:crew",
    "convoy": "convoys:convoy",
    "sling": "slinging:sling",
    "unsling": "slinging:unsling",
    "hook": "working:hook",
    "prime": "working:prime",
    "done": "working:done",
    "agents": "agents:agents",
    "peek": "agents:peek",
    "mayor": "mayor:mayor",
    "session": "sessions:session",
    "handoff": "sessions:handoff",
    "seance": "sessions:seance",
    "costs": "costs:costs",
    "hooks": "hooks:hooks",
    "rescue": "rescue:rescue",
    "githooks": "githooks:githooks",
    "hq-guard": "hq_guard:hq_guard",
    "guard": "guard:guard",
    "client-hook": "client_hooks:client_hook",
    "daemon": "daemon:daemon",
    "up": "daemon:up",
    "down": "daemon:down",
    "gates": "gates:gates",
    "refinery": "merging:refinery",
    "mq": "merging:mq",
    "mail": "mail:mail",
    "nudge": "nudging:nudge",
    "broadcast": "nudging:broadcast",
    "config": "config:config",
    "scheduler": "scheduling:scheduler",
    "escalate": "escalating:escalate",
    "estop": "freezing:estop",
    "thaw": "freezing:thaw",
    "doctor": "doctor:doctor",
    "worktrees": "worktrees:worktrees",
    "ready": "seeing:ready",
    "trail": "seeing:trail",
    "who": "seeing:who",
    "feed": "feed:feed",
    "notify": "notify:notify",
    "tray": "tray:tray",
    "service": "service:service",
    "dashboard": "dashboard:dashboard",
    "demo": "demo:demo",
    "shell-agent": "shell_agent:shell_agent",
}


@click.group(
    cls=LazyGroup,
    lazy={name: f"gastown.cli.{place}" for name, place in _COMMANDS.items()},
    aliases={"unhook": "unsling", "mr": "mq"},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="gastown", prog_name="gt")
@at_option
@fork_option
@json_option
def root() -> None:
    """Run many coding agents without losing work: all state is files and git commits.

    Start with: gt install ~/gt && cd ~/gt && gt rig add NAME URL. To see it all happen: gt demo.
    Issues are handled by the other command, bd.
    """
