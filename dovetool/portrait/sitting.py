"""The frames of captures on their way into a portrait: each batch is looked at once by each subject."""

from __future__ import annotations

from dovetool.analysis.columns import FrameTable, LookTable
from dovetool.analysis.findings import Entry
from dovetool.analysis.frame_selection import Finder, Picker, Window
from dovetool.analysis.frame_summary import Sight
from dovetool.analysis.validation import Validation
from dovetool.audit.audit import Audit
from dovetool.audit.form_audit import FormAudit
from dovetool.belonging.finding import OF_FORM, Kind
from dovetool.capture.batch import Batch
from dovetool.learning.learner import Learner
from dovetool.portrait.faults import faults_of
from dovetool.portrait.maps import maps_of
from dovetool.portrait.moves import moves_of
from dovetool.portrait.portrait import CaptureFacts, Portrait
from dovetool.portrait.ports import PortCount
from dovetool.portrait.rates import RateCount
from dovetool.portrait.sizes import SizeCount
from dovetool.portrait.talks import TepTalk, VmTalk
from dovetool.portrait.traffic import TrafficCount
from dovetool.vnid_map.file.model import MapFile

_MOST_SENDERS = 50_000
"""Addresses that send, of which is learnt who belongs where: some 250 MB, and half a minute."""


class Sitting:
    """Counts the frames of one capture after the other, and makes the portrait."""

    def __init__(self, sight: Sight, audit: Audit | FormAudit, learner: Learner, window: Window) -> None:
        """Look at the frames in a window that the sight chooses, and at what is wrong with these."""
        names = sight.names
        self._sight, self._audit, self._learner, self._window = sight, audit, learner, window
        self._table = LookTable(names)
        self._traffic, self._teps, self._vms = TrafficCount(names), TepTalk(names), VmTalk(names)
        self._rates, self._ports, self._sizes = RateCount(names), PortCount(names), SizeCount()
        self._captures: list[CaptureFacts] = []
        self._found: list[list[Entry]] = []
        self._unlearnt = 0
        self.begin()

    def begin(self) -> None:
        """A capture begins, whose frames are numbered from 1."""
        self._finder = Finder(self._sight, Picker(self._window))
        self._validation = Validation(self._audit, kinds=OF_FORM if isinstance(self._audit, FormAudit) else _ALL)

    def feed(self, batch: Batch) -> bool:
        """Look at the frames of a batch; False when none of those behind can be wanted."""
        found = self._finder.found(batch)
        if len(found):
            frames, ts_ns = FrameTable(found, self._table), found.batch.told_ns
            for timed in (self._traffic, self._teps, self._vms, self._rates):
                timed.add(frames, ts_ns)
            self._ports.add(frames)
            self._sizes.add(frames)
            self._validation.feed(found.batch, found.numbers)
            self._learn(found.batch)
        return not self._finder.picker.is_done(batch)

    def _learn(self, batch: Batch) -> None:
        """Learn from frames who belongs where, until there are too many."""
        if self._learner.senders < _MOST_SENDERS:
            self._learner.feed(batch)
        else:
            self._unlearnt += len(batch)

    def end(self, name: str, damage: str = "") -> None:
        """A capture is over; `damage` is what is wrong with it from there on."""
        self._validation.finish()
        report = self._validation.report
        self._captures.append(CaptureFacts(name, report.frames, damage))
        self._found.append(report.found())

    def portrait(self, said: MapFile | None, map_name: str, selection: str) -> Portrait:
        """The portrait; `said` is the map."""
        names, ledger = self._sight.names, self._learner.ledger
        ledger.beyond += self._unlearnt
        is_whole = not selection and not ledger.beyond
        return Portrait(
            self._captures,
            map_name,
            selection,
            self._traffic.told(),
            self._teps.told(),
            self._vms.told(),
            self._rates.told(),
            self._ports.told(),
            self._sizes.told(),
            faults_of(self._found),
            moves_of(ledger, names, is_whole=is_whole),
            maps_of(ledger, ", ".join(each.name for each in self._captures), names, said, is_whole=is_whole),
        )


_ALL = frozenset(Kind)
