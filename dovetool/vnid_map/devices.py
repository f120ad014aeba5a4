"""Whose MAC address frames of VMs without one have: that of their node's tunnel device, itself a VM of the map.

In a routed overlay (flannel, Calico) a pod's packet goes from the tunnel device of its node to that of another. The
device of a pod is who has a MAC address at the pod's port; where nobody has, who has one in the network behind its TEP.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from dovetool.vnid_map.addresses import Stay, Stays, present
from dovetool.vnid_map.entities import Station

_Place = tuple[int, int]  # VNID, index of a port; or of a TEP


class Devices:
    """Finds the devices of VMs without a MAC address."""

    def __init__(self, residents: Mapping[int, Stays]) -> None:
        """Take the stays in each network, by its VNID."""
        at_port: defaultdict[_Place, list[Stay]] = defaultdict(list)
        behind: defaultdict[_Place, list[Stay]] = defaultdict(list)
        for vnid, stays in residents.items():
            if all(stay.station.mac for stay in stays):
                continue
            for stay in stays:
                if stay.station.mac:
                    at_port[vnid, stay.station.port.index].append(stay)
                    behind[vnid, stay.station.port.tep.index].append(stay)
        self._by_port: dict[_Place, Stays] = {}
        self._ports: dict[_Place, frozenset[int]] = {}
        groups: dict[_Place, tuple[Stays, frozenset[int]]] = {}
        for vnid, stays in residents.items():
            for port in (stay.station.port for stay in stays if not stay.station.mac):
                own, tep = at_port.get((vnid, port.index)), (vnid, port.tep.index)
                if own is None and tep not in groups:
                    groups[tep] = behind[tep], frozenset(stay.station.port.index for stay in behind[tep])
                found = groups[tep] if own is None else (own, frozenset((port.index,)))
                self._by_port[vnid, port.index], self._ports[vnid, port.index] = found
        self._device_ports = {(vnid, port) for (vnid, _), ports in self._ports.items() for port in ports}

    def of(self, station: Station, ts_ns: int) -> tuple[Station, ...]:
        """The devices of a VM without a MAC address, at that time; none where the map has none."""
        return tuple(present(self._by_port.get((station.vnid, station.port.index), ()), ts_ns))

    def carries(self, device: Station, station: Station) -> bool:
        """Say whether a VM with a MAC address is the device of one without."""
        ports = self._ports.get((station.vnid, station.port.index), frozenset())
        return bool(device.mac) and device.vnid == station.vnid and device.port.index in ports

    def has(self, device: Station) -> bool:
        """Say whether a VM is the device of any."""
        return bool(device.mac) and (device.vnid, device.port.index) in self._device_ports
