"""Trunk ports as Open vSwitch and Linux have them: what their guests sent, and what became of it, is as dovetool says.

`sent` is what all guests sent; dovetool must make of it the packets that were in the underlay, and the frames that each
port got. Each frame has a mark, by which it is found wherever it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
from frames import TEP_IPS
from in_process import dovetool, validated
from overlay_expectations import inspected
from plain_capture import Captured, Record, read_capture, records, vxlan_of, write_capture, write_pcapng
from trunk_network import (
    GUESTS,
    PORTS,
    VNIDS,
    Sent,
    bad_frames,
    others_tags,
    tags_in_tags,
    trunk_map,
)
from trunk_sites import Recording, record
from trunk_switches import NATIVE_AT, SWITCHES

KERNEL = Path(__file__).parent / "kernel_data"
SITES = (1, 2)
TRUNKS = {f"sw{site}/{port}" for site in SITES for port, vlans in PORTS.items() if vlans.tagged}


class OfSwitch(NamedTuple):
    """A recording, and the ports where the switch takes the tag of the native VLAN."""

    sent: list[Captured]
    delivered: list[Captured]
    underlay: dict[int, list[Captured]]
    natives: Collection[str]


@pytest.fixture(
    scope="module",
    params=[
        *(f"{name}-recorded" for name in SWITCHES),
        *(pytest.param(name, marks=pytest.mark.root) for name in SWITCHES),
    ],
)
def recording(request: pytest.FixtureRequest) -> OfSwitch:
    """What Open vSwitch and Linux did once, and what they do here."""
    name, _, is_recorded = request.param.partition("-")
    found = Recording.read(KERNEL / f"{name}_trunks") if is_recorded else record(SWITCHES[name])
    return OfSwitch(*found, NATIVE_AT[name])


def mark(octets: bytes) -> bytes:
    """What tells a frame of `trunk_network` from all others; empty for what Linux says of its own accord."""
    found = re.search(rb"frame \d+", octets)
    return found.group() if found else b""


def marks(frames: Iterable[Captured | Sent]) -> set[bytes]:
    return {mark(frame.octets) for frame in frames} - {b""}


TWICE_TAGGED, OTHERS_TAGS = marks(tags_in_tags()), marks(others_tags())
BAD = marks(bad_frames())


def without(frames: Iterable[Captured], *kinds: set[bytes]) -> list[Captured]:
    left_out = set().union(*kinds)
    return [frame for frame in frames if mark(frame.octets) not in left_out]


class Ran(NamedTuple):
    """What `run` made of frames: packets in the underlay, frames by SWITCH/PORT, and what it refused."""

    underlay: list[Captured]
    delivered: list[Captured]
    refused: list[Record]


def ran(frames: Iterable[Captured], folder: Path, natives: Collection[str], **tep: str | int) -> Ran:
    words: list[str | Path] = [
        "-m",
        trunk_map(folder / "map.json", natives, **tep),
        "--taps",
        folder / "taps",
        "--split",
        folder / "vms",
    ]
    source = write_pcapng(folder / "sent.pcapng", frames)
    dovetool("run", source, folder / "out.pcapng", *words, "--rejects", folder / "rejects.pcapng")
    delivered = [
        frame._replace(interface=guest.line)
        for guest in GUESTS
        for frame in read_capture(folder / "vms" / f"{guest.name}.pcapng")
    ]
    return Ran(read_capture(folder / "taps" / "3-underlay.pcapng"), delivered, records(folder / "rejects.pcapng"))


def in_tunnels(frames: Iterable[Captured], site: int) -> Counter[tuple[int, bytes]]:
    """VNI and inner frame of what a host sent to the other."""
    ends = TEP_IPS[site - 1], TEP_IPS[2 - site]
    overlays = (overlay for frame in frames if (overlay := vxlan_of(frame)) is not None)
    return Counter((each.vni, each.inner) for each in overlays if (each.src_ip, each.dst_ip) == ends)


def dropped(recording: OfSwitch) -> set[bytes]:
    """What was sent, and came to no port and into no tunnel."""
    return marks(recording.sent) - marks([*recording.delivered, *recording.underlay[1]])


def at_ports(frames: Iterable[Captured]) -> Counter[tuple[str, bytes]]:
    return Counter((frame.interface, frame.octets) for frame in frames)


def test_the_tunnels_carry_the_same_frames_in_the_same_networks(recording: OfSwitch, tmp_path: Path) -> None:
    made = ran(recording.sent, tmp_path, recording.natives, dscp=0)
    for site in SITES:
        left, arrived = (in_tunnels(recording.underlay[end], site) for end in (site, 3 - site))
        assert in_tunnels(made.underlay, site) == left == arrived
        assert {vni for vni, _ in left} == set(VNIDS.values())


def test_each_port_gets_the_same_frames(recording: OfSwitch, tmp_path: Path) -> None:
    """With the VLAN that the network has there; priority is kept behind a switch, and not carried in the tunnels."""
    made = ran(without(recording.sent, TWICE_TAGGED), tmp_path, recording.natives, dscp=0)
    expected = at_ports(without(recording.delivered, TWICE_TAGGED))
    assert at_ports(made.delivered) == expected
    assert {line for line, _ in expected} == {guest.line for guest in GUESTS}


def test_what_they_drop_is_of_an_unknown_vlan(recording: OfSwitch, tmp_path: Path) -> None:
    """Of all that guests sent, what came to no port and into no tunnel, is what is refused here, and nothing else."""
    sent = recording.sent
    refused = ran(sent, tmp_path, recording.natives).refused
    assert marks(each.frame for each in refused) == dropped(recording)
    assert {each.comment for each in refused} == {"unknown-vlan"}
    assert dropped(recording) > BAD


def test_dovetool_carries_priorities_through_its_tunnels(recording: OfSwitch, tmp_path: Path) -> None:
    """Its own way (the outer DSCP): each trunk gets the sender's; else the frames are the same."""
    sent = without(recording.sent, TWICE_TAGGED)
    made = ran(sent, tmp_path, recording.natives).delivered
    expected = without(recording.delivered, TWICE_TAGGED)
    assert at_ports(map(without_priority, made)) == at_ports(map(without_priority, expected))
    priorities = {mark(frame.octets): priority(frame) for frame in sent if mark(frame.octets)}
    at_trunks = [frame for frame in made if frame.octets[12:14] == b"\x81\0" and mark(frame.octets)]
    assert {(mark(frame.octets), priority(frame)) for frame in at_trunks} <= set(priorities.items())
    assert {priority(frame) for frame in at_trunks} == set(range(8))


def priority(frame: Captured) -> int:
    """PCP of the tag that a trunk looks at; 0 without one."""
    return frame.octets[14] >> 5 if frame.octets[12:14] == b"\x81\0" else 0


def without_priority(frame: Captured) -> Captured:
    octets = frame.octets
    is_tagged = octets[12:14] == b"\x81\0"
    return frame._replace(octets=octets[:14] + bytes([octets[14] & 0x0F]) + octets[15:]) if is_tagged else frame


def test_validate_finds_nothing_but_what_they_drop(recording: OfSwitch, tmp_path: Path) -> None:
    map_file = trunk_map(tmp_path / "map.json", recording.natives)

    def found(frames: list[Captured]) -> set[tuple[str, bytes]]:
        rejects = tmp_path / "rejects.pcapng"
        validated(write_pcapng(tmp_path / "in.pcapng", frames), map_file, "--rejects", rejects)
        return {(each.comment.split(": ")[1], mark(each.frame.octets)) for each in records(rejects)}

    assert found(recording.delivered) == set()
    assert found(recording.sent) == {("unknown-vlan", each) for each in dropped(recording)}
    for site in SITES:
        assert found(recording.underlay[site]) <= {("guest-vlan", each) for each in TWICE_TAGGED | OTHERS_TAGS}


def test_inspect_names_the_guest_of_the_network_that_they_took_a_frame_for(recording: OfSwitch, tmp_path: Path) -> None:
    """Guests of both networks have one MAC address."""
    overlays = filter(None, map(vxlan_of, recording.underlay[1]))
    vnis = {mark(each.inner): each.vni for each in overlays}
    senders = {(guest.line, VNIDS[guest.vlan or PORTS[guest.port].native]): guest.name for guest in GUESTS}
    sent = [frame for frame in recording.sent if mark(frame.octets) in set(vnis) - {b""} and frame.interface in TRUNKS]
    seen = inspected(
        write_pcapng(tmp_path / "sent.pcapng", sent), "-m", trunk_map(tmp_path / "map.json", recording.natives)
    )
    assert [row["src_vm"] for row in seen] == [senders[each.interface, vnis[mark(each.octets)]] for each in sent]


def test_what_comes_out_of_a_tunnel_with_a_tag_is_dropped(recording: OfSwitch, tmp_path: Path) -> None:
    """Both switches send a guest's own tag behind that of the trunk, and do not take it (RFC 7348 section 6.1)."""
    map_file = trunk_map(tmp_path / "map.json", recording.natives, guest_vlan="reject")
    underlay = without(recording.underlay[1], OTHERS_TAGS)
    source = write_capture(tmp_path / "in.pcap", underlay)
    dovetool("decap", source, tmp_path / "out.pcap", "-m", map_file, "--rejects", tmp_path / "rejects.pcapng")
    refused = [each for each in records(tmp_path / "rejects.pcapng") if each.comment == "inner-vlan"]
    assert marks(each.frame for each in refused) == TWICE_TAGGED
    sites = {mark(frame.octets): frame.interface[:3] for frame in recording.sent}
    got = [frame for frame in recording.delivered if mark(frame.octets) in TWICE_TAGGED]
    assert {sites[mark(frame.octets)] for frame in got} == {"sw1", "sw2"}
    assert all(frame.interface.startswith(sites[mark(frame.octets)]) for frame in got)
