"""Where a capture is written: the file appears under its name only when it is whole."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from dovetool.capture.parts import Parts
from dovetool.capture.remote.location import Location
from dovetool.capture.stdio import BINARY, STDIO, STDOUT, in_binary
from dovetool.errors import CaptureError

if TYPE_CHECKING:
    from dovetool.capture.remote.upload import Upload

Sink = Callable[[bytes | memoryview], object]
SUSPENDED = -1


class Target:
    """A file under construction; a context manager that renames it into place, or removes it after an error.

    Standard output, devices and named pipes are written directly. A symbolic link is followed, so the file that it
    points to is replaced; unless that is not wanted, when only plain files take the place of plain files. What was left
    by a run that was killed while it wrote the same file is removed. A location gets an `Upload`.

    Attributes:
        name: what messages call it.
        descriptor: where it is written; `SUSPENDED` while it is closed, and of an upload.
    """

    def __init__(self, path: Path, *, follows: bool = True, parts: Parts | None = None) -> None:
        """Begin a file.

        Args:
            path: its name.
            follows: it may be a symbolic link, a device or a named pipe.
            parts: those of the same run; none: it is the only one.

        Raises:
            CaptureError: it cannot be made.
        """
        self.name = "standard output" if path == STDIO else str(path)
        self._final: Path | None = None
        self._part: Path | None = None
        self._upload: Upload | None = None
        try:
            self.descriptor = self._open(path, parts or Parts(), follows=follows)
        except OSError as error:
            raise CaptureError(f"cannot write {self.name}: {error.strerror}") from error

    def _open(self, path: Path, parts: Parts, *, follows: bool) -> int:
        if path == STDIO:
            return in_binary(STDOUT)
        if isinstance(path, Location):
            from dovetool.capture.remote.upload import Upload  # noqa: PLC0415  (few commands write elsewhere)

            self._upload = Upload(path)
            return SUSPENDED
        try:
            mode = path.stat(follow_symlinks=follows).st_mode
        except FileNotFoundError:
            mode = None
        if mode is not None and not stat.S_ISREG(mode):
            if not follows:
                raise FileExistsError(17, "File exists, and is no plain file")
            return os.open(path, os.O_WRONLY | BINARY)
        path = Path(os.path.realpath(path)) if follows else Path(os.path.realpath(path.parent), path.name)
        if mode is not None and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
        self._final = path
        descriptor, self._part = parts.create(path)
        if mode is not None:
            with contextlib.suppress(OSError):  # a file system without modes
                os.chmod(descriptor if os.chmod in os.supports_fd else self._part, stat.S_IMODE(mode))  # noqa: PTH101
        return descriptor

    @property
    def is_file(self) -> bool:
        """True when it gets its name at the end, and so is nothing that somebody waits for octets of."""
        return self._part is not None or self._upload is not None

    def write(self, octets: bytes | bytearray | memoryview) -> None:
        """Write all the octets, at once and unbuffered.

        Raises:
            CaptureError: no space is left, or another error of the system.
            BrokenPipeError: nobody reads the pipe any more.
        """
        view = memoryview(octets).cast("B")
        if self._upload is not None:
            self._upload.write(view)
            return
        try:
            if self.descriptor == SUSPENDED and self._part is not None:
                self.descriptor = os.open(self._part, os.O_WRONLY | os.O_APPEND | BINARY)
            while view:
                view = view[os.write(self.descriptor, view) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno == errno.EINVAL and os.name == "nt" and not self.is_file:  # its word for a broken pipe
                raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from error
            raise CaptureError(f"cannot write {self.name}: {error.strerror}") from error

    def suspend(self) -> None:
        """Close a regular file for now; the next `write` goes on where this one ended. Raises as `write` does."""
        try:
            self._close()
        except OSError as error:
            raise CaptureError(f"cannot write {self.name}: {error.strerror}") from error

    def _close(self) -> None:
        if self.is_file and self.descriptor != SUSPENDED:
            descriptor, self.descriptor = self.descriptor, SUSPENDED
            os.close(descriptor)

    def commit(self) -> None:
        """The file is whole: give it its name."""
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.commit()
        if self._part is None or self._final is None:
            return
        try:
            self._close()
            self._part.replace(self._final)
        except OSError as error:
            self._part.unlink(missing_ok=True)
            raise CaptureError(f"cannot write {self.name}: {error.strerror}") from error
        self._part = None

    def discard(self) -> None:
        """The file is not whole: leave nothing behind."""
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.discard()
        if self._part is not None:
            with contextlib.suppress(OSError):  # what was not written yet is not wanted
                self._close()
            self._part.unlink(missing_ok=True)
            self._part = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.discard()
