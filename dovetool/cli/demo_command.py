"""`dovetool demo`."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(epilog="Example:\n\ndovetool demo")(demo)


def demo() -> None:
    """Show the whole path, from VM to VM, on the samples that come with dovetool."""
