"""Findings that leave open which packets they are about get a text for each two ends: once for all their frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dovetool.analysis.finding_columns import Answers
from dovetool.analysis.findings import Report
from dovetool.belonging.wording import address_text
from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import gather
from dovetool.engine import kernel
from dovetool.engine.flow_table import Ids
from dovetool.frame.tunnel import EndsAt

_WORD = 8


def named(batch: Batch, answers: Answers, report: Report, ids: Ids, rows: Column, found: Column) -> Column:
    """The numbers (m,) of findings about frames, with the ends of each frame in their texts.

    Args:
        batch: n frames.
        answers: what is known about them.
        report: has the findings, and gets those that are new.
        ids: (n,) the number of the answer about each frame.
        rows: (m,) rows of frames.
        found: (m,) the number of a finding about each.
    """
    is_open = np.array([entry.finding.is_open for entry in report.entries], np.bool_)
    if not len(found) or not is_open[found].any():
        return found
    told = found.copy()
    flows = ids[rows]
    for number in np.flatnonzero(np.bincount(found) * is_open[: int(found.max()) + 1]).tolist():
        of_number, finding = found == number, report.entries[number].finding
        for flow in np.unique(flows[of_number]).tolist():
            at, ends_at = np.flatnonzero(of_number & (flows == flow)), answers.ends_at(flow)
            if ends_at is not None:
                pairs, which = _ends(batch, rows[at], ends_at)
                told[at] = np.array([report.number(finding.named(*pair)) for pair in pairs], np.int64)[which]
    return told


def _ends(batch: Batch, rows: Column, at: EndsAt) -> tuple[Iterator[tuple[str, str]], Column]:
    """The ends of tunnels in words, each two once, in the order in which they come; and (m,) which frames have."""
    begin, width = min(at.src, at.dst), abs(at.dst - at.src) + at.length
    octets = np.zeros((len(rows), -(-width // _WORD) * _WORD), np.uint8)
    octets[:, :width] = gather(batch.octets, batch.offset[rows] + begin, width).view(np.uint8).reshape(-1, width)
    table, which = kernel.ValueTable(octets.shape[1] // _WORD), np.empty(len(rows), np.int32)
    table.number(np.ascontiguousarray(octets.view("<u8").T), which)
    told = (b"".join(word.to_bytes(_WORD, "little") for word in words) for words in table.values(0))
    ends = ((each[place - begin :][: at.length] for place in (at.src, at.dst)) for each in told)
    return ((address_text(src), address_text(dst)) for src, dst in ends), which.astype(np.int64)
