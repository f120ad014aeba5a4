"""A text with its data, whether it is YAML or JSON, and the places of what is in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from dovetool.values import dataclass
from dovetool.vnid_map.file import json_source, yaml_source
from dovetool.vnid_map.file.compose import Composer, Remark, SourcePlace, Spot, StopError
from dovetool.vnid_map.file.problems import Path, Problem
from dovetool.vnid_map.file.standing import written

_START = SourcePlace(Spot(1, 1), Spot(1, 1))


@dataclass(frozen=True, slots=True)
class Source:
    """What a text says.

    Attributes:
        data: mappings, lists and values.
        remarks: mistakes of the text itself, such as a key that stands twice.
        compose: reads the text again and notes the places of the wanted paths.
    """

    data: Any
    remarks: list[Remark]
    compose: Callable[[Collection[Path]], Composer]

    def located(self, problems: Collection[Problem]) -> list[Remark]:
        """Give each problem its place; where there is nothing, that of what should hold it."""
        if not problems:
            return []
        paths = [written(problem.path, self.data) for problem in problems]
        wanted = {path[:length] for path in paths for length in range(len(path) + 1)}
        places = self.compose(wanted).places
        return [
            Remark(_spot(path, places, at_key=problem.at_key and path[-1:] == problem.path[-1:]), str(problem))
            for problem, path in zip(problems, paths, strict=True)
        ]


def _spot(path: Path, places: dict[Path, SourcePlace], *, at_key: bool) -> Spot:
    if at_key and path in places:
        return places[path].key
    lengths = range(len(path), -1, -1)
    return next((places[path[:length]] for length in lengths if path[:length] in places), _START).value


def open_source(text: str) -> Source:
    """Read a text that is YAML or JSON.

    Raises:
        StopError: it is neither; holds the place that the more patient of the two parsers came to.
    """
    refused = None
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return _json(text)
        except StopError as stop:
            refused = stop
    try:
        composer = yaml_source.compose(text)
    except StopError as stop:
        if refused is None or refused.remark.spot < stop.remark.spot:
            raise
        raise refused from None
    return Source(composer.data, composer.remarks, lambda wanted: yaml_source.compose(text, wanted))


def _json(text: str) -> Source:
    def compose(wanted: Collection[Path]) -> Composer:
        composer = Composer(wanted)
        composer.read(json_source.tokens(text))
        return composer

    data = json_source.parse(text)
    if data is not None:
        return Source(data, [], compose)
    composer = compose(())
    return Source(composer.data, composer.remarks, compose)
