"""`dovetool validate` without a map, with another TPID, and on a narrow terminal."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from audit_faults import FAULTS, Fault
from audited_traffic import Inner, Packet, write_clean, write_map
from frames import BLUE
from plain_capture import Captured, write_capture

from dovetool import cli
from dovetool.belonging.finding import KINDS, OF_FORM

SAID = "Isolation and placement were not checked (no map)"
NEED_MAP = {kind.reason for kind in KINDS.values() if kind.needs_map}
NOT_SEEN = {"constant source port", "inner VLAN that the map forbids"}
"""Told by the map alone, although the kind as such needs none."""


def ran(folder: Path, *words: str) -> tuple[int, str]:
    """Exit code and output of `validate` in a folder."""
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said):
        code = cli.run(["validate", *words])
    return code, said.getvalue()


def lines_at(width: int, folder: Path, *words: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    return ran(folder, *words)[1].splitlines()


def of(folder: Path, *words: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(ran(folder, *words, "--json")[1])
    return record


def places(record: dict[str, Any]) -> set[tuple[str, int]]:
    return {(finding["reason"], number) for finding in record["findings"] for number in finding["frames"]}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_what_needs_no_map_is_found_without_one(fault: Fault, tmp_path: Path) -> None:
    """The faults of form, in the same frames; of a fragmented packet the first fragment; and never another."""
    write_capture(tmp_path / "in.pcap", fault.make())
    wanted = {
        (reason, number) for reason, numbers in fault.found.items() if reason not in NEED_MAP for number in numbers
    }
    if "outer-fragment" in fault.found:
        wanted.remove(("outer-fragment", max(fault.found["outer-fragment"])))
    found = places(of(tmp_path, "in.pcap"))
    assert found == (set() if fault.name in NOT_SEEN else wanted)


def test_a_clean_capture_without_a_map(tmp_path: Path) -> None:
    write_clean(tmp_path)
    code, said = ran(tmp_path, "clean.pcap")
    assert code == 0
    first, second = said.splitlines()
    assert first.startswith("23 frames checked (23 in the underlay) in ")
    assert first.endswith(": nothing wrong")
    assert second.startswith(f"{SAID}; ")
    write_map(tmp_path)
    assert SAID not in ran(tmp_path, "clean.pcap", "-m", "map.yaml")[1]


def test_names_are_addresses_without_a_map(tmp_path: Path) -> None:
    fault = next(fault for fault in FAULTS if fault.name == "TTL 1")
    write_capture(tmp_path / "in.pcap", fault.make())
    [finding] = of(tmp_path, "in.pcap")["findings"]
    assert finding["text"] == "TTL 1 from 192.0.2.1 to 192.0.2.2"


def test_all_forms_of_a_report_say_that_there_was_no_map(tmp_path: Path) -> None:
    fault = next(fault for fault in FAULTS if fault.name == "bad UDP checksum")
    write_capture(tmp_path / "in.pcap", fault.make())
    code, said = ran(tmp_path, "in.pcap", "--json", "--sarif", "s.sarif", "--junit", "j.xml")
    assert code == 1
    record = json.loads(said)
    assert record["map"] is False
    assert set(record["not_checked"]) == NEED_MAP
    [run] = json.loads((tmp_path / "s.sarif").read_text())["runs"]
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is True
    [note] = invocation["toolConfigurationNotifications"]
    assert note["message"]["text"].lower() == SAID.lower()
    off = invocation["ruleConfigurationOverrides"]
    assert {each["descriptor"]["id"] for each in off} == NEED_MAP
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["descriptor"]["index"]]["id"] == each["descriptor"]["id"] for each in off)
    assert not any(each["configuration"]["enabled"] for each in off)
    [suite] = ET.parse(tmp_path / "j.xml").getroot()
    skipped = {case.get("name") for case in suite if case.find("skipped") is not None}
    assert skipped == NEED_MAP
    assert suite.get("skipped") == str(len(NEED_MAP))
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["bad-checksum"]


def test_with_a_map_nothing_is_left_out(tmp_path: Path) -> None:
    write_clean(tmp_path)
    write_map(tmp_path)
    words = ("clean.pcap", "-m", "map.yaml", "--sarif", "s.sarif", "--junit", "j.xml")
    record = of(tmp_path, *words)
    assert record["map"] is True
    assert record["not_checked"] == []
    assert "invocations" not in json.loads((tmp_path / "s.sarif").read_text())["runs"][0]
    (suite,) = ET.parse(tmp_path / "j.xml").getroot()
    assert suite.get("skipped") == "0"


def test_the_list_tells_which_need_a_map(tmp_path: Path) -> None:
    rows = [line.split() for line in ran(tmp_path, "--list")[1].splitlines()]
    needed = {row[1] for row in rows if row[1:2] and row[1] in KINDS and row[2] == "needed"}
    assert needed == NEED_MAP
    assert {"isolation-violation", "wrong-tep", "unknown-vnid"} <= needed
    assert {kind.reason for kind in OF_FORM}.isdisjoint(needed)


def test_a_narrow_terminal_gets_paragraphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is below its head, folded between words; with 120 columns there is a table."""
    write_capture(tmp_path / "in.pcap", next(fault for fault in FAULTS if fault.name == "swapped TEPs").make())
    write_map(tmp_path)
    words = ("in.pcap", "-m", "map.yaml")
    lines = lines_at(80, tmp_path, *words, monkeypatch=monkeypatch)
    assert lines[:3] == [
        "error  wrong-tep  1 frame: 22",
        "  a frame for a2 (blue) went to tep1; the map has it at sw2/p1 behind tep2",
        "  map: vms.at, switches.tep",
    ]
    assert lines[5:7] == [
        "  a1 (blue) sent into blue (VNID 5001) from tep2; the map has it at sw1/p1",
        "  behind tep1",
    ]
    assert max(map(len, lines)) <= 80
    heads = lines_at(120, tmp_path, *words, monkeypatch=monkeypatch)[0].split()
    assert heads == ["Severity", "Reason", "What", "Frames", "Numbers", "Source"]


def test_a_narrow_terminal_gets_the_list_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_at(80, tmp_path, "--list", monkeypatch=monkeypatch)
    assert lines[:3] == [
        "error  isolation-violation  needs a map",
        "  The frame travels in a VNID that its inner source or destination is not in.",
        "  map: vms.at, networks; RFC 7348 section 4",
    ]
    assert "warning  low-ttl" in lines
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("with_map", [True, False])
def test_tpid(tmp_path: Path, with_map: bool) -> None:
    """A frame with a tag of that TPID is a tagged one; with the map's own it is not."""
    write_map(tmp_path)
    octets = Inner().octets()
    frame = octets[:12] + struct.pack("!HI", 0x9999, BLUE << 4 | 3) + octets[12:]
    write_capture(tmp_path / "in.pcap", [Captured(1, len(frame), frame)])
    words = ("in.pcap", *(("-m", "map.yaml") if with_map else ()))
    assert of(tmp_path, *words)["hops"]["tagged"] == 0
    record = of(tmp_path, *words, "--tpid", "0x9999")
    assert record["hops"]["tagged"] == 1
    assert ("nonzero-pad", 1) in places(record)


def test_an_unusual_port_without_a_map(tmp_path: Path) -> None:
    octets = Packet(1, 2, BLUE, Inner(), dst_port=4799).octets()
    write_capture(tmp_path / "in.pcap", [Captured(1, len(octets), octets)])
    assert of(tmp_path, "in.pcap")["hops"]["untagged"] == 1
    assert of(tmp_path, "in.pcap", "-d", "udp.port==4799,vxlan")["hops"]["underlay"] == 1
