"""What can go wrong, by whose fault it is: the frame's, the capture file's, the map's or the user's.

This module imports nothing, so every layer may raise these errors. Only the command line turns one into a line on
stderr and an exit code.
"""

from __future__ import annotations


class DovetoolError(Exception):
    """Base of all errors that dovetool reports in one clear line."""

    exit_code = 2


class UsageError(DovetoolError, ValueError):
    """The user asked for something that cannot be: an unknown port, options that exclude each other."""


class NotInMapError(UsageError):
    """The user named something that the map does not have."""


class MissingLibraryError(DovetoolError, ImportError):
    """What was asked for takes a library that is not installed; the message has the command that installs it."""


class CaptureError(DovetoolError):
    """A capture file cannot be opened, recognised or written."""


class StoppedError(DovetoolError):
    """A signal ended a live input before anything of it could be carried through; nobody needs to be told."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: ended by a signal before a capture began")


class CorruptCaptureError(CaptureError):
    """A capture file ends inside a record or is damaged; the records before that point are good.

    Attributes:
        offset: octets from the start of the (uncompressed) capture to the bad record.
        frames: number of good frames before it.
        partial: what came of these, where it was asked from Python: a summary, a report, statistics or a table.
    """

    partial: object = None

    exit_code = 3

    def __init__(self, name: str, offset: int, frames: int, what: str) -> None:
        noun = "frame" if frames == 1 else "frames"
        super().__init__(f"{name}: {what} at octet {offset:,}, after {frames:,} good {noun}")
        self.name, self.offset, self.frames, self.what = name, offset, frames, what


class BrokenOffError(CorruptCaptureError):
    """The octets end inside a record, or no more of them can be had, as the compressed data is damaged."""


class NoCaptureError(CorruptCaptureError):
    """A capture file ends, or no more of it can be had, before any frame can be."""

    exit_code = 2

    def __init__(self, name: str, offset: int, what: str) -> None:
        super().__init__(name, offset, 0, what)
        self.args = (f"{name}: {what} at octet {offset:,}, before any frame",)


class DamagedInputsError(CorruptCaptureError):
    """Some of several captures are damaged, or none at all; what is good of all of them was used.

    Attributes:
        problems: a line for each.
    """

    def __init__(self, damages: list[CaptureError], *, exit_code: int = 3) -> None:
        self.problems = [str(damage) for damage in damages]
        self.name, self.offset, self.frames, self.what = "", 0, 0, ""
        self.args = ("; ".join(self.problems),)
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[type[DamagedInputsError], tuple[list[CaptureError]]]:
        return type(self), ([CaptureError(problem) for problem in self.problems],)


class TimeRangeError(CaptureError):
    """A time that a clock cannot hold, so that only another one could be written in its place.

    Attributes:
        ts_ns: the time, in ns since 1970.
        limits: who cannot hold it.
    """

    def __init__(self, ts_ns: int, limits: str) -> None:
        super().__init__(f"a time of {ts_ns:,} ns after 1970 {limits}")
        self.ts_ns, self.limits = ts_ns, limits

    def __reduce__(self) -> tuple[type[TimeRangeError], tuple[int, str]]:
        return type(self), (self.ts_ns, self.limits)


class SettingsError(DovetoolError):
    """A dovetool.toml has one or more mistakes; `problems` holds a line for each, `FILE:LINE: what`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class MapError(DovetoolError):
    """A map file has one or more mistakes; `problems` holds a line for each, `FILE:LINE:COLUMN: what`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class MapSourceError(DovetoolError):
    """What a network says of itself cannot be read: a file of another kind, or not of the shape that it should have."""

    def __init__(self, file: str, where: str, what: str) -> None:
        super().__init__(f"{file}: {where + ': ' if where else ''}{what}")
        self.file, self.where, self.what = file, where, what


class MapTableError(MapSourceError):
    """Rows of a table have mistakes; `problems` holds a line for each, `FILE: line N, column NAME: what`."""

    def __init__(self, file: str, problems: list[str]) -> None:
        super().__init__(file, "", problems[0].partition(": ")[2])
        self.problems = problems


class FrameError(DovetoolError):
    """A frame cannot be read as a stage needs it; `reason` is the key it is counted under."""

    reason = "malformed"

    def __init__(self, layer: str, offset: int, what: str) -> None:
        super().__init__(f"{layer} at octet {offset}: {what}")
        self.layer, self.offset = layer, offset


class MalformedError(FrameError):
    """The octets are all there and contradict the protocol."""


class TruncatedError(FrameError):
    """The frame ends inside a header: cut by the snap length, or too short from the start."""

    reason = "truncated"

    def __init__(self, layer: str, offset: int, *, need: int, have: int) -> None:
        super().__init__(layer, offset, f"needs {need} octets, {have} left")
        self.need, self.have = need, have


class OverlayError(FrameError):
    """A datagram is addressed like an overlay packet, and its overlay header is not a valid one."""

    reason = "bad-overlay-header"
