"""Who talks to whom, as a heat map: a row for each that sends, a column for each that is sent to."""

from __future__ import annotations

from dovetool.pictures.ink import Ink, Spec
from dovetool.pictures.picture import Picture, choice, level_labels
from dovetool.pictures.words import number
from dovetool.portrait.talks import Matrix, Talks
from dovetool.views.plain import printable

_STEP, _HIGH_STEP, _FEW = 24, 36, 8
_CHARACTER, _BESIDE, _LEAST, _TURNED = 7, 14, 48, 40
"""Pixels of a character of a label, beside it, of a column at least, and of one whose label is turned."""
_GIVEN_UP = " What was given up on the way, as there was so much, is not in it."
_MOST = 760
"""Pixels that columns with level labels may take together."""


def tep_picture(talks: Talks, ink: Ink) -> Picture | None:
    """TEPs, in all networks and in the largest of them."""
    return _picture("teps", "TEPs: who sends to whom", talks, ink)


def vm_picture(talks: Talks, ink: Ink) -> Picture | None:
    """VMs within the largest networks."""
    return _picture("vms", "VMs: who sends to whom", talks, ink)


def _picture(name: str, title: str, talks: Talks, ink: Ink) -> Picture | None:
    if not talks.matrices:
        return None
    rows = [row for place, matrix in enumerate(talks.matrices) for row in _rows(place, matrix)]
    heights = [_height(len({src for src, *_ in matrix.cells})) for matrix in talks.matrices]
    level = [_level_width(matrix) for matrix in talks.matrices]
    turned = [_TURNED * len({dst for _, dst, _ in matrix.cells}) for matrix in talks.matrices]
    widths = [one if one <= _MOST else other for one, other in zip(level, turned, strict=True)]
    parts: Spec = {
        "params": [choice()],
        "data": {"name": "rows", "values": rows},
        "transform": [{"filter": "datum.c == choice"}],
        "width": "container",
        "height": heights[0],
        "usermeta": {"heights": heights, "widths": widths},
        "mark": {"type": "rect", "cornerRadius": 2, "color": ink.accent, "tooltip": True},
        "encoding": {
            "x": _axis("dst", "di", "to", level_labels(f"{level}[choice]")),
            "y": _axis("src", "si", "from", {}),
            "opacity": {
                "field": "octets",
                "type": "quantitative",
                "scale": {"type": "log", "range": [0.12, 1], "nice": False},
                "legend": {
                    "title": "octets (logarithmic)",
                    "titleLimit": 320,
                    "orient": "top",
                    "tickCount": 4,
                    "format": ",d",
                    "symbolFillColor": ink.accent,
                    "symbolStrokeColor": ink.accent,
                    "symbolSize": 180,
                },
            },
            "tooltip": [
                {"field": "src", "type": "nominal", "title": "from"},
                {"field": "dst", "type": "nominal", "title": "to"},
                {"field": "frames", "type": "quantitative", "title": "frames", "format": ",d"},
                {"field": "octets", "type": "quantitative", "title": "octets", "format": ",d"},
            ],
        },
    }
    told = _told(talks.matrices[0]) + (_GIVEN_UP if talks.is_bounded else "")
    return Picture(name, title, told, parts, [matrix.network for matrix in talks.matrices])


def _height(rows: int) -> int:
    return rows * (_HIGH_STEP if rows <= _FEW else _STEP)


def _level_width(matrix: Matrix) -> int:
    """Pixels of the columns of a matrix when their labels are level."""
    columns = {dst for _, dst, _ in matrix.cells}
    longest = max(len(printable(matrix.ends[dst])) for dst in columns)
    return len(columns) * max(_LEAST, _CHARACTER * longest + _BESIDE)


def _axis(field: str, order: str, title: str, labels: Spec) -> Spec:
    return {
        "field": field,
        "type": "nominal",
        "sort": {"field": order, "op": "min"},
        "title": title,
        "axis": {**labels, "labelLimit": 150, "domain": False, "grid": False},
        "scale": {"paddingInner": 0.08},
    }


def _rows(place: int, matrix: Matrix) -> list[Spec]:
    ends = list(map(printable, matrix.ends))
    return [
        {
            "c": place,
            "src": ends[src],
            "dst": ends[dst],
            "si": src,
            "di": dst,
            "frames": amount.frames,
            "octets": amount.octets,
        }
        for src, dst, amount in matrix.cells
    ]


def _told(matrix: Matrix) -> str:
    src, dst, most = max(matrix.cells, key=lambda cell: cell[2].octets)
    return (
        f"Heat map of who sends how many octets to whom, {printable(matrix.network)}: {len(matrix.ends)} ends."
        f" The most go from {printable(matrix.ends[src])} to {printable(matrix.ends[dst])}:"
        f" {number(most.octets)} octets in {number(most.frames)} frames."
    )
