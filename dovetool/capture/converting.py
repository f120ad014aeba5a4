"""A capture of another format, read through editcap: it makes pcapng of the octets, while they come."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread

from dovetool.capture.source import BlockBuffer, DescriptorStream, OctetStream
from dovetool.capture.stdio import STDIN
from dovetool.errors import BrokenOffError, CaptureError, CorruptCaptureError
from dovetool.installed import how_to_get

_MAC_FOLDER = Path("/Applications/Wireshark.app/Contents/MacOS")
_BY_DESCRIPTOR = os.name != "nt"
"""A program can be given a file that is open already; on Windows it is fed, as from a pipe."""
_CHUNK = 1 << 16
_DAMAGED = ("cut short", "damaged or corrupt")  # of which its exit code does not always tell


def _editcap() -> str:
    found = shutil.which("editcap") or shutil.which(_MAC_FOLDER / "editcap")
    if found is None:
        raise CaptureError(f"--convert needs editcap, which is not installed: {how_to_get('editcap')}")
    return found


class Converting:
    """The octets of the pcapng file that editcap makes of a capture."""

    def __init__(self, source: DescriptorStream, octets: OctetStream, begun: BlockBuffer, name: str) -> None:
        """Start editcap.

        Args:
            source: the file or pipe.
            octets: where more of the capture comes from: `source` itself, or a decompressor of it.
            begun: what was taken of the capture already.
            name: what errors call it.

        Raises:
            CaptureError: editcap is not installed.
        """
        program = _editcap()
        self._name, self._given, self._failure = name, 0, ""
        self._complaints = TemporaryFile()  # noqa: SIM115  (`close` closes it)
        is_file = octets is source and source.size is not None and _BY_DESCRIPTOR
        file = os.dup(source.descriptor) if is_file else STDIN  # which is not itself where the child has its own
        if is_file:
            source.seek(0)  # some formats are not read from start to end
        self._source = f"/dev/fd/{file}" if is_file else "-"
        self._process = subprocess.Popen(  # noqa: S603  (no shell has a part in it)
            [program, "-F", "pcapng", self._source, "-"],
            stdin=subprocess.DEVNULL if is_file else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            pass_fds=(file,) if is_file else (),
            process_group=0,  # Ctrl-C is for us: what was fed is still to come out
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # as Windows calls that
        )
        if is_file:
            os.close(file)
        assert self._process.stdout is not None  # noqa: S101  (it was asked for)
        self._made = DescriptorStream(self._process.stdout.fileno(), name, ends_by_signal=False)
        if not is_file:
            Thread(target=self._feed, args=(bytes(begun.view[begun.start : begun.end]), octets), daemon=True).start()

    def _feed(self, head: bytes, octets: OctetStream) -> None:
        assert self._process.stdin is not None  # noqa: S101  (it was asked for)
        try:
            with self._process.stdin as sink:
                for piece in _pieces(head, octets):
                    sink.write(piece)
                    sink.flush()
        except BrokenPipeError:
            pass  # it has ended, and its exit code tells why
        except CorruptCaptureError as error:
            self._failure = error.what
        except OSError as error:
            self._failure = error.strerror or str(error)

    def readinto(self, view: memoryview, /) -> int:
        """Fill the view as far as editcap has got.

        Raises:
            BrokenOffError: editcap could not go on, and everything that it made was given.
        """
        done = self._made.readinto(view)
        self._given += done
        if not done:
            code = self._process.wait()
            said = self._said(code)
            if code or self._failure or any(word in said for word in _DAMAGED):
                raise BrokenOffError(self._name, self._given, 0, self._failure or f"editcap says: {said}")
        return done

    def _said(self, code: int) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").splitlines()
        said = " ".join(" ".join(lines).replace(f'"{self._source}"', self._name).split()).removeprefix("editcap: ")
        return said.rstrip(".") or f"nothing, and ends with code {code}"

    def close(self) -> None:
        """End editcap, unless it has ended."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._complaints.close()


def _pieces(head: bytes, octets: OctetStream) -> Iterator[bytes | memoryview]:
    yield head
    chunk = memoryview(bytearray(_CHUNK))
    while count := octets.readinto(chunk):
        yield chunk[:count]
