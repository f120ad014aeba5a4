"""Bits of overlay headers that are reserved: senders leave them 0, receivers ignore them, and some drop the frame."""

from __future__ import annotations

from dovetool.stages.finding import Finding, Kind
from dovetool.stages.tunnel import Tunnel
from dovetool.stages.view import FrameView
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier

_GBP_FLAG = 0x80
_RESERVED = {
    "vxlan": ("f7ffffff000000ff", "RFC 7348 section 5", "Linux drops the frame"),
    "vxlan-gpe": ("c0ffff00000000ff", "draft-ietf-nvo3-vxlan-gpe section 3", "receivers ignore them"),
    "geneve": ("003f0000000000ff", "RFC 8926 section 3.4", "receivers ignore them"),
    "pbb": ("0c000000", "IEEE 802.1Q section 9.7", "receivers ignore them"),
}
"""Reserved bits of a header's first octets, where that is written, and what becomes of the frame."""
_VXLAN_WITH_GROUP = "77b70000000000ff"  # draft-smith-vxlan-group-policy-05 section 2.1: the flags G, D and A
_GRE = "03f8", "RFC 2784 section 2.3", "receivers ignore them"


def reserved_bits(view: FrameView, tunnel: Tunnel) -> Finding | None:
    """The finding about set reserved bits of the overlay header; None where all are 0."""
    name = tunnel.header.encap
    at = tunnel.inner - tunnel.header.length
    if ENCAPSULATIONS[name].carrier is Carrier.GRE:
        reserved, source, fate = _GRE
    elif name in _RESERVED:
        reserved, source, fate = _RESERVED[name]
    else:
        return None
    if name == "vxlan" and view.take(at, 1, bytes((_GBP_FLAG,)))[0]:
        reserved = _VXLAN_WITH_GROUP
    mask = bytes.fromhex(reserved)
    found = view.take(at, len(mask), mask)
    if not any(found):
        return None
    text = f"{name} header has reserved bits set: {found.hex(' ')} of {mask.hex(' ')}, expected 0; {fate}"
    return Finding(Kind.RESERVED_BITS, text, source)
