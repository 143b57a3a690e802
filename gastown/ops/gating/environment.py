"""What gates and their setup get to see of the machine's environment.

It depends on the machine and the person, never on which agent or command asked: what the town tells
its agents is taken out, so is what git tells a git hook, and what a shell keeps for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.ops.host import Host

_OF_A_SHELL = frozenset(("_", "OLDPWD", "PWD", "SHLVL"))
_OF_AN_AGENT = frozenset(("BD_ACTOR",))


def gate_environment(host: Host, rig: str, name: str, more: Mapping[str, str]) -> dict[str, str]:
    """All variables of a rig's gate `name`, whose definition adds `more`."""
    env = {
        key: value for key, value in host.clean_env().items()
        if not key.startswith(("GT_", "GIT_")) and key not in _OF_A_SHELL | _OF_AN_AGENT
    }  # fmt: skip
    first, colon, rest = env.get("PATH", "").partition(":")
    if "GT_ROLE" in host.env and colon and first == str(host.scripts):
        env["PATH"] = rest
    return {**env, "GT_RIG": rig, "GT_GATE": name, **more}
