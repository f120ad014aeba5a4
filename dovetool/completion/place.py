"""Where on a command line the cursor is: in which command, and at what of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from dovetool.completion.table import Command, Table, Told
from dovetool.values import dataclass


@dataclass(slots=True)
class Place:
    """What is known of the word at the cursor.

    Attributes:
        command: the command that it belongs to.
        kind: what it is; `option`, `command`, or a kind of values.
        kept: what of the word stands before the value, as `--vnid=`.
        typed: the value, as far as it is there.
        given: values by the kind of what they were given to.
        used: names of the options that were given.
    """

    command: Command
    kind: str = "command"
    kept: str = ""
    typed: str = ""
    given: dict[str, list[str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


def place_of(words: Sequence[str], table: Table) -> Place:
    """Find out.

    Args:
        words: without the program's name; the last one is the one at the cursor.
        table: what commands there are.
    """
    reader = _Reader(table)
    for word in words[:-1]:
        reader.read(word)
    return reader.at(words[-1])


class _Reader:
    """Reads a line, word by word."""

    def __init__(self, table: Table) -> None:
        self._table, self._path = table, ""
        self._place = Place(table.commands[""])
        self._options: dict[str, Told] = {}
        self._wanting: Told | None = None
        self._only_arguments, self._arguments = False, 0
        self._enter("")

    def read(self, word: str) -> None:
        """Read a word that is whole."""
        if self._wanting is not None:
            self._give(self._wanting, word)
            self._wanting = None
        elif word == "--" and not self._only_arguments:
            self._only_arguments = True
        elif self._is_option(word):
            self._read_option(word)
        elif "commands" in self._place.command:
            self._enter(f"{self._path} {word}".lstrip())
        else:
            told = self._argument()
            if told is not None:
                self._give(told, word)
            self._arguments += 1

    def at(self, word: str) -> Place:
        """The place of the last word."""
        place = self._place
        place.typed = word
        if self._wanting is not None:
            place.kind = self._wanting["kind"]
        elif self._is_option(word) or (word == "-" and not self._only_arguments):
            self._in_option(word)
        elif "commands" not in place.command:
            told = self._argument()
            place.kind = told["kind"] if told is not None else ""
        return place

    def _enter(self, path: str) -> None:
        self._path = path
        self._place.command = self._table.commands.get(path, {"options": [], "arguments": []})
        self._options = {name: each for each in self._place.command["options"] for name in each["names"]}

    def _is_option(self, word: str) -> bool:
        return len(word) > 1 and word.startswith("-") and not self._only_arguments

    def _argument(self) -> Told | None:
        """The argument whose turn it is; of several that follow each other, the one that may be repeated stays."""
        arguments = self._place.command.get("arguments", [])
        for told in arguments[: self._arguments + 1]:
            if told["many"]:
                return told
        return arguments[self._arguments] if self._arguments < len(arguments) else None

    def _give(self, told: Told, value: str) -> None:
        self._place.given.setdefault(told["kind"], []).append(value)

    def _read_option(self, word: str) -> None:
        name, told, value = self._taken_apart(word)
        self._place.used.add(name)
        if told is None or not told["kind"]:
            return
        if value is None:
            self._wanting = told
        else:
            self._give(told, value)

    def _taken_apart(self, word: str) -> tuple[str, Told | None, str | None]:
        """The option that takes the rest of a word: its name, what is known of it, and that rest where there is one."""
        if word.startswith("--"):
            name, sign, value = word.partition("=")
            return name, self._options.get(name), value if sign else None
        for index in range(1, len(word)):  # short ones, of which the last one may have a value
            name, rest = f"-{word[index]}", word[index + 1 :]
            told = self._options.get(name)
            if told is None or told["kind"]:
                return name, told, rest or None
        return f"-{word[-1]}", self._options.get(f"-{word[-1]}"), None

    def _in_option(self, word: str) -> None:
        _, told, value = self._taken_apart(word) if word != "-" else ("", None, None)
        if told is not None and told["kind"] and value is not None:
            self._place.kind, self._place.typed = told["kind"], value
            self._place.kept = word.removesuffix(value)
        else:
            self._place.kind = "option"
