"""VXLAN: reserved bits, the I flag, the range of the VNI (RFC 7348 section 5)."""

from __future__ import annotations

import pytest
from captured_headers import VXLAN
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy_reader import scapy_layer

from dovetool.errors import MalformedError
from dovetool.stages.view import FrameView
from dovetool.wire import ENCAPSULATIONS, Vnid, VxlanHeader, vnid
from dovetool.wire.fields import is_group


@settings(deadline=None)
@given(reserved=st.binary(min_size=8, max_size=8))
def test_reserved_bits_are_ignored_and_sent_as_0(reserved: bytes) -> None:
    """All bits but the I flag and the VNI."""
    meaning = bytes.fromhex("08000000ffffff00")
    octets = bytes(sent | noise & ~mask & 0xFF for sent, noise, mask in zip(VXLAN, reserved, meaning, strict=True))
    assert VxlanHeader.parse(octets) == VxlanHeader(vnid(100))
    assert VxlanHeader.parse(octets).emit() == VXLAN
    assert ENCAPSULATIONS["vxlan"].read(FrameView(octets), 0).vnid == 100


@pytest.mark.parametrize(
    "octets",
    ["8800006400006400", "0c00000300006400", "0900000000006400", "ffffffff000064ff"],
    ids=["group policy", "next protocol", "reserved 0x01", "all bits"],
)
def test_flags_of_others_are_still_vxlan(octets: str) -> None:
    """As Linux and Open vSwitch sent them."""
    assert VxlanHeader.parse(bytes.fromhex(octets)).vni == 100


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


@pytest.mark.parametrize("value", [0, 1, 0xFF_FFFF])
def test_scapy_reads_the_vni_that_was_written(value: int) -> None:
    header = scapy_layer("VXLAN", VxlanHeader(vnid(value)).emit())
    assert (header.vni, int(header.flags), header.reserved1, header.reserved2) == (value, 0x08, 0, 0)


@pytest.mark.parametrize(("first", "group"), [(0x01, True), (0xFF, True), (0x33, True), (0x02, False), (0x00, False)])
def test_group_bit_of_a_mac_address(first: int, group: bool) -> None:
    assert is_group(bytes((first, 0, 0, 0, 0, 0))) is group
