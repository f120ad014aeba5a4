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

from command_walk import commands, help_of, sections, subcommands, told, usage

from dovetool import __version__

_TITLES = {"Exit codes": "EXIT STATUS"}


def main(folder: str) -> None:
    """Write all pages into a folder."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for path, command in commands():
        (target / f"{'-'.join(path)}.1").write_text("\n".join(page(path, command)) + "\n", encoding="utf-8")


def page(path: tuple[str, ...], command: Any) -> Iterator[str]:  # noqa: ANN401  (click's)
    """The lines of a page."""
    day = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    summary, paragraphs = help_of(command)
    name = " ".join(path)
    yield f'.TH "{"-".join(path).upper()}" 1 "{day}" "dovetool {__version__}" "User Commands"'
    yield from (".ad l", ".nh", ".SH NAME", f"{escaped('-'.join(path))} \\- {escaped(summary.rstrip('.'))}")
    yield from (".SH SYNOPSIS", f".B {escaped(name)}", escaped(usage(path, command).removeprefix(f"{name} ")))
    if paragraphs:
        yield ".SH DESCRIPTION"
    for text in paragraphs:
        yield from (".PP", escaped(text))
    yield from listed("ARGUMENTS", command, "argument")
    yield from listed("OPTIONS", command, "option")
    yield from below(path, command)
    yield from behind(command)
    yield from see_also(path, command)


def listed(title: str, command: Any, kind: str) -> Iterator[str]:  # noqa: ANN401
    """The arguments or the options of a command, each with its help."""
    records = told(command, kind)
    if records:
        yield f".SH {title}"
    for names, text in records:
        yield from (".TP", marked(names), escaped(text) or "\\&")


def marked(names: str) -> str:
    """What stands before the help of an option: its names are bold."""
    return re.sub(r"(?<![\w-])(--?[a-z][\w-]*)", lambda match: f"\\fB{match[1]}\\fR", names).replace("-", "\\-")


def below(path: tuple[str, ...], command: Any) -> Iterator[str]:  # noqa: ANN401
    """The commands below this one, and the pages about them."""
    found = subcommands(command)
    if found:
        yield ".SH COMMANDS"
    for name, each in found.items():
        yield from (".TP", f".BR {escaped('-'.join((*path, name)))} (1)", escaped(each.get_short_help_str(200)))


def behind(command: Any) -> Iterator[str]:  # noqa: ANN401
    """The sections that the text behind the options makes."""
    for heading, texts in sections(command):
        if heading:
            yield f".SH {_TITLES.get(heading, heading.upper())}"
        for text in texts:
            yield from (".PP", ".nf", escaped(text), ".fi") if heading == "Examples" else (".PP", escaped(text))


def see_also(path: tuple[str, ...], command: Any) -> Iterator[str]:  # noqa: ANN401
    """The page above, where there is one."""
    if len(path) > 1:
        yield from (".SH SEE ALSO", f".BR {escaped('-'.join(path[:-1]))} (1)")
    elif command:
        yield from (".SH SEE ALSO", ".BR tshark (1),", ".BR tcpdump (1),", ".BR pcap\\-savefile (5)")


def escaped(text: str) -> str:
    """Text as it is, whatever it begins with or has in it."""
    safe = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    )
    return f"\\&{safe}" if safe.startswith(".") else safe


if __name__ == "__main__":
    main(*sys.argv[1:])
