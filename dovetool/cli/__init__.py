"""The command line: the only package that prints and exits.

Commands turn options into objects, make one call and show one view. Whatever is heavy to import, they import when they
run, so that `--help` is quick.
"""

from __future__ import annotations

import os
import sys

import typer

from dovetool.cli.app import app
from dovetool.cli.exit_code import ExitCode
from dovetool.errors import DovetoolError

_UsageProblem: type[Exception] = typer.BadParameter.__bases__[0].__bases__[0]  # the base of all Typer complains of


def main() -> None:
    """Run the command line of this process, and end it with the command's exit code."""
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run one command.

    Args:
        words: the command line without the program's name.

    Returns:
        The exit code. An error has put one clear line on standard error.
    """
    try:
        result = app(words, prog_name="dovetool", standalone_mode=False)
        sys.stdout.flush()
    except DovetoolError as error:
        return _complain(str(error), error.exit_code)
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.BROKEN_PIPE
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except (_UsageProblem, OSError, MemoryError) as error:
        return _complain(_text_of(error), ExitCode.USAGE)
    return result if isinstance(result, int) else ExitCode.DONE


def _text_of(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "out of memory"
    usage = getattr(error, "format_message", None)
    return f"{usage()} (see: dovetool --help)" if usage is not None else str(error)


def _complain(text: str, code: int) -> int:
    sys.stderr.write("".join(f"dovetool: {line}\n" for line in text.splitlines()))
    return code


def _silence_stdout() -> None:
    """Nobody reads standard output any more; keep the interpreter from trying to flush it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
