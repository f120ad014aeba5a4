"""Some frames of a capture, written to one of their own as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dovetool.analysis.frame_selection import Picker, Window
from dovetool.analysis.indexed.indexed_capture import IndexedCapture
from dovetool.capture.batch import Batch
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.writer import FirstLinkWriter, create_alike, wants_pcapng
from dovetool.engine.reading import read_through


def write_rows(capture: IndexedCapture, rows: Iterable[int], target: Path) -> int:
    """Write frames to a capture, whose suffix tells the format, else it is that of the input.

    Args:
        capture: where they are.
        rows: which, ascending.
        target: the file, which is there when all is written, and not before.

    Returns:
        How many were written.

    Raises:
        CaptureError: the file cannot be written, or the capture cannot be read again.
    """
    picker, written = Picker(Window()), 0
    picker.pick_among(row + 1 for row in rows)
    with capture.opened() as reader, CaptureTarget(target) as output:
        writer = create_alike(output.write, reader, to_pcapng=wants_pcapng(target, reader))

        def take(batch: Batch) -> bool:
            nonlocal written
            picked = picker.picked(batch)
            if len(picked):
                writer.write(picked)
            written += len(picked)
            return not picker.is_done(batch)

        read_through(reader, take, writer.pass_on)  # where it is damaged, no row was found behind that
        if isinstance(writer, FirstLinkWriter):
            writer.end()
    return written


@contextmanager
def as_file(capture: IndexedCapture) -> Iterator[Path]:
    """A file whose frames have the numbers that they have here: the capture or its copy; of several a copy of all."""
    if capture.path is not None:
        yield capture.path
        return
    with TemporaryDirectory(prefix="dovetool-") as folder:
        path = Path(folder, "capture")
        write_rows(capture, range(len(capture)), path)
        yield path
