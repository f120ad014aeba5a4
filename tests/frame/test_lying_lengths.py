"""What is seen of a tunnel whose outer header claims another length than it has, or has no addresses at all."""

from __future__ import annotations

import pytest
from frames import TEP_IPS, TEP_MACS, eth, eth4, ipv4, udp, underlay

from dovetool.frame.view import FrameView
from dovetool.observe.observe import Observe
from dovetool.wire import NvgreHeader, vnid

_TOTAL_LENGTH_AT = 16
_BARE_PBB = bytes.fromhex("000088e7 00138a00 00001389") + eth4(b"odd")  # Geneve with an I-TAG as its payload


def nvgre() -> bytes:
    packet = ipv4(NvgreHeader(vnid(5001), 0).emit() + eth4(b"odd"), src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1])
    return eth(TEP_MACS[1], TEP_MACS[0], 0x0800, packet[:9] + b"\x2f" + packet[10:])


@pytest.mark.parametrize("frame", [underlay(eth4(b"odd"), 5001), nvgre()], ids=["vxlan", "nvgre"])
@pytest.mark.parametrize("claimed", [*range(1, 80), 0xFFFF])
def test_the_ends_of_the_tunnel_are_seen_whatever_the_packet_claims(frame: bytes, claimed: int) -> None:
    """Even if it claims to end before its own addresses."""
    lying = frame[:_TOTAL_LENGTH_AT] + claimed.to_bytes(2, "big") + frame[_TOTAL_LENGTH_AT + 2 :]
    (overlay,) = Observe().observe(FrameView(lying)).overlays
    assert (overlay.vnid, overlay.src, overlay.dst) == (5001, TEP_IPS[0], TEP_IPS[1])


@pytest.mark.parametrize("captured", [None, *range(50, 70)])
def test_a_tunnel_of_bare_packets_has_no_backbone_addresses(captured: int | None) -> None:
    """What stands around an I-TAG without an Ethernet header is none, wherever the frame was cut."""
    packet = ipv4(udp(_BARE_PBB, src_port=50_000, dst_port=6081), src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1])
    frame = eth(TEP_MACS[1], TEP_MACS[0], 0x0800, packet)
    seen = Observe().observe(FrameView(frame[:captured], len(frame)))
    assert (seen.overlays[0].encap, seen.overlays[0].vnid) == ("geneve", 5002)
    assert [(each.encap, each.src, each.dst) for each in seen.overlays[1:]] == (
        [("pbb", b"", b"")] if captured is None or captured >= 54 else []
    )
