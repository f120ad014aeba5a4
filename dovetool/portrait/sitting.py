"""The frames of captures on their way into a portrait: each batch is looked at once by each subject."""

from __future__ import annotations

from dovetool.analysis.columns import FrameTable, LookTable
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
from dovetool.portrait.portrait import Captures, Portrait
from dovetool.portrait.ports import PortCount
from dovetool.portrait.rates import RateCount
from dovetool.portrait.sizes import SizeCount
from dovetool.portrait.talks import TepTalk, VmTalk
from dovetool.portrait.traffic import TrafficCount
from dovetool.vnid_map.file.collector import paused
from dovetool.vnid_map.file.model import MapFile

_MOST_SENDERS = 50_000
"""Addresses that send, of which is learnt who belongs where: some 300 MB, and eight seconds."""


class Sitting:
    """Counts frames, and makes the portrait."""

    def __init__(self, sight: Sight, audit: Audit | FormAudit, learner: Learner, window: Window) -> None:
        """Look at the frames in a window that the sight chooses, and at what is wrong with these."""
        names = sight.names
        self._sight, self._learner = sight, learner
        self._table = LookTable(names)
        self._traffic, self._teps, self._vms = TrafficCount(names), TepTalk(names), VmTalk(names)
        self._rates, self._ports, self._sizes = RateCount(names), PortCount(names), SizeCount()
        self._unlearnt = 0
        self._finder = Finder(sight, Picker(window))
        self._validation = Validation(audit, kinds=OF_FORM if isinstance(audit, FormAudit) else _ALL)

    def feed(self, batch: Batch) -> bool:
        """Look at the frames of a batch; False when none of those behind can be wanted."""
        found = self._finder.found(batch)
        if len(found):
            frames, ts_ns = FrameTable(found, self._table), found.batch.told_ns
            for timed in (self._traffic, self._teps, self._vms, self._rates):
                timed.add(frames, ts_ns)
            self._ports.add(frames)
            self._sizes.add(frames)
            self._validation.feed(found.batch, found.numbers if found.batch.origin is None else None)
            self._learn(found.batch)
        return not self._finder.picker.is_done(batch)

    def _learn(self, batch: Batch) -> None:
        """Learn from frames who belongs where, until there are too many."""
        if self._learner.senders < _MOST_SENDERS:
            self._learner.feed(batch)
        else:
            self._unlearnt += len(batch)

    def portrait(self, captures: Captures, said: MapFile | None, map_name: str, selection: str) -> Portrait:
        """The portrait of what these captures are; `said` is the map."""
        faults = faults_of(self._validation.finish().found())
        with paused():
            talks = self._teps.told(), self._vms.told()
            rates, ports, sizes = self._rates.told(), self._ports.told(), self._sizes.told()
            del self._teps, self._vms, self._ports  # the map takes as much memory again
            names, ledger = self._sight.names, self._learner.ledger
            ledger.beyond += self._unlearnt
            is_whole = not selection and not ledger.beyond
            moves = moves_of(ledger, names, is_whole=is_whole)
            maps = maps_of(ledger, ", ".join(captures.names), names, said, is_whole=is_whole)
        traffic = self._traffic.told()
        return Portrait(captures, map_name, selection, traffic, *talks, rates, ports, sizes, faults, moves, maps)


_ALL = frozenset(Kind)
