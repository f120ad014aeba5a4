"""Documents to statements: each document goes to the sources that know it, each source hears a whole snapshot."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import NamedTuple

from dovetool.errors import MapSourceError
from dovetool.map_sources import sources
from dovetool.map_sources.documents import Document, Source
from dovetool.map_sources.statements import Origin, Statement
from dovetool.values import dataclass

_MOST_SHOWN = 40


@dataclass(slots=True)
class Gathered:
    """What documents say.

    Attributes:
        statements: snapshot by snapshot, the earliest first; those without a time before them.
        kinds: how many documents there were of each source and kind.
        skipped: files found in folders that none of the sources knows.
    """

    statements: list[Statement] = field(default_factory=list)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)

    def taken(self) -> Iterator[Statement]:
        """Yield the statements, and let go of each, as there may be very many."""
        said, self.statements = deque(self.statements), []
        while said:
            yield said.popleft()


def gather(wanted: Sequence[Source], documents: Iterable[Document]) -> Gathered:
    """Have sources say what documents mean.

    Raises:
        MapSourceError: a document is named and none of the sources knows it, or does not have the shape that it should.
    """
    gathered = Gathered()
    heard: dict[int, list[_Heard]] = {}
    for document in documents:
        taken = list(_taken(wanted, document))
        if not taken:
            _leave_out(wanted, document, gathered)
        for source, kind, each in taken:
            gathered.kinds[source.name, kind] += 1
            moment = -1 if each.origin.taken_ns is None else each.origin.taken_ns
            heard.setdefault(moment, []).append(_Heard(source.name, kind, each))
    for moment in sorted(heard):
        for hearing in _hearings(heard[moment]):
            for source in wanted:
                said = [(each.kind, each.document) for each in hearing if each.source == source.name]
                gathered.statements.extend(source.statements(said) if said else ())
    return gathered


class _Heard(NamedTuple):
    """A document, and which source knows it as what."""

    source: str
    kind: str
    document: Document


def _hearings(snapshot: list[_Heard]) -> Iterator[list[_Heard]]:
    """What is heard together: all of a snapshot.

    But folders that have the same kind of document of the same host are states of different times, though nobody told
    which; what they say must not be mixed up. Each is heard with the files that are named.
    """
    folders: dict[tuple[str, str, str], set[int]] = {}
    for source, kind, document in snapshot:
        if document.origin.host and not document.is_named:
            folders.setdefault((source, kind, document.origin.host), set()).add(document.argument)
    if all(len(arguments) == 1 for arguments in folders.values()):
        yield snapshot
        return
    for argument in dict.fromkeys(each.document.argument for each in snapshot if not each.document.is_named):
        yield [each for each in snapshot if each.document.is_named or each.document.argument == argument]


def _taken(wanted: Sequence[Source], document: Document) -> Iterator[tuple[Source, str, Document]]:
    """Yield the sources that know a document, with what they call it; or its single values, where they are known."""
    known = False
    for source in wanted:
        kind = source.recognise(document)
        if kind is not None:
            known = True
            yield source, kind, document
    if not known and document.values > 1:
        for value in _values(document):
            yield from _taken(wanted, value)


def _values(document: Document) -> Iterator[Document]:
    for index, data in enumerate(document.data):
        origin = document.origin._replace(where=f"value {index + 1}")
        yield document._replace(origin=origin, data=data, values=1)


def _leave_out(wanted: Sequence[Source], document: Document, gathered: Gathered) -> None:
    """Count a document of a folder that none of the sources knows.

    Raises:
        MapSourceError: it is named.
    """
    if not document.is_named:
        gathered.skipped.append(document.origin.file)
        return
    others = [sources.source(name) for name in sources.names() if name not in {each.name for each in wanted}]
    for source, kind, each in _taken(others, document):
        if not each.data and not each.text:
            continue  # an empty list is everybody's
        hint = f"{kind}, which the source {source.name!r} reads (dovetool map import {source.name})"
        raise _strange(wanted, document.origin, hint)
    raise _strange(wanted, document.origin, f"{described(document)}; there is {', '.join(sources.names())}")


def _strange(wanted: Sequence[Source], origin: Origin, what: str) -> MapSourceError:
    asked = " or ".join(source.name for source in wanted)
    return MapSourceError(origin.file, "", f"is none of the files of {asked}: found {what}")


def described(document: Document) -> str:
    """Say in a few words what a document looks like."""
    if document.data is None:
        first = next((line.strip() for line in document.text.splitlines() if line.strip()), "")
        return f"text that begins with {_short(first)}"
    several = f"{document.values:,} JSON values, the first one " if document.values > 1 else ""
    data = document.data[0] if document.values > 1 else document.data
    return several + _shape(data)


def _shape(data: object) -> str:
    if isinstance(data, dict):
        keys = ", ".join(_short(str(key)) for key in list(data)[:4])
        return f"an object with the keys {keys}" if keys else "an object without keys"
    if isinstance(data, list):
        first = data[0] if data else None
        return f"a list of {len(data):,}, the first one {'a list' if isinstance(first, list) else _shape(first)}"
    return f"the value {_short(str(data))}"


def _short(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= _MOST_SHOWN else shown[: _MOST_SHOWN - 3] + "..."
