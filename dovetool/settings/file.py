"""dovetool.toml: where it is, and what it says, each with its line."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dovetool.errors import SettingsError
from dovetool.settings.setting import Colour, Setting, Source

if TYPE_CHECKING:
    from tomllib import TOMLDecodeError

NAME = "dovetool.toml"
_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def find(folder: Path | None = None) -> Path | None:
    """The nearest dovetool.toml, in a folder or in one above it; None: there is none."""
    try:
        start = folder if folder is not None else Path.cwd()
    except OSError:  # the working folder is gone
        return None
    paths = (each / NAME for each in (start, *start.parents))
    return next((path for path in paths if os.path.isfile(path)), None)  # noqa: PTH113  (that of Path may raise)


def read_file(file: Path) -> dict[str, Setting]:
    """What a file says; paths are relative to its folder.

    Raises:
        SettingsError: it cannot be read, or has mistakes.
    """
    text, data = _parsed(file)
    found, problems = {}, []
    for key, value in data.items():
        place = f"{file}:{_line_of(key, text)}"
        try:
            found[key] = Setting(key, _meaning(key, value, file.parent), Source.FILE, place)
        except ValueError as error:
            problems.append(f"{place}: {error}")
    if problems:
        raise SettingsError(problems)
    return found


def _parsed(file: Path) -> tuple[str, dict[str, Any]]:
    import tomllib  # noqa: PLC0415  (takes a while, and most folders have no such file)

    try:
        text = file.read_bytes().decode("utf-8-sig")
        return text, tomllib.loads(text.replace("\r\n", "\n"))
    except OSError as error:
        raise SettingsError([f"{file}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise SettingsError([f"{file}: is no text in UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([_told(file, text, error)]) from None
    except ValueError:  # of the interpreter's, for a number of thousands of digits
        raise SettingsError([f"{file}: not TOML: a number is too long"]) from None
    except RecursionError:
        raise SettingsError([f"{file}: is nested too deep"]) from None


def _told(file: Path, text: str, error: TOMLDecodeError) -> str:
    match = _PLACE.fullmatch(str(error))
    if match is None:
        return f"{file}: not TOML: {error}"
    line, column = match[2] or str(text.count("\n") + 1), match[3]
    return f"{file}:{line}:{f'{column}:' if column else ''} not TOML: {match[1]}"


def _line_of(key: str, text: str) -> int:
    """The line in which a key of the file itself is set, from 1; the first one where it cannot be told."""
    written = re.compile(rf"""^[ \t]*(?:\[\[?[ \t]*)?["']?{re.escape(key)}["']?[ \t]*[=.\]]""", re.MULTILINE)
    match = written.search(text)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def _meaning(key: str, value: object, folder: Path) -> Path | tuple[str, ...] | Colour:
    if key not in _MEANINGS:
        raise ValueError(f"there is no setting {key!r}; there is {', '.join(_MEANINGS)}{_did_you_mean(key)}")
    try:
        return _MEANINGS[key](value, folder)
    except ValueError as error:
        raise ValueError(f"{key}: expected {error}; found {_shown(value)}") from None


def _did_you_mean(key: str) -> str:
    import difflib  # noqa: PLC0415  (only where something is wrong)

    close = difflib.get_close_matches(key.lower().replace("-", "_"), _MEANINGS, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _path(value: object, folder: Path) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError('the path of a map file, as "map.yaml"')
    return folder / Path(value).expanduser()


def _words(value: object, folder: Path) -> tuple[str, ...]:
    del folder
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise ValueError("a list of texts")
    return tuple(value)


def _colour(value: object, folder: Path) -> Colour:
    del folder
    if not isinstance(value, str) or value not in set(Colour):
        raise ValueError(" or ".join(f'"{each}"' for each in Colour))
    return Colour(value)


_MEANINGS: Mapping[str, Callable[[object, Path], Path | tuple[str, ...] | Colour]] = {
    "map": _path,
    "decode_as": _words,
    "columns": _words,
    "colour": _colour,
}
