"""The source `csv`: rows that help each other, and rows with mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetool.errors import MapTableError
from dovetool.map_sources.csv_table import CsvTable
from dovetool.map_sources.documents import Document
from dovetool.map_sources.statements import (
    NameStatement,
    NetworkStatement,
    Origin,
    Place,
    PortStatement,
    Statement,
    TepStatement,
    VmStatement,
)
from dovetool.vnid_map.prefixes import Prefix

TEP = bytes([192, 0, 2, 1])
MAC = bytes.fromhex("02000000000a")
FULL = "switch,port,vlan,vnid,network,vm,mac,ip,tep\n"


def said(*texts: str) -> list[Statement]:
    """What tables say, in files a, b and so on."""
    documents = [Document(Origin(name), text=text) for name, text in zip("abc", texts, strict=False)]
    source = CsvTable()
    return list(source.statements([(str(source.recognise(each)), each) for each in documents]))


def vms(*texts: str) -> list[VmStatement]:
    return [each for each in said(*texts) if isinstance(each, VmStatement)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("switch,port\n", "table"),
        ("\n  VM ; Mac\n", "table"),
        ("mac\tip\tcomment\n", "table"),
        ("vm\n", "table"),
        ("a,b\n", None),
        ("name,mac\n", None),
        ("words of a log\n", None),
        ("", None),
        ("vm," * 5000, None),
        ('"', None),
    ],
)
def test_a_table_is_known_by_its_head(text: str, kind: str | None) -> None:
    assert CsvTable().recognise(Document(Origin("a"), text=text)) == kind


def test_a_whole_row() -> None:
    origin = Origin("a", "line 2")
    place = Place("leaf1", "sw1", "eth1", 10)
    row = "sw1,eth1,10,5001,blue,vm1,02:00:00:00:00:0a,10.0.0.1 fd00::1 10.1.2.3/16,leaf1 192.0.2.1\n"
    assert said(FULL + row) == [
        TepStatement(origin, "leaf1", (TEP,)),
        NetworkStatement(origin, 5001, "blue"),
        VmStatement(
            origin, 5001, place, "vm1", MAC, (bytes([10, 0, 0, 1]), b"\xfd" + bytes(14) + b"\x01"),
            (Prefix(bytes([10, 1, 0, 0]), 16),), is_local=True,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_order_and_separator(separator: str) -> None:
    text = 'TEP,Comment,VNID,Mac\n192.0.2.1,"",5001,0200.0000.000a\n\n192.0.2.1,,5001,02-00-00-00-00-0a\n'
    first, second = vms(text.replace(",", separator))
    assert first._replace(origin=second.origin) == second
    assert (first.origin.where, second.origin.where) == ("line 2", "line 4")
    assert (first.place, first.mac) == (Place(TEP), MAC)


def test_rows_help_each_other() -> None:
    ports = "switch,port,network,tep\nsw1,p1,blue,192.0.2.1\n"
    names = "network,vnid\nblue,5001\n"
    guests = "vm,mac,switch,port\nvm1,02:00:00:00:00:0a,sw1,p1\n"
    (vm,) = vms(guests, ports, names)
    assert (vm.vnid, vm.place) == (5001, Place(TEP, "sw1", "p1"))
    assert [each for each in said(ports, names) if isinstance(each, PortStatement)] == [
        PortStatement(Origin("a", "line 2"), Place(TEP, "sw1", "p1"), 5001)
    ]


def test_untagged_frames_of_a_trunk() -> None:
    text = FULL.replace("tep", "tep") + "sw1,eth1,untagged,5001,,,,,192.0.2.1\nsw1,eth1,0,5001,,,,,192.0.2.1\n"
    assert [each.place.vlan for each in said(text) if isinstance(each, PortStatement)] == [0, 0]


def mistakes(text: str) -> list[str]:
    with pytest.raises(MapTableError) as caught:
        said(text)
    return caught.value.problems


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("sw1,p1,4095,1,,,,,", "column vlan: found '4095'; expected a number from 0 to 4094"),
        ("sw1,p1,,0,,,,,", "column vnid: found '0'; expected a number from 1 to 16777215"),
        ("sw1,p1,,blue,,,,,", "column vnid: found 'blue'; expected a number from 1 to 16777215"),
        ("sw1,p1,,1,,,02:00,,", "column mac: found '02:00'; expected a MAC address such as 02:00:00:00:00:0a"),
        ("sw1,p1,,1,,,,10.0.0.256,", "column ip: found '10.0.0.256'; expected an IPv4 or IPv6 address"),
        ("sw1,p1,,1,,,,10.0.0.1/33,", "column ip: found '33'; expected a number from 0 to 32"),
        (
            "sw1,p1,,1,,,,010.0.0.1,",
            "column ip: found '010.0.0.1'; expected an IPv4 or IPv6 address (without leading zeros)",
        ),
        ("sw1,p1,,1,,,,,192.0.2.", "column tep: found '192.0.2.'; expected an IPv4 or IPv6 address"),
        ("sw1,p1,,,blue,,,,", "column network: found 'blue', whose VNID no row tells; expected such a row"),
        (
            "sw1,p1,,,,vm1,,,",
            "column vnid: found no network of the VM; expected vnid, network, or a port whose network a row tells",
        ),
        (",,,1,,vm1,,,", "column tep: found no place of the VM; expected tep or switch"),
        ("sw1,p1,,1,,a\x1b[31m,,,", "column vm: found 'a\\x1b[31m'; expected a name without control characters"),
        ("sw1,p1,,1,,,,,,,extra", "found 11 cells; expected 9, as the head has"),
    ],
)
def test_a_mistake_has_its_place(row: str, what: str) -> None:
    separator = ": " if what.startswith("found") else ", "
    assert mistakes(f"{FULL}{row}\n") == [f"a: line 2{separator}{what}"]


def test_a_row_without_a_place_names_a_vm() -> None:
    names = [each for each in said(f"{FULL},,,1,red,web,02:00:00:00:00:0a,,\n") if isinstance(each, NameStatement)]
    assert names == [NameStatement(Origin("a", "line 2"), 1, bytes.fromhex("02000000000a"), "web")]
    assert mistakes(f"{FULL},,,1,red,web,02:00:00:00:00:0a,10.0.0.1,\n") == [
        "a: line 2, column tep: found no place of the VM; expected tep or switch"
    ]


def test_all_mistakes_are_told_at_once() -> None:
    rows = [f"sw1,p1,,{vnid},,,,," for vnid in ("x", "1", "y", "z")]
    assert [line.split(",")[0] for line in mistakes(FULL + "\n".join(rows))] == [
        "a: line 2", "a: line 4", "a: line 5",
    ]  # fmt: skip


def test_columns_that_are_nearly_known_or_stand_twice() -> None:
    first, second = mistakes("vm,mac,swich,mac,owner\n")
    assert first == (
        "a: line 1, column swich: found 'swich'; expected one of switch, port, vlan, vnid, network, vm, mac, ip, tep"
        " (did you mean 'switch'?)"
    )
    assert second == "a: line 1, column mac: found a second time; expected each column once"


def test_a_cell_without_end_is_a_mistake(tmp_path: Path) -> None:
    assert mistakes('vm,mac\n"' + "x" * 200_000)[0].startswith("a: line 2: no table: field larger")
