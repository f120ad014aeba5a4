"""The frames that are mutated: those of `corpus/`, one a file, and those that came up on the way."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from hashlib import blake2b
from pathlib import Path

from strategies import Captured

CORPUS = Path(__file__).with_name("corpus")


class Seeds:
    """Frames, each with its link type: that which the name of its file ends in (`@127`), else Ethernet's.

    Attributes:
        kept: the folder where frames are kept from run to run, each the first of which the stages said all that.
    """

    def __init__(self, kept: Path | None = None) -> None:
        self.kept = kept
        self.octets: list[bytes] = []
        self.link_types: list[int] = []
        self._said: set[Hashable] = set()
        for folder in (CORPUS, kept):
            for path in sorted(folder.iterdir()) if folder and folder.is_dir() else ():
                self._add(path.read_bytes(), int(path.name.partition("@")[2] or 1))

    def __len__(self) -> int:
        return len(self.octets)

    def learn(self, one: Captured, said: Iterable[Hashable]) -> None:
        """Take in, and keep, a frame of which was said what was said of none before."""
        answer = (one.link_type, *said)
        if self.kept is None or answer in self._said:
            return
        self._said.add(answer)
        octets = one.frame.octets
        if octets in self.octets:
            return
        self._add(octets, one.link_type)
        self.kept.mkdir(parents=True, exist_ok=True)
        name = f"{blake2b(octets, digest_size=8).hexdigest()}@{one.link_type}"
        (self.kept / name).write_bytes(octets)

    def _add(self, octets: bytes, link_type: int) -> None:
        self.octets.append(octets)
        self.link_types.append(link_type)
