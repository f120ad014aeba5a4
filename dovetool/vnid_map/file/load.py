"""Read a map file: YAML 1.2 or JSON, told apart by content. Every mistake is reported, with its line and column.

The fast path builds plain data without positions and lets pydantic check it. Only a file with mistakes is read a second
time, to find out where they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dovetool.capture.names import readable
from dovetool.errors import MapError
from dovetool.vnid_map.file.collector import paused
from dovetool.vnid_map.file.compose import Remark, Spot, StopError
from dovetool.vnid_map.file.conflicts import find_conflicts
from dovetool.vnid_map.file.model import MapFile
from dovetool.vnid_map.file.problems import Problem, Suggestions, described, from_pydantic
from dovetool.vnid_map.file.salvage import salvage
from dovetool.vnid_map.file.source import open_source
from dovetool.vnid_map.file.standing import NAMES, keys_of, model_at
from dovetool.vnid_map.whole_file import read_whole


def load(path: Path | str) -> MapFile:
    """Read and check a map file; `-` is standard input.

    Raises:
        MapError: it cannot be read, or has mistakes; one line for each, in the order of their places.
    """
    name = "<stdin>" if str(path) == "-" else readable(path)
    try:
        octets = read_whole(str(path))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise MapError([_shown(f"{name}: cannot be read: {reason}")]) from None
    return parse(octets, name)


def parse(octets: bytes, name: str) -> MapFile:
    """Check the content of a map file.

    Args:
        octets: YAML or JSON, in UTF-8.
        name: what to call the file in errors.

    Raises:
        MapError: as `load`.
    """
    with paused():
        try:
            model, remarks = _read(_text(octets))
        except StopError as stop:
            model, remarks = None, [stop.remark]
    if model is None or remarks:
        lines = [f"{name}:{spot.line}:{spot.column}: {text}" for spot, text in sorted(set(remarks))]
        raise MapError([_shown(line) for line in lines])
    return model


def _shown(line: str) -> str:
    """Keep what came from the file from controlling the terminal."""
    return line if line.isprintable() else "".join(each if each.isprintable() else repr(each)[1:-1] for each in line)


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        from dovetool.capture.reader import begins_capture  # noqa: PLC0415  (NumPy takes a while, and maps need none)

        if begins_capture(octets):
            raise StopError(Remark(Spot(1, 1), "found a capture; expected a map file")) from None
        before = octets[: error.start].decode("utf-8-sig", errors="replace")
        spot = Spot(before.count("\n") + 1, len(before) - before.rfind("\n"))
        text = f"found the octet 0x{octets[error.start]:02x}; expected UTF-8"
        raise StopError(Remark(spot, text)) from None


def _read(text: str) -> tuple[MapFile | None, list[Remark]]:
    """Return the model of a text, and what is wrong with it."""
    source = open_source(text)
    if not isinstance(source.data, dict):
        found = "nothing in the file" if source.data is None else described(source.data)
        wrong = Problem((), found, "a mapping with the key 'version'")
        return None, source.remarks or source.located([wrong])
    model, problems = _validated(source.data)
    return model, source.remarks + source.located(problems)


def _validated(data: dict[str, Any]) -> tuple[MapFile | None, list[Problem]]:
    """Check each entry alone, then the entries against each other, as far as they are good."""
    suggestions = Suggestions()
    try:
        model = MapFile.model_validate(data)
    except ValidationError as error:
        details = (each for each in error.errors(include_url=False) if not _follows(each))
        problems = [_problem(each, suggestions) for each in details]
        return None, problems + list(find_conflicts(salvage(data), suggestions))
    return model, list(find_conflicts(model, suggestions))


def _follows(error: ErrorDetails) -> bool:
    """Say whether an error only follows from others: a list counts as short when all its items are bad."""
    return error["type"] == "too_short" and bool(error["input"])


def _problem(error: ErrorDetails, suggestions: Suggestions) -> Problem:
    model = model_at(error["loc"][:-1])
    return from_pydantic(error, NAMES[model], keys_of(model), suggestions)


def checked(data: dict[str, Any]) -> tuple[MapFile | None, list[Problem]]:
    """Check plain data as that of a file: the map, or None, and what is wrong with it."""
    return _validated(data)
