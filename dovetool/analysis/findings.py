"""What was found wrong in a capture: each finding once, with the number of frames and the first of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import field

import numpy as np

from dovetool.audit.examined import Hop
from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.rule import Severity
from dovetool.capture.batch import Column
from dovetool.capture.origin import own_number
from dovetool.values import dataclass

MOST_TEXTS = 64
"""Findings of a kind that are told apart; more of them would fill memory, and nobody would read them."""
MOST_NUMBERS = 10
_WEIGHTS = tuple(Severity)


@dataclass(slots=True)
class Entry:
    """A finding, and where it was.

    Attributes:
        finding: what is wrong.
        count: frames that it was found in.
        numbers: numbers of the first of them, counted from 1; where there are several files, as `Origin` has them.
        example: what is particular of one of them; empty for nothing.
        example_number: the number of that one.
        files: what the files are called, where there are several.
    """

    finding: Finding
    files: Sequence[str] = ()
    count: int = 0
    numbers: list[int] = field(default_factory=list)
    example: str = ""
    example_number: int = 0

    @property
    def text(self) -> str:
        """What was found, with the example."""
        if not self.example:
            return self.finding.text
        file, number = self.located(self.example_number)
        return f"{self.finding.text}: {file and f'{file}: '}frame {number}: {self.example}"

    @property
    def places(self) -> list[tuple[str, int]]:
        """The file of each of its frames, empty where there is one alone, and the number there, file by file."""
        return [self.located(number) for number in sorted(self.numbers)]

    def located(self, number: int) -> tuple[str, int]:
        """One of them."""
        file, own = own_number(number)
        return self.files[file] if self.files else "", own

    def add(self, numbers: Iterable[int], count: int) -> None:
        """Count frames; `numbers` are those of the first of them."""
        self.count += count
        self.numbers += list(numbers)[: MOST_NUMBERS - len(self.numbers)]


class Report:
    """All findings.

    Attributes:
        entries: one a finding, in the order they were met.
        frames: frames looked at.
        octets: their octets on the wire.
        hops: frames by where in a network such a frame is seen.
        cut: frames that capturing had cut before all could be seen.
        files: what the files are called, where there are several.
    """

    def __init__(self, kinds: frozenset[Kind] = frozenset(Kind)) -> None:
        """Take in findings of `kinds`."""
        self._kinds = kinds
        self.entries: list[Entry] = []
        self.frames = self.octets = self.cut = 0
        self.hops: Counter[Hop] = Counter()
        self.files: Sequence[str] = ()
        self._numbers: dict[Finding, int] = {}
        self._texts: Counter[str] = Counter()

    def bounded(self, finding: Finding) -> Finding:
        """The finding itself, or what stands for all others of its kind once there are very many."""
        if finding not in self._numbers and self._texts[finding.kind.reason] >= MOST_TEXTS:
            return Finding(finding.kind, f"others of this kind, more than {MOST_TEXTS} of them")
        return finding

    def number(self, finding: Finding) -> int:
        """The place of a finding among the entries."""
        finding = self.bounded(finding)
        number = self._numbers.setdefault(finding, len(self.entries))
        if number == len(self.entries):
            self._texts[finding.kind.reason] += not finding.is_open
            self.entries.append(Entry(finding, self.files))
        return number

    def tell(self, finding: Finding, numbers: Iterable[int], count: int) -> None:
        """Take in a finding, and in how many frames it is; `numbers` are those of the first of them."""
        self.entries[self.number(finding)].add(numbers, count)

    def take_in(self, other: Report, behind: int) -> None:
        """Add what was found in frames that come behind those of this one, to whose numbers something is added."""
        for entry in other.entries:
            ours = self.entries[self.number(entry.finding)]
            ours.add([number + behind for number in entry.numbers], entry.count)
            if entry.example and not ours.example:
                ours.example, ours.example_number = entry.example, entry.example_number + behind
        self.frames += other.frames
        self.octets += other.octets
        self.cut += other.cut
        self.hops += other.hops

    def wanted(self, rows: Column, findings: Column) -> tuple[Column, Column]:
        """Those pairs of a row and the number of a finding that are of a kind that is looked for."""
        are_wanted = np.array([entry.finding.kind in self._kinds for entry in self.entries], np.bool_)
        kept = are_wanted[findings]
        return rows[kept], findings[kept]

    def offences(self, rows: Column, findings: Column) -> tuple[Column, Column]:
        """Those pairs that tell of something wrong."""
        are_faults = np.array([entry.finding.kind.severity is not Severity.INFO for entry in self.entries], np.bool_)
        kept = are_faults[findings]
        return rows[kept], findings[kept]

    def note(self, numbers: Column, findings: Column) -> None:
        """Count frames.

        Args:
            numbers: (n,) number of a frame.
            findings: (n,) number of a finding about it; the frames of a finding ascend.
        """
        for place in np.flatnonzero(np.bincount(findings)).tolist():
            of_place = findings == place
            self.entries[place].add(numbers[of_place][:MOST_NUMBERS].tolist(), int(np.count_nonzero(of_place)))

    def found(self) -> list[Entry]:
        """The findings that frames have, the weightiest first, then by reason and by the first frame."""
        kept = [entry for entry in self.entries if entry.count and entry.finding.kind in self._kinds]
        return sorted(
            kept,
            key=lambda entry: (
                _WEIGHTS.index(entry.finding.kind.severity),
                entry.finding.kind.reason,
                entry.numbers[0],
                entry.finding.text,
            ),
        )
