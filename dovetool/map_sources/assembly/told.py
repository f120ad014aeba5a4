"""What is to be said of a map that is being assembled: comments in it, and lines beside it."""

from __future__ import annotations

from dataclasses import field
from typing import NamedTuple

from dovetool.map_sources.statements import Origin
from dovetool.values import dataclass
from dovetool.vnid_map.file.draft import Draft
from dovetool.vnid_map.file.problems import Path


class Guess(NamedTuple):
    """Something of the map is unsure.

    Attributes:
        path: what it is, as in the map.
        why: in words.
    """

    path: Path
    why: str

    def __str__(self) -> str:
        """In a line."""
        return f"{' '.join(map(str, self.path))}: {self.why}"


@dataclass(slots=True)
class Told:
    """The draft, and what else there is to say.

    Attributes:
        draft: the map.
        guesses: what is unsure; it is a comment in the map, too.
        contradictions: a line for each, with both origins.
        left_out: a line for each thing that a map cannot hold.
    """

    draft: Draft = field(default_factory=Draft)
    guesses: list[Guess] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def guess(self, path: Path, why: str) -> None:
        """Say that something of the map is unsure."""
        self.draft.note(path, f"guessed: {why}")
        self.guesses.append(Guess(path, why))

    def contradict(self, what: str, one: Origin, other: Origin) -> None:
        """Say that two origins say different things."""
        self.contradictions.append(f"{what} ({place_of(one)}; {place_of(other)})")

    def leave_out(self, what: str, origin: Origin) -> None:
        """Say that something will not be in the map."""
        line = f"{place_of(origin)}: {what}"
        if line not in self.left_out[-1:]:
            self.left_out.append(line)


def place_of(origin: Origin) -> str:
    """Where something stands: the file, and the place in it."""
    return f"{origin.file}, {origin.where}" if origin.where else origin.file
