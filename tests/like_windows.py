"""Run dovetool in a Python that lacks what Windows lacks: python tests/like_windows.py ARGUMENTS.

What Windows does in another way than POSIX (text mode, files that are open, quotes) cannot be had here.
"""

from __future__ import annotations

import asyncio
import importlib
import mmap
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile

_USERS_OF_POSIX = (asyncio, mmap, shutil, subprocess, tempfile)
_MODULES = ("fcntl", "termios", "resource", "pwd", "grp", "tty", "pty", "syslog", "curses", "_curses", "readline")
_ABSENT: dict[object, tuple[str, ...]] = {
    os: (
        "readv", "writev", "pread", "pwrite", "preadv", "pwritev", "fchmod", "fchown", "chown", "pathconf", "fpathconf",
        "sysconf", "ttyname", "ctermid", "openpty", "get_blocking", "sendfile", "posix_fadvise", "geteuid",
        "getuid", "getegid", "getgid", "setpgid", "getpgid", "setsid", "killpg", "fork", "sched_getaffinity", "mkfifo",
        "statvfs", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "set_blocking",
    ),
    select: ("poll", "epoll", "PIPE_BUF"),
    signal: (
        "SIGHUP", "SIGALRM", "SIGPIPE", "SIGUSR1", "SIGKILL", "SIG_BLOCK", "SIG_SETMASK", "pthread_sigmask",
        "setitimer", "ITIMER_REAL", "alarm", "pause", "sigwait",
    ),
}  # fmt: skip


def lose_posix() -> None:
    """Take it away from this process."""
    for name in _MODULES:
        sys.modules[name] = None  # type: ignore[assignment]  # to import it is an ImportError then
    for module, names in _ABSENT.items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    os.supports_fd -= {os.chmod}
    asyncio.SelectorEventLoop.add_signal_handler = _not_there  # type: ignore[method-assign, assignment]
    signal.set_wakeup_fd = _only_sockets


def _not_there(*_: object) -> None:
    raise NotImplementedError


def _only_sockets(descriptor: int, *, warn_on_full_buffer: bool = True) -> int:
    raise ValueError(f"file descriptor {descriptor} is no socket", warn_on_full_buffer)


if __name__ == "__main__":
    lose_posix()
    importlib.import_module("dovetool.__main__").main()
