"""Cut outer packets that are larger than the underlay's MTU into fragments (RFC 791, RFC 8200 section 4.5)."""

from __future__ import annotations

import zlib

from dovetool.values import dataclass
from dovetool.wire.checksum import internet_checksum

_FRAGMENT_HEADER = 44
_FRAGMENT_LEN = 8
_MORE = 0x2000


@dataclass(frozen=True, slots=True)
class Cut:
    """How a packet is cut.

    Attributes:
        ip_at: where its IP header begins, which is one without options or extensions.
        payload_at: where that ends.
        mtu: most octets of a fragment, its IP header included.
    """

    ip_at: int
    payload_at: int
    mtu: int

    def applies(self, orig_len: int) -> bool:
        """Say whether a frame of that length on the wire is too long."""
        return orig_len > self.ip_at + self.mtu

    def fragments(self, octets: bytes, orig_len: int) -> list[tuple[bytes, int]]:
        """Cut a frame that is too long.

        Args:
            octets: the captured octets.
            orig_len: octets on the wire.

        Returns:
            Captured octets and length on the wire of each fragment. The identification is a hash of all that was
            captured of the packet, so that the same packet has the same one in every run, and others of its flow have
            others (RFC 6864 section 4.2).
        """
        is_ipv4 = octets[self.ip_at] >> 4 == 4
        header_len = self.payload_at - self.ip_at + (0 if is_ipv4 else _FRAGMENT_LEN)
        step = (self.mtu - header_len) // 8 * 8
        total = orig_len - self.payload_at
        identification = zlib.crc32(octets[self.ip_at :])
        head = self._head_v4 if is_ipv4 else self._head_v6
        made = []
        for at in range(0, total, step):
            length = min(step, total - at)
            before = head(octets, at, length, at + length < total, identification)
            data = octets[self.payload_at + at : self.payload_at + at + length]
            made.append((before + data, len(before) + length))
        return made

    def _head_v4(self, octets: bytes, at: int, length: int, more: bool, identification: int) -> bytes:
        header = bytearray(octets[self.ip_at : self.payload_at])
        header[2:4] = (len(header) + length).to_bytes(2, "big")
        header[4:6] = (identification & 0xFFFF).to_bytes(2, "big")
        header[6:8] = (_MORE * more | at // 8).to_bytes(2, "big")
        header[10:12] = b"\0\0"
        header[10:12] = internet_checksum(bytes(header)).to_bytes(2, "big")
        return octets[: self.ip_at] + bytes(header)

    def _head_v6(self, octets: bytes, at: int, length: int, more: bool, identification: int) -> bytes:
        header = bytearray(octets[self.ip_at : self.payload_at])
        header[4:6] = (_FRAGMENT_LEN + length).to_bytes(2, "big")
        protocol, header[6] = header[6], _FRAGMENT_HEADER
        fragment = bytes((protocol, 0)) + (at | more).to_bytes(2, "big") + identification.to_bytes(4, "big")
        return octets[: self.ip_at] + bytes(header) + fragment
