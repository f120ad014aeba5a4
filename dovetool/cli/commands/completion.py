"""dovetool completion: what shells run to complete lines."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

_EPILOG = """Examples:

dovetool completion bash > ~/.local/share/bash-completion/completions/dovetool

dovetool completion zsh > ~/.zfunc/_dovetool

dovetool completion fish > ~/.config/fish/completions/dovetool.fish

dovetool completion powershell >> $PROFILE

bash loads such a file by itself where the package bash-completion is installed; else, in ~/.bashrc: source <(dovetool
completion bash). zsh does where ~/.zshrc has: fpath+=~/.zfunc; autoload -Uz compinit; compinit.
"""


class Shell(StrEnum):
    """Shells that dovetool completes lines for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(epilog=_EPILOG)(completion)


def completion(shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell")]) -> None:
    """Let bash, zsh, fish or PowerShell complete what you type.

    It prints a script, for a file that the shell loads. Commands, options and their words are completed,
    files by their suffix, and names of networks, TEPs, VMs and ports by the map: that of -m, else of DOVETOOL_MAP or
    dovetool.toml.
    """
    from dovetool.completion import script

    sys.stdout.write(script(shell))
