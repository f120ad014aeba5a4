"""Packets that go on as parts of others: segments put together by a network card, fragments that became whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.facts import Piece
from dovetool.following.packets import Packets

_MODULUS = 1 << 32


def is_covered(here: Packets, rows: Column, there: Packets, others: Column) -> NDArray[np.bool_]:
    """(m,) which of some packets that were not found again are at the next place in another.

    Args:
        here: the packets of the one place.
        rows: (m,) some of them.
        there: those of the next place.
        others: rows of that place with packets that were found there in another form; without any, none is in another.
    """
    if not len(others) or not len(rows):
        return np.zeros(len(rows), np.bool_)
    return _in_segment(here, rows, there, others) | _in_whole(here, rows, there)


def _in_segment(here: Packets, rows: Column, there: Packets, others: Column) -> NDArray[np.bool_]:
    """TCP payload that a segment of the same flow has: by the last one that does not begin behind it."""
    covered = np.zeros(len(rows), np.bool_)
    mine = np.flatnonzero(here.load[rows] > 0)
    theirs = others[there.load[others] > 0]
    if not len(mine) or not len(theirs):
        return covered
    flows = np.unique(there.flow[theirs])
    number = np.searchsorted(flows, there.flow[theirs]) * _MODULUS + there.seq[theirs]
    end = number + there.load[theirs]
    order = np.argsort(number, kind="stable")
    furthest = np.maximum.accumulate(end[order])
    at_flow = np.minimum(np.searchsorted(flows, here.flow[rows[mine]]), len(flows) - 1)
    wanted = at_flow * _MODULUS + here.seq[rows[mine]]
    at = np.searchsorted(number[order], wanted, side="right") - 1
    is_inside = (at >= 0) & (furthest[np.maximum(at, 0)] >= wanted + here.load[rows[mine]])
    covered[mine] = is_inside & (flows[at_flow] == here.flow[rows[mine]])
    return covered


def _in_whole(here: Packets, rows: Column, there: Packets) -> NDArray[np.bool_]:
    """Later fragments of those whose packets the next place has in one piece, as it has no fragments of them at all."""
    is_later = here.piece[rows] == Piece.LATER
    in_pieces = np.isin(here.pair[rows], there.pair[there.piece != Piece.WHOLE])
    in_whole = np.isin(here.pair[rows], there.pair[there.piece == Piece.WHOLE])
    covered: NDArray[np.bool_] = is_later & ~in_pieces & in_whole
    return covered
