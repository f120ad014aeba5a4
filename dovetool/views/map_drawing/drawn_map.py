"""A map as a picture: the underlay with its TEPs, what is behind them, and the networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.views.map_drawing.drawing import Drawing, Edge, Kind, Line, Node
from dovetool.views.map_drawing.networks import network_box
from dovetool.views.map_drawing.places import Places

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile

_ALL = 1 << 30


def drawing_of(model: MapFile, limit: int | None) -> Drawing:
    """Draw a map.

    Args:
        model: the map.
        limit: how many things of a kind are drawn in a box, or at a port; None: all. The rest is summed up.
    """
    most = _ALL if limit is None else limit
    networks, edges = network_box(model, most)
    boxes, inside = Places(model, most).boxes()
    teps = [node.name for box in boxes for node in box.nodes if node.kind is Kind.TEP or node.name == "teps_rest"]
    underlay = [Node("underlay", Kind.UNDERLAY, ("underlay",))] if len(teps) > 1 else []
    links = [Edge("underlay", tep, Line.LINK) for tep in teps if underlay]
    return Drawing(underlay, boxes, networks, [*links, *inside, *edges])
