"""How long packets are."""

from __future__ import annotations

from dovetool.pictures.ink import Ink, Spec
from dovetool.pictures.picture import Picture, level_labels
from dovetool.pictures.words import counted, number
from dovetool.portrait.sizes import SizeClass, Sizes

_WIDEST, _LEVEL = 110, 64
"""Pixels of a class of lengths at most, and where its label is level, at least."""
KINDS = ("tenants' packets", "underlay packets")


def sizes_picture(sizes: Sizes, ink: Ink) -> Picture | None:
    """The picture; None where there are no packets."""
    classes = [each for each in sizes.classes if each.first <= max(sizes.longest_tenant, sizes.longest_underlay)]
    if not sizes.tenant:
        return None
    rows = [
        {"i": place, "size": class_text(each), "kind": kind, "packets": count}
        for place, each in enumerate(classes)
        for kind, count in zip(KINDS, (each.tenant, each.underlay), strict=True)
    ]
    parts: Spec = {
        "data": {"name": "rows", "values": rows},
        "width": "container",
        "usermeta": {"widths": [len(classes) * _WIDEST]},
        "height": 220,
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": {
                "field": "size",
                "type": "nominal",
                "sort": {"field": "i", "op": "min"},
                "title": "octets of a packet",
                "axis": level_labels(str(len(classes) * _LEVEL)),
                "scale": {"paddingInner": 0.25},
            },
            "xOffset": {"field": "kind", "sort": list(KINDS)},
            "y": {
                "field": "packets",
                "type": "quantitative",
                "title": "packets",
                "axis": {"format": ",d", "tickCount": 5},
            },
            "color": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": list(KINDS), "range": [ink.series[0], ink.series[1]]},
                "legend": {"title": None, "orient": "top"},
            },
            "tooltip": [
                {"field": "kind", "type": "nominal", "title": "what"},
                {"field": "size", "type": "nominal", "title": "octets"},
                {"field": "packets", "type": "quantitative", "title": "packets", "format": ",d"},
            ],
        },
    }
    most = max(sizes.classes, key=lambda each: each.tenant)
    told = (
        f"Bars of how many packets are how long. Most of the {counted(sizes.tenant, 'packet')} of tenants have"
        f" {class_text(most)} octets; the longest has {number(sizes.longest_tenant)}, and of the"
        f" {number(sizes.underlay)} that carry them {number(sizes.longest_underlay)}."
    )
    return Picture("sizes", "Packet sizes", told, parts, [])


def class_text(sizes: SizeClass) -> str:
    """From how many octets to how many."""
    return f"{sizes.first}-{sizes.last}" if sizes.last is not None else f"{sizes.first} and more"
