"""VXLAN: reserved bits, the I flag, the range of the VNI (RFC 7348 section 5), and the group policy ID."""

from __future__ import annotations

import pytest
from captured_headers import VXLAN, VXLAN_GBP
from hypothesis import given
from hypothesis import strategies as st
from scapy_reader import scapy_layer

from dovetool.errors import MalformedError
from dovetool.frame.view import FrameView
from dovetool.wire import ENCAPSULATIONS, OverlayHeader, Vnid, VxlanHeader, vnid
from dovetool.wire.fields import is_group

VNIDS = st.integers(0, 0xFF_FFFF).map(vnid)


MEANING = bytes.fromhex("88000000ffffff00")
"""The flags G and I, and the VNI; without G, the group policy ID is reserved too."""


@given(reserved=st.binary(min_size=8, max_size=8))
def test_reserved_bits_are_ignored_and_sent_as_0(reserved: bytes) -> None:
    octets = bytes(sent | noise & ~mask & 0xFF for sent, noise, mask in zip(VXLAN, reserved, MEANING, strict=True))
    assert VxlanHeader.parse(octets) == VxlanHeader(vnid(100))
    assert VxlanHeader.parse(octets).emit() == VXLAN
    assert ENCAPSULATIONS["vxlan"].read(FrameView(octets), 0) == OverlayHeader("vxlan", vnid(100), 8)


def test_captured_group_policy() -> None:
    """Its flags D and A (0x48 in the second octet) are for the receiver alone, and sent as 0."""
    header = VxlanHeader.parse(VXLAN_GBP)
    assert header == VxlanHeader(vnid(3_000_001), group_policy=100)
    assert header.emit() == bytes.fromhex("88000064 2dc6c100")
    read = ENCAPSULATIONS["vxlan"].read(FrameView(VXLAN_GBP), 0)
    assert read == OverlayHeader("vxlan", vnid(3_000_001), 8, extras=("group-policy",))


@given(identifier=VNIDS, group=st.one_of(st.none(), st.integers(0, 0xFFFF)))
def test_scapy_reads_vni_and_group_policy(identifier: Vnid, group: int | None) -> None:
    header = VxlanHeader(identifier, group)
    packet = scapy_layer("VXLAN", header.emit())
    assert (packet.vni, packet.reserved2) == (identifier, 0)
    assert int(packet.flags) == (0x08 if group is None else 0x88)
    assert packet.reserved1 == 0 if group is None else (packet.gpid, int(packet.gpflags)) == (group, 0)
    assert VxlanHeader.parse(header.emit()) == header


@pytest.mark.parametrize("group", [-1, 0x1_0000])
def test_group_policy_of_more_than_16_bits_is_refused(group: int) -> None:
    with pytest.raises(ValueError, match=str(group)):
        VxlanHeader(vnid(1), group)


@pytest.mark.parametrize(
    ("octets", "group"),
    [
        ("8800006400006400", 0x64),
        ("0c00000300006400", None),
        ("0900000000006400", None),
        ("ffffffff000064ff", 0xFFFF),
    ],
    ids=["group policy", "next protocol", "reserved 0x01", "all bits"],
)
def test_flags_of_others_are_still_vxlan(octets: str, group: int | None) -> None:
    """As Linux and Open vSwitch sent them; of the flags, only G means something."""
    assert VxlanHeader.parse(bytes.fromhex(octets)) == VxlanHeader(vnid(100), group)


@pytest.mark.parametrize("flags", [0x00, 0x80, 0x04, 0xF7])
def test_vni_without_the_i_flag_is_refused(flags: int) -> None:
    octets = bytes((flags,)) + VXLAN[1:]
    with pytest.raises(MalformedError, match="I flag"):
        VxlanHeader.parse(octets)
    with pytest.raises(MalformedError, match="I flag"):
        ENCAPSULATIONS["vxlan"].read(FrameView(octets), 0)


@pytest.mark.parametrize("value", [-1, 1 << 24, 1 << 32])
def test_vnid_of_more_than_24_bits_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match=str(value)):
        vnid(value)
    with pytest.raises(ValueError, match=str(value)):
        VxlanHeader(Vnid(value))


@pytest.mark.parametrize(("first", "group"), [(0x01, True), (0xFF, True), (0x33, True), (0x02, False), (0x00, False)])
def test_group_bit_of_a_mac_address(first: int, group: bool) -> None:
    assert is_group(bytes((first, 0, 0, 0, 0, 0))) is group
