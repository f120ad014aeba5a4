"""Who talks to whom: TEPs and, within a network, VMs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from dovetool.analysis.columns import FrameTable
from dovetool.analysis.columns.cells import combined
from dovetool.capture.batch import Column
from dovetool.observe.names import Names
from dovetool.observe.observation import Overlay
from dovetool.portrait.labels import End, network_label, receiver, sender, tep_ends
from dovetool.portrait.look_codes import LookCodes, look_codes
from dovetool.portrait.sums import Amount, Sum, Sums

MOST_ROWS = 1000
MOST_MATRICES = 12
"""Networks that have a matrix of their own, besides the one of all."""
MOST_ENDS = 24
ALL_NETWORKS = "all networks"
OTHERS = "others"
_Key = tuple[tuple[int | None, str], bytes, bytes, bytes, bytes]
"""Network and encapsulation; MAC and IP address there; MAC and IP address back. TEPs have the IP address alone."""


class Talk(NamedTuple):
    """What one end sends to another in a network; times are ns since 1970."""

    vnid: int | None
    network: str
    encap: str
    src: End
    dst: End
    amount: Amount
    first_ns: int
    last_ns: int


class Matrix(NamedTuple):
    """Who sends how much to whom.

    Attributes:
        network: what it is of.
        ends: the ends with the most octets, these first; behind them others, where there are any.
        cells: place of the sender in `ends`, of the receiver, and what is sent.
        left_out: how many the others are.
    """

    network: str
    ends: list[str]
    cells: list[tuple[int, int, Amount]]
    left_out: int


class Talks(NamedTuple):
    """All talk of one kind of ends.

    Attributes:
        matrices: of all networks together, if that means anything, then of the largest.
        rows: the largest, by octets.
        others: what the rest sums up to.
        others_count: how many these are, at least.
        is_bounded: small ones were given up, so that what they were may be in `others`.
    """

    matrices: list[Matrix]
    rows: list[Talk]
    others: Amount
    others_count: int
    is_bounded: bool


class TepTalk:
    """Counts what TEPs send to each other."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._sums: Sums[_Key] = Sums()
        self._heads = look_codes(lambda entry: (names.vnid(entry.look.seen), _carrier(entry.tunnel)))

    def add(self, frames: FrameTable, ts_ns: Column) -> None:
        """Count frames in tunnels that have addresses."""
        _add(self._sums, frames, ts_ns, self._heads, ("", "outer_src", "", "outer_dst"))

    def told(self) -> Talks:
        """What was counted."""
        return _talks(self._sums, self._talk, of_all=True)

    def _talk(self, counted: Sum[_Key]) -> Talk:
        ((vnid, encap), _, src, _, dst), amount, first_ns, last_ns = counted
        ends = tep_ends(self._names, encap, vnid, src, dst)
        return Talk(vnid, network_label(vnid, self._names.network(vnid)), encap, *ends, amount, first_ns, last_ns)


class VmTalk:
    """Counts what VMs send to each other, by the innermost frame."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._sums: Sums[_Key] = Sums()
        self._heads = look_codes(lambda entry: (names.home(entry.look.seen, entry.look.interface), ""))

    def add(self, frames: FrameTable, ts_ns: Column) -> None:
        """Count frames that have addresses."""
        _add(self._sums, frames, ts_ns, self._heads, ("src_mac", "src_ip", "dst_mac", "dst_ip"))

    def told(self) -> Talks:
        """What was counted."""
        return _talks(self._sums, self._talk, of_all=False)

    def _talk(self, counted: Sum[_Key]) -> Talk:
        ((vnid, _), src_mac, src_ip, dst_mac, dst_ip), amount, first_ns, last_ns = counted
        src = sender(self._names, vnid, src_mac, src_ip, first_ns)
        dst = receiver(self._names, vnid, dst_mac, dst_ip, first_ns)
        return Talk(vnid, network_label(vnid, self._names.network(vnid)), "", src, dst, amount, first_ns, last_ns)


def _carrier(overlay: Overlay | None) -> str:
    return "" if overlay is None else overlay.encap


def _add(
    sums: Sums[_Key],
    frames: FrameTable,
    ts_ns: Column,
    heads: LookCodes[tuple[int | None, str]],
    names: Sequence[str],
) -> None:
    """Add frames that have an address at both ends."""
    head = heads.of(frames)
    parts = [frames.distinct(name) if name else ([b""], np.zeros(len(head), np.int64)) for name in names]
    (_, src_mac), (_, src_ip), (_, dst_mac), (_, dst_ip) = parts
    rows = np.flatnonzero(((src_mac | src_ip) > 0) & ((dst_mac | dst_ip) > 0))
    if not len(rows):
        return
    columns = [head[rows], *(codes[rows] for _, codes in parts)]
    first, numbers = combined(*columns)
    one, two, three, four = (values for values, _ in parts)
    keys: list[_Key] = [
        (heads.values[head], one[a], two[b], three[c], four[d])
        for head, a, b, c, d in zip(*(column[first].tolist() for column in columns), strict=True)
    ]
    sums.add(keys, numbers, frames.found.batch.wire_len[rows], ts_ns[rows])


def _talks(sums: Sums[_Key], talk: Callable[[Sum[_Key]], Talk], *, of_all: bool) -> Talks:
    rows = _merged(map(talk, sums.ranked()))
    by_network: defaultdict[str, list[Talk]] = defaultdict(list)
    for row in rows:
        by_network[row.network].append(row)
    largest = sorted(by_network, key=lambda label: -sum(row.amount.octets for row in by_network[label]))
    matrices = [_matrix(ALL_NETWORKS, rows)] if of_all and rows else []
    matrices += [_matrix(label, by_network[label]) for label in largest[:MOST_MATRICES]]
    others = sums.others
    for row in rows[MOST_ROWS:]:
        others = others.plus(row.amount)
    left = len(rows) - min(len(rows), MOST_ROWS) + sums.given_up
    return Talks(matrices, rows[:MOST_ROWS], others, left, sums.given_up > 0)


def _merged(talks: Iterable[Talk]) -> list[Talk]:
    """Talks, those between the same ends as one, the largest first."""
    merged: dict[tuple[object, ...], Talk] = {}
    for talk in talks:
        key = talk.network, talk.encap, talk.src.label, talk.dst.label
        known = merged.get(key)
        if known is not None:
            talk = known._replace(  # noqa: PLW2901  (it is what is kept from here on)
                amount=known.amount.plus(talk.amount),
                first_ns=min(known.first_ns, talk.first_ns),
                last_ns=max(known.last_ns, talk.last_ns),
            )
        merged[key] = talk
    return sorted(merged.values(), key=lambda talk: (-talk.amount.octets, talk.first_ns))


def _matrix(network: str, talks: Sequence[Talk]) -> Matrix:
    weights: Counter[str] = Counter()
    for talk in talks:
        for label in {talk.src.label, talk.dst.label}:
            weights[label] += talk.amount.octets
    largest = sorted(weights, key=lambda label: (-weights[label], label))
    is_one_more = len(largest) == MOST_ENDS + 1  # which takes no more room than others would
    shown = largest if is_one_more else largest[:MOST_ENDS]
    places = {label: place for place, label in enumerate(shown)}
    cells: defaultdict[tuple[int, int], Amount] = defaultdict(Amount)
    for talk in talks:
        cell = places.get(talk.src.label, len(shown)), places.get(talk.dst.label, len(shown))
        cells[cell] = cells[cell].plus(talk.amount)
    left_out = len(largest) - len(shown)
    ends = [*shown, f"{OTHERS} ({left_out})"] if left_out else shown
    return Matrix(network, ends, [(*cell, amount) for cell, amount in sorted(cells.items())], left_out)
