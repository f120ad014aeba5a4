"""Run dovetool, as a command and as `python -m dovetool`."""

import gc
import os
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Run the command line of this process.

    To import it takes a while in which nothing is open yet: Ctrl-C just ends the process then, without a traceback.
    Nor is anything garbage yet, and to look for some thirty times meanwhile would take a tenth of that while.
    """
    gc.disable()
    if "_DOVETOOL_COMPLETE" in os.environ:
        _complete()
        return
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from dovetool.cli import main as run_command_line  # noqa: PLC0415  (the import is what takes a while)

    run_command_line()


def _complete() -> None:
    """Answer a shell that asks what could come next; it wants no answer but that."""
    from dovetool.completion import answer  # noqa: PLC0415  (no other command needs it, and it needs none)

    with suppress(OSError):
        os.write(1, answer(os.environ, sys.argv[1:]).encode(errors="surrogateescape"))


if __name__ == "__main__":
    main()
