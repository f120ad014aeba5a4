"""Addresses of logical ports: as they were given, and as OVN found them out where they were not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from dovetool.map_sources.ovn.addresses import DYNAMIC, UNKNOWN, Addresses, parse, parse_ip, parse_mac
from dovetool.map_sources.ovn.bindings import VIRTUAL, LogicalPort
from dovetool.map_sources.ovn.networks import Datapath
from dovetool.map_sources.ovn.ovsdb import Row
from dovetool.map_sources.ovn.routers import Leg
from dovetool.map_sources.ovn.snapshot import Snapshot
from dovetool.map_sources.statements import Prefix


class Learnt:
    """What is known of addresses, from all tables.

    - `Port_Binding.mac` has what was given. Of a dynamic address it keeps the word `dynamic`: what it became is in the
      northbound `Logical_Switch_Port.dynamic_addresses`.
    - The MAC addresses at an `unknown` port are in `FDB`, by numbers. Its IP addresses are in `MAC_Binding`, under the
      port of the router that asked for them.
    - `port_security` lets a VM use more addresses; one of the type `virtual` moves between VMs (VRRP).
    """

    def __init__(
        self, snapshot: Snapshot, ports: Sequence[LogicalPort], legs: Sequence[Leg], datapaths: Mapping[str, Datapath]
    ) -> None:
        """Read the tables.

        Raises:
            MapSourceError: a value is not what it should be.
        """
        self._keys = {uuid: datapath.key for uuid, datapath in datapaths.items()}
        self._northern = {row.text("name"): row for row in snapshot.rows("Logical_Switch_Port")}
        self._macs: defaultdict[tuple[int | None, int | None], list[bytes]] = defaultdict(list)
        for row in snapshot.rows("FDB"):
            self._macs[row.number("dp_key"), row.number("port_key")].append(parse_mac(row, "mac"))
        self._ips = _asked_for(snapshot, legs)
        self._virtual: defaultdict[str, list[bytes]] = defaultdict(list)
        for port in ports:
            if port.kind == VIRTUAL and port.chassis:
                moved = (ip for each in parse(port.row, "mac") for ip in each.ips)
                self._virtual[port.row.text("virtual_parent")].extend(moved)

    def addresses(self, port: LogicalPort) -> list[Addresses]:
        """The MAC addresses at a port, each with its IP addresses; none: nobody knows them.

        Raises:
            MapSourceError: a value is not what it should be.
        """
        cards: dict[bytes, tuple[list[bytes], list[Prefix]]] = {}
        words = {word for text in port.row.texts("mac") for word in text.split()[:2]}
        _add(cards, port.row, "mac")
        if DYNAMIC in words and port.name in self._northern:
            _add(cards, self._northern[port.name], "dynamic_addresses")
        if UNKNOWN in words:
            for mac in self._macs.get((self._keys[port.datapath], port.key), ()):
                if mac:
                    cards.setdefault(mac, ([], []))
        for mac, (ips, _) in cards.items():
            if not ips:
                ips.extend(self._ips.get((port.datapath, mac), ()))
        if port.row.texts("port_security") != port.row.texts("mac"):
            _add(cards, port.row, "port_security", only_known=True)
        if cards:
            next(iter(cards.values()))[0].extend(self._virtual.get(port.name, ()))
        return [
            Addresses(mac, tuple(dict.fromkeys(ips)), tuple(dict.fromkeys(prefixes)))
            for mac, (ips, prefixes) in cards.items()
        ]


def _add(
    cards: dict[bytes, tuple[list[bytes], list[Prefix]]], row: Row, column: str, *, only_known: bool = False
) -> None:
    for mac, ips, prefixes in parse(row, column):
        if mac in cards or not only_known:
            card = cards.setdefault(mac, ([], []))
            card[0].extend(ips)
            card[1].extend(prefixes)


def _asked_for(snapshot: Snapshot, legs: Sequence[Leg]) -> dict[tuple[str, bytes], list[bytes]]:
    """The IP addresses that routers have asked for, by the network and the MAC address that answered."""
    networks = {leg.name: leg.other for leg in legs}
    found: defaultdict[tuple[str, bytes], list[bytes]] = defaultdict(list)
    for row in snapshot.rows("MAC_Binding"):
        network, mac = networks.get(row.text("logical_port")), parse_mac(row, "mac")
        if network is not None and mac:
            found[network, mac].append(parse_ip(row, "ip"))
    return found
