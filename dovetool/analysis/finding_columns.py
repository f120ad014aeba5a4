"""What was found out about flows, as columns by the number of an answer, so that whole batches can look it up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dovetool.analysis.findings import Report
from dovetool.audit.examined import Broadcast, Entropy, Examined, Hop, SeenAddress
from dovetool.capture.batch import Column
from dovetool.engine.asking import Asking
from dovetool.engine.flow_table import Classifier, Ids, Numbered
from dovetool.frame.tunnel import EndsAt

NONE = -1
_HOPS = tuple(Hop)
_COLUMNS = ("hop", "findings", "checks", "broadcast", "seen_addresses", "entropy", "cut")


class Answers:
    """The answers of a classifier by column; `NONE` where an answer has nothing there.

    Attributes:
        findings: the numbers of the findings that a frame may have by its flow.
        checks: what is asked of each frame of a flow.
        broadcasts: what is to be watched of copies.
        seen_addresses: what is to be watched of addresses.
        entropies: what is to be watched of source ports.
        paths: pairs of tunnel end points between which frames were seen.
    """

    def __init__(self, report: Report) -> None:
        self.findings: Numbered[tuple[int, ...]] = Numbered()
        self.checks = Asking()
        self.broadcasts: Numbered[Broadcast] = Numbered()
        self.seen_addresses: Numbered[tuple[SeenAddress, ...]] = Numbered()
        self.entropies: Numbered[Entropy] = Numbered()
        self.paths: set[tuple[int, int]] = set()
        self._report, self._known, self._generation = report, 0, 0
        self._answers: Sequence[Examined] = ()
        self._columns = {name: np.full(64, NONE, np.int64) for name in _COLUMNS}

    def learn(self, classifier: Classifier[Examined]) -> None:
        """Take in the answers that are new; all are, when the classifier has forgotten those it had."""
        self._answers = answers = classifier.answers
        if classifier.generation != self._generation:
            self._generation, self._known = classifier.generation, 0
        if len(answers) > len(self._columns["hop"]):
            grown = 2 * len(answers)
            self._columns = {name: np.resize(column, grown) for name, column in self._columns.items()}
        for number in range(self._known, len(answers)):
            for name, value in self._row(answers[number]).items():
                self._columns[name][number] = value
        self._known = len(answers)

    def column(self, name: str, answers: Ids) -> Column:
        """A column (n,) for n frames, by the number of the answer about each."""
        return self._columns[name][answers]

    def failed(self, flow: int, place: int, answer: int) -> int:
        """The number of the finding about a frame of a flow by its answer, from 1, to the question of that place."""
        return self._report.number(self._answers[flow].checks[place][1][answer - 1])

    def ends_at(self, flow: int) -> EndsAt | None:
        """Where frames of a flow have the addresses that the texts of its findings leave open."""
        return self._answers[flow].ends_at

    def told(self, flow: int, place: int, octets: bytes, orig_len: int) -> str:
        """What that question has to tell of a frame."""
        return self._answers[flow].checks[place][0].told(octets, max(orig_len, len(octets)))

    def _row(self, answer: Examined) -> dict[str, int]:
        if answer.path is not None:
            self.paths.add(answer.path)
        broadcast = answer.broadcast
        is_watched = broadcast is not None and len(broadcast.expected) > 1
        found = tuple(dict.fromkeys(map(self._report.number, answer.findings)))
        return {
            "hop": _HOPS.index(answer.hop),
            "cut": int(answer.is_cut),
            "findings": self.findings.number(found) if found else NONE,
            "checks": self.checks.number(tuple(check for check, _ in answer.checks)) if answer.checks else NONE,
            "broadcast": self.broadcasts.number(broadcast) if broadcast is not None and is_watched else NONE,
            "seen_addresses": self.seen_addresses.number(answer.seen_addresses) if answer.seen_addresses else NONE,
            "entropy": self.entropies.number(answer.entropy) if answer.entropy is not None else NONE,
        }
