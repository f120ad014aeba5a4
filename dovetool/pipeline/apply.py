"""Carry out the verdicts of a whole batch: cut, insert and patch all its frames with array operations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import copy_runs, gather, items, scatter
from dovetool.capture.framing import Framing, lay_out, new_block
from dovetool.pipeline.key_table import Ids
from dovetool.pipeline.patching import Patched, patch_frames
from dovetool.pipeline.recipe import NONE, Recipe, VerdictTable


def new_lengths(batch: Batch, verdicts: Ids, table: VerdictTable) -> tuple[Column, Column]:
    """Captured length and length on the wire (n,) that the frames will have."""
    wire = np.maximum(batch.orig_len, batch.caplen) - table.column("trim")[verdicts]
    added = (table.column("head") - table.column("rest"))[verdicts]
    caplen = np.maximum(np.minimum(batch.caplen, wire) + added, table.column("head")[verdicts])
    orig_len = np.where(table.column("unchanged")[verdicts] == 1, batch.orig_len, np.maximum(wire + added, 0))
    return caplen, orig_len


def apply(batch: Batch, verdicts: Ids, table: VerdictTable, framing: Framing) -> Batch:
    """Make the new frames.

    Args:
        batch: n frames.
        verdicts: (n,) number of each frame's verdict, which forwards it.
        table: the verdicts by number.
        framing: what the new frames are laid out for.

    Returns:
        The n new frames, in a block of their own.
    """
    caplen, orig_len = new_lengths(batch, verdicts, table)
    offset, size = lay_out(caplen, framing, batch.annex)
    block = new_block(size)
    head, rest = table.column("head")[verdicts], table.column("rest")[verdicts]
    copy_runs(batch.octets, batch.offset + rest, block, offset + head, caplen - head)
    made = replace(batch, octets=block, offset=offset, caplen=caplen, orig_len=orig_len, framed_for=type(framing))
    recipes = table.column("recipe")[verdicts]
    for number in np.flatnonzero(np.bincount(recipes)).tolist():
        rows = np.flatnonzero(recipes == number)
        _write_heads(table.recipes[number], table.column("row")[verdicts[rows]], rows, batch, made)
    return made


def _write_heads(recipe: Recipe, variant: Column, rows: Column, batch: Batch, made: Batch) -> None:
    constants, width = recipe.arrays[0], recipe.constant_len
    target, used = made.offset[rows], 0
    for piece in recipe.pieces:
        if piece.source == NONE:
            octets = items(constants, piece.length)[variant * width + used]
            used += piece.length
        else:
            octets = gather(batch.octets, batch.offset[rows] + piece.source, piece.length)
        scatter(made.octets, target, octets, piece.length)
        target = target + piece.length
    if recipe.patches:
        _patch(recipe, variant, rows, batch, made)


def _patch(recipe: Recipe, variant: Column, rows: Column, batch: Batch, made: Batch) -> None:
    params = recipe.arrays[1][variant]
    used = 0
    for patch in recipe.patches:
        count = len(patch.constants)
        frames = Patched(
            octets=made.octets,
            offset=made.offset[rows],
            caplen=made.caplen[rows],
            orig_len=made.orig_len[rows],
            source=batch.octets,
            source_at=batch.offset[rows],
            constants=params[:, used : used + count],
        )
        patch_frames(patch, frames)
        used += count
