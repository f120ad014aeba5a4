"""The columns in which all rows that look the same have the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dovetool.analysis.columns.cells import Value
from dovetool.analysis.columns.places import Entry
from dovetool.analysis.summaries import Look
from dovetool.observe.names import Names
from dovetool.observe.observation import Level, Overlay
from dovetool.observe.protocols import protocol_name

Make = Callable[[Entry, Names], Value]


def _of_look(make: Callable[[Look], Value]) -> Make:
    return lambda entry, _: make(entry.look)


def _of_tunnel(make: Callable[[Overlay], Value]) -> Make:
    return lambda entry, _: None if entry.tunnel is None else make(entry.tunnel)


def _of_header(make: Callable[[Level, Overlay], Value]) -> Make:
    return lambda entry, _: None if entry.header is None else make(*entry.header)


def _outer_vlans(entry: Entry, _: Names) -> Value:
    return () if entry.tunnel is None else entry.look.seen.levels[0].vlans


def _layer_network(entry: Entry, names: Names) -> Value:
    return None if entry.header is None else names.network(entry.header[1].vnid)


SHARED: Mapping[str, Make] = {
    "interface": _of_look(lambda look: look.interface or None),
    "overhead": _of_look(lambda look: look.seen.overhead),
    "hop": _of_look(lambda look: look.seen.hop),
    "encaps": _of_look(lambda look: "/".join([overlay.encap for overlay in look.seen.overlays]) or None),
    "depth": _of_look(lambda look: len(look.seen.overlays)),
    "vnids": _of_look(lambda look: look.seen.vnids),
    "vnid": _of_look(lambda look: look.seen.vnid),
    "network": lambda entry, names: names.network(entry.look.seen.vnid),
    "outer_encap": _of_tunnel(lambda tunnel: tunnel.encap),
    "outer_vlans": _outer_vlans,
    "outer_protocol": _of_tunnel(lambda tunnel: tunnel.protocol),
    "vlans": _of_look(lambda look: look.seen.inner.vlans),
    "ethertype": _of_look(lambda look: look.seen.inner.ethertype),
    "ip_protocol": _of_look(lambda look: look.seen.inner.protocol),
    "protocol": _of_look(lambda look: protocol_name(look.seen.inner) or None),
    "problem": _of_look(lambda look: None if look.seen.problem is None else str(look.seen.problem)),
    "verdict": _of_look(lambda look: look.verdict),
    "layer": lambda entry, _: entry.layer + 1,
    "layer_encap": _of_header(lambda _, header: header.encap),
    "layer_vnid": _of_header(lambda _, header: header.vnid),
    "layer_network": _layer_network,
    "layer_vlans": _of_header(lambda level, _: level.vlans),
    "layer_protocol": _of_header(lambda _, header: header.protocol),
    "layer_pcp": _of_header(lambda _, header: header.pcp),
}
"""What is made of what they have in common."""
