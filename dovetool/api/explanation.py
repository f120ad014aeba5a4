"""A frame taken apart, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Group
    from rich.text import Text

    from dovetool.analysis.frame_summary import Sight, Sighting
    from dovetool.analysis.single_frame import KnownFrame


class Explanation:
    """Every layer of a frame, field by field, and its octets; `print` it, or look at it in a notebook.

    Attributes:
        text: all of it, line by line.
    """

    def __init__(self, lines: Sequence[Text]) -> None:
        """What lines of rich say."""
        self._lines = lines

    @property
    def text(self) -> str:
        """All of it, line by line."""
        return "\n".join(line.plain.rstrip() for line in self._lines)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

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
    from dovetool.views.frame_detail import detail, hex_view

    dissection = dissect(known.view(), sight.observe, sight.names)
    lines = detail(SeenFrame(known, sighting, comments), dissection)
    return Explanation([*lines, *hex_view(known.frame.octets, dissection)])
