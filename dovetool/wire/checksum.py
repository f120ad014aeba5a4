"""The Internet checksum (RFC 1071) and its incremental update (RFC 1624)."""

from __future__ import annotations


def ones_sum(octets: bytes, start: int = 0) -> int:
    """Add the 16-bit words of `octets` to `start` in ones' complement; an odd last octet is padded with 0."""
    padded = octets + b"\0" if len(octets) % 2 else octets
    total = start + int.from_bytes(padded, "big")
    return total % 0xFFFF or (0xFFFF if total else 0)  # as 0x10000 is 1 more than a multiple of 0xFFFF


def fold(total: int) -> int:
    """Bring a sum of 16-bit words down to 16 bits, adding the carries back in."""
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def internet_checksum(octets: bytes, start: int = 0) -> int:
    """The checksum to be stored over `octets`, whose own checksum field is 0 (RFC 1071 section 1)."""
    return ones_sum(octets, start) ^ 0xFFFF


def updated(checksum: int, old_word: int, new_word: int) -> int:
    """The checksum after one 16-bit word of the covered octets changed: HC' = ~(~HC + ~m + m') (RFC 1624 section 3)."""
    return fold((checksum ^ 0xFFFF) + (old_word ^ 0xFFFF) + new_word) ^ 0xFFFF
