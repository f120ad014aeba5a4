"""Write the man pages, dovetool(1) and one for each command, out of what `--help` tells.

    python packaging/man.py FOLDER

The date is that of SOURCE_DATE_EPOCH, where that is set, so that the same sources give the same pages.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from dovetool import __version__
from dovetool.cli.app import app

_HEADING = re.compile(r"(Exit codes|[A-Z][a-z]+):(?:\s+(.*))?", re.DOTALL)
"""A paragraph of the text behind the options that begins a section, as `Examples:` does."""


def main(folder: str) -> None:
    """Write all pages into a folder."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for path, command in commands(("dovetool",), get_command(app)):
        (target / f"{'-'.join(path)}.1").write_text("\n".join(page(path, command)) + "\n", encoding="utf-8")


def commands(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401  (click's)
    """A command and all below it, with the words that call each."""
    yield path, command
    for name, below in sorted(getattr(command, "commands", {}).items()):
        if not below.hidden:
            yield from commands((*path, name), below)


def page(path: tuple[str, ...], command: Any) -> Iterator[str]:  # noqa: ANN401
    """The lines of a page."""
    day = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    summary, *paragraphs = [text for part in (command.help or "").split("\n\n") if (text := " ".join(part.split()))]
    yield f'.TH "{"-".join(path).upper()}" 1 "{day}" "dovetool {__version__}" "User Commands"'
    yield from (".ad l", ".nh", ".SH NAME", f"{escaped('-'.join(path))} \\- {escaped(summary.rstrip('.'))}")
    yield from (".SH SYNOPSIS", f".B {escaped(' '.join(path))}", escaped(" ".join(pieces(command))))
    if paragraphs:
        yield ".SH DESCRIPTION"
        yield from joined(map(escaped, paragraphs))
    yield from listed("ARGUMENTS", command, "argument")
    yield from listed("OPTIONS", command, "option")
    yield from subcommands(path, command)
    yield from behind(command.epilog or "")
    yield from see_also(path, command)


def context_of(command: Any) -> Any:  # noqa: ANN401
    """What click wants to know to tell of a command: what the whole program is set to."""
    settings = app.info.context_settings or {}
    return command.make_context("dovetool", [], resilient_parsing=True, **settings)


def pieces(command: Any) -> list[str]:  # noqa: ANN401
    """The words behind the name of a command, as its usage shows them."""
    context = context_of(command)
    return [str(piece) for piece in command.collect_usage_pieces(context)]


def listed(title: str, command: Any, kind: str) -> Iterator[str]:  # noqa: ANN401
    """The arguments or the options of a command, each with its help."""
    context = context_of(command)
    chosen = [each for each in command.get_params(context) if each.param_type_name == kind]
    records = [record for each in chosen if (record := each.get_help_record(context))]
    if records:
        yield f".SH {title}"
    for names, text in records:
        yield from (".TP", marked(names), escaped(" ".join(text.split())) or "\\&")


def marked(names: str) -> str:
    """What stands before the help of an option: its names are bold."""
    return re.sub(r"(?<![\w-])(--?[a-z][\w-]*)", lambda match: f"\\fB{match[1]}\\fR", names).replace("-", "\\-")


def subcommands(path: tuple[str, ...], command: Any) -> Iterator[str]:  # noqa: ANN401
    """The commands below this one, and the pages about them."""
    below = [(name, each) for name, each in getattr(command, "commands", {}).items() if not each.hidden]
    if below:
        yield ".SH COMMANDS"
    for name, each in below:
        yield from (".TP", f".BR {escaped('-'.join((*path, name)))} (1)", escaped(each.get_short_help_str(200)))


def behind(epilog: str) -> Iterator[str]:
    """The sections that the text behind the options makes."""
    section = ""
    for part in epilog.split("\n\n"):
        text = " ".join(part.split())
        heading = _HEADING.fullmatch(text)
        if heading and (not heading[2] or heading[1] == "Exit codes"):
            section = "EXIT STATUS" if heading[1] == "Exit codes" else heading[1].upper()
            yield f".SH {section}"
            text = heading[2] or ""
        if section == "EXAMPLES" and text:
            yield from (".PP", ".nf", escaped(text), ".fi")
        elif text:
            yield from (".PP", escaped(text))


def see_also(path: tuple[str, ...], command: Any) -> Iterator[str]:  # noqa: ANN401
    """The page above, where there is one."""
    if len(path) > 1:
        yield from (".SH SEE ALSO", f".BR {escaped('-'.join(path[:-1]))} (1)")
    elif command:
        yield from (".SH SEE ALSO", ".BR tshark (1),", ".BR tcpdump (1),", ".BR pcap\\-savefile (5)")


def joined(paragraphs: Iterator[str]) -> Iterator[str]:
    """Paragraphs of running text."""
    for text in paragraphs:
        yield from (".PP", text)


def escaped(text: str) -> str:
    """Text as it is, whatever it begins with or has in it."""
    safe = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    )
    return f"\\&{safe}" if safe.startswith(".") else safe


if __name__ == "__main__":
    main(*sys.argv[1:])
