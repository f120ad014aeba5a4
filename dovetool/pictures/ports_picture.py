"""The outer source ports that tunnels use: the more even they are, the better ECMP can spread them."""

from __future__ import annotations

from dovetool.pictures.ink import Ink, Spec
from dovetool.pictures.picture import Picture, choice
from dovetool.pictures.words import counted
from dovetool.portrait.ports import PORTS_OF_A_BIN, Ports


def ports_picture(ports: Ports, ink: Ink) -> Picture | None:
    """The picture; None where no tunnel has a source port."""
    if not ports.histograms:
        return None
    rows = [
        {"c": place, "port": at * PORTS_OF_A_BIN, "end": (at + 1) * PORTS_OF_A_BIN, "frames": frames}
        for place, (_, bins) in enumerate(ports.histograms)
        for at, frames in enumerate(bins)
        if frames
    ]
    parts: Spec = {
        "params": [choice()],
        "data": {"name": "rows", "values": rows},
        "transform": [
            {"filter": "datum.c == choice"},
            {"calculate": "datum.port + ' to ' + (datum.end - 1)", "as": "span"},
        ],
        "width": "container",
        "height": 180,
        "mark": {"type": "rect", "color": ink.accent, "aria": False},
        "encoding": {
            "x": {
                "field": "port",
                "type": "quantitative",
                "scale": {"zero": False, "nice": False},
                "title": "outer UDP source port",
                "axis": {"format": "d", "grid": False, "tickCount": 8},
            },
            "x2": {"field": "end"},
            "y": {
                "field": "frames",
                "type": "quantitative",
                "title": "frames",
                "scale": {"zero": True},
                "axis": {"format": ",d", "tickCount": 4},
            },
            "y2": {"datum": 0},
            "tooltip": [
                {"field": "span", "type": "nominal", "title": "ports"},
                {"field": "frames", "type": "quantitative", "title": "frames", "format": ",d"},
            ],
        },
    }
    told = (
        f"Histogram of the outer UDP source ports: {counted(ports.frames, 'frame')} have"
        f" {counted(ports.ports, 'different port')}, between"
        f" {'more than ' if ports.has_more else ''}{counted(ports.pairs, 'pair')} of TEPs."
    )
    return Picture("ports", "Outer source ports", told, parts, [label for label, _ in ports.histograms])
