"""The way of one frame as a JSON object, with the same words as the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.analysis.frame_path import PathStep
from dovetool.analysis.octet_diff import Run, RunKind, difference
from dovetool.analysis.single_frame import KnownFrame
from dovetool.analysis.trace import Trace
from dovetool.frame.selectors import Selectors
from dovetool.observe.dissection import header_parts
from dovetool.observe.observe import Observe
from dovetool.views.tracing.decision import DecisionWords
from dovetool.views.tracing.lookup_words import LookupWords
from dovetool.views.tracing.outcome import deliveries, refusals, why
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.texts import time_text

if TYPE_CHECKING:
    from dovetool.records import trace as records


class TraceJson:
    """Makes objects of traces in one map."""

    def __init__(self, vnid_map: VnidMap, selectors: Selectors) -> None:
        self._map, self._observe = vnid_map, Observe(selectors, vnid_map.tpid)
        self._lookups, self._decisions = LookupWords(vnid_map), DecisionWords(vnid_map, selectors)

    def of(self, trace: Trace) -> records.Trace:
        """The object of a trace."""
        return {
            "frame": self._frame(trace),
            "steps": [self._step(number, step) for number, step in enumerate(trace.steps)],
            "outcome": self._outcome(trace),
        }

    def _frame(self, trace: Trace) -> records.TracedFrame:
        known = trace.known
        headers = header_parts(known.view(), self._observe)
        return {
            "source": trace.source,
            "number": known.number,
            "time": time_text(known.ts_ns),
            "interface": known.interface,
            "link_type": known.link_type,
            **_octets(known),
            "headers": [{"offset": each.offset, "name": each.label, "text": each.detail} for each in headers],
            "begins_at": trace.beginning.stage,
            "because": trace.beginning.why,
        }

    def _step(self, number: int, step: PathStep) -> records.Step:
        """One step; `from` is the number of the step that its frame came out of."""
        verdict = "rejected" if step.reason is not None else "held" if step.absorbed else "forwarded"
        return {
            "step": number,
            "from": step.origin,
            "stage": step.stage,
            "lookups": [
                {"table": words.table, "question": words.question, "answer": words.answer, "found": words.found}
                for words in self._lookups.all(step.lookups)
            ],
            "verdict": verdict,
            "reason": step.reason,
            "why": why(self._map, step),
            "decision": self._decisions.decision(step),
            "before": _octets(step.before),
            "after": [{**_octets(made), "changes": _changes(step, row)} for row, made in enumerate(step.after)],
        }

    def _outcome(self, trace: Trace) -> records.Outcome:
        got = deliveries(self._map, trace.steps)
        stopped = refusals(self._map, trace.steps)
        verdict = "delivered" if got else "rejected" if stopped else "nobody"
        return {
            "verdict": "partly" if got and stopped else verdict,
            "delivered": [{"vm": delivery.vm, "port": delivery.port} for delivery in got],
            "rejected": [{"stage": each.stage, "reason": each.reason, "why": each.words} for each in stopped],
        }


def _octets(known: KnownFrame) -> records.Octets:
    return {"octets": known.frame.octets.hex(), "length": known.frame.orig_len}


def _changes(step: PathStep, row: int) -> list[records.Change]:
    """What became of the octets; none for a fragment, which is made anew."""
    if len(step.ways) != len(step.after):
        return []
    runs = difference(step.before.frame.octets, step.after[row].frame.octets, step.ways[row])
    return [_change(run) for run in runs if run.kind is not RunKind.SAME]


def _change(run: Run) -> records.Change:
    """Offsets are those of the frame that has the octets."""
    change: records.Change = {"kind": run.kind}
    if run.before:
        change["before_at"], change["before"] = run.before_at, run.before.hex()
    if run.after:
        change["after_at"], change["after"] = run.after_at, run.after.hex()
    return change
