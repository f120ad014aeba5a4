"""Frames as a sending host's own capture has them: checksums left to a network card, put together with struct alone.

What a card does: it adds up all from where the segment begins, the sum of the pseudo-header in the checksum's place
included, and puts the inverse there. Linux, which knows that, has the checksum of a tunnel around such a segment right
beforehand (Documentation/networking/checksum-offloads, Local Checksum Offload).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import ip_address

from frames import eth, ipv4, ipv6, put, summed

TCP, UDP, GRE = 6, 17, 47
_CHECKSUM_AT = {TCP: 16, UDP: 6, GRE: 4}
_MACS = bytes.fromhex("02000000000b02000000000a")
_UNDERLAY = bytes.fromhex("020000000102020000000101")


def word(octets: bytes, at: int) -> int:
    return int.from_bytes(octets[at : at + 2], "big")


@dataclass(frozen=True)
class Packet:
    """A frame with a segment whose checksum covers all to the end.

    Attributes:
        octets: the frame.
        start: where the segment begins.
        protocol: its number.
        addresses: of its pseudo-header; empty for GRE.
        inside: that of a tunnel carries another, which begins at `inner_at`.
    """

    octets: bytes
    start: int
    protocol: int
    addresses: bytes
    inside: Packet | None = None
    inner_at: int = 0

    @property
    def checksum_at(self) -> int:
        return self.start + _CHECKSUM_AT[self.protocol]

    @property
    def pseudo(self) -> bytes:
        if not self.addresses:
            return b""
        return self.addresses + struct.pack("!II", len(self.octets) - self.start, self.protocol)

    def with_checksum(self, value: int) -> Packet:
        return self._replaced(put(self.octets, self.checksum_at, value))

    def _replaced(self, octets: bytes) -> Packet:
        return Packet(octets, self.start, self.protocol, self.addresses, self.inside, self.inner_at)

    @property
    def right(self) -> Packet:
        """With the checksum that all octets have as they are."""
        blank = put(self.octets, self.checksum_at, 0)
        return self.with_checksum((summed(self.pseudo + blank[self.start :]) ^ 0xFFFF) or 0xFFFF)

    @property
    def partial(self) -> Packet:
        """With a checksum that is left to the card."""
        return self.with_checksum(summed(self.pseudo) if self.pseudo else 0)

    def around(self, inside: Packet) -> Packet:
        """With another content of the same length, and the checksum as it is."""
        octets = self.octets[: self.inner_at] + inside.octets
        return Packet(octets, self.start, self.protocol, self.addresses, inside, self.inner_at)

    def filled_in(self) -> Packet:
        """What the card makes of it, from the innermost segment that is left outwards."""
        made = self if self.inside is None else self.around(self.inside.filled_in())
        left = word(made.octets, made.checksum_at) == word(made.partial.octets, made.checksum_at)
        return made.right if left else made


def _framed(macs: bytes, protocol: int, payload: bytes, src: str, dst: str, vlans: bytes = b"") -> tuple[bytes, int]:
    """A frame, and where its segment begins."""
    one, other = ip_address(src), ip_address(dst)
    packet = (
        ipv6(payload, src_ip=one.packed, dst_ip=other.packed, next_header=protocol)
        if one.version == 6
        else ipv4(payload, src_ip=one.packed, dst_ip=other.packed, protocol=protocol, ident=7)
    )
    frame = eth(macs[:6], macs[6:], 0x86DD if one.version == 6 else 0x0800, packet, vlans)
    return frame, len(frame) - len(payload)


def guest(protocol: int = TCP, *, v6: bool = False, vlans: bytes = b"", data: bytes = b"some data") -> Packet:
    """The frame of a VM, with a right checksum."""
    ends = ("fd00::1", "fd00::2") if v6 else ("10.0.0.1", "10.0.0.2")
    if protocol == TCP:
        segment = struct.pack("!HHIIBBHHH", 40_000, 80, 7, 9, 0x50, 0x18, 500, 0, 0) + data
    else:
        segment = struct.pack("!HHHH", 40_000, 7, 8 + len(data), 0) + data
    octets, start = _framed(_MACS, protocol, segment, *ends, vlans)
    return Packet(octets, start, protocol, b"".join(ip_address(end).packed for end in ends)).right


def tunnel(
    inside: Packet, encap: str = "vxlan", *, v6: bool = False, vnid: int = 5001, macs: bytes = _UNDERLAY
) -> Packet:
    """A tunnel between two hosts, with a checksum that is right for what it carries."""
    ends = ("2001:db8::1", "2001:db8::2") if v6 else ("192.0.2.1", "192.0.2.2")
    if encap == "gretap":
        protocol, head = GRE, struct.pack("!HHHHI", 0xA000, 0x6558, 0, 0, vnid)
    else:
        port, words = (4789, (8 << 24, vnid << 8)) if encap == "vxlan" else (6081, (0x6558, vnid << 8))
        protocol, length = UDP, 16 + len(inside.octets)
        head = struct.pack("!HHHHII", 50_000, port, length, 0, *words)
    octets, start = _framed(macs, protocol, head + inside.octets, *ends)
    addresses = b"" if protocol == GRE else b"".join(ip_address(end).packed for end in ends)
    return Packet(octets, start, protocol, addresses, inside, start + len(head)).right


def lco(outer: Packet) -> Packet:
    """The tunnel as Linux sends it: right once the innermost segment is filled in, and that is left to the card."""
    assert outer.inside is not None
    inside = outer.inside
    return outer.around(inside.partial if inside.inside is None else lco(inside))
