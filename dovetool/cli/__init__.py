"""The command line: the only package that prints and exits.

Commands turn options into objects, make one call and show one view. Whatever is heavy to import, they import when they
run, so that `--help` is quick.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from typing import TYPE_CHECKING

import typer

from dovetool.capture.ending import ENDING
from dovetool.cli import interfaces
from dovetool.cli.app import app
from dovetool.cli.configured import IN_FORCE
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.stopping import outlast_signals, stop_on_signals
from dovetool.errors import DamagedInputsError, DovetoolError, MapError, MapTableError, SettingsError, StoppedError
from dovetool.views.plain import printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_UsageProblem: type[Exception] = typer.BadParameter.__bases__[0].__bases__[0]  # the base of all Typer complains of
_GC_THRESHOLD = 50_000
"""New objects that let the interpreter look for garbage. Most of what a command loads stays to its end."""
_CANNOT_WRITE = (errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC)
_MOST_MISTAKES = 20
"""Mistakes of a map that are told, but by `map check`, which tells them all."""


def main() -> None:
    """Run the command line of this process, and end it with the command's exit code."""
    _fill_standard_streams()
    stop_on_signals()
    gc.freeze()  # what is loaded so far is no garbage
    gc.set_threshold(_GC_THRESHOLD)
    gc.enable()
    try:
        sys.exit(run(sys.argv[1:]))
    finally:
        _let_go_of_stdout()
        outlast_signals()
        gc.freeze()  # the interpreter would look for garbage once more, and then end the process anyway


class _StandardError(io.FileIO):
    """Standard error: what cannot be written there, nobody can be told, and it changes nothing."""

    def write(self, octets: ReadableBuffer, /) -> int:
        try:
            return super().write(octets) or memoryview(octets).nbytes
        except OSError:
            return memoryview(octets).nbytes


def _fill_standard_streams() -> None:
    """Where a standard stream is closed, keep the files that are opened later from becoming one.

    The null device takes its place, opened the other way round, so that whoever does use it is told.
    """
    for descriptor, mode in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_RDONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, mode)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  (open to the end)
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(_StandardError(2, "w", closefd=False)), "utf-8", "backslashreplace", line_buffering=True
    )
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
        if sys.platform == "win32":  # a pipe or a file would get the code page of the country, and two-octet line ends
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")


def run(words: list[str]) -> int:
    """Run one command.

    Args:
        words: the command line without the program's name.

    Returns:
        The exit code. An error has put one clear line on standard error.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy would start threads for algebra that is not done here
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # pydantic would search all installed packages for some
    try:
        result = app(words, prog_name="dovetool", standalone_mode=False)
        sys.stdout.flush()
    except StoppedError:
        result = None  # whoever sent the signal knows
    except DovetoolError as error:
        return _complain([*_mistakes(error, words), *IN_FORCE.where_the_map_is_from(error)], error.exit_code)
    except (BrokenPipeError, SystemExit) as error:
        if not isinstance(error.__context__ or error, BrokenPipeError):  # Typer makes an exit of a broken pipe
            raise
        _silence_stdout()
        return ENDING.exit_code or ExitCode.BROKEN_PIPE
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except (_UsageProblem, OSError, MemoryError) as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # what it says is the help text
            sys.stderr.write(f"{error}\n")
            return ExitCode.USAGE
        return _complain([_text_of(error, words)], ExitCode.USAGE)
    return ENDING.exit_code or (result if isinstance(result, int) else ExitCode.DONE)


def _mistakes(error: DovetoolError, words: list[str]) -> list[str]:
    """What is wrong: of a map or a table, as much as one wants to read, and everything for who asks for it."""
    if isinstance(error, DamagedInputsError):
        return error.problems
    if not isinstance(error, MapError | MapTableError | SettingsError):
        return [f"{error}{interfaces.in_place_of_a_file(error, _command_of(words))}"]
    beyond = len(error.problems) - _MOST_MISTAKES
    if beyond <= 0 or words[:2] == ["map", "check"]:
        return list(error.problems)
    hint = " (all of them: dovetool map check MAP)" if isinstance(error, MapError) else ""
    return [*error.problems[:_MOST_MISTAKES], f"and {beyond:,} more mistakes{hint}"]


def _text_of(error: Exception, words: list[str]) -> str:
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, FileNotFoundError) and error.filename is None and error.strerror == os.strerror(errno.ENOENT):
        return "the working folder is not there any more"  # all other files are known by name
    if isinstance(error, OSError) and error.strerror:
        if error.filename is None and error.errno in _CANNOT_WRITE:  # all other files are known by name
            _silence_stdout()
            return f"cannot write standard output: {error.strerror}"
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    usage = getattr(error, "format_message", None)
    if usage is None:
        return str(error)
    command = getattr(getattr(error, "ctx", None), "command_path", None) or _command_of(words)
    told = usage().replace("\n\t", " ")  # click lists the words that there are one below the other
    return f"{told}{_both_of(error)}{interfaces.asked_for(error, command)} (see: {command} --help)"


def _command_of(words: list[str]) -> str:
    """The command that the words name, for an error that does not know of which command it is."""
    command, path = typer.main.get_command(app), ["dovetool"]
    for word in words:
        if word.startswith("-") and len(path) == 1:
            continue
        commands = getattr(command, "commands", {})
        if word not in commands:
            break
        command = commands[word]
        path.append(word)
    return " ".join(path)


def _both_of(error: Exception) -> str:
    """That there are two to name, where a single name was taken for the last one, and the first is missing."""
    missing, context = getattr(error, "param", None), getattr(error, "ctx", None)
    given = [] if context is None else [each for each in context.command.params if each.param_type_name == "argument"]
    if len(given) < 2 or missing is not given[0] or missing.nargs != -1:
        return ""
    return f" Name {missing.metavar} and {given[-1].metavar}, in this order"


def _complain(problems: list[str], code: int) -> int:
    sys.stderr.write("".join(f"dovetool: {printable(problem)}\n" for problem in problems))
    return code


def _let_go_of_stdout() -> None:
    """Write what is left for standard output, unless that cannot be: the exit code tells of something else already."""
    try:
        sys.stdout.flush()
    except OSError:
        _silence_stdout()


def _silence_stdout() -> None:
    """Nobody reads standard output any more; keep the interpreter from trying to flush it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
