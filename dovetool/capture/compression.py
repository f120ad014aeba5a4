"""Compressed captures: gzip, zstd and lz4, read and written in pieces, so that memory does not grow with the file.

A file of several members or frames, one behind the other, is read to its end. What was compressed before a damaged or
missing part is handed out first; only then is the damage an error.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from dovetool.capture.compression_zstd import MAGIC, SKIPPABLE, DamagedStreamError, zstd_pieces
from dovetool.capture.source import OctetStream, RawStream
from dovetool.capture.target import Sink
from dovetool.errors import BrokenOffError, CaptureError
from dovetool.installed import how_to_add

_CHUNK = 1 << 16  # compressed octets read at a time
_PIECE = 1 << 18  # most octets that one step of a decompressor may give
_GZIP_MEMBER = 31  # zlib's wbits: a gzip header, the largest window

_MAGICS = {
    bytes.fromhex("1f8b08"): "gzip",
    MAGIC: "zstd",
    **dict.fromkeys(SKIPPABLE, "zstd"),  # as pzstd begins a file
    bytes.fromhex("04224d18"): "lz4",
}
_SUFFIXES = {".gz": "gzip", ".zst": "zstd", ".lz4": "lz4"}
_OTHER_SUFFIXES = frozenset({".bz2", ".xz", ".lzma", ".br", ".Z", ".zip", ".7z"})


def decompressed(raw: RawStream, name: str) -> tuple[OctetStream, bytes, str | None]:
    """Recognise compression by content.

    Args:
        raw: the file, from its first octet on.
        name: what messages call it.

    Returns:
        The stream to read the capture from, octets of it that were taken already, and the name of the compression.

    Raises:
        CaptureError: the library that decompresses it is not installed.
    """
    head = _head(raw)
    kind = next((kind for magic, kind in _MAGICS.items() if head.startswith(magic)), None)
    if kind is None:
        return raw, head, None
    pieces = _pieces(kind, _chunks(raw, head), f"{name}, compressed with {kind},")
    return _Decompressing(pieces, name, kind, live=raw.live), b"", kind


def _head(raw: RawStream, size: int = 4) -> bytes:
    head = bytearray(size)
    done = 0
    while done < size and (count := raw.readinto(memoryview(head)[done:])):
        done += count
    return bytes(head[:done])


def _chunks(raw: RawStream, head: bytes) -> Iterator[bytes]:
    yield head
    chunk = bytearray(_CHUNK)
    while count := raw.readinto(memoryview(chunk)):
        yield bytes(memoryview(chunk)[:count])


def _pieces(kind: str, chunks: Iterator[bytes], user: str) -> Iterator[bytes]:
    """The octets that the chunks become, at most `_PIECE` at a time."""
    if kind == "gzip":
        return _members(chunks, lambda: zlib.decompressobj(_GZIP_MEMBER))
    if kind == "zstd":
        return zstd_pieces(chunks, _library("zstandard", user).ZstdDecompressor().decompressobj)
    return _members(chunks, _library("lz4.frame", user).LZ4FrameDecompressor)


def _members(chunks: Iterator[bytes], new_member: Callable[[], Any]) -> Iterator[bytes]:
    """Decompress gzip members or lz4 frames, one behind the other; zeros between them are padding."""
    rest = b""
    while rest := (rest or next(chunks, b"")):
        rest = rest.lstrip(b"\0")
        member = new_member() if rest else None
        while member and not member.eof:
            piece = member.decompress(rest, max_length=_PIECE)
            rest = getattr(member, "unconsumed_tail", b"")
            if piece:
                yield piece
            elif not (rest or member.eof or (rest := next(chunks, b""))):
                raise DamagedStreamError("is cut short")
        rest = (member.unused_data if member else b"") or b""


def _library(module: str, user: str) -> ModuleType:
    """A library that is no part of every installation; `user` is what needs it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        library = module.partition(".")[0]
        raise CaptureError(f"{user} needs {library}, which is not installed: {how_to_add(library)}") from error


class _Decompressing:
    """The octets that a decompressor gives, piece by piece."""

    def __init__(self, pieces: Iterator[bytes], name: str, kind: str, *, live: bool) -> None:
        self._pieces, self._name, self._kind, self._live = pieces, name, kind, live
        self._rest = memoryview(b"")
        self._given = 0
        self._damage: str | None = None

    def readinto(self, view: memoryview, /) -> int:
        """Fill the view; from a pipe, stop at the end of a piece.

        Raises:
            BrokenOffError: the compressed data is damaged, and everything before the damage was given.
        """
        done = 0
        while done < len(view) and (self._rest or self._more()):
            count = min(len(self._rest), len(view) - done)
            view[done : done + count] = self._rest[:count]
            self._rest = self._rest[count:]
            done += count
            if self._live and not self._rest:
                break
        self._given += done
        if not done and self._damage:
            raise BrokenOffError(self._name, self._given, 0, f"what the {self._kind} data holds {self._damage}")
        return done

    def _more(self) -> bool:
        """Decompress another piece; damage is kept until all before it is given."""
        if self._damage:
            return False
        try:
            self._rest = memoryview(next(self._pieces, b""))
        except DamagedStreamError as error:
            self._damage = str(error)
        except OSError:
            raise
        except Exception as error:  # each library has an error of its own; lz4's is a bare RuntimeError
            self._damage = f"is damaged ({error})"
        return len(self._rest) > 0


class OctetSink(Protocol):
    """Where a writer puts octets."""

    def write(self, octets: bytes | memoryview, /) -> object:
        """Take octets."""

    def flush(self) -> object:
        """Let everything that was written be readable at the other end."""

    def close(self) -> object:
        """Complete the stream; whatever it was written to stays open."""


def refuse_others(path: Path) -> None:
    """Raise a CaptureError for a name that asks for a compression that is not written."""
    if path.suffix in _OTHER_SUFFIXES:
        raise CaptureError(f"{path}: {path.suffix} is not written; dovetool compresses as {', '.join(_SUFFIXES)}")


def compressing(sink: Sink, suffix: str) -> OctetSink:
    """What to write to, so that `sink` gets the octets compressed as the suffix of a file name asks.

    Args:
        sink: takes the compressed octets.
        suffix: `.gz`, `.zst` or `.lz4`; any other leaves the octets as they are.

    Raises:
        CaptureError: the library that compresses is not installed.
    """
    kind = _SUFFIXES.get(suffix)
    if kind is None:
        return _Plain(sink)
    if kind == "gzip":
        return _Compressing(sink, zlib.compressobj(wbits=_GZIP_MEMBER), zlib.Z_SYNC_FLUSH, zlib.Z_FINISH)
    if kind == "zstd":
        zstd = _library("zstandard", f"writing {kind}")
        compressor = zstd.ZstdCompressor(write_checksum=True).compressobj()
        return _Compressing(sink, compressor, zstd.COMPRESSOBJ_FLUSH_BLOCK, zstd.COMPRESSOBJ_FLUSH_FINISH)
    lz4 = _library("lz4.frame", f"writing {kind}")
    return _CompressingLz4(sink, lz4.LZ4FrameCompressor(content_checksum=True, auto_flush=True))


class _Plain:
    def __init__(self, sink: Sink) -> None:
        self.write = sink

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is held back."""


class _Compressing:
    """A compressor with the face of zlib's."""

    def __init__(self, sink: Sink, compressor: Any, sync: int, finish: int) -> None:  # noqa: ANN401  (two libraries)
        self._sink, self._compressor, self._sync, self._finish = sink, compressor, sync, finish

    def write(self, octets: bytes | memoryview) -> None:
        self._put(self._compressor.compress(octets))

    def flush(self) -> None:
        self._put(self._compressor.flush(self._sync))

    def close(self) -> None:
        self._put(self._compressor.flush(self._finish))

    def _put(self, octets: bytes) -> None:
        if octets:
            self._sink(octets)


class _CompressingLz4:
    """Each write becomes whole blocks at once; the frame header is a step of its own."""

    def __init__(self, sink: Sink, compressor: Any) -> None:  # noqa: ANN401  (lz4 has no types)
        self._sink, self._compressor = sink, compressor
        sink(compressor.begin())

    def write(self, octets: bytes | memoryview) -> None:
        self._sink(self._compressor.compress(octets))

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self._sink(self._compressor.flush())
