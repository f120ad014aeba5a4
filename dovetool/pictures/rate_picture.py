"""The rate over time, by network: all of it, and the part that is chosen in the strip below."""

from __future__ import annotations

import json

from dovetool.pictures.ink import Ink, Spec, time_axis
from dovetool.pictures.picture import Picture
from dovetool.pictures.words import amount, moment, unit_of
from dovetool.portrait.rates import Rates
from dovetool.views.plain import printable

_MS, _SECOND = 10**6, 10**9


def rate_picture(rates: Rates, ink: Ink) -> Picture | None:
    """The picture; None where there is nothing to show."""
    if not rates.series:
        return None
    per_second = 8 * _SECOND / rates.width_ns
    totals = [sum(column) for column in zip(*(series.octets for series in rates.series), strict=True)]
    scale, unit = unit_of(max(totals) * per_second, "bit/s")
    keys = [f"s{place}" for place in range(len(rates.series))]
    labels = {key: printable(series.network) for key, series in zip(keys, rates.series, strict=True)}
    rows = _rows(rates, keys)
    fold = [
        {"fold": keys, "as": ["key", "octets"]},
        {"calculate": f"datum.octets * {per_second / scale!r}", "as": "rate"},
    ]
    y = {"field": "rate", "type": "quantitative", "stack": "zero"}
    x = {
        "field": "t",
        "type": "temporal",
        "scale": {"type": "utc"},
        "title": None,
        "axis": {**time_axis("concat_0_x"), "grid": False},
    }
    area = {
        "mark": {"type": "area", "interpolate": "step-after", "aria": False},
        "transform": fold,
        "encoding": {"x": x, "y": y, "color": _colour(keys, labels, ink)},
    }
    parts: Spec = {
        "data": {"name": "rows", "values": rows},
        "vconcat": [_detail(area, keys, labels, per_second / scale, unit, ink), _strip(area, ink)],
        "spacing": 14,
        "resolve": {"scale": {"color": "independent"}},
    }
    busiest = totals.index(max(totals))
    told = (
        f"Rate of {', '.join(labels.values())} in spans of {rates.width_ns / _SECOND:g} s;"
        f" the most is {amount(max(totals) * per_second, 'bit/s')} from"
        f" {moment(rates.begin_ns + busiest * rates.width_ns)} UTC on."
    )
    return Picture("rate", "Rate over time, by network", told, parts, [])


def _rows(rates: Rates, keys: list[str]) -> list[dict[str, float]]:
    """A row a bin, with the octets of each network; the last one stands twice, as it has a width, too."""
    rows: list[dict[str, float]] = []
    for place, octets in enumerate(zip(*(series.octets for series in rates.series), strict=True)):
        time_ms = (rates.begin_ns + place * rates.width_ns) / _MS
        rows.append({"t": time_ms, **dict(zip(keys, octets, strict=True))})
    return [*rows, {**rows[-1], "t": (rates.begin_ns + len(rows) * rates.width_ns) / _MS, "end": 1}]


def _colour(keys: list[str], labels: dict[str, str], ink: Ink) -> Spec:
    colours = list(ink.series[: len(keys)])
    legend = {
        "title": None,
        "orient": "top",
        "direction": "horizontal",
        "columns": 8,
        "labelExpr": f"({json.dumps(labels)})[datum.value]",
    }
    return {
        "field": "key",
        "type": "nominal",
        "scale": {"domain": keys, "range": colours},
        "legend": legend if len(keys) > 1 else None,
    }


def _detail(area: Spec, keys: list[str], labels: dict[str, str], factor: float, unit: str, ink: Ink) -> Spec:
    """The part that is chosen, with a line at the time under the pointer."""
    encoding = area["encoding"]
    x = {**encoding["x"], "scale": {"type": "utc", "domain": {"param": "chosen"}}}
    y = {**encoding["y"], "axis": {"title": unit, "minExtent": 52, "tickCount": 5}}
    shown = [{"calculate": f"datum.{key} * {factor!r}", "as": f"r{key}"} for key in keys]
    shown.append({"calculate": "utcFormat(datum.t, '%Y-%m-%d %H:%M:%S.%L')", "as": "from"})
    tooltip = [{"field": f"r{key}", "type": "quantitative", "title": labels[key], "format": ",.6~r"} for key in keys]
    near = {"type": "point", "fields": ["t"], "nearest": True, "on": "pointerover", "clear": "pointerout"}
    pointer = {
        "transform": [{"filter": "!datum.end"}, *shown],
        "params": [{"name": "near", "select": near}],
        "mark": {"type": "rule", "color": ink.text, "aria": False},
        "encoding": {
            "x": x,
            "opacity": {"condition": {"param": "near", "empty": False, "value": 0.6}, "value": 0},
            "tooltip": [{"field": "from", "type": "nominal", "title": "from, UTC"}, *tooltip],
        },
    }
    area = {**area, "mark": {**area["mark"], "clip": True}, "encoding": {**encoding, "x": x, "y": y}}
    return {"width": "container", "height": 240, "layer": [area, pointer]}


def _strip(area: Spec, ink: Ink) -> Spec:
    """All of it, small; a part can be chosen in it."""
    encoding = area["encoding"]
    select = {
        "type": "interval",
        "encodings": ["x"],
        "mark": {"fill": ink.accent, "fillOpacity": 0.18, "stroke": ink.accent, "cursor": "grab"},
    }
    y = {**encoding["y"], "axis": {"title": None, "labels": False, "grid": False, "domain": False, "minExtent": 52}}
    colour = {**encoding["color"], "legend": None}
    return {
        **area,
        "params": [{"name": "chosen", "select": select}],
        "width": "container",
        "height": 44,
        "encoding": {"x": {**encoding["x"], "axis": None}, "y": y, "color": colour},
    }
