"""A group one of whose commands may be left out: `bd comments ID` is `bd comments list ID`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.cli.common import LazyGroup

if TYPE_CHECKING:
    import click


class DefaultGroup(LazyGroup):
    """A group that reads a first word which is none of its commands as the `default` one's.

    With nothing typed at all it shows its help, as other groups do.
    """

    def __init__(self, *args: Any, default: str, **kwargs: Any) -> None:
        kwargs["context_settings"] = {"ignore_unknown_options": True,
                                      **kwargs.get("context_settings", {})}  # fmt: skip
        super().__init__(*args, **kwargs)
        self._default = default

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is named, else the default one.

        A plain word that is spelt like a command is taken for a slip.
        """
        if self.get_command(ctx, args[0]) is None and not self._is_slip(ctx, args[0]):
            args = [self._default, *args]
        return super().resolve_command(ctx, args)

    def _is_slip(self, ctx: click.Context, word: str) -> bool:
        import difflib

        return word.isalpha() and bool(difflib.get_close_matches(word, self.list_commands(ctx)))
