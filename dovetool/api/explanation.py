"""A frame taken apart, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Group
    from rich.text import Text

    from dovetool.analysis.frame_summary import Sight, Sighting
    from dovetool.analysis.single_frame import KnownFrame


class Explanation(str):
    """Every layer of a frame, field by field, and its octets: text, that a terminal and a notebook show in colours."""

    __slots__ = ("_lines",)

    _lines: Sequence[Text]

    def __new__(cls, lines: Sequence[Text]) -> Self:
        """What lines of rich say."""
        made = super().__new__(cls, "\n".join(line.plain.rstrip() for line in lines))
        made._lines = lines
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[Sequence[Text]]]:
        return type(self), (self._lines,)

    def __repr__(self) -> str:
        return str(self)

    def __rich__(self) -> Group:
        from rich.console import Group

        return Group(*self._lines)

    def _repr_html_(self) -> str:
        from dovetool.views.sheet import html_text

        return html_text(*self._lines)


def explanation(known: KnownFrame, sighting: Sighting, comments: tuple[str, ...], sight: Sight) -> Explanation:
    """Take a frame apart."""
    from dovetool.analysis.found_frames import SeenFrame
    from dovetool.observe.dissection import dissect
    from dovetool.views.frames.frame_detail import detail, hex_view

    dissection = dissect(known.view(), sight.observe, sight.names)
    lines = detail(SeenFrame(known, sighting, comments), dissection)
    return Explanation([*lines, *hex_view(known.frame.octets, dissection)])
