"""The usual packet is found sound in short; every other goes the long way, which has the words for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from audited_traffic import A1, A3, G2, STRANGER, Inner, Packet, ip
from frames import BLUE, BROADCAST, GREEN, RED
from test_audit import compiled, plan

from dovetool.audit import audit as long_way
from dovetool.audit.audit import Audit
from dovetool.frame.view import FrameView
from dovetool.stages.map_selectors import selectors_of

USUAL = Packet(1, 2, BLUE, Inner())


class _LongWay(Exception):  # noqa: N818  (it is no error)
    """The long way was gone."""


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> Audit:
    def gone(*_: object) -> None:
        raise _LongWay

    monkeypatch.setattr(long_way, "with_refusal", gone)
    vnid_map = compiled(plan())
    return Audit(vnid_map, selectors_of(vnid_map))


@pytest.mark.parametrize(
    "packet", [USUAL, Packet(1, 3, BLUE, Inner(dst=A3)), replace(USUAL, tos=2, inner=Inner(tos=2))]
)
def test_a_vm_that_sends_to_another_from_its_place_is_told_in_short(audit: Audit, packet: Packet) -> None:
    for port in (1000, 1001):
        octets = replace(packet, inner=replace(packet.inner, port=port)).octets()
        assert audit.examine(FrameView(octets)).findings == ()


OTHERS = {
    "a stranger": replace(USUAL, inner=Inner(src=STRANGER)),
    "to a stranger": replace(USUAL, inner=Inner(dst=STRANGER, dst_ip=ip(77))),
    "another's address": replace(USUAL, inner=Inner(src_ip=ip(3))),
    "from elsewhere": replace(USUAL, sender=3),
    "to elsewhere": replace(USUAL, receiver=3),
    "another's MAC address outside": replace(USUAL, src_mac=3),
    "another network": replace(USUAL, vnid=RED),
    "by a policy": Packet(1, 2, GREEN, Inner(A1, G2, ip(1), ip(2, 1))),
    "no network": replace(USUAL, vnid=5099),
    "no TEP": replace(USUAL, receiver=77),
    "a broadcast": replace(USUAL, inner=Inner(dst=BROADCAST)),
    "ARP": replace(USUAL, inner=Inner(arp=True)),
    "a TTL of 1": replace(USUAL, ttl=1),
    "congestion that is lost": replace(USUAL, tos=3),
    "another port": replace(USUAL, dst_port=8472),
    "reserved bits": replace(USUAL, header="0800000100000000"),
    "a VLAN": replace(USUAL, inner=Inner(vlan=bytes.fromhex("81000005"))),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_sure_goes_the_long_way(audit: Audit, name: str) -> None:
    """Also behind packets that were found sound."""
    audit.examine(FrameView(USUAL.octets()))
    with pytest.raises(_LongWay):
        audit.examine(FrameView(OTHERS[name].octets()))
