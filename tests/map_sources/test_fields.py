"""JSON read with care: what has another type than it should is told with its place, and nothing else goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from fabrics import DATA, ip, mac
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document
from dovetool.map_sources.fields import Fields, rows, whole
from dovetool.map_sources.sources import source
from dovetool.map_sources.statements import Origin

ORIGIN = Origin("f.json", "a[0]", "h1", 5)
ROW = Fields({"text": "x", "number": 3, "mac": "02:00:00:00:00:0A", "ip": "10.0.0.1", "null": None, "list": [{}, 1],
              "yes": True}, ORIGIN)  # fmt: skip


def test_what_is_there_and_what_is_not() -> None:
    assert (ROW.text("text"), ROW.text("none"), ROW.text("null")) == ("x", "", "")
    assert (ROW.number("number"), ROW.number("none"), ROW.flag("yes"), ROW.flag("none")) == (3, None, True, False)
    assert (ROW.mac("mac"), ROW.mac("none")) == (mac("02:00:00:00:00:0a"), b"")
    assert (ROW.ip("ip"), ROW.ip("none"), "null" in ROW, "none" in ROW) == (ip("10.0.0.1"), b"", True, False)
    assert (ROW.items("none"), dict(ROW.object("none").data), list(ROW.objects("none"))) == ([], {}, [])


@pytest.mark.parametrize(
    ("text", "octets"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("0.0.0.0", ""), ("::", "")],
)
def test_addresses_in_other_forms(text: str, octets: str) -> None:
    assert Fields({"ip": text}, ORIGIN).ip("ip") == (ip(octets) if octets else b"")


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda row: row.text("number"), "a[0].number: expected a text, found 3"),
        (lambda row: row.number("text"), "a[0].text: expected a whole number, found 'x'"),
        (lambda row: row.number("yes"), "a[0].yes: expected a whole number, found True"),
        (lambda row: row.number("number", 2), "a[0].number: 3 is not from 0 to 2"),
        (lambda row: row.mac("text"), "a[0].text: expected a MAC address, found 'x'"),
        (lambda row: row.ip("list"), "a[0].list: expected an IP address, found a list"),
        (lambda row: row.items("text"), "a[0].text: expected a list, found 'x'"),
        (lambda row: row.object("list"), "a[0].list: expected an object, found a list"),
        (lambda row: list(row.objects("list")), "a[0].list[1]: expected an object, found 1"),
        (lambda row: list(rows({}, row.origin)), "a[0]: expected a list, found an object"),
    ],
)
def test_an_error_says_where_and_what(ask: Callable[[Fields], object], what: str) -> None:
    with pytest.raises(MapSourceError) as caught:
        ask(ROW)
    assert str(caught.value) == f"f.json: {what}"


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("0", 0), ("9", None), ("-1", None), ("٣", None), ("", None), ("9" * 5000, None)]
)
def test_whole_numbers_in_texts(text: str, number: int | None) -> None:
    assert whole(text, 8) == number


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["02:00:00:00:00:01", "10.0.0.1", "fe80::1%x", "br10100", "99999999999999999999"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
FILES = sorted(
    path
    for folder in ("frr/evpn/after/v2", "frr/irb/before/v1", "frr/outputs", "linux/kinds/h1", "linux/flannel/node-a")
    for path in (DATA / folder).glob("*.json")
    if path.name != "bridge-vlan.json"
)


def places(value: object, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*way, key))


LOADED = {path: json.loads(path.read_text()) for path in FILES}
PLACES = {path: list(places(value)) for path, value in LOADED.items()}


def damaged(draw: st.DrawFn, path: Path) -> object:
    """The value in a file with something else at one place of it."""
    way = draw(st.sampled_from(PLACES[path]))
    junk = draw(JUNK)
    if not way:
        return junk
    value = deepcopy(LOADED[path])
    inner = value
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = junk
    return value


@pytest.mark.parametrize("name", ["iproute2", "frr"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damage_is_an_error_with_its_place_or_nothing(name: str, data: st.DataObject) -> None:
    """Whatever stands at any place of a real output, beside whole ones."""
    path = data.draw(st.sampled_from(FILES))
    value = data.draw(st.composite(damaged)(path))
    reader = source(name)
    beside = {each: LOADED[each] for each in FILES if each.parent == path.parent} | {path: value}
    documents = [Document(Origin(str(each), host="h1"), value) for each, value in beside.items()]
    known = [(kind, each) for each in documents if (kind := reader.recognise(each)) is not None]
    try:
        list(reader.statements(known))
    except MapSourceError as error:
        assert error.file in map(str, beside)  # noqa: PT017  (it need not be raised)
