"""Packets for many, which come more often than they were sent on: copies for several receivers are no duplicates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.digests import mixed
from dovetool.following.packets import Packets

_MANY = 3
"""So many packets of a kind show what is usual of it."""


def copies(packets: Packets, more: Column, arrived: Column, sent: Packets, rows: Column) -> NDArray[np.bool_]:
    """(m,) which of the packets that came once more are copies for further receivers.

    What came through a group of the underlay may be for several. A packet for many may come as often as others of its
    sender do; where few show what is usual, all that come where it leaves the tunnel may be for those who are behind
    the same tunnel end point as the sender.

    Args:
        packets: those of the place where they came.
        more: (m,) rows of those that came once more.
        arrived: (n,) rows of those that were sent on.
        sent: the packets of the place where they were sent on.
        rows: (n,) their rows there.
    """
    some = np.isin(packets.mark[arrived], packets.mark[more])
    some |= packets.is_group[arrived]
    arrived, rows = arrived[some], rows[some]
    marks, first, which = np.unique(packets.mark[arrived], return_index=True, return_inverse=True)
    at = np.minimum(np.searchsorted(marks, packets.mark[more]), len(marks) - 1)
    came, went = arrived[first], rows[first]
    kind = mixed(mixed(packets.src[came], packets.vnid[came]), np.bincount(which))
    leaves_tunnel = (sent.tunnel[went] != 0) & (packets.tunnel[came] == 0)
    is_usual = _rank(at) < _usual(kind, np.bincount(at, minlength=len(marks)), np.where(leaves_tunnel, len(at), 0))[at]
    is_copy: NDArray[np.bool_] = sent.in_group[went][at] | (packets.is_group[more] & is_usual)
    return is_copy


def _usual(kind: NDArray[np.uint64], extra: Column, otherwise: Column) -> Column:
    """(k,) how often packets of a kind usually come once more, where there are many, or otherwise.

    Args:
        kind: (k,) the kind of each distinct packet.
        extra: (k,) how often it came once more.
        otherwise: (k,) what is taken for usual of few.
    """
    _, which, count = np.unique(kind, return_inverse=True, return_counts=True)
    order = np.lexsort((extra, which))
    median = extra[order][np.cumsum(count) - count + (count - 1) // 2]
    usual: Column = np.where(count >= _MANY, median, 0)[which]
    return np.where((count >= _MANY)[which], usual, otherwise)


def _rank(numbers: Column) -> Column:
    """(m,) how many of the numbers before each are the same."""
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    begins = np.flatnonzero(np.append(True, np.diff(ordered) != 0))
    rank = np.empty(len(numbers), np.int64)
    rank[order] = np.arange(len(numbers)) - np.repeat(begins, np.diff(np.append(begins, len(numbers))))
    return rank
