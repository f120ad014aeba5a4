"""Who gets a frame: at one port, behind a gateway, by a group, by one command or by several."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from frames import BROADCAST, VM1, VM2, vm_frame
from gateway_map import MAP
from in_process import dovetool
from plain_capture import Captured, read_capture, write_frames, write_pcapng

VM3, VM4 = VM1[:5] + b"\x0c", VM1[:5] + b"\x0d"
TALKS = [
    vm_frame(60, BROADCAST, VM1),
    vm_frame(70, VM2, VM1),
    vm_frame(80, BROADCAST, VM2),
    vm_frame(90, BROADCAST, VM3),
]


def octets_of(path: Path) -> list[bytes]:
    return [frame.octets for frame in read_capture(path)]


def delivered(folder: Path) -> dict[str, list[bytes]]:
    """The frames that each VM gets."""
    return {path.stem: octets_of(path) for path in sorted(folder.iterdir())}


def run(folder: Path, map_text: str, source: Path) -> dict[str, list[bytes]]:
    """What the VMs of a map get of a capture, nothing of which is rejected."""
    (folder / "map.yaml").write_text(map_text)
    shutil.rmtree(folder / "vms", ignore_errors=True)
    words = (source, folder / "out.pcap", "-m", folder / "map.yaml", "--split", folder / "vms")
    summary = dovetool("run", *words, "--taps", folder / "taps")
    assert summary["rejected"] == {}
    return delivered(folder / "vms")


@pytest.mark.parametrize("ports", ["{p1: blue}", "{p1: blue, empty: blue}"], ids=["one port", "and an empty one"])
def test_a_switch_does_not_send_back_out_of_the_port(ports: str, tmp_path: Path) -> None:
    """A broadcast is not for the VMs at its own port, whatever other ports there are; a frame for one of them is."""
    text = (MAP % "geneve").replace("tep: tep1, ports: {p1: blue}", f"tep: tep1, ports: {ports}")
    text += '  vm5: {mac: "02:00:00:00:00:0e", ip: [10.0.0.5], at: sw1/p1}\n'
    ask, talk = vm_frame(60, BROADCAST, VM1), vm_frame(70, VM1[:5] + b"\x0e", VM1)
    got = run(tmp_path, text, write_frames(tmp_path / "in.pcap", [ask, talk]))
    assert got == {"vm2": [ask], "vm3": [ask], "vm4": [ask], "vm5": [talk]}
    dovetool("split", tmp_path / "in.pcap", tmp_path / "by-vm", "--by", "vm", "-m", tmp_path / "map.yaml")
    assert delivered(tmp_path / "by-vm") == {"vm1": [ask, talk], **got}


@pytest.mark.parametrize("encap", ["vxlan", "geneve", "nvgre"])
def test_a_group_keeps_nothing_from_those_behind_a_gateway(encap: str, tmp_path: Path) -> None:
    """They get copies of their own; those that listen to the group get one packet."""
    source = write_frames(tmp_path / "in.pcap", TALKS)
    text = MAP % encap
    got = run(tmp_path, text, source)
    sent = octets_of(tmp_path / "taps" / "3-underlay.pcapng")
    assert run(tmp_path, text.replace("5001}", "5001, group: 239.1.1.1}"), source) == got
    assert got["vm2"] == [TALKS[0], TALKS[1], TALKS[3]]
    grouped = octets_of(tmp_path / "taps" / "3-underlay.pcapng")
    assert any(frame[30:34] == bytes((239, 1, 1, 1)) for frame in grouped)
    assert len(grouped) == len(sent) - (3 if encap == "vxlan" else 0)


@pytest.mark.parametrize("gateway", ["", "  sw9: {tep: gw1, ports: {p1: blue}}\n"], ids=["", "with VMs behind it"])
@pytest.mark.parametrize("group", ["", ", group: 239.1.1.1"])
def test_the_stages_by_hand_give_what_run_gives(gateway: str, group: str, tmp_path: Path) -> None:
    """Over the same capture; what stays behind its tunnel end point is `local`, and left to run."""
    vm9 = '  vm9: {mac: "02:00:00:00:00:99", ip: [10.0.0.9], at: sw9/p1}\n' if gateway else ""
    text = (MAP % "geneve").replace("5001}", f"5001{group}}}").replace("vms:\n", f"{gateway}vms:\n") + vm9
    talks = TALKS + (
        [vm_frame(50, VM1[:5] + b"\x99", VM2), vm_frame(40, BROADCAST, VM1[:5] + b"\x99")] if gateway else []
    )
    source = write_frames(tmp_path / "in.pcap", talks)
    expected = run(tmp_path, text, source)
    if gateway:
        assert len(expected["vm9"]) == 4
    at = source
    for number, words in enumerate(("tag", "encap", "translate --tep gw1", "decap", "untag")):
        command, *options = words.split()
        split = ("--split", tmp_path / "by-hand") if command == "untag" else ()
        target = tmp_path / f"{number}.pcap"
        assert dovetool(command, at, target, "-m", tmp_path / "map.yaml", *options, *split)["rejected"] == {}
        at = target
    assert delivered(tmp_path / "by-hand") == expected


def test_a_copy_of_another_time_is_another_broadcast(tmp_path: Path) -> None:
    """`untag` knows copies by their time: a VM that says the same again is heard again."""
    (tmp_path / "map.yaml").write_text(MAP % "vxlan")
    ask = vm_frame(60, BROADCAST, VM1)
    source = write_pcapng(tmp_path / "in.pcapng", [Captured(at * 1000, len(ask), ask, 1, "sw1/p1") for at in range(3)])
    at = source
    for number, command in enumerate(("tag", "encap", "decap", "untag")):
        split = ("--split", tmp_path / "vms") if command == "untag" else ()
        dovetool(command, at, tmp_path / f"{number}.pcapng", "-m", tmp_path / "map.yaml", *split)
        at = tmp_path / f"{number}.pcapng"
    assert {name: len(frames) for name, frames in delivered(tmp_path / "vms").items()} == {"vm2": 3, "vm3": 3, "vm4": 3}
