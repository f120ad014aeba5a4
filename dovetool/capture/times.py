"""Times that do not fit are errors that name their frame; no other time is written or shown in their place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from dovetool.capture.batch import Batch
from dovetool.errors import CaptureError, TimeRangeError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@contextmanager
def frame_named(batch: Batch) -> Iterator[None]:
    """Whatever is done with the frames of a batch as it was read: where the time of one does not fit, tell which it is.

    Raises:
        CaptureError: a TimeRangeError, with the number of the frame.
    """
    try:
        yield
    except TimeRangeError as error:
        row = next((row for row, ts_ns in enumerate(batch.exact_times()) if ts_ns == error.ts_ns), None)
        which = "a frame" if row is None else f"frame {batch.first_number + row:,}"
        raise CaptureError(f"{which}: its time, {_text(error.ts_ns)}, {error.limits}") from error


def _text(ts_ns: int) -> str:
    seconds = ts_ns // 1_000_000_000
    try:
        return f"{(_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()}Z"
    except OverflowError:
        return f"{seconds:,} s after 1970"
