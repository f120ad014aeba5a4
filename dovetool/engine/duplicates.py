"""The same packet seen twice: by the innermost packet, within a window of time.

What is compared is the innermost packet from its IP header to the end that this tells, but for TTL and checksums: so
where it was seen, and in which tunnel, makes no difference. A frame without IP is compared as a whole, from its MAC
addresses on, but for DOVE tags. Of a packet that capturing cut, 64 octets at least have to be there: else it may as
well be another one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column, Stamps
from dovetool.engine import kernel
from dovetool.engine.flow_table import Classifier
from dovetool.frame.view import FrameView
from dovetool.observe.observation import DOVE, Level
from dovetool.observe.observe import Detail, Observe
from dovetool.values import dataclass
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag

Flags = NDArray[np.bool_]
_MOST_KEPT = 1 << 20
"""Packets of the window that are remembered at most; of more, those that came last."""
_MOST_LAYOUTS = 4096
_NOWHERE = 1 << 40
_LEAST_OF_CUT = 64
_IPV6_LEN = 40
_TWO_OCTETS = np.array([[2, 0]], np.int64)
_HOLES = 4
_ICMP, _TCP, _UDP, _ICMPV6, _SCTP = 1, 6, 17, 58, 132
_CHECKSUMS = {_ICMP: (2, 2), _TCP: (16, 2), _UDP: (6, 2), _ICMPV6: (2, 2), _SCTP: (8, 4)}
"""Where a checksum stands behind the IP header, and its octets."""


class Layout(NamedTuple):
    """What of a frame is compared.

    Attributes:
        begin: where it begins.
        holes: where each part begins that is left out, and where it ends; ascending.
        length_at: where the length of the packet stands; below 0: nowhere.
        fixed: octets that this does not count.
        behind: octets of the captured frame that are behind it.
    """

    begin: int
    holes: tuple[int, ...]
    length_at: int = -1
    fixed: int = 0
    behind: int = 0


def layout_of(inner: Level) -> Layout:
    """The layout of frames that were seen to be built like this in their innermost level."""
    if inner.protocol is None:
        tags = [overlay.at for overlay in inner.overlays if overlay.encap == DOVE]
        edges = [edge for at in tags[:_HOLES] for edge in (at, at + DoveTag.LEN)]
        edges = edges or [inner.start + TAG_OFFSET] * 2  # an empty hole, so that one without the tag is as one with it
        return Layout(inner.start, tuple(edges), behind=inner.behind)
    at, place = inner.ip_at, inner.place("src_ip")
    is_ipv4 = place is not None and place.length == 4
    edges = [at + 8, at + 9, at + 10, at + 12] if is_ipv4 else [at + 7, at + 8]
    if inner.protocol in _CHECKSUMS and not inner.is_later:
        where, size = _CHECKSUMS[inner.protocol]
        edges += [inner.payload_at + where, inner.payload_at + where + size]
    if is_ipv4:
        return Layout(at, tuple(edges), at + 2, behind=inner.behind)
    return Layout(at, tuple(edges), at + 4, _IPV6_LEN, inner.behind)


@dataclass(slots=True)
class Duplicates:
    """Finds frames whose packet came before; it is given all batches of a capture in order.

    Attributes:
        observe: says what a frame is.
        window_ns: a packet is a duplicate of one that was kept and is no further away in time than this.
        found: duplicates so far.
    """

    observe: Observe
    window_ns: int
    found: int = 0
    _classifier: Classifier[Layout] = field(init=False)
    _secret: Stamps = field(init=False)
    _kept: tuple[Stamps, Column] = field(init=False)

    def __post_init__(self) -> None:
        observe = Observe(self.observe.selectors, self.observe.tpid, self.observe.depth, Detail.TUNNELS, Detail.IPS)

        def ask(view: FrameView) -> Layout:
            return layout_of(observe.observe(view).inner)

        self._classifier = Classifier(ask, most=_MOST_LAYOUTS)
        self._secret = np.frombuffer(os.urandom(32), np.uint64) | np.uint64(1)
        self._kept = np.empty((2, 0), np.uint64), np.empty(0, np.int64)

    def of(self, batch: Batch) -> Flags:
        """(n,) True for each frame of a batch that is a duplicate of one before it."""
        if not len(batch):
            return np.zeros(0, np.bool_)
        digests, is_judged = self._digests(batch)
        rows, times = np.flatnonzero(is_judged), batch.ts_ns
        known, known_ns = self._kept
        both = np.concatenate([known, digests[:, rows]], axis=1)
        both_ns = np.concatenate([known_ns, times[rows]])
        repeated = repeats(both, both_ns, self.window_ns)
        self._remember(both, both_ns, ~repeated)
        flags = np.zeros(len(batch), np.bool_)
        flags[rows] = repeated[len(known_ns) :]
        self.found += int(np.count_nonzero(flags))
        return flags

    def _remember(self, digests: Stamps, times: Column, is_kept: Flags) -> None:
        """Keep those that a later frame may be a duplicate of."""
        if not len(times):
            return
        rows = np.flatnonzero(is_kept & (times >= int(times.max()) - self.window_ns))[-_MOST_KEPT:]
        self._kept = digests[:, rows], times[rows]

    def _digests(self, batch: Batch) -> tuple[Stamps, Flags]:
        """The digests (2, n) of the packets, and which (n,) of them tell packets apart."""
        numbers = self._classifier.numbers(batch)
        layouts = self._classifier.answers
        begins, lengths, fixed, behind = (
            np.array([each[place] for each in layouts], np.int64) for place in (0, 2, 3, 4)
        )
        caplen, read = np.ascontiguousarray(batch.caplen), np.empty((1, len(batch)), np.int64)
        ends, places = caplen[np.newaxis], lengths[np.newaxis]
        kernel.read_numbers(batch.octets, batch.offset, ends, numbers, places, _TWO_OCTETS, -1, read)
        told = read[0]
        whole = batch.wire_len - behind[numbers]
        has_length = told > 0
        whole[has_length] = np.minimum(whole, begins[numbers] + told + fixed[numbers])[has_length]
        end = np.maximum(np.minimum(caplen, whole), 0)
        out = np.empty((2, len(batch)), np.uint64)
        kernel.digest_frames(batch.octets, batch.offset, end, numbers, begins, _edges(layouts), self._secret, out)
        is_judged: Flags = (end >= whole) | (end - begins[numbers] >= _LEAST_OF_CUT)
        return out, is_judged


def _edges(layouts: Sequence[Layout]) -> Column:
    """The holes (m, 8) of layouts, in columns; what is none is nowhere."""
    edges = np.full((len(layouts), 2 * _HOLES), _NOWHERE, np.int64)
    for row, layout in enumerate(layouts):
        edges[row, : len(layout.holes)] = layout.holes
    return edges


def repeats(digests: Stamps, times: Column, window_ns: int) -> Flags:
    """Which of n packets repeat an earlier one that does not itself repeat one, and is no further away than a window.

    Args:
        digests: (2, n) equal for packets that are the same.
        times: (n,) in ns.
        window_ns: width of the window in ns.
    """
    repeated = np.zeros(len(times), np.bool_)
    rows = np.argsort(digests[0], kind="stable")
    first = _begins(digests[:, rows])
    alone = first & np.append(first[1:], True)
    rows, group = rows[~alone], np.cumsum(first)[~alone]
    while len(rows):
        is_first = np.append(True, group[1:] != group[:-1])
        leader = times[rows[is_first]][np.cumsum(is_first) - 1]
        is_near = ~is_first & (np.abs(times[rows] - leader) <= window_ns)
        repeated[rows[is_near]] = True
        left = ~(is_first | is_near)
        rows, group = rows[left], group[left]
    return repeated


def _begins(digests: Stamps) -> Flags:
    """(n,) True where a digest is not that before it."""
    if not digests.shape[1]:
        return np.zeros(0, np.bool_)
    return np.append(True, (digests[:, 1:] != digests[:, :-1]).any(axis=0))
