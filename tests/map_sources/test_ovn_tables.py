"""The tables of OVSDB databases: which are known, by their columns alone, and what is wrong with broken ones."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ovn_lab import LABS, changed, documents

from dovetool.errors import MapSourceError
from dovetool.map_sources import reading
from dovetool.map_sources.documents import Document
from dovetool.map_sources.ovn.source import Ovn
from dovetool.map_sources.ovn.tables import KINDS
from dovetool.map_sources.statements import Origin

OTHERS = {  # tables of the same databases, and of those of OVN's interconnection, that are like one that is read
    "Service_Monitor": "_uuid chassis_name ip logical_port mac options port protocol src_ip src_mac status type",
    "Advertised_MAC_Binding": "_uuid datapath external_ids ip logical_port mac",
    "Gateway": "_uuid availability_zone encaps external_ids hostname name",
    "Transit_Router_Port": "_uuid chassis mac name networks other_config tr_uuid",
    "Port_Binding of an interconnection": "_uuid address availability_zone logical_port transit_switch tunnel_key type",
    "Port_Group": "_uuid acls external_ids name ports",
    "Chassis_Private": "_uuid chassis external_ids name nb_cfg nb_cfg_timestamp",
    "Multicast_Group": "_uuid datapath name ports tunnel_key",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
TAGGED = st.tuples(st.sampled_from(["set", "map", "uuid"]), JSON).map(list)
LAB = [document for document in documents("geneve/during") if Ovn().recognise(document) is not None]


def read(data: object) -> str | None:
    return Ovn().recognise(Document(Origin("a"), data))


@pytest.mark.parametrize("document", documents("geneve/before"), ids=lambda document: Path(document.origin.file).stem)
def test_a_table_is_known_by_its_columns(document: Document) -> None:
    name = Path(document.origin.file).stem.partition("-")[2]
    assert Ovn().recognise(document) == (name if name in KINDS else None)


@pytest.mark.parametrize("columns", OTHERS.values(), ids=OTHERS)
def test_tables_like_them_are_none_of_them(columns: str) -> None:
    assert read({"data": [], "headings": columns.split()}) is None


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (None, None),
        ([], None),
        ({}, None),
        ([{"ifname": "eth0"}], None),
        ([{}, {"ifname": "eth0", "link_type": "ether", "address": "02:00:00:00:00:01"}], "ip link"),
        ({"headings": ["name", "encaps"]}, None),
        ({"data": [], "headings": "name encaps"}, None),
        ({"data": [], "headings": [1, 2]}, None),
        ({"data": [], "headings": ["name", "encaps"]}, "Chassis"),
        ({"data": [], "headings": [], "caption": "FDB table"}, "FDB"),
        ({"data": [], "headings": ["name", "encaps"], "caption": "Meter table"}, None),
        ({"data": [], "headings": ["name", "encaps"], "caption": 5}, "Chassis"),
    ],
)
def test_what_is_no_table_is_not_taken_for_one(data: object, kind: str | None) -> None:
    assert read(data) == kind


def test_several_tables_are_known_by_their_database() -> None:
    chassis, fdb = ({"data": [], "headings": [], "caption": f"{name} table"} for name in ("Chassis", "FDB"))
    bridge = {"data": [], "headings": [], "caption": "Bridge table"}
    meter = {"data": [], "headings": [], "caption": "Meter table"}
    assert read([chassis, fdb, meter]) == "OVN_Southbound"
    assert read([chassis, bridge]) == "tables"
    assert read([chassis, chassis]) == "Chassis"
    assert read([meter, meter]) is None
    assert read([chassis, {"x": 1}]) is None  # each goes its own way


def fault(table: str, change: dict[str, Any]) -> str:
    """The error that a change to the row 0 of a table makes; `change` has columns and their values."""
    with pytest.raises(MapSourceError) as caught:
        changed("geneve/before", table, lambda rows: [rows[0] | change, *rows[1:]])
    return str(caught.value).removeprefix(str(LABS / "geneve" / "before") + "/")


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("Port_Binding", {"mac": 5}, "sb-Port_Binding.json: Port_Binding[0].mac: found 5; expected text"),
        ("Port_Binding", {"mac": ["set", 5]}, "found a list of 2; expected a value or a set"),
        ("Port_Binding", {"mac": "02:00:00:aa:00"}, "found '02:00:00:aa:00'; expected a MAC address"),
        ("Port_Binding", {"mac": "02:00:00:aa:00:01 10.1"}, "found '10.1'; expected an IP address"),
        (
            "Port_Binding",
            {"mac": "02:00:00:aa:00:01 10.1.0.1/33"},
            "found '10.1.0.1/33'; expected an IP address with a",
        ),
        ("Port_Binding", {"chassis": "c1"}, "Port_Binding[0].chassis: found 'c1'; expected a reference to a row"),
        (
            "Port_Binding",
            {"chassis": ["uuid", "9"]},
            "refers to a row that Chassis does not have; were the tables read",
        ),
        ("Port_Binding", {"datapath": ["uuid", "9"]}, "refers to a row that Datapath_Binding does not have"),
        (
            "Port_Binding",
            {"options": ["map", [["a", 1]]]},
            "Port_Binding[0].options: found a list of 2; expected a key",
        ),
        ("Port_Binding", {"tunnel_key": True}, "Port_Binding[0].tunnel_key: found true; expected a whole number"),
        (
            "Port_Binding",
            {"parent_port": "red2"},
            "Port_Binding[0].tag: found None; expected the VLAN on the interface",
        ),
        ("Datapath_Binding", {"tunnel_key": 0}, "found 0; expected a number from 1 to 16777215"),
        ("Datapath_Binding", {"tunnel_key": 2}, "found 2, as in"),
        ("Datapath_Binding", {"external_ids": "x"}, "Datapath_Binding[0].external_ids: found 'x'; expected a map"),
        ("Chassis", {"encaps": ["uuid", "9"]}, "Chassis[0].encaps: refers to a row that Encap does not have"),
        ("Chassis", {"name": ["set", ["a", "b"]]}, "Chassis[0].name: found 2 values; expected one"),
        ("Encap", {"ip": "host.example"}, "sb-Encap.json: Encap[0].ip: found 'host.example'; expected an IP address"),
        ("Encap", {"options": ["map", [["dst_port", "0"]]]}, "found dst_port '0'; expected a port from 1 to 65535"),
        ("FDB", {"mac": "junk"}, "sb-FDB.json: FDB[0].mac: found 'junk'; expected a MAC address"),
        ("Logical_Router", {"enabled": "no"}, "Logical_Router[0].enabled: found 'no'; expected true or false"),
    ],
)
def test_a_value_that_does_not_fit_is_named(table: str, change: dict[str, Any], message: str) -> None:
    assert message in fault(table, change)


def test_tables_that_others_need_are_asked_for() -> None:
    source = Ovn()
    for missing, message in [
        ("Encap", "Chassis[0].encaps: refers to the table Encap, which is in none of the files"),
        ("Chassis", "has tables of OVN, and no file has Chassis; expected the southbound's Chassis, Encap, Data"),
        ("Datapath_Binding", "has tables of OVN, and no file has Datapath_Binding; expected the"),
    ]:
        kept = [each for each in LAB if f"-{missing}.json" not in each.origin.file]
        with pytest.raises(MapSourceError) as caught:
            list(source.statements([(str(source.recognise(each)), each) for each in kept]))
        assert message in str(caught.value)


@pytest.mark.parametrize("rows", [None, {}, [5], [[]], [[1, 2, 3]]])
def test_rows_that_do_not_fit_are_named(rows: object) -> None:
    data = {"data": rows, "headings": ["name", "encaps", "_uuid", "hostname"]}
    switches = next(each for each in LAB if "Datapath_Binding" in each.origin.file)
    with pytest.raises(MapSourceError, match=r"a: Chassis"):
        list(Ovn().statements([("Chassis", Document(Origin("a"), data)), ("Datapath_Binding", switches)]))


def test_a_column_that_is_needed_is_asked_for() -> None:
    data = {"data": [], "headings": ["name", "encaps"]}
    with pytest.raises(MapSourceError, match=r"^a: Chassis: found no column _uuid; expected the table as list or dump"):
        list(Ovn().statements([("Chassis", Document(Origin("a"), data))]))


@pytest.mark.parametrize(
    ("link", "where"),
    [
        (5, "[0]"),
        ({"ifname": 5}, "[0]"),
        ({"ifname": "x", "link_type": "ether", "address": "junk"}, "[0].address"),
        ({"ifname": "x", "link_type": "ether", "address": 5}, "[0].address"),
    ],
)
def test_links_that_do_not_fit_are_named(link: object, where: str) -> None:
    tables = [(str(Ovn().recognise(each)), each) for each in LAB]
    good = {"ifname": "eth0", "link_type": "ether", "address": "02:00:00:00:00:01"}
    with pytest.raises(MapSourceError) as caught:
        list(Ovn().statements([("ip link", Document(Origin("a"), [link, good])), *tables]))
    assert (caught.value.file, caught.value.where) == ("a", where)


def test_links_alone_are_no_network() -> None:
    assert list(Ovn().statements([("ip link", Document(Origin("a"), [5]))])) == []


@given(data=st.data())
def test_any_value_anywhere_is_taken_or_named(data: st.DataObject) -> None:
    """No junk in a cell raises anything but the error that names the file."""
    number = data.draw(st.integers(0, len(LAB) - 1))
    document = LAB[number]._replace(data=copy.deepcopy(LAB[number].data))
    rows = document.data["data"]
    row = rows[data.draw(st.integers(0, len(rows) - 1))]
    row[data.draw(st.integers(0, len(row) - 1))] = data.draw(TAGGED | JSON)
    source = Ovn()
    every = [*LAB[:number], document, *LAB[number + 1 :]]
    try:
        statements = list(source.statements([(str(source.recognise(each)), each) for each in every]))
    except MapSourceError as error:
        assert error.file in {each.origin.file for each in LAB}  # noqa: PT017  (others have to be raised)
    else:
        assert statements


def test_a_cut_file_is_told_with_its_own_place(tmp_path: Path) -> None:
    """Though what is parsed is shorter than the file."""
    whole = (LABS / "geneve" / "during" / "sb-Port_Binding.json").read_text()
    cut = tmp_path / "cut.json"
    cut.write_text(whole[:3000])
    with pytest.raises(MapSourceError, match=r"cut\.json: line 1, column (2[89]..|300[01]): not JSON"):
        reading.read([str(cut)])


def test_empty_sets_read_as_none() -> None:
    """What stands for them in memory is not what the file has, and says the same."""
    text = (LABS / "geneve" / "during" / "sb-Port_Binding.json").read_text()
    document = next(each for each in LAB if "Port_Binding" in each.origin.file)
    assert document.data != json.loads(text)
    source = Ovn()
    plain = [document._replace(data=json.loads(Path(document.origin.file).read_text())) for document in LAB]
    kinds = [str(source.recognise(each)) for each in LAB]
    assert list(source.statements(list(zip(kinds, plain, strict=True)))) == list(
        source.statements(list(zip(kinds, LAB, strict=True)))
    )


def lab_folders() -> list[str]:
    return sorted({path.parent.relative_to(LABS).as_posix() for path in LABS.rglob("sb*.json")})


@pytest.mark.parametrize("folder", lab_folders())
def test_columns_that_nobody_reads_are_let_go_of_and_nothing_else_changes(folder: str) -> None:
    argument = str(LABS / folder)
    whole = reading.read([argument]).documents
    reduced = reading.read([argument], reduce=Ovn().reduced).documents
    outcomes: list[object] = []
    for each in (whole, reduced):
        told = [(kind, document) for document in each if (kind := Ovn().recognise(document)) is not None]
        try:
            outcomes.append(list(Ovn().statements(told)))
        except MapSourceError as error:  # a lab without all of the tables
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
    cells = [sum(len(row) for each in side for row in table_rows(each.data)) for side in (whole, reduced)]
    assert cells[1] < cells[0]


def table_rows(data: Any) -> list[list[Any]]:  # noqa: ANN401  (any JSON)
    tables = data if isinstance(data, list) else [data]
    return [row for each in tables if isinstance(each, dict) and "headings" in each for row in each["data"]]


@given(data=JSON)
def test_a_table_with_rows_that_do_not_fit_is_kept_as_it_is(data: Any) -> None:  # noqa: ANN401  (any JSON)
    table = {"headings": ["_uuid", "name", "none"], "data": [["a", "b", "c"], data]}
    before = copy.deepcopy(table)
    kept = Ovn().reduced(table)
    if isinstance(data, list) and len(data) == 3:
        before = {"headings": ["_uuid", "name"], "data": [["a", "b"], data[:2]]}
    assert repr(kept) == repr(before)
