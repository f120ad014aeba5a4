"""Carry out the verdicts of a whole batch: cut, insert and patch all its frames with array operations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import copy_runs, gather, items, scatter
from dovetool.capture.framing import Framing, lay_out, new_block
from dovetool.engine.patching import Patched, patch_frames
from dovetool.engine.verdict_table import NONE, Choice, Recipe, VerdictTable


def new_lengths(batch: Batch, choice: Choice, table: VerdictTable) -> tuple[Column, Column]:
    """Captured length and length on the wire (n,) that the frames will have."""
    head, rest = table.of("head", choice), table.of("rest", choice)
    wire = np.maximum(batch.orig_len, batch.caplen) - table.of("trim", choice)
    caplen = np.maximum(np.minimum(batch.caplen, wire) + (head - rest), head)
    orig_len = np.maximum(wire + (head - rest), 0)
    unchanged = table.of("unchanged", choice)
    if not isinstance(unchanged, int):
        orig_len = np.where(unchanged == 1, batch.orig_len, orig_len)
    return caplen, orig_len


def apply(batch: Batch, choice: Choice, table: VerdictTable, framing: Framing) -> Batch:
    """Make the new frames.

    Args:
        batch: n frames.
        choice: the verdict of each frame, which forwards it; of some at least it changes the octets.
        table: the verdicts by number.
        framing: what the new frames are laid out for.

    Returns:
        The n new frames, in a block of their own.
    """
    caplen, orig_len = new_lengths(batch, choice, table)
    offset, size = lay_out(caplen, framing, batch.annex)
    block = new_block(size)
    head, rest = table.of("head", choice), table.of("rest", choice)
    copy_runs(batch.octets, batch.offset + rest, block, offset + head, caplen - head)
    made = replace(batch, octets=block, offset=offset, caplen=caplen, orig_len=orig_len, framed_for=type(framing))
    recipes = table.of("recipe", choice)
    if isinstance(recipes, int):
        _write_heads(table.recipes[recipes], choice, table, batch, made)
        return made
    for number in np.flatnonzero(np.bincount(recipes)).tolist():
        rows = np.flatnonzero(recipes == number)
        part = Choice.of(choice.verdicts[rows])
        _write_heads(table.recipes[number], part, table, batch.take(rows), made.take(rows))
    return made


def _write_heads(recipe: Recipe, choice: Choice, table: VerdictTable, batch: Batch, made: Batch) -> None:
    constants, width = recipe.arrays[0], recipe.constant_len
    variant = table.column("row")[choice.verdicts]
    target, used = made.offset, 0
    for piece in recipe.pieces:
        if piece.source == NONE:
            octets = items(constants, piece.length)[variant * width + used]
            used += piece.length
        else:
            octets = gather(batch.octets, batch.offset + piece.source, piece.length)
        scatter(made.octets, target, octets, piece.length)
        target = target + piece.length
    if recipe.patches:
        _patch(recipe, recipe.arrays[1][variant], batch, made)


def _patch(recipe: Recipe, constants: NDArray[np.int64], batch: Batch, made: Batch) -> None:
    used = 0
    for patch in recipe.patches:
        count = len(patch.constants)
        patch_frames(patch, Patched(made, batch, constants[:, used : used + count]))
        used += count
