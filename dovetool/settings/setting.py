"""A setting: what it is, and who said so."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from dovetool.values import dataclass


class Source(StrEnum):
    """Who said what a setting is; the first one has the last word."""

    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class Colour(StrEnum):
    """Whether what is shown has colours."""

    AUTO = "auto"
    """On a terminal."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them.

    Attributes:
        name: its key in dovetool.toml.
        value: what it is.
        source: who said so.
        place: where: `DOVETOOL_MAP`, or `/net/dovetool.toml:3`; empty: nowhere.
    """

    name: str
    value: Path | tuple[str, ...] | Colour | None
    source: Source = Source.DEFAULT
    place: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force, but for the command line.

    Attributes:
        file: the dovetool.toml that was read.
        all: each setting by its name, in the order in which they are shown.
    """

    file: Path | None
    all: dict[str, Setting]

    @property
    def map_file(self) -> Path | None:
        """The map of commands that are given none."""
        value = self.all["map"].value
        return value if isinstance(value, Path) else None

    @property
    def decode_as(self) -> tuple[str, ...]:
        """What `-d` says where it says nothing."""
        return self._words("decode_as")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table for which nobody chose any; none: those that dovetool chooses."""
        return self._words("columns")

    @property
    def colour(self) -> Colour:
        """Whether what is shown has colours."""
        value = self.all["colour"].value
        return value if isinstance(value, Colour) else Colour.AUTO

    def _words(self, name: str) -> tuple[str, ...]:
        value = self.all[name].value
        return value if isinstance(value, tuple) else ()
