"""Which of the packets that a place has sent on should come to the next one.

What does not pass there is not lost: a capture at one machine has what it sends and gets, one in the underlay has
nothing that stays behind its tunnel end point, and one at a tunnel end point nothing of the others. A map tells who is
where. Without one it shows by what arrives: a network, or a tunnel, of which nothing ever does goes another way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.facts import NONE
from dovetool.following.packets import Packets
from dovetool.following.place import Place
from dovetool.following.tracks import Tracks

_NO_ACCIDENT = 3
"""So many packets of which none arrives go another way; fewer may all have been lost, but for those of networks that
a machine is not in."""


def passes_by(tracks: Tracks, at: int, to: int, which: Column, *, has_map: bool) -> NDArray[np.bool_]:
    """(m,) which of some packets that are at one place, and not at the next, do not pass there.

    Args:
        tracks: the ways of the packets.
        at: a place where they were all seen.
        to: the next one.
        which: (m,) the packets.
        has_map: a map tells who is behind which tunnel end point.
    """
    here, there = tracks.places[at], tracks.places[to]
    rows = tracks.rows(at, which)
    passing = _of_others(here.packets, rows, there) | _of_underlay(here, rows)
    if has_map:
        passing |= _elsewhere_by_map(here.packets, rows, there)
    if not has_map or there.own is not None:
        shows = _shows_network(tracks, at, to)
        least = _NO_ACCIDENT if there.own is None else 1
        passing |= _never_arrives(tracks, (at, to), which, tracks.vnid.astype(np.int64), shows, least)
    if not has_map:
        tunnel = np.full(len(tracks.vnid), NONE, np.int64)
        seen = np.flatnonzero(tracks.seen(at))
        shown = here.packets.tunnel[tracks.rows(at, seen)].astype(np.int64)
        tunnel[seen] = np.where(shown == 0, NONE, shown)
        passing |= _never_arrives(tracks, (at, to), which, tunnel, _shows_tunnel(tracks, at, to))
    return passing


def _of_others(here: Packets, rows: Column, there: Place) -> NDArray[np.bool_]:
    """Neither from nor for the one machine that a place is at."""
    if there.own is None:
        return np.zeros(len(rows), np.bool_)
    is_own = np.isin(here.src[rows], there.own) | np.isin(here.dst[rows], there.own)
    others: NDArray[np.bool_] = ~is_own & ~here.is_group[rows]
    return others


def _of_underlay(here: Place, rows: Column) -> NDArray[np.bool_]:
    """In no tunnel, where nearly all packets are in one: routers and tunnel end points among themselves."""
    packets = here.packets
    is_bare: NDArray[np.bool_] = (packets.tunnel[rows] == 0) & (packets.vnid[rows] == NONE)
    return is_bare & here.is_tunnelled


def _elsewhere_by_map(here: Packets, rows: Column, there: Place) -> NDArray[np.bool_]:
    """Where the next place is in the underlay: what stays behind its tunnel end point, or has no end behind that."""
    src, dst = here.src_tep[rows], here.dst_tep[rows]
    is_known = (src != NONE) & (dst != NONE)
    if not there.is_tunnelled:
        return np.zeros(len(rows), np.bool_)
    elsewhere: NDArray[np.bool_] = is_known & (src == dst)
    teps = _common_teps(there.packets)
    if len(teps):
        elsewhere |= is_known & ~np.isin(src, teps) & ~np.isin(dst, teps)
    return elsewhere


def _common_teps(packets: Packets) -> Column:
    """The tunnel end points that each packet of a place has one of its ends behind."""
    is_known = (packets.src_tep != NONE) & (packets.dst_tep != NONE)
    src, dst = packets.src_tep[is_known], packets.dst_tep[is_known]
    if not len(src):
        return np.zeros(0, np.int64)
    common = [tep for tep in {int(src[0]), int(dst[0])} if ((src == tep) | (dst == tep)).all()]
    return np.array(common, np.int64)


def _never_arrives(
    tracks: Tracks,
    hop: tuple[int, int],
    which: Column,
    kind: Column,
    shows: NDArray[np.bool_],
    least: int = _NO_ACCIDENT,
) -> NDArray[np.bool_]:
    """Of a kind (n,) of which nothing is ever seen at the next place, by packets that show it; of other kinds it is."""
    at, to = hop
    seen, arrived = tracks.seen(at) & (kind != NONE), tracks.seen(to) & (kind != NONE) & shows
    kinds, count = np.unique(kind[seen], return_counts=True)
    arriving = np.unique(kind[arrived])
    if not len(arriving) or not np.isin(kinds, arriving).any():
        return np.zeros(len(which), np.bool_)
    absent = kinds[(count >= least) & ~np.isin(kinds, arriving)]
    never: NDArray[np.bool_] = np.isin(kind[which], absent)
    return never


def _shows_network(tracks: Tracks, at: int, to: int) -> NDArray[np.bool_]:
    """(n,) packets whose arrival shows that their network arrives: those for one receiver, if there are any.

    Packets for many are the same in several networks, and may be taken for each other.
    """
    both = np.flatnonzero(tracks.seen(at) & tracks.seen(to))
    is_one = ~tracks.places[at].packets.is_group[tracks.rows(at, both)]
    shows = np.zeros(len(tracks.vnid), np.bool_)
    shows[both] = is_one | ~is_one.any()
    return shows


def _shows_tunnel(tracks: Tracks, at: int, to: int) -> NDArray[np.bool_]:
    """(n,) packets whose arrival shows that what is in their tunnel arrives.

    Of a packet for many it may be the copy for another tunnel end point that was seen at the next place.
    """
    both = np.flatnonzero(tracks.seen(at) & tracks.seen(to))
    rows, others = tracks.rows(at, both), tracks.rows(to, both)
    here, there = tracks.places[at].packets, tracks.places[to].packets
    shows = np.zeros(len(tracks.vnid), np.bool_)
    shows[both] = ~here.is_group[rows] | (here.tunnel[rows] == there.tunnel[others])
    return shows
