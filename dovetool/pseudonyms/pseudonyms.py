"""Pseudonyms of IP addresses, MAC addresses and names.

Classes of addresses stay what they are: broadcast, loopback, link-local and multicast addresses, those of groups of MAC
addresses and of locally administered ones, the unspecified address. Their first bits are kept for that, and so is what
tells no one from another: the broadcast addresses, groups of the link itself such as all routers.
"""

from __future__ import annotations

import hmac
from functools import lru_cache

from dovetool.pseudonyms.cipher import CryptoPan, keys_of

_IPV4, _IPV6, _MAC = 32, 128, 48
_MOST_KNOWN = 1 << 16
_Class = tuple[int, int]  # the first bits of its addresses, and how many these are
_IPV4_CLASSES: tuple[_Class, ...] = ((0, 8), (127, 8), (0xA9FE, 16), (0b1110, 4), (0b1111, 4))
_IPV6_CLASSES: tuple[_Class, ...] = ((0, 96), (0xFFFF, 96), (0x64FF9B << 64, 96), (0x3FA, 10), (0xFF, 8))
_KEPT_IPV4 = (0, 0xFFFFFFFF, 0x7F000001)
_LINK_GROUPS = 0xE00000  # 224.0.0.0/24, behind which an octet follows
_ASSIGNED = 0x2_0000  # IPv6 groups with a number below are of protocols
_MAPPED = (0xFFFF, 0x64FF9B << 64)  # prefixes of 96 bits behind which an IPv4 address stands
_KEPT_BITS = 0x0300_0000_0000  # of a MAC address: group, and locally administered
_KEPT_MACS = (bytes(6), b"\xff" * 6)
_KEPT_OUIS = (bytes.fromhex("0180c2"), bytes.fromhex("01000c"), bytes.fromhex("00005e"))
"""Bridges, Cisco's groups, virtual routers: protocols, not devices."""
_IPV4_GROUP, _IPV6_GROUP = bytes.fromhex("01005e"), bytes.fromhex("3333")


class Pseudonyms:
    """Those of a key."""

    def __init__(self, secret: bytes) -> None:
        """Begin with what a user gave as key."""
        ip_key, mac_key, self._name_key = keys_of(secret, 3)
        self._ips, self._macs = CryptoPan(ip_key), CryptoPan(mac_key)
        self.ip = lru_cache(_MOST_KNOWN)(self._ip)
        self.mac = lru_cache(_MOST_KNOWN)(self._mac)

    def _ip(self, address: bytes) -> bytes:
        number, width = int.from_bytes(address, "big"), 8 * len(address)
        if width == _IPV4:
            return self._ipv4(number).to_bytes(4, "big")
        if number in (0, 1):
            return address
        if number >> 32 in _MAPPED:
            return address[:12] + self._ipv4(number & 0xFFFFFFFF).to_bytes(4, "big")
        if number >> 120 == 0xFF:
            return self._group(number).to_bytes(16, "big")
        return (number ^ self._allowed(number, _IPV6, _IPV6_CLASSES)).to_bytes(16, "big")

    def _ipv4(self, number: int) -> int:
        if number in _KEPT_IPV4 or number >> 8 == _LINK_GROUPS:
            return number
        return number ^ self._allowed(number, _IPV4, _IPV4_CLASSES)

    def _group(self, number: int) -> int:
        """An IPv6 group: flags and scope stay, and whole one that is assigned to a protocol."""
        if number & (1 << 112) - 1 < _ASSIGNED:
            return number
        kept = 104 if number >> 24 & (1 << 88) - 1 == 0x1FF and number >> 112 == 0xFF02 else 16
        return number ^ self._ips.flips(number, _IPV6) & (1 << _IPV6 - kept) - 1

    def _allowed(self, number: int, width: int, classes: tuple[_Class, ...]) -> int:
        """The bits to be flipped but for those that would make an address one of another class."""
        flips = self._ips.flips(number, width)
        for prefix, length in classes:
            common = length - (prefix ^ number >> width - length).bit_length()
            kept = length if common == length else common + 1
            flips &= (1 << width - kept) - 1
        return flips

    def _mac(self, mac: bytes) -> bytes:
        if mac in _KEPT_MACS or mac[:3] in _KEPT_OUIS:
            return mac
        if mac[:3] == _IPV4_GROUP or mac[:2] == _IPV6_GROUP:
            kept = 25 if mac[:3] == _IPV4_GROUP else 16
            mask = (1 << _MAC - kept) - 1
        else:
            mask = (1 << _MAC) - 1 & ~_KEPT_BITS
        number = int.from_bytes(mac, "big")
        return (number ^ self._macs.flips(number, _MAC) & mask).to_bytes(6, "big")

    def group_mac(self, mac: bytes, ip: bytes) -> bytes:
        """That of a MAC address of a group, whose IP address is known: what follows from the pseudonym of that."""
        if mac[:3] == _IPV4_GROUP and len(ip) == 4:
            made = self.ip(ip)
            return mac[:3] + bytes([made[1] & 0x7F]) + made[2:]
        if mac[:2] == _IPV6_GROUP and len(ip) == 16 and ip[0] == 0xFF:
            return mac[:2] + self.ip(ip)[12:]
        return self.mac(mac)

    def name(self, name: str) -> str:
        """That of a name; another one for each, and none of it shows."""
        if not name:
            return name
        return "n" + hmac.digest(self._name_key, name.encode(errors="surrogatepass"), "sha256").hex()[:10]
