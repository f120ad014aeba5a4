"""Packed MAC and IP addresses as people write them."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address

_MAC_LEN = 6
_IPV4_LEN = 4


@lru_cache(1 << 14)
def address_text(address: bytes) -> str:
    """A packed MAC or IP address as it is written; empty for none."""
    if len(address) == _IPV4_LEN:
        return ".".join(map(str, address))  # `ip_address` takes ten times as long
    if len(address) == _MAC_LEN:
        return address.hex(":")
    return str(ip_address(address)) if address else ""
