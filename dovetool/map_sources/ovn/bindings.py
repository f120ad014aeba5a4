"""Logical ports, as the southbound database binds them to chassis."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from dovetool.map_sources.ovn.ovsdb import Row
from dovetool.map_sources.ovn.snapshot import Snapshot

VIF, VIRTUAL, LOCALNET, REDIRECT, L3_GATEWAY = "", "virtual", "localnet", "chassisredirect", "l3gateway"
"""Types of ports: one of a VM, an address that moves between ports, a physical network, a router's gateway, a port of a
router that is on one chassis alone."""
GATEWAYS = frozenset({REDIRECT, "l2gateway", "vtep"})
"""Types of ports that are on a chassis and no VM's: a router's gateway, networks outside."""


class LogicalPort(NamedTuple):
    """A port of a logical switch or router.

    Attributes:
        row: its row; its addresses are read there by who needs them.
        name: its name.
        kind: its type.
        datapath: what refers to its switch or router.
        key: number of the port in that.
        chassis: what refers to the chassis that have it: one, or several during a live migration; its own one first.
        peer: the port at the other end, of one between a switch and a router.
    """

    row: Row
    name: str
    kind: str
    datapath: str
    key: int | None
    chassis: tuple[str, ...]
    peer: str


def read(snapshot: Snapshot, datapaths: Container[str]) -> list[LogicalPort]:
    """All ports.

    Raises:
        MapSourceError: a value is not what it should be, or a datapath is nowhere.
    """
    ports = []
    for row in snapshot.rows("Port_Binding"):
        ports.append(_port(row))
        if ports[-1].datapath not in datapaths:
            raise snapshot.lost(row, "datapath", "Datapath_Binding")
    return ports


def _port(row: Row) -> LogicalPort:
    chassis = dict.fromkeys((*row.uuids("chassis"), *row.uuids("additional_chassis")))
    return LogicalPort(
        row,
        row.text("logical_port"),
        row.text("type"),
        row.uuid("datapath"),
        row.number("tunnel_key"),
        tuple(chassis),
        row.mapping("options").get("peer", ""),
    )
