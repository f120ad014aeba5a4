"""The sources by name; each is imported when it is asked for, so that the list of them costs nothing."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, cast

from dovetool.errors import UsageError
from dovetool.map_sources.documents import Reducing, Source

_SOURCES: dict[str, tuple[str, str]] = {
    "iproute2": (
        "iproute2.Iproute2",
        "Linux bridges and VXLAN devices: ip -j -d link, ip -j addr|neigh, bridge -j fdb|vlan|vni",
    ),
    "frr": (
        "frr.source.Frr",
        "FRR's EVPN: vtysh -c 'show evpn ... json', 'show bgp l2vpn evpn json'; with ip -j link|addr",
    ),
    "ovn": ("ovn.source.Ovn", "OVN: what ovn-sbctl, ovn-nbctl and ovs-vsctl -f json list, or ovsdb-client dump"),
    "kubernetes": (
        "kubernetes.source.Kubernetes",
        "kubectl get nodes,pods -A -o json, and the objects of flannel (k3s), Calico, Cilium or Antrea",
    ),
    "eos": (
        "eos.Eos",
        "Arista EOS: show vxlan address-table|vni|vtep, interfaces vxlan 1, mac address-table, arp; as JSON",
    ),
    "nxos": (
        "nxos.Nxos",
        "Cisco NX-OS: show nve peers|vni, nve interface nve1 detail, l2route evpn mac|mac-ip all; as JSON",
    ),
    "csv": ("csv_table.CsvTable", "a table with a head: switch, port, vlan, vnid, network, vm, mac, ip, tep"),
}
"""Name -> its class in this room, and its summary; in the order in which they are shown."""


def names() -> tuple[str, ...]:
    """The names of all sources."""
    return tuple(_SOURCES)


def summary(name: str) -> str:
    """One line about a source."""
    return _SOURCES[name][1]


def source(name: str) -> Source:
    """The source of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in _SOURCES:
        close = difflib.get_close_matches(name, _SOURCES, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise UsageError(f"source {name!r} is not known; there is {', '.join(_SOURCES)}{hint}")
    module, _, kind = _SOURCES[name][0].rpartition(".")
    return cast("Source", getattr(import_module(f"dovetool.map_sources.{module}"), kind)())


def chosen(words: str) -> Sequence[Source]:
    """The sources of a list such as `iproute2,frr`, each once.

    Raises:
        UsageError: the list is empty, or has a name that is not known.
    """
    wanted = dict.fromkeys(word.strip() for word in words.split(","))
    return [source(name) for name in wanted]


def reduction(wanted: Sequence[Source]) -> Callable[[dict[str, Any]], object] | None:
    """What the sources want to keep of each JSON object, for `reading.read`; None: all of it."""
    steps = [source.reduced for source in wanted if isinstance(source, Reducing)]
    if len(steps) <= 1:
        return steps[0] if steps else None

    def reduce(value: dict[str, Any]) -> object:
        kept: object = value
        for step in steps:
            kept = step(kept) if isinstance(kept, dict) else kept
        return kept

    return reduce
