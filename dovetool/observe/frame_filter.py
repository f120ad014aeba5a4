"""Which frames a user wants to see: by network, VM, tunnel end point, address or encapsulation."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import NamedTuple, TypeVar

from dovetool.observe.names import Names
from dovetool.observe.observation import Observation, Overlay
from dovetool.observe.observe import Detail
from dovetool.values import dataclass


class Subnet(NamedTuple):
    """IP addresses that begin alike.

    Attributes:
        network: 4 or 16 octets, with nothing behind the prefix.
        prefix: bits of it.
    """

    network: bytes
    prefix: int

    def has(self, ip: bytes) -> bool:
        """True when an address, which may be none at all, is one of them."""
        if len(ip) != len(self.network):
            return False
        differing = int.from_bytes(ip, "big") ^ int.from_bytes(self.network, "big")
        return differing >> 8 * len(ip) - self.prefix == 0


@dataclass(frozen=True, slots=True)
class FrameFilter:
    """A frame is wanted when it meets every one of these that is not empty, by any of the values there.

    Attributes:
        names: gives names.
        vnids: it travels in one of these networks, at whatever depth.
        encaps: one of its overlay headers is of these kinds; `dove` is the tag, `none` a frame without any.
        teps: one of its tunnels begins or ends at these underlay addresses,
        tep_names: or at the tunnel end points of these names.
        macs: the innermost frame is from or for one of these MAC addresses.
        ips: likewise, by IP addresses.
        vms: likewise, by the name of a VM.
    """

    names: Names
    vnids: frozenset[int] = frozenset()
    encaps: frozenset[str] = frozenset()
    teps: frozenset[bytes] = frozenset()
    macs: frozenset[bytes] = frozenset()
    ips: frozenset[Subnet] = frozenset()
    vms: frozenset[str] = frozenset()
    tep_names: frozenset[str] = frozenset()

    @property
    def by_vm(self) -> bool:
        """True when the choice depends on who has an address at which time."""
        return bool(self.vms)

    @property
    def detail(self) -> Detail:
        """What has to be seen of a frame to choose."""
        asked = (
            (self.teps or self.tep_names, Detail.UNDERLAY),
            (self.macs, Detail.MACS),
            (self.ips, Detail.IPS),
            (self.vms, Detail.MACS | Detail.IPS),
        )
        return reduce(or_, (detail for values, detail in asked if values), Detail.TUNNELS)

    def chooses(self, seen: Observation, ts_ns: int, interface: str = "") -> bool:
        """Say whether a frame that was seen at that time, at an interface, is wanted."""
        if not (self.vnids or self.encaps or self.teps or self.tep_names or self.macs or self.ips or self.vms):
            return True
        overlays, inner = seen.overlays, seen.inner
        encaps = {overlay.encap for overlay in overlays} or {"none"}
        return (
            (not self.vnids or self._is_in(seen.vnids))
            and _meets(self.encaps, encaps)
            and self._is_of_teps(overlays)
            and _meets(self.macs, {inner.src_mac, inner.dst_mac})
            and (not self.ips or any(subnet.has(ip) for subnet in self.ips for ip in (inner.src_ip, inner.dst_ip)))
            and (not self.vms or not self.vms.isdisjoint(self.names.ends(seen, ts_ns, interface)))
        )

    def _is_in(self, vnids: Iterable[int]) -> bool:
        """Say whether one of the VNIDs is asked for, as it is or as its network's number."""
        return any(vnid in self.vnids or self.names.own_vnid(vnid) in self.vnids for vnid in vnids)

    def _is_of_teps(self, overlays: Iterable[Overlay]) -> bool:
        if not (self.teps or self.tep_names):
            return True
        return any(
            not self.teps.isdisjoint((overlay.src, overlay.dst))
            or (bool(self.tep_names) and not self.tep_names.isdisjoint(self.names.teps(overlay)))
            for overlay in overlays
        )


_T = TypeVar("_T")


def _meets(asked: frozenset[_T], found: set[_T]) -> bool:
    return not asked or not asked.isdisjoint(found)
