"""What can be done where there is no town yet: make one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import UsageTrouble
from gastown.ops.install import install
from gastown.render.town import installed
from gastown.store.git import identity
from gastown.store.town import Edge
from gastown.web.doing import Action, Done, Field

if TYPE_CHECKING:
    from gastown.web.doing import Doing


def _install(doing: Doing) -> Done:
    folder = Path(doing.need("path")).expanduser()
    if not folder.is_absolute():
        raise UsageTrouble(f"{folder} is no whole path", hint="e.g. ~/gt")
    name, mail = identity()
    owner = (doing.get("owner") or name, doing.get("mail") or mail)
    done = install(folder.resolve(), name=None, owner=owner, force=False, edge=Edge())
    return Done(installed(done), to="/", settle=done.root)


ACTIONS: tuple[Action, ...] = (
    Action(
        "town.install", "Make a town", "Make a folder a town.", _install,
        (Field("path", "Its folder", required=True), Field("owner", "Your name"),
         Field("mail", "Your mail address")),
        in_palette=False, without_town=True,
    ),
)  # fmt: skip
