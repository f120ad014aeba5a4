"""The ECN field of a packet that leaves a tunnel (RFC 6040), as patches."""

from __future__ import annotations

from dovetool.frame.ip_layer import IpLayer
from dovetool.verdict.patch import Patch, add_to_sum, set_bits
from dovetool.wire.ipv4 import Ipv4Header

_ECN_BITS = 0x03


def marking(ip: IpLayer, at: int, ecn: int) -> tuple[Patch, ...]:
    """Patches that set the ECN field of an inner packet, whose IP header begins at `at` of the new frame."""
    old = ip.tos & _ECN_BITS
    if ecn == old:
        return ()
    if ip.version == 4:
        return (
            set_bits(at + 1, _ECN_BITS, ecn),
            add_to_sum(at + Ipv4Header.CHECKSUM_AT, (ecn - old) % 0xFFFF),
        )
    return (set_bits(at + 1, _ECN_BITS << 4, ecn << 4),)
