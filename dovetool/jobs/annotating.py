"""What puts into words what a command sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.frame.selectors import Selectors
from dovetool.jobs.encapsulations import map_selectors

if TYPE_CHECKING:
    from dovetool.observe.annotate import Annotator
    from dovetool.vnid_map import VnidMap


def annotator(
    wanted: bool, selectors: Selectors, tpid: int, depth: int | None = None, vnid_map: VnidMap | None = None
) -> Annotator | None:
    """What puts into words what a command sees, where that is wanted."""
    if not wanted:
        return None
    from dovetool.observe.annotate import Annotator
    from dovetool.observe.names import Names
    from dovetool.observe.observe import DEFAULT_DEPTH, Detail, Observe

    return Annotator(Observe(selectors, tpid, depth or DEFAULT_DEPTH, Detail.UNDERLAY), Names(vnid_map))


def map_annotator(wanted: bool, vnid_map: VnidMap, words: list[str] | None = None) -> Annotator | None:
    """The same, by the names and numbers of a map and the ports of `-d udp.port==N,E`."""
    return annotator(wanted, map_selectors(vnid_map, words), vnid_map.tpid, vnid_map=vnid_map)
