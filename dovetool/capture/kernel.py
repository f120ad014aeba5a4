"""What is done to the records of a whole block: compiled where the core is, else in plain Python."""

from __future__ import annotations

from dovetool.core import COMPILED

if COMPILED:
    from dovetool.core.filling import copy_frames, fill_packets, fill_records, lay_out
    from dovetool.core.records import walk_packets, walk_records
else:
    from dovetool.capture.plain_records import (
        copy_frames,
        fill_packets,
        fill_records,
        lay_out,
        walk_packets,
        walk_records,
    )

__all__ = ["copy_frames", "fill_packets", "fill_records", "lay_out", "walk_packets", "walk_records"]
