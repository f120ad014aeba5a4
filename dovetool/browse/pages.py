"""Pages to read: the help, and the trace of a frame."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dovetool.analysis.single_frame import KnownFrame
from dovetool.analysis.trace import Tracer
from dovetool.browse.keys import KEYS
from dovetool.browse.session import Session
from dovetool.views.tracing.trace import TraceView


def help_page() -> RenderableType:
    """All keys."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for at, (heading, keys) in enumerate(KEYS):
        table.add_row(Text(heading, "bold underline"), "") if not at else table.add_row(
            Text(f"\n{heading}", "bold underline"), ""
        )
        for names, told in keys:
            table.add_row(Text(names), Text(told))
    return table


def trace_page(session: Session, known: KnownFrame, width: int) -> RenderableType:
    """The way of a frame through the network of the map, in so many characters."""
    vnid_map = session.names.vnid_map
    assert vnid_map is not None  # noqa: S101  (who asks has one)
    made = Tracer(vnid_map, session.selectors).trace(known, f"frame {known.number} of {session.capture.name}")
    return TraceView(vnid_map, session.selectors, width).tree(made)
