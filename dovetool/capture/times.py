"""Times that do not fit are errors that name their frame; no other time is written or shown in their place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from dovetool.capture.batch import Batch
from dovetool.capture.names import name_of
from dovetool.capture.origin import own_number
from dovetool.errors import CaptureError, TimeRangeError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@contextmanager
def frame_named(batch: Batch, name: str) -> Iterator[None]:
    """Whatever is done with the frames of a batch as it was read: where the time of one does not fit, tell which it is.

    Args:
        batch: the frames.
        name: what errors call the capture.

    Raises:
        CaptureError: a TimeRangeError, with the file and the number of the frame.
    """
    try:
        yield
    except TimeRangeError as error:
        row = next((row for row, ts_ns in enumerate(batch.exact_times()) if ts_ns == error.ts_ns), None)
        which = f"{name}: a frame" if row is None else name_of_frame(batch, row, name)
        raise CaptureError(f"{which}: its time, {_text(error.ts_ns)}, {error.limits}") from error


def name_of_frame(batch: Batch, row: int, name: str) -> str:
    """What errors call a frame of a batch as it was read from a capture, or from several."""
    if batch.origin is None:
        return f"{name}: frame {batch.first_number + row:,}"
    file, number = own_number(batch.origin.numbers.item(row))
    return f"{name_of(batch.origin.files[file])}: frame {number:,}"


def _text(ts_ns: int) -> str:
    seconds = ts_ns // 1_000_000_000
    try:
        return f"{(_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()}Z"
    except OverflowError:
        return f"{seconds:,} s after 1970"
