"""What is done to the frames of a whole block: compiled where the core is, else in plain Python."""

from __future__ import annotations

from dovetool.core import COMPILED

if COMPILED:
    from dovetool.core.checks import Questions
    from dovetool.core.columns import read_keys, read_numbers
    from dovetool.core.digests import digest_frames
    from dovetool.core.flows import FlowTable
    from dovetool.core.frames import Programs
    from dovetool.core.value_table import ValueTable
else:
    from dovetool.engine.plain_columns import ValueTable, read_keys, read_numbers  # type: ignore[assignment]  # twins
    from dovetool.engine.plain_digests import digest_frames
    from dovetool.engine.plain_kernel import FlowTable, Programs, Questions  # type: ignore[assignment]  # twins

__all__ = ["FlowTable", "Programs", "Questions", "ValueTable", "digest_frames", "read_keys", "read_numbers"]
