"""What ends and networks are called in a portrait: by the map where it knows them, else by their addresses."""

from __future__ import annotations

from typing import NamedTuple

from dovetool.observe.names import Names
from dovetool.observe.observation import Overlay
from dovetool.wire.addresses import address_text
from dovetool.wire.fields import BROADCAST, is_group

NO_NETWORK = "no network"


class End(NamedTuple):
    """A TEP or a VM.

    Attributes:
        name: in the map; empty where it does not tell.
        address: of IP or MAC; empty where none is seen.
        ip: of a VM that has a MAC address, an IP address of its.
    """

    name: str
    address: str
    ip: str = ""

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name or self.address or "?"


def network_label(vnid: int | None, name: str | None) -> str:
    """What a network is called."""
    if vnid is None:
        return name or NO_NETWORK
    return name or f"VNID {vnid}"


def tep_ends(names: Names, encap: str, vnid: int | None, src: bytes, dst: bytes) -> tuple[End, End]:
    """The ends of a tunnel."""
    source, target = names.teps(Overlay(encap, vnid, src, dst))
    return End(source or "", address_text(src)), End(target or "", address_text(dst))


def sender(names: Names, vnid: int | None, mac: bytes, ip: bytes, ts_ns: int) -> End:
    """The VM that sends at a time."""
    return _end(names.sender(vnid, mac, ip, ts_ns), mac, ip)


def receiver(names: Names, vnid: int | None, mac: bytes, ip: bytes, ts_ns: int) -> End:
    """The VM that gets it; groups are called what they are."""
    if mac == BROADCAST:
        return End("", "broadcast")
    if mac and is_group(mac):
        return End("", f"multicast {address_text(mac)}")
    return _end(names.receiver(vnid, mac, ip, ts_ns), mac, ip)


def _end(name: str | None, mac: bytes, ip: bytes) -> End:
    return End(name or "", address_text(mac or ip), address_text(ip) if mac else "")
