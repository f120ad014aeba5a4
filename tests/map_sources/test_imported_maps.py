"""Maps imported from Linux hosts and FRR, held against captures of the same minutes, and against mistakes in them."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from fabrics import DATA
from in_process import validated

from dovetool import cli
from dovetool.vnid_map.file.load import load

FRR, LINUX, KERNEL = DATA / "frr", DATA / "linux", DATA.parents[1] / "kernel_data"
LABS = {"evpn": FRR / "evpn", "irb": FRR / "irb"}


def imported(source: str, folders: Iterable[Path], target: Path, *options: str) -> dict[str, Any]:
    """Import a map; the answer is the summary."""
    said = io.StringIO()
    words = ["map", "import", source, *map(str, folders), "-o", str(target), "--summary", "json", *options]
    with contextlib.redirect_stderr(said):
        code = cli.run(words)
    assert code == 0, said.getvalue()
    summary: dict[str, Any] = json.loads(said.getvalue().splitlines()[-1])
    return summary


def event(lab: Path, start: str) -> str:
    """When something of a lab has happened."""
    events = map(json.loads, (lab / "events.jsonl").read_text().splitlines())
    return next(str(each["time"]) for each in events if each["event"].startswith(start))


def cut(capture: Path, target: Path, *window: str) -> Path:
    """The frames of a window of time."""
    assert cli.run(["inspect", str(capture), "-w", str(target), *window]) == 0
    return target


def reasons(capture: Path, map_file: Path) -> dict[str, int]:
    """Reason -> frames of the errors and warnings in a capture."""
    found: dict[str, int] = {}
    for finding in validated(capture, map_file)["findings"]:
        if finding["severity"] != "info":
            found[finding["reason"]] = found.get(finding["reason"], 0) + finding["count"]
    return found


@pytest.mark.parametrize("host", ["v1", "v2", "v3"])
@pytest.mark.parametrize(
    ("source", "lab"), [("frr", "evpn"), ("iproute2", "evpn"), ("iproute2,frr", "evpn"), ("frr", "irb")]
)
def test_captures_of_before_and_after_a_move_validate(source: str, lab: str, host: str, tmp_path: Path) -> None:
    folder, map_file = LABS[lab], tmp_path / "map.yaml"
    capture = folder / f"underlay-{host}.pcap.gz"
    moves, moved = event(folder, "move: rm2"), event(folder, "move: port")
    imported(source, [folder / "before"], map_file)
    assert reasons(cut(capture, tmp_path / "before.pcap", "--to", moves), map_file) == {}
    imported(source, [folder / "after"], map_file)
    assert reasons(cut(capture, tmp_path / "after.pcap", "--from", moved), map_file) == {}


@pytest.mark.parametrize("lab", ["evpn", "irb"])
def test_two_snapshots_cover_the_whole_capture(lab: str, tmp_path: Path) -> None:
    folder, map_file = LABS[lab], tmp_path / "map.yaml"
    times = [word for when in ("before", "after") for word in ("--at", event(folder, f"saved {when}"))]
    imported("frr", [folder / "before", folder / "after"], map_file, *times)
    for host in ("v1", "v2", "v3"):
        assert reasons(folder / f"underlay-{host}.pcap.gz", map_file) == {}


def test_ipv6_and_devices_of_namespaces_and_pods_validate(tmp_path: Path) -> None:
    map_file = tmp_path / "map.yaml"
    for folder, captures in (
        (FRR / "ipv6" / "static", [FRR / "ipv6" / "underlay-v1.pcap.gz", FRR / "ipv6" / "underlay-v2.pcap.gz"]),
        (LINUX / "mcast", [KERNEL / "mcast" / f"underlay_v{number}.pcap" for number in (1, 2, 3)]),
        (LINUX / "flannel", [DATA / "kubernetes" / "flannel" / f"underlay-node-{node}.pcap" for node in "abc"]),
        (LINUX / "namespaces", [KERNEL / "v6_2vni" / "underlay.pcap"]),
    ):
        imported("iproute2", [folder], map_file)
        for capture in captures:
            found = reasons(capture, map_file)
            assert set(found) <= {"guest-vlan"}, capture  # guests' tags, which that lab sends on purpose
    assert found


@pytest.mark.parametrize("source", ["iproute2", "frr"])
def test_all_sources_of_a_lab_make_the_same_map(source: str, tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    assert imported(source, [FRR / "evpn" / "before"], one)["guesses"] == []
    imported("iproute2,frr", [FRR / "evpn" / "before"], other)
    assert one.read_text().splitlines()[1:] == other.read_text().splitlines()[1:]


@pytest.mark.parametrize("lab", ["evpn", "irb"])
def test_what_the_captures_alone_show_is_the_same(lab: str, tmp_path: Path) -> None:
    """They do not show names, ports, who has no frame, and exact times; all else is found by both ways."""
    folder, map_file, learnt = LABS[lab], tmp_path / "map.yaml", tmp_path / "learnt.yaml"
    times = [word for when in ("before", "after") for word in ("--at", event(folder, f"saved {when}"))]
    imported("frr", [folder / "before", folder / "after"], map_file, *times)
    captures = sorted(map(str, folder.glob("underlay-*.pcap.gz")))
    assert cli.run(["map", "learn", *captures, "-o", str(learnt), "--summary", "none"]) == 0
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        cli.run(["map", "diff", str(map_file), str(learnt), "--json"])
    differences = json.loads(said.getvalue())["differences"]
    assert {each["kind"] for each in differences if each["what"] in {"appeared", "vanished"}} == {"port"}
    changed = {(each["kind"], each["key"]) for each in differences if each["what"] == "changed"}
    assert changed <= {("network", "gateway.ip"), ("tep", "name"), ("vrf", "name"),
                       ("vm", "at"), ("vm", "port"), ("vm", "ip")}  # fmt: skip
    seen = [each for each in differences if each["key"] == "ip"]
    assert all(set(each["after"].split(", ")) < set(each["before"].split(", ")) for each in seen)


def test_what_is_missing_is_said_and_found(tmp_path: Path) -> None:
    """v3 is left out: its address, its MAC addresses and its VMs are known from the others, its ports are not."""
    for host in ("v1", "v2"):
        shutil.copytree(FRR / "evpn" / "before" / host, tmp_path / "net" / host)
    map_file = tmp_path / "map.yaml"
    summary = imported("frr", [tmp_path / "net"], map_file)
    assert any("tep-192.0.2.3" in guess and "the source names no port" in guess for guess in summary["guesses"])
    assert set(load(map_file).teps) == {"v1", "v2", "tep-192.0.2.3"}


def without(map_file: Path, name: str) -> Path:
    """A map without a TEP, and all that is at it."""
    lines = map_file.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"  {name}:") and f"at: {name}/" not in line]
    map_file.write_text("".join(kept))
    return map_file


def test_a_host_that_is_not_in_the_map_is_found(tmp_path: Path) -> None:
    map_file = tmp_path / "map.yaml"
    imported("frr", [FRR / "evpn" / "before"], map_file)
    capture = cut(FRR / "evpn" / "underlay-v1.pcap.gz", tmp_path / "c.pcap", "--to", event(FRR / "evpn", "move: rm2"))
    assert {"unknown-tep", "unknown-source"} <= set(reasons(capture, without(map_file, "v3")))


def test_a_wrong_vni_is_found(tmp_path: Path) -> None:
    shutil.copytree(FRR / "evpn" / "before", tmp_path / "net")
    for links in tmp_path.glob("net/*/ip-link.json"):
        links.write_text(links.read_text().replace('"id":10100', '"id":10101'))
    map_file = tmp_path / "map.yaml"
    imported("iproute2", [tmp_path / "net"], map_file)
    capture = cut(FRR / "evpn" / "underlay-v3.pcap.gz", tmp_path / "c.pcap", "--to", event(FRR / "evpn", "move: rm2"))
    assert reasons(capture, map_file).keys() == {"unknown-vnid"}


def test_a_vni_that_is_wrong_at_one_host_is_a_network_of_its_own(tmp_path: Path) -> None:
    """The VMs behind it are told in both networks: by their host, and by what the others have heard of it."""
    shutil.copytree(FRR / "evpn" / "before", tmp_path / "net")
    links = tmp_path / "net" / "v3" / "ip-link.json"
    links.write_text(links.read_text().replace('"id":10100', '"id":10101'))
    summary = imported("iproute2", [tmp_path / "net"], tmp_path / "map.yaml")
    assert summary["networks"] == 3
    assert any("switches v3 ports" in guess for guess in summary["guesses"])


def test_a_vm_that_moved_back_is_found(tmp_path: Path) -> None:
    """The map of after, and frames of before: the VM sends from its old place."""
    map_file = tmp_path / "map.yaml"
    imported("frr", [FRR / "evpn" / "after"], map_file)
    capture = cut(FRR / "evpn" / "underlay-v1.pcap.gz", tmp_path / "c.pcap", "--to", event(FRR / "evpn", "move: rm2"))
    assert reasons(capture, map_file).keys() == {"wrong-tep"}


def test_names_of_devices_are_data(tmp_path: Path) -> None:
    """A device may have nearly any name; none becomes YAML, or an escape sequence."""
    shutil.copytree(FRR / "evpn" / "before", tmp_path / "net")
    strange = "\u001b[31m: {x}"
    for outputs in (tmp_path / "net" / "v1").glob("*.json"):
        outputs.write_text(outputs.read_text().replace('"p-r1"', json.dumps(strange)))
    map_file = tmp_path / "map.yaml"
    summary = imported("iproute2,frr", [tmp_path / "net"], map_file)
    assert "\x1b" not in map_file.read_text() + json.dumps(summary, ensure_ascii=False)
    assert len(load(map_file).switches["v1"].ports) == 3
