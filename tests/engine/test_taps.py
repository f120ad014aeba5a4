"""What `run` shows at each hop is right there: it obeys the map, and no frame in the underlay is at a VM's port."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from audited_traffic import A1, A2, MAP, Inner, ip, write_map
from frames import BROADCAST
from in_process import dovetool, validated
from plain_capture import Captured, is_fragment, read_capture, write_pcapng

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
TAPS = sorted(SAMPLES.glob("*/taps/*.pcapng"))


@pytest.mark.parametrize("tap", TAPS, ids=lambda path: f"{path.parts[-3]} {path.stem}")
def test_every_tap_of_every_sample_obeys_its_map(tap: Path) -> None:
    """But for what the stage behind it does not let pass."""
    case, number = tap.parents[1], int(tap.stem[0])
    stages = tomllib.loads((case / "case.toml").read_text())["summary"]["stages"]
    refused = stages[number - 1]["rejected"] if number <= len(stages) else {}
    found = validated(tap, case / "map.yaml")["findings"]
    assert {finding["reason"]: finding["count"] for finding in found} == refused


@pytest.mark.parametrize("tap", [tap for tap in TAPS if "underlay" in tap.stem], ids=lambda path: path.parts[-3])
def test_the_underlay_has_no_ports(tap: Path) -> None:
    """There an interface is called after the TEP behind the port that it was."""
    before = {frame.interface for frame in read_capture(tap.with_name("1-vm.pcapng"))}
    assert all("/" in name for name in before)
    names = {frame.interface for frame in read_capture(tap)}
    assert names
    assert names <= {f"tep{number}" for number in range(1, 9)}


@pytest.mark.parametrize("group", ["", ", group: 239.1.1.1"])
def test_fragments_are_underlay_wherever_they_were_captured(group: str, tmp_path: Path) -> None:
    """Whole packets and pieces of them, of `run` and of `encap`; and they are put together again."""
    text = MAP.replace("mtu: 1500", "mtu: 1500, on_mtu: fragment").replace(
        "blue: {vnid: 5001", f"blue: {{vnid: 5001{group}"
    )
    map_file = write_map(tmp_path, text)
    talks = [
        Inner(A1, A2, ip(1), ip(2), size=1600),
        Inner(A1, BROADCAST, ip(1), ip(2), size=1470),
        Inner(A1, A2, ip(1), ip(2)),
    ]
    frames = [Captured(at, len(talk.octets()), talk.octets(), 1, "sw1/p1") for at, talk in enumerate(talks)]
    source = write_pcapng(tmp_path / "in.pcapng", frames)
    dovetool("run", source, tmp_path / "out.pcapng", "-m", map_file, "--taps", tmp_path / "taps")
    dovetool("tag", source, tmp_path / "tagged.pcapng", "-m", map_file)
    dovetool("encap", tmp_path / "tagged.pcapng", tmp_path / "underlay.pcapng", "-m", map_file)
    seen = read_capture(tmp_path / "underlay.pcapng")
    assert seen == read_capture(tmp_path / "taps" / "3-underlay.pcapng")
    assert {frame.interface for frame in seen} == {"tep1"}
    assert any(map(is_fragment, seen))
    found = validated(tmp_path / "underlay.pcapng", map_file)
    assert found["findings"] == []
    assert found["hops"]["underlay"] == found["frames"] == len(seen)
    named = write_pcapng(tmp_path / "named.pcapng", [frame._replace(interface="sw1/p1") for frame in seen])
    assert validated(named, map_file)["hops"]["underlay"] == len(seen)
    assert read_capture(tmp_path / "out.pcapng")[0].octets == talks[0].octets()
