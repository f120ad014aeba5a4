"""The commands as Typer has made them, for all that tells what `--help` does: man pages, completion, the reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from dovetool.cli.app import app

_HEADING = re.compile(r"(Exit codes|[A-Z][a-z]+):(?:\s+(.*))?", re.DOTALL)
"""A paragraph of the text behind the options that begins a section, as `Examples:` does."""


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """The program and all commands below it, with the words that call each."""
    yield from _below(("dovetool",), get_command(app))


def _below(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401  (click's)
    yield path, command
    for name, each in subcommands(command).items():
        yield from _below((*path, name), each)


def subcommands(command: Any) -> dict[str, Any]:  # noqa: ANN401
    """Those directly below a command, by name."""
    return {name: each for name, each in getattr(command, "commands", {}).items() if not each.hidden}


def context_of(command: Any) -> Any:  # noqa: ANN401
    """What click wants to know to tell of a command: what the whole program is set to."""
    settings = app.info.context_settings or {}
    return command.make_context("dovetool", [], resilient_parsing=True, **settings)


def parameters(command: Any, kind: str) -> list[Any]:  # noqa: ANN401
    """Its arguments or its options."""
    return [each for each in command.get_params(context_of(command)) if each.param_type_name == kind]


def told(command: Any, kind: str) -> list[tuple[str, str]]:  # noqa: ANN401
    """Its arguments or its options: how each is written, and its help."""
    context = context_of(command)
    records = [each.get_help_record(context) for each in parameters(command, kind)]
    return [(names, " ".join(text.split())) for names, text in filter(None, records)]


def usage(path: tuple[str, ...], command: Any) -> str:  # noqa: ANN401
    """How it is called."""
    return " ".join([*path, *map(str, command.collect_usage_pieces(context_of(command)))])


def help_of(command: Any) -> tuple[str, list[str]]:  # noqa: ANN401
    """The first line of its help, and the paragraphs behind it."""
    summary, *rest = [text for part in (command.help or "").split("\n\n") if (text := " ".join(part.split()))]
    return summary, rest


def sections(command: Any) -> Iterator[tuple[str, list[str]]]:  # noqa: ANN401
    """What stands behind its options: the headings, and the paragraphs or examples below each; the first has none."""
    heading, found = "", list[str]()
    for part in (command.epilog or "").split("\n\n"):
        text = " ".join(part.split())
        new = _HEADING.fullmatch(text)
        if new and (not new[2] or new[1] == "Exit codes"):
            if found:
                yield heading, found
            heading, found, text = new[1], [], new[2] or ""
        elif heading == "Examples" and text.endswith((".", ":")):  # words, and no example any more
            yield heading, found
            heading, found = "", []
        if text:
            found.append(text)
    if found:
        yield heading, found
