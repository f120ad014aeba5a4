"""Carry out the verdicts of a whole batch: make its new frames, say where they are, cut what is too long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dovetool.capture.batch import Batch, Framing, Path
from dovetool.capture.blocks import BLOCKS
from dovetool.capture.framing import lay_out
from dovetool.capture.growing import followed
from dovetool.capture.pcapng import changed
from dovetool.engine.flow_table import Ids
from dovetool.engine.kept_frames import kept_frame
from dovetool.engine.reassembly import Entry, merged
from dovetool.engine.threads import THREADS
from dovetool.engine.verdict_table import KEEP, NONE, Choice, VerdictTable
from dovetool.frame.view import ETHERNET


def carry_out(batch: Batch, choice: Choice, table: VerdictTable, framing: Framing) -> Batch:
    """The frames that verdicts make.

    Args:
        batch: n frames, one at least.
        choice: the verdict of each, which forwards it.
        table: the verdicts by number.
        framing: what new frames are laid out for.

    Returns:
        n frames: those of the batch where all go on unchanged, else new ones in a block of their own.
    """
    batch = _with_path(batch, choice.verdicts, table)
    unchanged = table.of("unchanged", choice)
    if isinstance(unchanged, int) and unchanged == 1:
        return batch
    if batch.annex is not None:
        batch = replace(batch, annex=changed(batch.annex, table.column("unchanged")[choice.verdicts] != 1))
    return _made(_as_ethernet(batch, choice.verdicts, table), choice.verdicts, table, framing)


def _made(batch: Batch, verdicts: Ids, table: VerdictTable, framing: Framing) -> Batch:
    programs = table.column("program").astype(np.int32)[verdicts]
    caplen, orig_len = np.empty_like(batch.caplen), np.empty_like(batch.orig_len)
    table.programs.measure(programs, batch.caplen, batch.orig_len, caplen, orig_len)
    offset, size = lay_out(caplen, framing, batch.annex)
    block = BLOCKS.take(size)
    source = batch.octets, batch.offset, batch.caplen, batch.orig_len
    target = block, offset, caplen, orig_len
    THREADS.share(lambda start, stop: table.programs.make(programs, *source, *target, start, stop), len(batch))
    return replace(batch, octets=block, offset=offset, caplen=caplen, orig_len=orig_len, framed_for=framing)


def _with_path(batch: Batch, verdicts: Ids, table: VerdictTable) -> Batch:
    if batch.path is None:
        return batch
    known = {"ingress": batch.path.ingress, "tep": batch.path.tep, "origin": batch.path.origin}
    told = {name: table.column(name)[verdicts] for name in known}
    columns = {name: np.where(told[name] != KEEP, told[name], column) for name, column in known.items()}
    local = batch.path.local | table.column("local")[verdicts]
    return replace(batch, path=Path(**columns, local=local, frame=batch.path.frame))


def _as_ethernet(batch: Batch, verdicts: Ids, table: VerdictTable) -> Batch:
    """Frames that a stage made are Ethernet: those of another link type move to a twin of their interface."""
    present, which = batch.by_interface
    is_foreign = np.array([batch.interfaces[index].link_type != ETHERNET for index in present.tolist()], np.bool_)
    foreign = present[is_foreign].tolist()
    if not foreign:
        return batch
    twins = [replace(batch.interfaces[index], link_type=ETHERNET) for index in foreign]
    places = present.copy()
    places[is_foreign] = len(batch.interfaces) + np.arange(len(foreign))
    touched = (table.column("unchanged")[verdicts] != 1) & (table.column("linked")[verdicts] == 0)
    return replace(
        batch,
        interface=np.where(touched, places[which], batch.interface),
        interfaces=followed(batch.interfaces, twins),
        clock=batch.clock.with_twins(foreign),
    )


def cut_frames(made: Batch, verdicts: Ids, table: VerdictTable) -> tuple[Batch, Ids]:
    """The frames of a batch, with fragments in the place of those that are too long.

    Args:
        made: n new frames.
        verdicts: (n,) the verdicts that they were made by.
        table: the verdicts by number.
    """
    if not table.cuts:
        return made, verdicts
    cuts = table.column("cut")[verdicts]
    rows = [row for row in np.flatnonzero(cuts != NONE).tolist() if table.cuts[cuts[row]].applies(made.orig_len[row])]
    if not rows:
        return made, verdicts
    entries = [
        Entry((row, at), int(verdicts[row]), kept_frame(made, row)._replace(octets=octets, orig_len=orig_len))
        for row in rows
        for at, (octets, orig_len) in enumerate(
            table.cuts[cuts[row]].fragments(made.frame(row), int(made.orig_len[row]))
        )
    ]
    kept = np.delete(np.arange(len(made)), rows)
    return merged(made, kept, verdicts[kept], entries)
