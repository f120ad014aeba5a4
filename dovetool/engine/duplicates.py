"""The same packet seen twice: by the innermost packet and its network, within a window of time.

What is compared is the innermost packet from its IP header to the end that this tells, but for TTL and checksums: so
where it was seen, and in which tunnel, makes no difference. A frame without IP is compared as a whole, from its MAC
addresses on, but for DOVE tags. Of a packet that capturing cut, 64 octets at least have to be there: else it may as
well be another one.

Two tenants may send equal packets, as their addresses are their own. So packets of two networks are different ones,
where both are known: by the innermost VNID, a tag, or what the file says of the interface.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import field
from typing import NamedTuple, Self

import numpy as np

from dovetool.capture.batch import Batch, Column, Stamps
from dovetool.engine import kernel
from dovetool.engine.flow_table import Classifier
from dovetool.engine.repeats import NO_NETWORK, Flags, Repeats, repeats
from dovetool.frame.view import FrameView
from dovetool.observe.observation import DOVE, Level, Observation
from dovetool.observe.observe import Detail, Observe
from dovetool.values import dataclass
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.overlay import ENCAPSULATIONS

_MOST_KEPT = 1 << 20
"""Packets of the window that are remembered at most; of more, those that came last."""
_MOST_CROWDED = 1 << 15
"""Of these, packets of which there are many that are the same but for their networks: each of them takes its time."""
_MOST_LAYOUTS = 1 << 16
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
        network: VNID of the packet's network; `NO_NETWORK` where it is not known.
    """

    begin: int
    holes: tuple[int, ...]
    length_at: int = -1
    fixed: int = 0
    behind: int = 0
    network: int = NO_NETWORK


def network_of(seen: Observation) -> int:
    """The network of the innermost packet, by what the frame shows, or its file says; what mirrors is no network."""
    shown = (each.vnid for each in reversed(seen.overlays) if each.vnid is not None and not _is_mirror(each.encap))
    return next(shown, seen.tenant)


def _is_mirror(encap: str) -> bool:
    return encap != DOVE and ENCAPSULATIONS[encap].is_mirror


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


class _Table(NamedTuple):
    """Layouts in columns.

    Attributes:
        columns: (5, m) begin, `length_at`, `fixed`, `behind` and network of each.
        edges: (m, 8) its holes; what is none is nowhere.
        generation: of the answers that the layouts are.
    """

    columns: Column
    edges: Column
    generation: int

    @classmethod
    def of(cls, layouts: Sequence[Layout], generation: int) -> Self:
        columns = [(each.begin, each.length_at, each.fixed, each.behind, each.network) for each in layouts]
        edges = [each.holes + (_NOWHERE,) * (2 * _HOLES - len(each.holes)) for each in layouts]
        made = np.array(columns, np.int64).reshape(-1, 5), np.array(edges, np.int64).reshape(-1, 2 * _HOLES)
        return cls(np.ascontiguousarray(made[0].T), made[1], generation)

    def of_all(self, layouts: Sequence[Layout], generation: int) -> Self:
        """Those of all layouts, which are these and perhaps more."""
        is_same = len(layouts) == len(self.edges) and generation == self.generation
        return self if is_same else self.of(layouts, generation)


@dataclass(slots=True)
class Duplicates:
    """Finds frames whose packet came before; it is given all batches of a capture in order.

    Attributes:
        observe: says what a frame is.
        window_ns: a packet is a duplicate of one that was kept and is no further away in time than this.
        across_networks: also of one in another network, as a gateway leads packets from one to the other.
        found: duplicates so far.
    """

    observe: Observe
    window_ns: int
    across_networks: bool = False
    found: int = 0
    _classifier: Classifier[Layout] = field(init=False)
    _secret: Stamps = field(init=False)
    _kept: tuple[Stamps, Column, Column] = field(init=False)
    _table: _Table = field(init=False)

    def __post_init__(self) -> None:
        observe = Observe(self.observe.selectors, self.observe.tpid, self.observe.depth, Detail.TUNNELS, Detail.IPS)

        def ask(view: FrameView) -> Layout:
            seen = observe.observe(view)
            network = NO_NETWORK if self.across_networks else network_of(seen)
            return layout_of(seen.inner)._replace(network=network)

        self._classifier = Classifier(ask, most=_MOST_LAYOUTS)
        self._secret = np.frombuffer(os.urandom(32), np.uint64) | np.uint64(1)
        self._kept = np.empty((2, 0), np.uint64), np.empty(0, np.int64), np.empty(0, np.int64)
        self._table = _Table.of([], 0)

    def of(self, batch: Batch) -> Flags:
        """(n,) True for each frame of a batch that is a duplicate of one before it."""
        if not len(batch):
            return np.zeros(0, np.bool_)
        digests, networks, is_judged = self._digests(batch)
        rows, times = np.flatnonzero(is_judged), batch.ts_ns
        known, known_ns, known_networks = self._kept
        both = np.concatenate([known, digests[:, rows]], axis=1)
        both_ns = np.concatenate([known_ns, times[rows]])
        repeated = repeats(both, both_ns, np.concatenate([known_networks, networks[rows]]), self.window_ns)
        self._remember(both, both_ns, repeated)
        flags = np.zeros(len(batch), np.bool_)
        flags[rows] = repeated.found[len(known_ns) :]
        self.found += int(np.count_nonzero(flags))
        return flags

    def _remember(self, digests: Stamps, times: Column, repeated: Repeats) -> None:
        """Keep those that a later frame may be a duplicate of."""
        if not len(times):
            return
        is_kept = ~repeated.found & (times >= int(times.max()) - self.window_ns)
        is_kept[np.flatnonzero(is_kept & repeated.is_crowded)[:-_MOST_CROWDED]] = False
        rows = np.flatnonzero(is_kept)[-_MOST_KEPT:]
        self._kept = digests[:, rows], times[rows], repeated.networks[rows]

    def _digests(self, batch: Batch) -> tuple[Stamps, Column, Flags]:
        """The digests (2, n) of the packets, their networks (n,), and which (n,) of them tell packets apart."""
        numbers = self._classifier.numbers(batch)
        table = self._table = self._table.of_all(self._classifier.answers, self._classifier.generation)
        begins, lengths, fixed, behind, networks = table.columns
        caplen, read = np.ascontiguousarray(batch.caplen), np.empty((1, len(batch)), np.int64)
        ends, places = caplen[np.newaxis], lengths[np.newaxis]
        kernel.read_numbers(batch.octets, batch.offset, ends, numbers, places, _TWO_OCTETS, -1, read)
        told = read[0]
        whole = batch.wire_len - behind[numbers]
        has_length = told > 0
        whole[has_length] = np.minimum(whole, begins[numbers] + told + fixed[numbers])[has_length]
        end = np.maximum(np.minimum(caplen, whole), 0)
        out = np.empty((2, len(batch)), np.uint64)
        kernel.digest_frames(batch.octets, batch.offset, end, numbers, begins, table.edges, self._secret, out)
        is_judged: Flags = (end >= whole) | (end - begins[numbers] >= _LEAST_OF_CUT)
        return out, networks[numbers], is_judged
