"""Bits of overlay headers that are reserved: senders leave them 0, receivers ignore them, and some drop the frame."""

from __future__ import annotations

from dovetool.frame.view import FrameView
from dovetool.wire.overlay import Carrier

_GBP_FLAG = 0x80
_RESERVED = {
    "vxlan": ("f7ffffff000000ff", "RFC 7348 section 5", "Linux drops the frame"),
    "vxlan-gpe": ("c0ffff00000000ff", "draft-ietf-nvo3-vxlan-gpe section 3", "receivers ignore them"),
    "geneve": ("003f0000000000ff", "RFC 8926 section 3.4", "receivers ignore them"),
    "etherip": ("0fff", "RFC 3378 section 3", "BSD drops the frame"),
    "pbb": ("0c000000", "IEEE 802.1Q section 9.7", "receivers ignore them"),
}
"""Reserved bits of a header's first octets, where that is written, and what becomes of the frame."""
_VXLAN_WITH_GROUP = "77b70000000000ff"  # draft-smith-vxlan-group-policy-05 section 2.1: the flags G, D and A
_GRE = "03f8", "RFC 2784 section 2.3", "receivers ignore them"


def has_reserved_bits(view: FrameView, name: str, carrier: Carrier, at: int) -> bool:
    """Say whether an overlay header has reserved bits set, or nobody has written down which bits those are."""
    rule = reserved_rule(view, name, carrier, at)
    return rule is None or any(view.take(at, len(rule[0]), rule[0]))


def reserved_rule(view: FrameView, name: str, carrier: Carrier, at: int) -> tuple[bytes, str, str] | None:
    """A mask of the reserved bits of a header's beginning, where that is written, and what becomes of the frame.

    None where nobody has written it down.
    """
    if carrier is Carrier.GRE:
        reserved, source, fate = _GRE
    elif name in _RESERVED:
        reserved, source, fate = _RESERVED[name]
    else:
        return None
    if name == "vxlan" and view.take(at, 1, bytes((_GBP_FLAG,)))[0]:
        reserved = _VXLAN_WITH_GROUP
    return bytes.fromhex(reserved), source, fate
