"""The words of the last line."""

from __future__ import annotations

from dovetool.analysis.indexed import IndexedCapture
from dovetool.browse.frame_list import FrameList
from dovetool.views.numbers import percent


def status_text(capture: IndexedCapture, frames: FrameList, news: str) -> tuple[str, bool]:
    """What there is to say, and whether it alarms; news come first."""
    row, count = frames.row, len(capture)
    parts = [news] if news else []
    if row is not None:
        parts.append(f"{row + 1:,} of {count:,}")
    elif count:
        parts.append(f"none of {count:,} frames")
    if not frames.chosen.is_all:
        parts.append(_chosen(frames, count))
    if frames.marked:
        parts.append(f"{len(frames.marked):,} marked")
    parts += _reading(capture)
    if frames.left_out and not news:
        parts.append(f"left out: {', '.join(frames.left_out)}")
    return "  ".join(parts), capture.damage is not None


def _chosen(frames: FrameList, count: int) -> str:
    chosen = frames.chosen
    looking = "" if chosen.looked_at >= count else f", looked at {percent(chosen.looked_at, count)}"
    return f"shown {len(chosen):,} ({percent(len(chosen), count) or '0 %'}{looking})"


def _reading(capture: IndexedCapture) -> list[str]:
    """How far reading is."""
    if capture.damage is not None:
        return [str(capture.damage)]
    if capture.is_complete:
        return [] if len(capture) else ["no frames"]
    if capture.size:
        return [f"reading {percent(capture.position, capture.size)}"]
    return ["live" if len(capture) else "waiting for the first frame"]
