"""A map under construction: data with the keys of a map file, comments, and how it becomes a map that loads.

Whoever makes a map of what a network says cannot know that all of it goes together. `settled` leaves out what the map
would refuse, and says so, until the rest is a map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any, NamedTuple

from dovetool.values import dataclass
from dovetool.vnid_map.file.collector import paused
from dovetool.vnid_map.file.load import checked
from dovetool.vnid_map.file.model import MapFile
from dovetool.vnid_map.file.problems import Path, Problem, quoted

_SPARED: dict[str, tuple[str, ...]] = {
    "networks": ("gateway", "group", "identities"),
    "teps": ("ip", "mac", "router_mac", "encap", "ports", "gateway_mac"),
    "switches": ("ports",),
    "vms": ("ip", "mac"),
    "vrfs": ("networks", "l3vni"),
    "hosts": ("teps", "switches"),
}
"""What an entry may lose of the values of a key; where a mistake is anywhere else, the whole entry goes."""


@dataclass(slots=True)
class Draft:
    """A map that is being made.

    Attributes:
        data: as in a map file, `version` and all; times are text, addresses text or packed octets.
        notes: comments by the path of what they are about.
    """

    data: dict[str, Any] = field(default_factory=lambda: {"version": 1})
    notes: dict[Path, list[str]] = field(default_factory=dict)

    def entry(self, section: str, name: str) -> dict[str, Any]:
        """The entry of that name in a section; it is made where it is not there."""
        found: dict[str, Any] = self.data.setdefault(section, {}).setdefault(name, {})
        return found

    def note(self, path: Path, text: str) -> None:
        """Add a comment, once."""
        said = self.notes.setdefault(path, [])
        if text not in said:
            said.append(text)


class Settled(NamedTuple):
    """A draft that has become a map.

    Attributes:
        model: the map.
        notes: the comments about what is in it.
        left_out: a line for each thing that the map would have refused.
    """

    model: MapFile
    notes: dict[Path, list[str]]
    left_out: list[str]


def settled(draft: Draft) -> Settled:
    """Make a map of a draft, without what contradicts itself in it; the draft loses that, too."""
    left_out: list[str] = []
    with paused():
        while True:
            model, problems = checked(draft.data)
            if model is not None and not problems:
                break
            _leave_out(draft.data, problems, left_out)
    notes = {path: said for path, said in draft.notes.items() if _is_there(draft.data, path)}
    return Settled(model, notes, left_out)


def _leave_out(data: dict[str, Any], problems: Sequence[Problem], left_out: list[str]) -> None:
    """Take the things out that problems are about; later ones of a list first, so that places stay right."""
    told: dict[Path, Problem] = {}
    for problem in problems:
        told.setdefault(_unit(data, problem.path), problem)
    for path in sorted(told, key=lambda path: [(str(type(step)), step) for step in path], reverse=True):
        container = _container(data, path)
        if isinstance(container, tuple):
            container = _thawed(data, path[:-1])
        if container is not None and _has(container, path[-1]):
            del container[path[-1]]
    left_out += [f"{' '.join(map(_step, path))} is left out: {problem}" for path, problem in told.items()]


def _unit(data: dict[str, Any], path: Path) -> Path:
    """The smallest thing around a mistake that is there and can be left out."""
    section, *inner = path
    is_spared = len(inner) >= 2 and inner[1] in _SPARED.get(str(section), ())
    unit = path[: 4 if is_spared else 2]
    while len(unit) > 1 and not _is_there(data, unit):
        unit = unit[:-1]
    return unit


def _container(data: Any, path: Path) -> Any:  # noqa: ANN401  (it is whatever stands in a file)
    for step in path[:-1]:
        if not _has(data, step):
            return None
        data = data[step]
    return data


def _is_there(data: Any, path: Path) -> bool:  # noqa: ANN401  (it is whatever stands in a file)
    container = _container(data, path)
    return container is not None and (not path or _has(container, path[-1]))


def _thawed(data: Any, path: Path) -> list[Any]:  # noqa: ANN401  (it is whatever stands in a file)
    """Make a list of the tuple there."""
    holder = _container(data, path)
    holder[path[-1]] = list(holder[path[-1]])
    thawed: list[Any] = holder[path[-1]]
    return thawed


def _has(container: object, step: str | int) -> bool:
    if isinstance(container, dict):
        return step in container
    return isinstance(container, list | tuple) and isinstance(step, int) and 0 <= step < len(container)


def _step(step: str | int) -> str:
    return step if isinstance(step, str) and step.isidentifier() else quoted(step)
