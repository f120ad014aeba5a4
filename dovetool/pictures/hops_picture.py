"""Packets on their way from capture to capture: a lane for each capture, a line for each group of them and each way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dovetool.following.following import By, Counts, Following
from dovetool.pictures.ink import Ink, Spec
from dovetool.pictures.picture import Picture, choice
from dovetool.pictures.words import counted, delay_text, number, percent
from dovetool.portrait.hops import Hops
from dovetool.views.following.follow_words import group_label, short_names

_MOST, _STEP = 16, 58
"""Lines at most, and pixels of each."""
_WIDE, _NARROW, _CHARACTER = 130, 54, 7
"""Pixels of a lane that has room for all of a text, and for the most important of it; those of a character."""
_PLURALS = {By.NETWORK: "networks", By.PAIR: "pairs", By.FLOW: "flows"}
_TOLD = {
    "group": "packets",
    "from": "from",
    "to": "to",
    "seen": "should come",
    "lost": "lost",
    "twice": "came twice",
    "late": "came late",
    "astray": "went astray",
    "changed": "changed",
    "median": "delay, median",
    "p99": "delay, 99%",
}


def hops_picture(hops: Hops | None, ink: Ink) -> Picture | None:
    """The picture; None where packets were not followed."""
    if hops is None:
        return None
    names = short_names([each.name for each in hops.pairs.captures])
    rows = [list(_rows(place, following, names)) for place, following in enumerate(hops)]
    heights = [_STEP * len({row["line"] for row in those}) for those in rows]
    parts: Spec = {
        "params": [choice()],
        "data": {"name": "rows", "values": [row for those in rows for row in those]},
        "transform": [{"filter": "datum.c == choice"}],
        "width": "container",
        "height": heights[0],
        "usermeta": {"heights": heights},
        "encoding": {"y": {"field": "line", "type": "ordinal", "axis": None, "scale": {"padding": 0}}},
        "layer": list(_layers(list(names.values()), ink)),
    }
    choices = [_PLURALS[following.by] for following in hops]
    return Picture("hops", "Packets from capture to capture", _told(hops, names), parts, choices)


def _rows(place: int, following: Following, names: Mapping[str, str]) -> Iterator[Spec]:
    """A row for each step of each line."""
    order = {name: at for at, name in enumerate(names)}
    line = 0
    for group in following.groups:
        for forth in (True, False):
            steps = [
                (hop, counts)
                for hop, counts in zip(following.hops, group.hops, strict=True)
                if counts.seen and (order[hop.source] < order[hop.target]) == forth
            ]
            if not steps:
                continue
            if line == _MOST:
                return
            for at, (hop, counts) in enumerate(steps):
                told = {"group": group_label(following.by, group), "from": names[hop.source], "to": names[hop.target]}
                yield {"c": place, "line": line, "is_first": not at, "is_forth": forth, **told, **_numbers(counts)}
            line += 1


def _numbers(counts: Counts) -> Spec:
    delay = counts.delay
    median = "" if delay is None else delay_text(delay.p50)
    named = (("lost", counts.lost), ("astray", counts.misdelivered))
    wrong = ", ".join(f"{number(count)} {name}" for name, count in named if count)
    return {
        "seen": number(counts.seen),
        "lost": f"{number(counts.lost)} ({percent(counts.lost, counts.seen)})" if counts.lost else "0",
        "twice": number(counts.duplicated),
        "late": number(counts.reordered),
        "astray": number(counts.misdelivered),
        "changed": ", ".join(f"{name} {number(count)}" for name, count in counts.changed.items() if count),
        "median": median,
        "p99": "" if delay is None else delay_text(delay.p99),
        "text": ", ".join(filter(None, (wrong, median))),
        "short": wrong or median,
        "is_wrong": bool(wrong),
        "is_gap": counts.lost == counts.seen,
    }


def _layers(lanes: list[str], ink: Ink) -> Iterator[Spec]:
    """Lines, their heads, what they are about, and what is said of each step."""
    colour = {"condition": {"test": "datum.is_wrong", "value": ink.series[3]}, "value": ink.accent}
    tooltip = [{"field": name, "type": "nominal", "title": title} for name, title in _TOLD.items()]
    yield {
        "mark": {"type": "rule", "strokeWidth": 3, "tooltip": True},
        "encoding": {
            "x": _lane_axis("from", lanes),
            "x2": {"field": "to"},
            "color": colour,
            "strokeDash": {"condition": {"test": "datum.is_gap", "value": [3, 4]}, "value": [1, 0]},
            "tooltip": tooltip,
        },
    }
    yield {
        "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1, "aria": False, "xOffset": _forth("-5")},
        "encoding": {
            "x": _lane_axis("to", lanes),
            "color": colour,
            "shape": {
                "condition": {"test": "datum.is_forth", "value": "triangle-right"},
                "value": "triangle-left",
            },
        },
    }
    yield {
        "transform": [{"filter": "datum.is_first"}],
        "mark": {"type": "text", "align": "left", "dy": -15, "fontSize": 12, "limit": {"expr": "width"}, "aria": False},
        "encoding": {"x": {"value": 0}, "text": {"field": "group"}, "color": {"value": ink.text}},
    }
    lane = f"width / {len(lanes)}"
    yield {
        "mark": {"type": "text", "dy": 13, "fontSize": 11, "aria": False, "dx": _forth(f"{lane} / 2")},
        "encoding": {
            "x": _lane_axis("from", lanes),
            "text": {
                "condition": [
                    {"test": f"{lane} > {_WIDE}", "field": "text"},
                    {"test": f"{lane} > {_NARROW}", "field": "short"},
                ],
                "value": "",
            },
            "color": {"condition": {"test": "datum.is_wrong", "value": ink.text}, "value": ink.soft},
        },
    }


def _forth(pixels: str) -> Spec:
    """So far ahead, the way that packets go."""
    return {"expr": f"(datum.is_forth ? 1 : -1) * {pixels}"}


def _lane_axis(field: str, lanes: list[str]) -> Spec:
    """The captures, each with a line down; their names are turned where they are too long to be level."""
    is_narrow = f"width / {len(lanes)} < {_CHARACTER * max(map(len, lanes))}"
    return {
        "field": field,
        "type": "nominal",
        "title": None,
        "scale": {"type": "point", "padding": 0.5, "domain": lanes},
        "axis": {
            "orient": "top",
            "grid": True,
            "domain": False,
            "labelLimit": 150,
            "labelAngle": {"expr": f"{is_narrow} ? -40 : 0"},
            "labelAlign": {"expr": f"{is_narrow} ? 'left' : 'center'"},
            "labelBaseline": {"expr": f"{is_narrow} ? 'middle' : 'bottom'"},
        },
    }


def _told(hops: Hops, names: Mapping[str, str]) -> str:
    following = hops.networks
    steps = [
        f"from {names[hop.source]} to {names[hop.target]} {number(hop.counts.lost)} of {number(hop.counts.seen)}"
        for hop in following.hops
    ]
    return f"Lanes of {counted(len(names), 'capture')} that packets come by. Lost on the way: {'; '.join(steps)}."
