"""Whatever JSON a source is given, it is a map or a clear error: a document of its own with anything in any place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_leaves import EOS_LEAF1, NXOS_LEAF1

from dovetool.errors import MapSourceError
from dovetool.map_sources import json_text, sources
from dovetool.map_sources.assembly.assemble import assemble
from dovetool.map_sources.documents import Document, Source
from dovetool.map_sources.gathering import gather
from dovetool.map_sources.statements import Origin
from dovetool.vnid_map.file.draft import settled
from dovetool.vnid_map.file.load import parse
from dovetool.vnid_map.file.writing import text_of

DATA = Path(__file__).parent / "data"
MOST_OCTETS = 20_000
"""Larger documents say nothing that smaller ones do not."""
JSON_SOURCES = [name for name in sources.names() if name != "csv"]

WORDS = [
    "",
    "10.0.0.1",
    "02:00:00:00:00:01",
    "vxlan",
    "fd00::1",
    "blue",
    "0",
    "-1",
    "x" * 300,
    "\x00\x1b[31m",
    "\ud800",
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.integers(),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=4),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


def made(wanted: list[Source], *documents: Any) -> None:  # noqa: ANN401  (any JSON)
    """A map that loads, or a MapSourceError that names a file."""
    found = [Document(Origin(f"file-{number}", host="v1"), data) for number, data in enumerate(documents)]
    refusal = None
    try:
        told = assemble(gather(wanted, found).statements)
    except MapSourceError as error:
        refusal = error
    if refusal is not None:
        assert refusal.file.startswith("file-")
        assert refusal.what
        return
    model, notes, _ = settled(told.draft)
    assert parse(text_of(model, notes).encode(), "map") == model


@cache
def seeds(name: str) -> list[Any]:
    """The documents of a source that stand beside the tests, as it keeps them."""
    source = sources.source(name)
    return [value for value in all_documents() if source.recognise(Document(Origin("file"), value)) is not None]


@cache
def all_documents() -> list[Any]:
    """What stands beside the tests, and in one of them."""
    found = [*EOS_LEAF1, *NXOS_LEAF1]
    for path in sorted(DATA.rglob("*.json")):
        if path.stat().st_size <= MOST_OCTETS:
            text = path.read_text()
            found += [] if json_text.is_empty(text) else json_text.values(text, path.name)
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401  (any JSON)
    """The ways to all values in a value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


@pytest.mark.parametrize("name", JSON_SOURCES)
def test_each_source_has_documents_here(name: str) -> None:
    assert seeds(name)


@pytest.mark.parametrize("name", JSON_SOURCES)
@given(data=VALUES)
def test_any_json(name: str, data: object) -> None:
    made([sources.source(name)], data)


@pytest.mark.parametrize("name", JSON_SOURCES)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(data=st.data())
def test_a_document_with_anything_in_any_place(name: str, data: st.DataObject) -> None:
    documents = [copy.deepcopy(data.draw(st.sampled_from(seeds(name)))) for _ in range(data.draw(st.integers(1, 3)))]
    for _ in range(data.draw(st.integers(1, 3))):
        document = data.draw(st.sampled_from(documents))
        path = data.draw(st.sampled_from([path for path in places(document) if path] or [()]))
        if path:
            *outer, last = path
            for key in outer:
                document = document[key]
            document[last] = data.draw(VALUES)
    made([sources.source(name)], *documents)


@given(data=st.data())
def test_documents_of_all_sources_at_once(data: st.DataObject) -> None:
    documents = [data.draw(st.sampled_from(seeds(data.draw(st.sampled_from(JSON_SOURCES))))) for _ in range(4)]
    made([sources.source(name) for name in JSON_SOURCES], *documents)
