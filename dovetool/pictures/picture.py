"""A picture: what Vega-Lite is to draw, and what it says in words."""

from __future__ import annotations

from typing import Any, NamedTuple

from dovetool.pictures.ink import PAPER, Ink, Spec, config

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_WIDTH = 960


class Picture(NamedTuple):
    """A picture.

    Attributes:
        name: of its file, and of its place in the page.
        title: of the file, which stands alone.
        told: what it says, in words, for those who do not see it.
        parts: of its specification; in it, a width of "container" is as much as there is, and no more than `usermeta`
            says there: `widths` (and `heights`) by choice.
        choices: what it can be about, one at a time: the parameter `choice` is the place of it.
    """

    name: str
    title: str
    told: str
    parts: Spec
    choices: list[str]

    def spec(self, ink: Ink) -> Spec:
        """The specification for a page."""
        return {
            "$schema": SCHEMA,
            "description": self.told,
            "config": config(ink),
            **self.parts,
        }

    def alone(self) -> Spec:
        """The specification for a file, with a title and a width."""
        most = next(iter(self.parts.get("usermeta", {}).get("widths", ())), _WIDTH)
        spec: Spec = _wide({**self.spec(PAPER), "title": self.title}, min(most, _WIDTH))
        return {**spec, "padding": 20}


def level_labels(needed: str) -> Spec:
    """The labels of an axis: level where it is as wide as an expression says, else turned."""
    is_narrow = f"width < {needed}"
    return {
        "labelAngle": {"expr": f"{is_narrow} ? -50 : 0"},
        "labelAlign": {"expr": f"{is_narrow} ? 'right' : 'center'"},
        "labelBaseline": {"expr": f"{is_narrow} ? 'middle' : 'top'"},
    }


def choice() -> Spec:
    """The parameter that says which of its choices a picture is about: at first the first one."""
    return {"name": "choice", "value": 0}


def _wide(part: Any, width: int) -> Any:  # noqa: ANN401  (it is whatever a specification holds)
    if isinstance(part, dict):
        return {
            key: width if key == "width" and value == "container" else value if key == "data" else _wide(value, width)
            for key, value in part.items()
        }
    return [_wide(each, width) for each in part] if isinstance(part, list) else part
