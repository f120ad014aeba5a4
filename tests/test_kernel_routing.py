"""Linux as the referee of routing at the tunnel end point: its underlay and its hosts get what `dovetool run` makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from frames import udp
from in_process import dovetool
from netns import received
from plain_capture import Captured, read_capture, vxlan_of, write_frames
from routed_network import GATEWAY, IP4, IP6, L3, NOWHERE, RED_GATEWAY, A, B, C, D, routed_model, to_gateway
from routing_leaves import NAMES, leaves

pytestmark = pytest.mark.root

HOSTS = {A: GATEWAY, B: GATEWAY, C: RED_GATEWAY, D: RED_GATEWAY}
TTLS = (64, 255, 3, 2, 1)


def sent_by(src: bytes) -> list[bytes]:
    """Packets of a host for its gateway, to all others, with every TTL, and to nobody."""
    made = []
    for number, (dst, ttl) in enumerate((dst, ttl) for dst in HOSTS for ttl in TTLS if dst != src):
        datagram = udp(b"packet %02d of " % number + NAMES[src].encode())
        made.append(to_gateway(src, IP4[dst], gateway=HOSTS[src], payload=datagram, ttl=ttl, tos=number << 2))
        made.append(to_gateway(src, IP6[dst], gateway=HOSTS[src], payload=datagram, hop_limit=ttl))
    return [*made, to_gateway(src, NOWHERE, gateway=HOSTS[src])]


@pytest.mark.parametrize("l3vni", [L3, None], ids=["symmetric", "asymmetric"])
def test_linux_routes_alike(l3vni: int | None, tmp_path: Path) -> None:
    frames = {src: sent_by(src) for src in HOSTS}
    source = write_frames(tmp_path / "in.pcap", [frame for each in frames.values() for frame in each])
    (tmp_path / "map.json").write_text(json.dumps(routed_model(l3vni=l3vni)))
    words = ("-m", tmp_path / "map.json", "--taps", tmp_path / "taps", "--split", tmp_path / "vms")
    dovetool("run", source, tmp_path / "out.pcap", *words)
    with leaves(l3vni) as fabric:
        for src, each in frames.items():
            for frame in each:
                fabric.hosts[NAMES[src]].send(frame)
        for name, tap in fabric.hosts.items():
            expected = sorted(frame.octets for frame in read_capture(tmp_path / f"vms/{name}.pcap"))
            got = received(tap, len(expected), 5)
            assert sorted(filter(is_datagram, got)) == expected, name
        ours = sorted(in_tunnel(read_capture(tmp_path / "taps/3-underlay.pcapng")))
        theirs = [Captured(0, len(octets), octets) for octets in received(fabric.cable, 0)]
        to_second = [each for each in ours if each[2] == 2]
        assert sorted(in_tunnel(theirs)) == to_second


def is_datagram(frame: bytes) -> bool:
    """Say whether a frame is one of the packets, and not what Linux says of its own accord."""
    protocol = {b"\x08\0": frame[23:24], b"\x86\xdd": frame[20:21]}.get(frame[12:14])
    return protocol == b"\x11" and b"packet" in frame


def in_tunnel(frames: list[Captured]) -> list[tuple[int, bytes, int]]:
    """VNI and inner frame of the packets in VXLAN, and the last octet of the address that they go to."""
    overlays = [overlay for frame in frames if (overlay := vxlan_of(frame)) is not None]
    return [(each.vni, each.inner, each.dst_ip[-1]) for each in overlays if is_datagram(each.inner)]
