"""`dovetool map import ovn` on labs: its map validates captures of the same minutes, and finds what is wrong."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from in_process import validated
from ovn_lab import LABS, Cells, rewrite

from dovetool import cli
from dovetool.map_sources.ovn.source import Ovn
from dovetool.map_sources.ovn.tables import KINDS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "map-ovn.md").read_text()
TIMES = {
    "geneve": {"before": "01:37:50.315", "during": "01:37:52.285", "after": "01:37:56.831"},
    "vxlan": {"before": "15:48:35.356", "after": "15:48:41.415"},
}
CAPTURES = [path for lab in TIMES for path in sorted((LABS / lab / "pcap").iterdir())]


def imported(target: Path, *words: str | Path, code: int = 0) -> str:
    """Write a map; the answer is what was said beside."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        assert cli.run(["map", "import", "ovn", *map(str, words), "-o", str(target)]) == code, said.getvalue()
    return said.getvalue()


def whole_lab(lab: str, folder: Path) -> Path:
    """The map of all snapshots of a lab, with the times that they were taken at."""
    target = folder / "map.yaml"
    snapshots = TIMES[lab]
    times = [word for time in snapshots.values() for word in ("--at", f"2026-11-29T{time}Z")]
    imported(target, *(LABS / lab / name for name in snapshots), *times)
    return target


def told(findings: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(each["severity"], each["reason"]) for each in findings}


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_map_of_the_same_minutes_finds_nothing_wrong(capture: Path, tmp_path: Path) -> None:
    """But that c3 answers ARP in the name of red2: OVN answers at both places of a VM that is being moved."""
    found = validated(capture, whole_lab(capture.parent.parent.name, tmp_path))
    assert found["hops"]["underlay"] > 40
    assert told(found["findings"]) == (set() if capture.stem.endswith("c2") else {("warning", "proxy-arp")})


def before(folder: Path, table: str = "", change: Any = None) -> Path:  # noqa: ANN401  (a function of rows)
    """The map of a lab before the move, one of its tables changed."""
    copy = folder / "tables"
    shutil.copytree(LABS / "geneve" / "before", copy)
    if table:
        (path,) = copy.glob(f"sb-{table}.json")
        path.write_text(json.dumps(rewrite(json.loads(path.read_text()), change)))
    imported(folder / "map.yaml", copy)
    return folder / "map.yaml"


def faults(map_file: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in validated(LABS / "geneve" / "pcap" / "underlay-c1.pcap", map_file)["findings"]:
        found.setdefault(each["reason"], []).append(each["text"])
    return found


def test_a_vm_that_has_moved_is_found(tmp_path: Path) -> None:
    """With the map from before the move, it sends from where it is not."""
    found = faults(before(tmp_path))
    assert set(found) == {"wrong-tep", "vnid-not-on-tep", "proxy-arp"}
    assert any(
        "redm (ls-red) sent into ls-red (VNID 1) from c3; the map has it at c1/p-redm" in each
        for each in found["wrong-tep"]
    )


def test_a_wrong_key_is_found(tmp_path: Path) -> None:
    def other(rows: list[Cells]) -> list[Cells]:
        return [row | {"tunnel_key": 9} if row["tunnel_key"] == 1 else row for row in rows]

    assert "unknown-vnid" in faults(before(tmp_path, "Datapath_Binding", other))


def test_a_chassis_that_is_left_out_is_found(tmp_path: Path) -> None:
    """Its address is no tunnel end point's, and its VMs are nobody."""
    chassis = json.loads((LABS / "geneve" / "before" / "sb-Chassis.json").read_text())
    gone = next(row[0] for row in chassis["data"] if "c3" in row)

    def unbound(rows: list[Cells]) -> list[Cells]:
        return [row | {"chassis": ["set", []]} if row["chassis"] == gone else row for row in rows]

    map_file = before(tmp_path, "Port_Binding", unbound)
    path = tmp_path / "tables" / "sb-Chassis.json"
    path.write_text(json.dumps(rewrite(chassis, lambda rows: [row for row in rows if row["_uuid"] != gone])))
    imported(map_file, tmp_path / "tables")
    assert "unknown-tep" in faults(map_file)


def test_gateways_of_all_kinds_validate(tmp_path: Path) -> None:
    """Through a router on one chassis, and towards a gateway chassis, in the network of the router."""
    imported(tmp_path / "map.yaml", LABS / "gateways")
    found = validated(LABS / "gateways" / "underlay-c2.pcap", tmp_path / "map.yaml")
    assert found["hops"]["underlay"] > 70
    assert {
        each["text"] for each in found["findings"] if "redm" not in each["text"] and "ls-red" not in each["text"]
    } == set()


def test_the_commands_of_the_readme_print_all_that_is_read() -> None:
    """So do those of `--live`."""
    live = [word for command in Ovn().live_commands() for word in command]
    for name in KINDS:
        assert f"list {name}" in PAGE
        assert name in live


def test_what_is_broken_is_one_line(tmp_path: Path) -> None:
    copy = tmp_path / "tables"
    shutil.copytree(LABS / "geneve" / "before", copy)
    (copy / "sb-Encap.json").write_text('{"data":[[["uuid","1"]')
    assert "sb-Encap.json: line 1, column 23: not JSON" in imported(tmp_path / "map.yaml", copy, code=2)
    (copy / "sb-Encap.json").unlink()
    said = imported(tmp_path / "map.yaml", copy, code=2)
    assert "sb-Chassis.json: Chassis[0].encaps: refers to the table Encap, which is in none of the files" in said
    assert "Traceback" not in said
    assert not (tmp_path / "map.yaml").exists()


def test_names_are_data(tmp_path: Path) -> None:
    """Those that a map cannot have become others, or nothing."""
    strange = '!!python/object x: "\x1b[31m\n- {a: b}'

    def renamed(rows: list[Cells]) -> list[Cells]:
        return [row | ({"logical_port": strange} if row["logical_port"] == "red2" else {}) for row in rows]

    map_file = before(tmp_path, "Port_Binding", renamed)
    assert "\x1b" not in map_file.read_text()
    assert cli.run(["map", "check", str(map_file)]) == 0
