"""gt completion, bd completion."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from gastown.errors import UsageTrouble

_SHELLS = click.Choice(["bash", "zsh", "fish"])


@click.command()
@click.argument("shell", type=_SHELLS)
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash: gt completion bash > /etc/bash_completion.d/gt
    zsh:  gt completion zsh > "${fpath[1]}/_gt"
    fish: gt completion fish > ~/.config/fish/completions/gt.fish
    """
    program = ctx.find_root().info_name or "gt"
    maker = get_completion_class(shell)
    if maker is None:
        raise UsageTrouble(f"no completion for {shell}", hint="bash, zsh or fish")
    click.echo(maker(ctx.find_root().command, {}, program, f"_{program.upper()}_COMPLETE").source())
