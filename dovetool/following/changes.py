"""What is different of a packet at the place where it arrives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.facts import NONE
from dovetool.following.packets import Packets

_CE, _ECT_1, _ECT_0 = 3, 1, 2
FIELDS = ("dscp", "ecn", "ttl", "length", "fragments", "vnid", "macs", "priority", "outer_dscp")
"""What is compared: of the innermost packet, but for the last two, of tag and tunnel, and the one of the underlay."""

_Changes = Mapping[str, NDArray[np.bool_]]


def changes(first: Packets, rows: Column, second: Packets, others: Column) -> _Changes:
    """By field, the packets (n,) that have another value at the second place.

    What a place does not show is not compared.
    """
    tos, other_tos = first.tos[rows], second.tos[others]
    outer, other_outer = first.outer_tos[rows], second.outer_tos[others]
    piece, other_piece = first.piece[rows], second.piece[others]
    in_both = (outer != NONE) & (other_outer != NONE) & (first.tunnel[rows] == second.tunnel[others])
    return {
        "dscp": _differ(tos >> 2, other_tos >> 2),
        "ecn": _differ(_met(tos, outer), _met(other_tos, other_outer)),
        "ttl": _differ(first.ttl[rows], second.ttl[others]),
        "length": (first.length[rows] != second.length[others]) & (tos != NONE),
        "fragments": piece != other_piece,
        "vnid": _differ(first.vnid[rows], second.vnid[others]),
        "macs": (first.macs[rows] != second.macs[others]) & (first.macs[rows] != 0) & (second.macs[others] != 0),
        "priority": _priority_differs((first.pcp[rows], tos, outer), (second.pcp[others], other_tos, other_outer)),
        "outer_dscp": in_both & (outer >> 2 != other_outer >> 2),
    }


def _differ(one: NDArray[np.integer], other: NDArray[np.integer]) -> NDArray[np.bool_]:
    different: NDArray[np.bool_] = (one != other) & (one != NONE) & (other != NONE)
    return different


def _met(tos: NDArray[np.int16], outer: NDArray[np.int16]) -> NDArray[np.int16]:
    """The ECN field that the packet has once it is out of its tunnel (RFC 6040 section 4.2)."""
    ecn, around = tos & 3, np.where(outer == NONE, 0, outer & 3)
    ecn = np.where((around == _ECT_1) & (ecn == _ECT_0), _ECT_1, ecn)
    met: NDArray[np.int16] = np.where(tos == NONE, NONE, np.where(around == _CE, _CE, ecn))
    return met


_Marks = tuple[NDArray[np.int8], NDArray[np.int16], NDArray[np.int16]]


def _priority_differs(first: _Marks, second: _Marks) -> NDArray[np.bool_]:
    """A tag has another priority than the one before, or than the underlay's packet has.

    The DSCP of a tunnel may be the class of the priority (RFC 2474 section 4.2.2.1), that of the packet inside, or the
    same for all that a tunnel end point sends: what is usual is no change.
    """
    (pcp, tos, outer), (other_pcp, _, other_outer) = first, second
    differs = _differ(pcp, other_pcp)
    for tag, tunnel in ((pcp, other_outer), (other_pcp, outer)):
        compared = np.flatnonzero((tag != NONE) & (tunnel != NONE))
        dscp = tunnel[compared] >> 2
        usual = np.bincount(dscp, minlength=64)
        is_fixed = len(compared) > 0 and int(usual.max()) == len(compared)
        is_class = dscp >> 3 == tag[compared]
        is_inherited = (tos[compared] >> 2 == dscp) & (tos[compared] != NONE)
        differs[compared] = ~(is_class | is_inherited) & ~is_fixed
    return differs
