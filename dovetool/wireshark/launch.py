"""Start tshark with less than we have: run as a script of its own, it turns into tshark.

    python launch.py UID:GID HOME INPUT PARENT PROGRAM ARGUMENTS...

It opens INPUT as standard input while it still may, becomes the user UID:GID (`-`: stays who it is), moves into
HOME, and asks Linux to end it when PARENT ends, however that comes about. Then tshark takes its place, and reads the
capture from standard input: the user that it runs as need not be able to open it.

It imports nothing of dovetool, and little else, so that it costs next to nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

try:  # before another user is become, who need not be able to read Python's library
    import ctypes

    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
except (ImportError, OSError, AttributeError):
    prctl = None

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_IS_USERS = ("WIRESHARK_", "XDG_")  # settings that lead to the folders of the user who called


def main(user: str, home: str, source: str, parent: str, *command: str) -> None:
    """Become tshark."""
    arguments = list(command)
    if source:
        os.dup2(os.open(source, os.O_RDONLY), 0)
        arguments = _reading_standard_input(arguments)
    if user != "-":
        uid, gid = map(int, user.split(":"))
        _become(uid, gid, arguments[0], home)
    os.setpgid(0, 0)  # a signal of the terminal's is for our parent, who ends us, or lets us finish what has come
    os.chdir(home)  # dissectors look for files where they are started, and complain of what they may not read
    _end_with(int(parent))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # which Python ignores, and a program that is started inherits
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_IS_USERS)}
    os.execve(arguments[0], arguments, {**kept, "HOME": home})  # noqa: S606  (no shell is wanted)


def _reading_standard_input(arguments: list[str]) -> list[str]:
    """The arguments with `-r -`; pyshark only knows files by their name."""
    if "-r" in arguments:
        arguments[arguments.index("-r") + 1] = "-"
    return arguments


def _become(uid: int, gid: int, program: str, home: str) -> None:
    """Become an ordinary user, if the system lets us, and the user may run the program in that home; else do not."""
    with suppress(OSError):
        os.setegid(gid)
        os.seteuid(uid)
        effective = os.access in os.supports_effective_ids
        may_run = all(os.access(path, os.X_OK, effective_ids=effective) for path in (program, home))
        os.seteuid(os.getuid())
        os.setegid(os.getgid())
        if may_run:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)


def _end_with(parent: int) -> None:
    """Ask to be killed when the parent ends; it may have ended already. Linux alone can do this."""
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
