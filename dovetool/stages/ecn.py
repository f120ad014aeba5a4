"""Explicit Congestion Notification through a tunnel (RFC 6040)."""

from __future__ import annotations

from dovetool.stages.layers import IpLayer
from dovetool.stages.patch import AddToSum, Patch, SetBits
from dovetool.wire.ipv4 import Ipv4Header

NOT_ECT, ECT_1, ECT_0, CE = 0, 1, 2, 3
_ECN_BITS = 0x03


def decapsulated(outer: int, inner: int) -> int | None:
    """The ECN field of the packet that leaves a tunnel; None: it must be dropped (RFC 6040 section 4.2, figure 4)."""
    if inner == NOT_ECT:
        return None if outer == CE else NOT_ECT
    if CE in {outer, inner}:
        return CE
    return ECT_1 if outer == ECT_1 else inner


def marking(ip: IpLayer, at: int, ecn: int) -> tuple[Patch, ...]:
    """Patches that set the ECN field of an inner packet, whose IP header begins at `at` of the new frame."""
    old = ip.tos & _ECN_BITS
    if ecn == old:
        return ()
    if ip.version == 4:
        return (
            SetBits(at + 1, _ECN_BITS, ecn),
            AddToSum(at + Ipv4Header.CHECKSUM_AT, (ecn - old) % 0xFFFF),
        )
    return (SetBits(at + 1, _ECN_BITS << 4, ecn << 4),)
