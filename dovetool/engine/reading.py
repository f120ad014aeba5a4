"""Read a capture to its end, or to where it is damaged."""

from __future__ import annotations

from collections.abc import Callable

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.times import frame_named
from dovetool.errors import CorruptCaptureError

Progress = Callable[[int], None]


def read_through(
    reader: OpenCapture,
    take: Callable[[Batch], object],
    meet: Callable[[Passage], object],
    progress: Progress | None = None,
) -> CorruptCaptureError | None:
    """Read a capture.

    Args:
        reader: the input.
        take: gets every batch, and may answer False when it wants no more.
        meet: gets every block without a frame.
        progress: called with the number of octets read so far.

    Raises:
        CaptureError: the time of a frame does not fit where it goes to.

    Returns:
        What is wrong with the input from some point on; everything before it was taken.
    """
    try:
        for item in reader:
            if isinstance(item, Passage):
                meet(item)
            else:
                with frame_named(item, reader.name):
                    goes_on = take(item)
                if goes_on is False:
                    break
            if progress is not None:
                progress(reader.position)
    except CorruptCaptureError as error:
        return error
    return None
