"""VXLAN-GPE: version, flags and next protocols (draft-ietf-nvo3-vxlan-gpe-13 section 3)."""

from __future__ import annotations

import pytest
from captured_headers import VXLAN_GPE
from hypothesis import given
from hypothesis import strategies as st
from looked_at import read_octets
from scapy_reader import scapy_layer

from dovetool.errors import MalformedError
from dovetool.wire import ENCAPSULATIONS, OverlayFields, OverlayHeader, Vnid, VxlanGpeHeader, vnid

NEXT_PROTOCOLS = {0x0800: 1, 0x86DD: 2, 0x6558: 3, 0x894F: 4}
VNIDS = st.integers(0, 0xFF_FFFF).map(vnid)


def test_captured_nsh() -> None:
    assert VxlanGpeHeader.parse(VXLAN_GPE) == VxlanGpeHeader(vnid(0xFF_FFFF), 0x894F)
    assert read_octets("vxlan-gpe", VXLAN_GPE) == OverlayHeader("vxlan-gpe", vnid(0xFF_FFFF), 8, 0x894F)


@given(identifier=VNIDS, payload=st.sampled_from(sorted(NEXT_PROTOCOLS)), oam=st.booleans())
def test_scapy_reads_the_header(identifier: Vnid, payload: int, oam: bool) -> None:
    header = VxlanGpeHeader(identifier, payload, oam)
    packet = scapy_layer("VXLAN", header.emit())
    assert (packet.vni, packet.NextProtocol, packet.reserved0, packet.reserved2) == (
        *(identifier, NEXT_PROTOCOLS[payload]),
        *(0, 0),
    )
    assert int(packet.flags) == 0x0C | oam
    assert VxlanGpeHeader.parse(header.emit()) == header


@pytest.mark.parametrize("payload", NEXT_PROTOCOLS)
def test_encapsulation_carries_each_payload(payload: int) -> None:
    octets = ENCAPSULATIONS["vxlan-gpe"].emit(OverlayFields(vnid(5001), payload=payload))
    assert octets[3] == NEXT_PROTOCOLS[payload]
    assert read_octets("vxlan-gpe", octets) == OverlayHeader("vxlan-gpe", vnid(5001), 8, payload)


@pytest.mark.parametrize("payload", [0x0806, 0x8847, 0, 3])
def test_payload_without_a_next_protocol_is_not_written(payload: int) -> None:
    with pytest.raises(ValueError, match=f"{payload:#06x}"):
        ENCAPSULATIONS["vxlan-gpe"].emit(OverlayFields(vnid(5001), payload=payload))


@pytest.mark.parametrize("number", [0, 5, 6, 7, 0x80, 0xFF])
def test_unknown_next_protocol_is_named(number: int) -> None:
    with pytest.raises(MalformedError, match=f"next protocol {number} "):
        VxlanGpeHeader.parse(bytes((0x0C, 0, 0, number, 0, 0, 100, 0)))


@pytest.mark.parametrize("number", [0, 1, 4, 5, 0xFF])
def test_without_the_p_flag_ethernet_follows(number: int) -> None:
    """Then the octet is reserved, as in VXLAN."""
    octets = bytes((0x08, 0, 0, number, 0, 0, 100, 0))
    assert read_octets("vxlan-gpe", octets) == OverlayHeader("vxlan-gpe", vnid(100), 8, 0x6558)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_other_versions_are_refused(version: int) -> None:
    with pytest.raises(MalformedError, match=f"version is {version}, not 0"):
        VxlanGpeHeader.parse(bytes((0x0C | version << 4,)) + VXLAN_GPE[1:])


@pytest.mark.parametrize("flags", [0x04, 0x00, 0xC7])
def test_vni_without_the_i_flag_is_refused(flags: int) -> None:
    with pytest.raises(MalformedError, match="I flag"):
        VxlanGpeHeader.parse(bytes((flags,)) + VXLAN_GPE[1:])


def test_control_messages_are_marked() -> None:
    read = read_octets("vxlan-gpe", bytes((0x0D,)) + VXLAN_GPE[1:])
    assert read == OverlayHeader("vxlan-gpe", vnid(0xFF_FFFF), 8, 0x894F, extras=("oam",))


@given(reserved=st.binary(min_size=8, max_size=8))
def test_reserved_bits_and_the_b_flag_are_ignored(reserved: bytes) -> None:
    meaning = bytes.fromhex("3d0000ffffffff00")
    octets = bytes(sent | noise & ~mask & 0xFF for sent, noise, mask in zip(VXLAN_GPE, reserved, meaning, strict=True))
    assert VxlanGpeHeader.parse(octets).emit() == VXLAN_GPE
