"""A file of a source as it was read: JSON or text, with the host it is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from dovetool.map_sources.statements import Origin, Statement


class Document(NamedTuple):
    """What one file holds.

    Attributes:
        origin: the file, its host and its time; sources add the place of each statement.
        data: the JSON value in it, a list of them where there are several; None for a file that is no JSON.
        text: its text, where it is no JSON; else empty.
        is_named: the user named it; else it was found in a folder.
        values: how many JSON values the file has, one after the other or one a line. What has several is shown to the
            sources as a whole; where none of them knows it so, each value becomes a document of its own.
        argument: which argument of the command line it comes from, counted from 0.
    """

    origin: Origin
    data: Any = None
    text: str = ""
    is_named: bool = False
    values: int = 1
    argument: int = 0


class Source(Protocol):
    """The documents of one kind of system."""

    name: str
    """As on the command line."""

    summary: str
    """One line for `--help`."""

    def recognise(self, document: Document) -> str | None:
        """Say what a document is ("ip link", "Port_Binding"), by what it holds; None: none of this source's."""

    def statements(self, documents: Sequence[tuple[str, Document]]) -> Iterable[Statement]:
        """What all documents of one snapshot say together, of all hosts, each with what `recognise` called it.

        Raises:
            MapSourceError: a document does not have the shape that it should.
        """

    def live_commands(self) -> Iterator[tuple[str, ...]]:
        """The commands of this host whose outputs are documents of this source, for `--live`; none: there are none."""


@runtime_checkable
class Reducing(Protocol):
    """A source whose documents may be large: it says, while a file is still being read, what to keep of it."""

    def reduced(self, value: dict[str, Any]) -> object:
        """What to keep of a JSON object, those inside of which have been asked about before; itself, if all of it."""
