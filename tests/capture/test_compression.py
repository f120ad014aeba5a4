"""Compressed captures are read to their end, or to the damage, in memory that does not grow with them."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from capture_strategies import PcapFile
from hypothesis import given, settings
from hypothesis import strategies as st
from second_opinion import damage, frames, stored

from dovetool.capture.compression import compressing
from dovetool.capture.reader import CaptureReader
from dovetool.errors import CaptureError, DovetoolError
from dovetool.installed import how_to_add

zstandard = pytest.importorskip("zstandard")
lz4_frame = pytest.importorskip("lz4.frame")

OCTETS = bytes(range(256)) * 6
RECORDS = [(second, 0, 1514, OCTETS[second % 200 :][: second % 1300]) for second in range(3000)]
CAPTURE = PcapFile("<", False, RECORDS).emit()
SKIPPABLE = bytes.fromhex("5a2a4d1805000000") + b"hello"
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "lz4": lz4_frame.compress,
}
COMMANDS = {".gz": ["gzip", "-dc"], ".zst": ["zstd", "-dcq"], ".lz4": ["lz4", "-dcq"]}


def streamed_zstd(octets: bytes) -> bytes:
    """A frame that does not tell its size, in small blocks."""
    compressor = zstandard.ZstdCompressor().compressobj()
    parts = [octets[at : at + 5000] for at in range(0, len(octets), 5000)]
    pieces = [compressor.compress(part) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for part in parts]
    return b"".join(pieces) + bytes(compressor.flush())


FORMS = {
    "gzip, one member": COMPRESS["gzip"](CAPTURE),
    "gzip, two members and zeros": COMPRESS["gzip"](CAPTURE[:999]) + bytes(700) + COMPRESS["gzip"](CAPTURE[999:]),
    "gzip, an empty member": COMPRESS["gzip"](b"") + COMPRESS["gzip"](CAPTURE),
    "zstd, one frame": COMPRESS["zstd"](CAPTURE),
    "zstd, blocks": streamed_zstd(CAPTURE),
    "zstd, two frames": COMPRESS["zstd"](CAPTURE[:999]) + streamed_zstd(CAPTURE[999:]),
    "zstd, frames to skip": SKIPPABLE + COMPRESS["zstd"](CAPTURE) + SKIPPABLE,
    "lz4, one frame": COMPRESS["lz4"](CAPTURE),
    "lz4, two frames": COMPRESS["lz4"](CAPTURE[:999]) + COMPRESS["lz4"](CAPTURE[999:]),
    "lz4, large blocks": lz4_frame.compress(CAPTURE, block_size=lz4_frame.BLOCKSIZE_MAX4MB, content_checksum=True),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_compressed_capture_is_the_capture(form: str) -> None:
    path = stored(FORMS[form])
    with CaptureReader(path) as reader:
        assert reader.compression == form.split(",", maxsplit=1)[0]
    assert frames(path) == frames(stored(CAPTURE))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.4, 0.8, 1])
def test_a_cut_capture_gives_what_was_before_the_cut(form: str, share: float) -> None:
    """The frames of all blocks that are whole, in order, and an error that tells where the next would begin."""
    raw = FORMS[form]
    end = len(raw) - 1 if share == 1 else int(len(raw) * share)
    whole = frames(stored(CAPTURE))
    seen, error = damage(stored(raw[:end]))
    assert error.frames == len(seen)
    assert error.offset in {0, 24 + sum(16 + len(frame.octets) for frame in seen)}
    assert "data holds is cut short" in error.what
    assert seen == whole[: len(seen)]
    if form in {"gzip, one member", "zstd, blocks", "lz4, one frame"}:
        assert len(seen) > share * len(whole) / 2


@pytest.mark.parametrize("kind", COMPRESS)
def test_something_else_behind_the_data_is_reported_after_all_frames(kind: str) -> None:
    seen, error = damage(stored(COMPRESS[kind](CAPTURE) + b"something else"))
    assert kind in error.what
    assert (len(seen), error.frames, error.offset) == (len(RECORDS), len(RECORDS), len(CAPTURE))


@pytest.mark.parametrize("kind", COMPRESS)
@settings(max_examples=40)
@given(data=st.data())
def test_damaged_data_is_a_clear_error(kind: str, data: st.DataObject) -> None:
    raw = bytearray(COMPRESS[kind](CAPTURE[:20_000]))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        seen = frames(stored(bytes(raw)))
    except DovetoolError:
        return
    assert seen == frames(stored(CAPTURE[:20_000]))


_READ_ALL = """
import re, resource, sys
from pathlib import Path
from dovetool.capture.reader import CaptureReader

assert not list(CaptureReader(Path(sys.argv[1])))
status = Path("/proc/self/status")  # there, what a parent ever had does not count
if status.exists():
    print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]) << 10)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""
"""A program that reads a capture to its end and prints the most memory that it took, in octets."""


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_bomb_takes_little_memory(kind: str, tmp_path: Path) -> None:
    """Half a gigabyte of zeros, behind a header that promises a section of an unknown version: nothing is kept."""
    path = tmp_path / "bomb"
    size = 1 << 29
    with path.open("wb") as file:
        sink = compressing(file.write, {"gzip": ".gz", "zstd": ".zst", "lz4": ".lz4"}[kind])
        sink.write(bytes.fromhex("0a0d0d0a 1c000000 4d3c2b1a 0900 0000") + size.to_bytes(8, "little") + b"\x1c\0\0\0")
        for _ in range(size >> 22):
            sink.write(bytes(1 << 22))
        sink.close()
    command = [sys.executable, "-c", _READ_ALL, str(path)]
    peak = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert peak < 160 << 20


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".lz4"])
def test_what_we_compress_others_read(suffix: str, tmp_path: Path) -> None:
    """In uneven pieces, flushed now and then."""
    path = tmp_path / f"capture{suffix}"
    with path.open("wb") as file:
        sink = compressing(file.write, suffix)
        for at in range(0, len(CAPTURE), 70_001):
            sink.write(memoryview(CAPTURE)[at : at + 70_001])
            sink.flush()
        sink.close()
    assert frames(path) == frames(stored(CAPTURE))
    try:
        theirs = subprocess.run([*COMMANDS[suffix], str(path)], capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip(f"{COMMANDS[suffix][0]} is not installed")
    assert theirs == CAPTURE


def test_another_suffix_leaves_the_octets_alone() -> None:
    given: list[bytes | memoryview] = []
    sink = compressing(given.append, ".pcap")
    sink.write(b"octets")
    sink.flush()
    sink.close()
    assert given == [b"octets"]


@pytest.mark.parametrize("kind", ["zstd", "lz4"])
def test_a_missing_library_is_named(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> None:
        raise ImportError(module)

    monkeypatch.setattr("importlib.import_module", missing)
    path, library = stored(COMPRESS[kind](CAPTURE)), {"zstd": "zstandard", "lz4": "lz4"}[kind]
    text = f"needs {library}, which is not installed: {how_to_add(library)}"
    with pytest.raises(CaptureError, match=re.escape(f"{path}, compressed with {kind}, {text}")):
        CaptureReader(path)
    with pytest.raises(CaptureError, match=re.escape(f"writing {kind} {text}")):
        compressing(print, {"zstd": ".zst", "lz4": ".lz4"}[kind])


def test_gzip_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert frames(stored(zlib.compress(CAPTURE, wbits=31))) == frames(stored(CAPTURE))
