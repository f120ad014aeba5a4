"""What commands there are, with their options, and the words that these take: of `commands.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple, TypedDict


class Told(TypedDict):
    """An option or an argument, as the file has it.

    Attributes:
        names: of an option, as typed.
        kind: what its values are; empty: it takes none; `?`: nothing is known of them.
        many: it may be repeated.
        help: what it is for.
    """

    names: list[str]
    kind: str
    many: bool
    help: str


class Command(TypedDict, total=False):
    """A command, or a group of them.

    Attributes:
        options: what it can be told.
        arguments: in their order.
        commands: of a group, each with what it is for.
    """

    options: list[Told]
    arguments: list[Told]
    commands: dict[str, str]


class Table(NamedTuple):
    """The file.

    Attributes:
        words: of a kind of values, each with what it is.
        files: of a kind of files, the ends of their names.
        commands: by their names, one behind the other; the program itself is the empty one.
    """

    words: dict[str, dict[str, str]]
    files: dict[str, list[str]]
    commands: dict[str, Command]


FILE = Path(__file__).with_name("commands.json")


def load() -> Table:
    """Read the file."""
    return Table(**json.loads(FILE.read_text(encoding="utf-8")))
