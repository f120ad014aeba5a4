"""Which UDP destination ports mark an overlay."""

from __future__ import annotations

from collections.abc import Mapping

from dovetool.vnid_map import VnidMap
from dovetool.wire.overlay import ENCAPSULATIONS, UDP_PORTS


def ports_of(vnid_map: VnidMap, extra: Mapping[int, str] | None = None) -> dict[int, str]:
    """The registered ports, those that a map gives its tunnel end points, and extra ones, the later the stronger."""
    named = {port: encap for tep in vnid_map.teps for encap, port in tep.ports.items() if encap in ENCAPSULATIONS}
    return {**UDP_PORTS, **named, **(extra or {})}
