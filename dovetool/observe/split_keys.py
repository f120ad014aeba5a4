"""Into which captures a frame is sorted: by its network, its tunnel end points, its encapsulation or its VMs.

The frame stays as it is. As a stage does, a sorter reads it through a `FrameView`, so that one answer serves a flow.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import field, replace
from typing import ClassVar, Protocol

from dovetool.belonging.routing import nearest, route
from dovetool.belonging.target import users_of
from dovetool.frame.view import FrameView
from dovetool.observe.names import Names
from dovetool.observe.observation import DOVE, Observation
from dovetool.observe.observe import Detail, Observe
from dovetool.observe.share import NO_TEP, NO_VM, NO_VNID, UNTAGGED, Share
from dovetool.stages.receivers import card_of, others_of
from dovetool.values import dataclass
from dovetool.vnid_map import Network, Station, Tep, VnidMap
from dovetool.wire.addresses import address_text
from dovetool.wire.fields import is_group


class Sorter(Protocol):
    """Sorts frames.

    Attributes:
        change_times_ns: ascending times in ns; between two of them the answer does not depend on the time.
    """

    @property
    def change_times_ns(self) -> tuple[int, ...]: ...  # noqa: D102  (see Attributes)

    def shares(self, view: FrameView) -> tuple[Share, ...]:
        """The captures that a frame goes into, one at least; never raises for what a frame may hold."""


@dataclass(frozen=True, slots=True)
class ByVnid:
    """By the network that the innermost frame travels in."""

    observe: Observe
    names: Names = field(default_factory=Names)

    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def shares(self, view: FrameView) -> tuple[Share, ...]:
        """The network's capture."""
        vnid = self.names.vnid(self.observe.observe(view))
        if vnid is None:
            return (NO_VNID,)
        name = self.names.network(vnid)
        return (Share(f"vnid-{vnid}") if name is None else Share(name, is_given=True),)


@dataclass(frozen=True, slots=True)
class ByEncap:
    """By the outermost overlay: an encapsulation, or the DOVE tag."""

    observe: Observe
    names: Names = field(default_factory=Names)

    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def shares(self, view: FrameView) -> tuple[Share, ...]:
        """The encapsulation's capture."""
        overlays = self.names.overlays(self.observe.observe(view))
        return (Share(overlays[0].encap) if overlays else UNTAGGED,)


@dataclass(frozen=True, slots=True)
class ByTep:
    """By the two ends of the outermost tunnel; the observer has to look at the underlay."""

    observe: Observe
    names: Names = field(default_factory=Names)

    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def shares(self, view: FrameView) -> tuple[Share, ...]:
        """The capture of the tunnel end point that sends, and of the one that receives."""
        tunnels = [overlay for overlay in self.observe.observe(view).overlays if overlay.encap != DOVE]
        if not tunnels or not tunnels[0].src:
            return (NO_TEP,)
        named = zip(self.names.teps(tunnels[0]), (tunnels[0].src, tunnels[0].dst), strict=True)
        return tuple(dict.fromkeys(itertools.starmap(_share_of_tep, named)))


def _share_of_tep(name: str | None, address: bytes) -> Share:
    return Share(address_text(address)) if name is None else Share(name, is_given=True)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a VM is looked for.

    Attributes:
        home: VNID of the network that is looked in first; None: nothing is known of the frame's network.
        others: VNIDs of the networks beyond it, where just one VM may have the address.
    """

    home: int | None
    others: tuple[int, ...] = ()

    def among(self, stations: Iterable[Station]) -> tuple[Station, ...]:
        """Of those that have an address, the VMs of the network; else the one VM, at all its places."""
        found = tuple(stations)
        own = tuple(station for station in found if station.vnid == self.home)
        if not own and self.home is not None:
            found = tuple(station for station in found if station.vnid in self.others)
        return own or (found if len({(station.vm, station.vnid) for station in found}) == 1 else ())


@dataclass(frozen=True, slots=True)
class ByVm:
    """By the VM that sends a frame and those that receive it.

    In a tunnel, or with a tag, a frame is in the network of its target; its sender is of that network, or of one that
    a policy lets reach it. Without them it is in that of its sender, which the interface tells when it is named
    SWITCH/PORT, and else the MAC address where only one VM has it.
    """

    observe: Observe
    vnid_map: VnidMap

    @property
    def change_times_ns(self) -> tuple[int, ...]:
        """When VMs come, go and move."""
        return self.vnid_map.change_times_ns

    def shares(self, view: FrameView) -> tuple[Share, ...]:
        """The captures of the VMs."""
        seen = self._seen(view, Detail.MACS)
        if not seen.inner.src_mac:
            return (NO_VM,)
        vnid = Names(self.vnid_map).vnid(seen)
        network = self._network(vnid)
        if network is not None:
            vnid = network.vnid  # on the wire it may have others
        senders = self._senders(view, seen, vnid)
        receivers = self._receivers(view, seen.inner.dst_mac, vnid, senders)
        names = dict.fromkeys(station.vm for station in (*senders, *receivers))
        return tuple(Share(name, is_given=True) for name in names) or (NO_VM,)

    def _seen(self, view: FrameView, detail: Detail) -> Observation:
        return replace(self.observe, detail=detail).observe(view)

    def _network(self, vnid: int | None) -> Network | None:
        return self.vnid_map.network(vnid) if vnid is not None else None

    def _senders(self, view: FrameView, seen: Observation, vnid: int | None) -> tuple[Station, ...]:
        """The VM that has sent a frame, at all its places; where VMs share the address, those that may have."""
        stations = self.vnid_map.stations_with_mac(seen.inner.src_mac, view.ts_ns)
        if self.vnid_map.devices is not None:
            address = self._seen(view, Detail.IPS).inner.src_ip
            stations = stations or self.vnid_map.stations_with_ip(address, view.ts_ns)
            stations = users_of(self.vnid_map, stations, address, view.ts_ns)
        network = self._network(vnid)
        if not stations and network is not None and network.vrf is not None:
            address = self._seen(view, Detail.IPS).inner.src_ip
            return _one(nearest(route(self.vnid_map, network, address, view.ts_ns), None))
        if vnid is not None:
            scope = _Scope(vnid, network.reached_from if network is not None else ())
        else:
            scope = _Scope(Names(self.vnid_map).home(seen, view.interface))
        return self._at_end(view, scope.among(stations), 0)

    def _at_end(self, view: FrameView, stations: tuple[Station, ...], side: int) -> tuple[Station, ...]:
        """Of several places, those behind the tunnel end point that the frame left by (0), or goes to (1)."""
        if len(stations) < 2:
            return stations
        tep = self._teps(view)[side]
        return tuple(station for station in stations if station.port.tep is tep) or stations

    def _teps(self, view: FrameView) -> tuple[Tep | None, Tep | None]:
        """The two ends of the innermost tunnel."""
        tunnels = [each for each in self._seen(view, Detail.UNDERLAY).overlays if each.encap != DOVE]
        return Names(self.vnid_map).ends_of(tunnels[-1]) if tunnels else (None, None)

    def _receivers(
        self, view: FrameView, dst_mac: bytes, vnid: int | None, senders: tuple[Station, ...]
    ) -> tuple[Station, ...]:
        home = vnid if vnid is not None or not senders else senders[0].vnid
        network = self._network(home)
        if is_group(dst_mac):
            return self._everyone(view, network, senders)
        reaches = network.reaches if vnid is None and network is not None else ()
        targets = self._targets(view, network, _Scope(home, reaches), dst_mac)
        if not targets and network is not None and network.floods:
            return self._everyone(view, network, senders)
        return targets

    def _targets(self, view: FrameView, network: Network | None, scope: _Scope, dst_mac: bytes) -> tuple[Station, ...]:
        """The VM with a MAC address; behind a router's, which is no VM's, the one with the IP address."""
        stations = self.vnid_map.stations_with_mac(dst_mac, view.ts_ns)
        if not stations or self.vnid_map.devices is not None:
            address = self._seen(view, Detail.IPS).inner.dst_ip
            routed = () if stations or network is None else route(self.vnid_map, network, address, view.ts_ns)
            if routed:
                return _one(nearest(routed, None))
            stations = stations or (self.vnid_map.stations_with_ip(address, view.ts_ns) if address else ())
            stations = users_of(self.vnid_map, stations, address, view.ts_ns)
        return self._at_end(view, scope.among(stations), 1)

    def _everyone(self, view: FrameView, network: Network | None, senders: tuple[Station, ...]) -> tuple[Station, ...]:
        """The VMs of a network but those at the sender's port.

        In a tunnel, those behind the tunnel end point that it leads to; when it leads to a group, those that are not
        behind the one that it comes from.
        """
        if network is None:
            return ()
        left, to = self._teps(view)
        sender = senders[0] if len({card_of(each) for each in senders}) == 1 else None
        others = others_of(self.vnid_map, network, None if sender is None else sender.port, view.ts_ns, sender)
        return tuple(
            station
            for station in others
            if (station.port.tep is to if to is not None else left is None or station.port.tep is not left)
        )


def _one(station: Station | None) -> tuple[Station, ...]:
    return () if station is None else (station,)
