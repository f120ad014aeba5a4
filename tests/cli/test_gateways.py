"""Gateways: between tunnel end points that share no encapsulation, and without a map."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_process import dovetool as command
from frames import BROADCAST, VM1, VM2, underlay, vm_frame
from gateway_map import MAP
from in_process import dovetool
from plain_capture import is_fragment, read_capture, write_frames
from tshark_fields import decoded

KERNEL = Path(__file__).resolve().parents[1] / "kernel_data"
VM3, VM4 = VM1[:5] + b"\x0c", VM1[:5] + b"\x0d"
FRAMES = [
    vm_frame(100, VM2, VM1),
    vm_frame(200, VM1, VM2),
    vm_frame(300, VM3, VM1),
    vm_frame(60, BROADCAST, VM1),
    vm_frame(60, BROADCAST, VM2),
    vm_frame(70, VM4, VM1),
    vm_frame(80, VM2, VM4),
    vm_frame(90, BROADCAST, VM4),
]


def octets_of(path: Path) -> list[bytes]:
    return [frame.octets for frame in read_capture(path)]


@pytest.mark.parametrize("encap", ["geneve", "nvgre", "gretap"])
def test_run_goes_through_the_gateway(encap: str, tmp_path: Path) -> None:
    """Every VM gets what is for it, and each broadcast once; each side has the encapsulation that it knows."""
    (tmp_path / "map.yaml").write_text(MAP % encap)
    source = write_frames(tmp_path / "in.pcap", FRAMES)
    words = (source, tmp_path / "out.pcap", "-m", tmp_path / "map.yaml", "--split", tmp_path / "vms")
    summary = dovetool("run", *words, "--taps", tmp_path / "taps")
    assert summary["rejected"] == {}
    to_all = [FRAMES[3], FRAMES[4], FRAMES[7]]
    expected = {
        "vm1": [FRAMES[1], FRAMES[4], FRAMES[7]],
        "vm2": [FRAMES[0], FRAMES[3], FRAMES[6], FRAMES[7]],
        "vm3": [FRAMES[2], *to_all],
        "vm4": [FRAMES[3], FRAMES[4], FRAMES[5]],
    }
    assert {path.stem: octets_of(path) for path in (tmp_path / "vms").iterdir()} == expected
    names = ["1-vm", "2-tagged", "3-underlay", "4-gateway", "5-underlay", "6-received", "7-delivered"]
    assert sorted(path.stem for path in (tmp_path / "taps").iterdir()) == names
    sent = octets_of(tmp_path / "taps" / "3-underlay.pcapng")
    arrived = octets_of(tmp_path / "taps" / "5-underlay.pcapng")
    gateway = bytes((192, 0, 2, 9))
    assert sent[0][30:34] == arrived[0][26:30] == gateway
    assert arrived
    assert all(frame[26:30] == gateway for frame in arrived if frame[12:14] == b"\x08\0")
    assert sent[2] not in arrived, "tep1 and tep3 need no gateway"


def test_translate_does_the_gateways_own_work(tmp_path: Path) -> None:
    """What it sends on is what run has behind the gateway; frames for others pass, and are counted as unchanged."""
    (tmp_path / "map.yaml").write_text(MAP % "geneve")
    source = write_frames(tmp_path / "in.pcap", FRAMES[:3])
    dovetool("run", source, tmp_path / "out.pcap", "-m", tmp_path / "map.yaml", "--taps", tmp_path / "taps")
    taps = tmp_path / "taps"
    words = (taps / "3-underlay.pcapng", tmp_path / "gw.pcap", "-m", tmp_path / "map.yaml", "--tep", "gw1")
    summary = dovetool("translate", *words)
    assert (summary["rejected"], summary["unchanged"]) == ({}, 1)
    assert octets_of(tmp_path / "gw.pcap")[:2] == octets_of(taps / "5-underlay.pcapng")
    assert octets_of(tmp_path / "gw.pcap")[2] == octets_of(taps / "3-underlay.pcapng")[2]


def test_translate_without_a_map_tells_what_is_lost(tmp_path: Path) -> None:
    """In the summary, and as the packet's comment in pcapng; other traffic passes."""
    other = vm_frame(90)
    policy = underlay(vm_frame())[:42] + b"\x88" + underlay(vm_frame())[43:]
    source = write_frames(tmp_path / "in.pcap", [underlay(vm_frame()), other, policy])
    there, back = tmp_path / "there.pcapng", tmp_path / "back.pcap"
    summary = dovetool("translate", source, there, "--to", "geneve")
    assert (summary["loss"], summary["unchanged"], summary["vnids"]) == ({"group-policy": 1}, 1, {"5001": 2})
    assert there.read_bytes().count(b"lost: ") == there.read_bytes().count(b"lost: group-policy\0") == 1
    dovetool("translate", there, back, "--to", "vxlan")
    assert octets_of(back)[:2] == [underlay(vm_frame()), other]


@pytest.mark.parametrize("container", ["any_sll", "any_sll2", "nano"])
@pytest.mark.parametrize("suffix", [".pcap", ".pcapng"])
def test_translate_keeps_the_link_layer(container: str, suffix: str, tmp_path: Path) -> None:
    """Of cooked captures too; there and back, all packets that were whole are as they were, but for the source port."""
    source = KERNEL / "containers" / f"{container}.pcap"
    there, back = tmp_path / f"there{suffix}", tmp_path / f"back{suffix}"
    summary = dovetool("translate", source, there, "--to", "geneve")
    assert summary["vnids"]["100"] > 20
    assert {row["geneve.vni"][0] for row in decoded(there, "geneve.vni") if row["geneve.vni"]} == {"0x000064"}
    dovetool("translate", there, back, "--to", "vxlan")
    whole = [frame for frame in read_capture(source) if not is_fragment(frame)]
    after = read_capture(back)
    assert len(after) == len(whole) + summary["absorbed"]
    assert [frame.octets for frame in whole if frame not in after] == []
    assert {frame.link_type for frame in after} == {frame.link_type for frame in whole}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("translate in.pcap out.pcap", "translate needs --to ENCAPSULATION, or a map (-m)"),
        ("translate in.pcap out.pcap --to pbb", "--to pbb: has no IP addresses"),
        (
            "translate in.pcap out.pcap --to stt",
            "encapsulation 'stt' is read, not written; there is vxlan, vxlan-gpe, geneve",
        ),
        ("translate in.pcap out.pcap -m map.yaml --tep tep1", "--tep tep1: is no gateway; the map has gw1"),
        ("strip in.pcap out.pcap -d gre.proto==0x6558,vxlan", "vxlan is selected by udp.port, not by gre.proto"),
    ],
)
def test_what_cannot_be(words: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP % "geneve")
    write_frames(tmp_path / "in.pcap", FRAMES)
    ended = command(*words.split(), cwd=tmp_path)
    assert ended.code == 2
    assert says in ended.complaint
    assert not (tmp_path / "out.pcap").exists()
