"""Browse a capture in a terminal until its list is complete, and print how many frames that has.

Run as `list_complete.py IN PROGRAM...`; the program is called with `browse IN`.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from contextlib import suppress

import pyte

_LINES, _COLUMNS = 40, 160
_COUNT = re.compile(r"1 of ([\d,]+)")


def main(source: str, *program: str) -> None:
    """Do it."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ["TERM"] = "xterm-256color"
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, _COLUMNS, 0, 0))
        os.execvp(program[0], [*program, "browse", source])
    screen = pyte.Screen(_COLUMNS, _LINES)
    stream = pyte.ByteStream(screen)
    count = ""
    with suppress(OSError):  # nobody has the other side any more
        while octets := os.read(terminal, 1 << 16):
            stream.feed(octets)
            status = screen.display[-1]
            found = _COUNT.search(status)
            if not count and found is not None and "reading" not in status:
                count = found[1]
                os.write(terminal, b"q")
    os.waitpid(process, 0)
    print(int(count.replace(",", "")))


if __name__ == "__main__":
    main(*sys.argv[1:])
