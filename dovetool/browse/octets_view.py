"""The octets of a frame, each in the colour of its layer; those of the field under the cursor are marked."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dovetool.browse.colours import is_plain
from dovetool.observe.dissection import Dissection
from dovetool.views.frames.frame_detail import layer_styles

_WIDE, _NARROW = 16, 8
_OFFSET = 6  # characters of a line before its octets
_NOBODY = -1


class OctetsView(ScrollView, can_focus=True):
    """The octets."""

    DEFAULT_CSS = """
    OctetsView { background: $surface; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    OctetsView > .octets--marked { background: $primary; color: $text; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"octets--marked"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", show=False),
        Binding("right,l", "move(1)", show=False),
        Binding("up,k", "line(-1)", show=False),
        Binding("down,j", "line(1)", show=False),
        Binding("g,home", "go(0)", show=False),
        Binding("G,end", "go(-1)", show=False),
        Binding("pageup,b", "page_up", show=False),
        Binding("pagedown,space", "page_down", show=False),
    ]

    class Chosen(Message):
        """An octet was chosen."""

        def __init__(self, offset: int) -> None:
            super().__init__()
            self.offset = offset

    def __init__(self) -> None:
        super().__init__(id="octets")
        self._octets, self._owners, self._styles = b"", list[int](), list[Style]()
        self._marked = range(0)
        self._at = 0

    def on_mount(self) -> None:
        """Say what it is."""
        self.border_title = "Octets"

    def show_frame(self, octets: bytes, dissection: Dissection) -> None:
        """Show another frame."""
        self._octets = octets
        self._owners = [_NOBODY] * len(octets)
        for number, layer in enumerate(dissection.layers):
            end = min(layer.offset + layer.length, len(octets))
            self._owners[layer.offset : end] = [number] * max(end - layer.offset, 0)
        colours = [] if is_plain(self.app) else layer_styles(dissection)
        self._styles = [Style.parse(colour) for colour in colours] or [Style.null()] * len(dissection.layers)
        self._marked, self._at = range(0), 0
        self._resize()
        self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.refresh()

    def show_nothing(self) -> None:
        """There is no frame."""
        self.show_frame(b"", Dissection(()))
        self.border_title = "Octets"

    def mark(self, offset: int, length: int) -> None:
        """Mark octets, and bring them into sight."""
        self._marked = range(offset, offset + length)
        self.border_title = f"Octets: {length:,} at {offset:#06x}" if length else "Octets"
        if length and self._at not in self._marked:
            self._at = offset
        if length:
            self._show_line(self._at // self._per_line)
        self.refresh()

    @property
    def _per_line(self) -> int:
        return _WIDE if self.size.width >= _OFFSET + _WIDE * 4 + 3 else _NARROW

    def _resize(self) -> None:
        self.virtual_size = Size(self.size.width, -(-len(self._octets) // self._per_line))

    def on_resize(self) -> None:
        """Another width may hold more in a line."""
        self._resize()
        self.refresh()

    def _show_line(self, line: int) -> None:
        first, height = round(self.scroll_target_y), max(self.scrollable_content_region.height, 1)
        if not first <= line < first + height:
            self.scroll_to(y=max(line - height // 2, 0), animate=False, force=True, immediate=True)

    def render_line(self, y: int) -> Strip:
        """A line of octets."""
        base, per_line = self.rich_style, self._per_line
        start = (self.scroll_offset.y + y) * per_line
        places = range(start, min(start + per_line, len(self._octets)))
        if not places:
            return Strip.blank(self.size.width, base)
        segments = [Segment(f"{start:04x}  ", base + Style(dim=True))]
        for at in places:
            gap = "  " if at % per_line == per_line // 2 - 1 else " "
            joined = at in self._marked and at + 1 in self._marked and at + 1 in places
            segments.append(Segment(f"{self._octets[at]:02x}", self._style(at, base)))
            segments.append(Segment(gap, self._style(at, base) if joined else base))
        filled = sum(len(segment.text) for segment in segments)
        segments.append(Segment(" " * (_OFFSET + per_line * 3 + 2 - filled), base))
        segments += [Segment(_letter(self._octets[at]), self._style(at, base)) for at in places]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _style(self, at: int, base: Style) -> Style:
        owner = self._owners[at]
        style = base + self._styles[owner] if owner >= 0 else base
        if at not in self._marked:
            return style
        if is_plain(self.app):
            return style + Style(reverse=True)
        return style + self.get_component_rich_style("octets--marked")

    def action_move(self, by: int) -> None:
        """To another octet."""
        self._choose(self._at + by)

    def action_line(self, by: int) -> None:
        """To the octet above or below."""
        self._choose(self._at + by * self._per_line)

    def action_go(self, place: int) -> None:
        """To the first octet, or the last for -1."""
        self._choose(place if place >= 0 else len(self._octets) - 1)

    def _choose(self, at: int) -> None:
        if 0 <= at < len(self._octets):
            self._at = at
            self._show_line(at // self._per_line)
            self.post_message(self.Chosen(at))

    def on_click(self, event: events.Click) -> None:
        """Choose the octet, or the letter, that was clicked."""
        at = event.get_content_offset(self)
        if at is None:
            return
        per_line, letters = self._per_line, _OFFSET + self._per_line * 3 + 2
        column = at.x - letters if at.x >= letters else _column(at.x - _OFFSET, per_line)
        if 0 <= column < per_line:
            self._choose((self.scroll_offset.y + at.y) * per_line + column)


def _column(x: int, per_line: int) -> int:
    """The octet of a line that a character belongs to; a wider gap is in the middle."""
    half = per_line // 2 * 3
    return x // 3 if x < half else (x - 1) // 3


def _letter(octet: int) -> str:
    return chr(octet) if 32 <= octet < 127 else "."
