"""Frames as a short table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dovetool.views.sheet import Sheet

if TYPE_CHECKING:
    from dovetool.api.frame import Frame

_HEADS = ("No.", "Time", "From", "To", "Overlay", "VNID", "Network", "Source", "Destination", "Protocol", "Length")


def frames_sheet(title: str, frames: Iterable[Frame], remarks: tuple[str, ...] = ()) -> Sheet:
    """A row a frame."""
    return Sheet(title, _HEADS, list(map(_row, frames)), remarks)


def _row(frame: Frame) -> tuple[object, ...]:
    from dovetool.vnid_map.texts import time_text

    overlays, inner = frame.overlays, frame.inner
    outer = next((overlay for overlay in overlays if overlay.src is not None), None)
    ends = (None, None) if outer is None else (outer.src_tep or outer.src, outer.dst_tep or outer.dst)
    return (
        frame.number,
        time_text(frame.time_ns),
        *ends,
        "/".join(overlay.encap for overlay in overlays),
        None if frame.vnid is None else str(frame.vnid),
        frame.network,
        frame.src_vm or inner.src_ip or inner.src_mac,
        frame.dst_vm or inner.dst_ip or inner.dst_mac,
        inner.protocol,
        frame.length,
    )
