"""What a gateway notes of the frames that it sends on: what no later tunnel end point can see."""

from __future__ import annotations

import pytest
from frames import BLUE, eth, ipv4, tagged, udp, vxlan
from gateway_map import MAP
from small_network import forward, outcome

from dovetool.frame.view import FrameView
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.relay import Relay
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.load import parse

PLAN = VnidMap.compiled(parse((MAP % "geneve").encode(), "map"))
VM1, VM2 = (bytes((2, 0, 0, 0, 0, number)) for number in (0x0A, 0x0B))


def ip(number: int, start: bytes = bytes((10, 0, 0))) -> bytes:
    return start + bytes((number,))


@pytest.mark.parametrize(
    ("sender", "address", "relayed", "received"),
    [
        (1, 1, (), ()),
        (3, 1, (Reason.WRONG_TEP,), ()),
        (1, 3, (), (Reason.SOURCE_SPOOFED,)),
        (3, 2, (Reason.WRONG_TEP,), (Reason.SOURCE_SPOOFED,)),
    ],
)
def test_each_breach_is_noted_once(
    sender: int, address: int, relayed: tuple[Reason, ...], received: tuple[Reason, ...]
) -> None:
    """A frame of vm1 to vm2 goes to the gateway from the tunnel end point of its sender, or from another."""
    inner = eth(VM2, VM1, 0x0800, ipv4(udp(), src_ip=ip(address), dst_ip=ip(2)))
    between = bytes((192, 0, 2))
    packet = ipv4(udp(vxlan(inner), dst_port=4789), src_ip=ip(sender, between), dst_ip=ip(9, between))
    octets = eth(bytes.fromhex("020000000109"), bytes((2, 0, 0, 0, 1, sender)), 0x0800, packet)
    assert forward(Relay(PLAN), octets).notes == relayed
    gateway = next(tep for tep in PLAN.teps if tep.is_gateway)
    made = outcome(Encap(PLAN, gateway), tagged(inner, BLUE))
    assert isinstance(made, list)
    (sent,) = made
    verdict = Decap(PLAN).decide(FrameView(sent.octets))
    assert isinstance(verdict, Forward)
    assert verdict.notes == received
