"""Three panes in step: the list, the detail of the frame under its cursor, and the octets of that."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from dovetool.browse.detail_tree import DetailTree
from dovetool.browse.filter_bar import FilterBar
from dovetool.browse.frame_list import FrameList
from dovetool.browse.octets_view import OctetsView
from dovetool.browse.row_list import RowList
from dovetool.browse.session import Session
from dovetool.browse.status_line import StatusLine
from dovetool.errors import DovetoolError
from dovetool.observe.dissection import dissect
from dovetool.observe.observe import Detail

_SETTLE_S = 0.02
_WIDE = 150


class Panes(Screen[None]):
    """The panes, between the filter bar and the last line.

    Attributes:
        session: what is browsed.
        frames: the list.
        failure: what was wrong when a frame was read again.
    """

    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [  # type: ignore[misc]  # as Textual means it
        (0, "-narrow"),
        (_WIDE, "-wide"),
    ]
    DEFAULT_CSS = """
    Panes FrameList, Panes DetailTree, Panes OctetsView {
        border-top: solid $primary-muted; border-title-color: $text-muted;
    }
    Panes FrameList:focus, Panes DetailTree:focus, Panes OctetsView:focus {
        border-top: heavy $primary; border-title-color: $text; border-title-style: bold;
    }
    Panes #frames { height: 9fr; }
    Panes #lower { height: 11fr; layout: vertical; }
    Panes #detail { height: 6fr; }
    Panes #octets { height: 5fr; }
    Panes.-wide #frames { height: 1fr; }
    Panes.-wide #lower { height: 1fr; layout: horizontal; }
    Panes.-wide #detail { width: 1fr; height: 100%; }
    Panes.-wide #octets { width: 76; height: 100%; }
    Panes.-alone .-hidden { display: none; }
    """

    def __init__(self, session: Session, frames: FrameList) -> None:
        super().__init__()
        self.session, self.frames = session, frames
        self.failure: DovetoolError | None = None
        self._settling: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield FilterBar(id="filter-bar")
        yield self.frames
        with Container(id="lower"):
            yield DetailTree()
            yield OctetsView()
        yield StatusLine()

    def tell_status(self) -> None:
        """Say where one is."""

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Show another frame, as soon as the cursor has come to rest."""
        event.stop()
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(_SETTLE_S, self._show_frame)

    def on_row_list_activated(self, event: RowList.Activated) -> None:
        """To the detail of a frame."""
        event.stop()
        self.set_focus(self.query_one(DetailTree))

    def _show_frame(self) -> None:
        tree, octets, row = self.query_one(DetailTree), self.query_one(OctetsView), self.frames.row
        if row is None:
            tree.show_nothing()
            octets.show_nothing()
            return
        try:
            seen = self.frames.texts.seen(row)
        except DovetoolError as error:
            self.failure = error
            return
        observe = self.session.observe(Detail.ALL, Detail.TUNNELS)
        dissection = dissect(seen.known.view(), observe, self.session.names)
        octets.show_frame(seen.known.frame.octets, dissection)
        tree.show_frame(seen, dissection)
        self.tell_status()

    def on_detail_tree_chosen(self, event: DetailTree.Chosen) -> None:
        """Mark the octets of a part."""
        self.query_one(OctetsView).mark(event.part.offset, event.part.length)

    def on_octets_view_chosen(self, event: OctetsView.Chosen) -> None:
        """Go to the part that has an octet."""
        self.query_one(DetailTree).select_octet(event.offset)

    def action_frame(self, by: int) -> None:
        """The next frame, or the one before, wherever the keys go."""
        self.frames.cursor += by

    def action_alone(self) -> None:
        """Show the pane alone that has the keys, or all of them again."""
        panes: tuple[Widget, ...] = (self.frames, self.query_one(DetailTree), self.query_one(OctetsView))
        focused = next((pane for pane in panes if pane.has_focus), self.frames)
        is_alone = not self.has_class("-alone")
        self.set_class(is_alone, "-alone")
        for pane in panes:
            pane.set_class(is_alone and pane is not focused, "-hidden")
        self.query_one("#lower").set_class(is_alone and focused is self.frames, "-hidden")
