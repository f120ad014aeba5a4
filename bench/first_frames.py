"""Give a program the first frames of a capture, as a file in the place of the word PART.

first_frames.py CAPTURE FRAMES PROGRAM... is for programs that cannot be told to read so many.
"""

from __future__ import annotations

import mmap
import struct
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

_HEADER_LEN = 24
_RECORD = struct.Struct("<IIII")  # as `bench.captures` writes them


def end_of(view: mmap.mmap, frames: int) -> int:
    """Where the records of so many frames end."""
    offset = _HEADER_LEN
    for _ in range(frames):
        if offset >= len(view):
            break
        offset += _RECORD.size + _RECORD.unpack_from(view, offset)[2]
    return offset


def main(source: str, frames: str, *command: str) -> int:
    """Run the program; returns its exit code."""
    with Path(source).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        part = view[: end_of(view, int(frames))]
    with NamedTemporaryFile(suffix=".pcap") as copy:
        copy.write(part)
        copy.flush()
        words = [copy.name if word == "PART" else word for word in command]
        return subprocess.run(words, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
