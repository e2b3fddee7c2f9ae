"""`faifo node completion`: what makes a shell complete verbs and options."""

from __future__ import annotations

import click

from faifo.cli.choices import Choices, verb
from faifo.phrases import Phrase

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_FAIFO_COMPLETE"


@verb(
    "completion",
    example="faifo node completion bash > ~/.faifo.bash  # and in ~/.bashrc: source ~/.faifo.bash\n"
    "faifo node completion zsh > ~/.faifo.zsh    # and in ~/.zshrc: source ~/.faifo.zsh\n"
    "faifo node completion fish > ~/.config/fish/completions/faifo.fish",
    short_help="Complete verbs and options in your shell.",
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(choices: Choices, shell: str) -> None:  # noqa: ARG001 - every verb gets them
    """Print what makes SHELL complete verbs and options of faifo."""
    from click.shell_completion import get_completion_class

    from faifo.cli.main import commands

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(str(Phrase("cli.usage.no-completion", shell=shell)))
    print(kind(commands, {}, "faifo", VARIABLE).source())
