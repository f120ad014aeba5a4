"""Who was where and when: as seen, and as the map has it."""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.pictures.ink import Ink, Spec, time_axis
from dovetool.pictures.picture import Picture
from dovetool.pictures.words import counted, moment
from dovetool.portrait.moves import Mover, Moves, Place
from dovetool.views.plain import printable

_MOST, _STEP, _MS = 24, 22, 10**6
_TOLD = {"vm": "VM", "tep": "TEP", "how": "as", "from": "from", "to": "to", "frames": "frames sent"}
_LABELLED = 0.06
"""The part of the width that a bar has at least, to bear a name."""


def moves_picture(moves: Moves, first_ns: int, last_ns: int, ink: Ink) -> Picture | None:
    """The picture, over the time of the capture; None where nobody moved."""
    movers = moves.movers[:_MOST]
    rows = [row for place, mover in enumerate(movers) for row in _rows(place, mover, first_ns, last_ns)]
    if not rows or last_ns <= first_ns:
        return None
    teps = list(dict.fromkeys(row["tep"] for row in rows))
    x = {"field": "a", "type": "temporal", "scale": {"type": "utc"}, "title": None, "axis": time_axis("x")}
    y = {
        "field": "vm",
        "type": "nominal",
        "sort": {"field": "i", "op": "min"},
        "title": None,
        "axis": {"labelLimit": 230, "grid": False, "domain": False},
        "scale": {"paddingInner": 0.35},
    }
    hows = ["seen", "map"] if any(row["how"] == "map" for row in rows) else ["seen"]
    offset = {"field": "how", "type": "nominal", "scale": {"domain": hows, "paddingInner": 0.15}}
    bar: Spec = {
        "mark": {"type": "bar", "cornerRadius": 2, "strokeWidth": 1.5, "tooltip": True},
        "encoding": {
            "x": x,
            "x2": {"field": "b"},
            "y": y,
            "yOffset": offset,
            "color": _colour(teps, ink),
            "stroke": _colour(teps, ink),
            "fillOpacity": {"condition": {"test": "datum.how == 'map'", "value": 0}, "value": 0.35},
            "tooltip": [{"field": name, "type": "nominal", "title": title} for name, title in _TOLD.items()],
        },
    }
    label: Spec = {
        "transform": [{"filter": f"(datum.b - datum.a) / {(last_ns - first_ns) / _MS!r} > {_LABELLED}"}],
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 11, "baseline": "middle", "aria": False},
        "encoding": {
            "x": x,
            "y": y,
            "yOffset": {**offset, "bandPosition": 0.5},
            "text": {"field": "label"},
            "color": {"value": ink.text},
        },
    }
    parts: Spec = {
        "data": {"name": "rows", "values": rows},
        "width": "container",
        "height": len(movers) * (2.4 * _STEP if any(mover.said for mover in movers) else 1.5 * _STEP),
        "layer": [bar, label],
    }
    told = (
        f"Time line of {counted(len(movers), 'VM')} that moved: "
        + "; ".join(_told(mover) for mover in movers[:5])
        + ("; and so on." if len(movers) > 5 else ".")
    )
    return Picture("moves", "Migrations: who was where and when", told, parts, [])


def _rows(number: int, mover: Mover, first_ns: int, last_ns: int) -> Iterator[Spec]:
    for how, places in (("seen", mover.seen), ("map", mover.said)):
        for place in places:
            begin = max(first_ns if place.first_ns is None else place.first_ns, first_ns)
            end = min(last_ns if place.last_ns is None else place.last_ns, last_ns)
            if begin <= end:
                yield _row(number, mover, how, place, begin, end)


def _row(number: int, mover: Mover, how: str, place: Place, begin: int, end: int) -> Spec:
    return {
        "i": number,
        "vm": printable(f"{mover.vm.label} ({mover.network})"),
        "tep": printable(place.tep),
        "label": printable(place.tep if how == "seen" else f"map: {place.tep}"),
        "how": how,
        "a": begin / _MS,
        "b": end / _MS,
        "from": "" if place.first_ns is None else moment(place.first_ns),
        "to": "" if place.last_ns is None else moment(place.last_ns),
        "frames": place.frames if how == "seen" else "",
    }


def _colour(teps: list[str], ink: Ink) -> Spec:
    colours = [ink.series[place % len(ink.series)] for place in range(len(teps))]
    return {"field": "tep", "type": "nominal", "scale": {"domain": teps, "range": colours}, "legend": None}


def _told(mover: Mover) -> str:
    places = [place.tep for place in (mover.seen or mover.said)]
    return printable(f"{mover.vm.label} of {mover.network} from {', then '.join(places)}")
