"""Frames cut anywhere are seen as they are seen in one, however the parts are put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from time import process_time
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetool.analysis.findings import MOST_NUMBERS
from dovetool.analysis.watches.copies import Copies, CopyLedger
from dovetool.analysis.watches.path_ports import MANY, PortLedger, Shared
from dovetool.analysis.watches.places import Back, PlaceLedger

Seen = TypeVar("Seen")
Ledger = TypeVar("Ledger")
MS, S = 10**6, 10**9
CUTS = st.lists(st.integers(0, 60), max_size=4)


def parts_of(seen: Sequence[Seen], cuts: list[int]) -> list[tuple[int, Sequence[Seen]]]:
    """How many come before each part, and the part."""
    ends = sorted({0, len(seen), *(min(cut, len(seen)) for cut in cuts)})
    return [(begin, seen[begin:end]) for begin, end in pairwise(ends)]


def joined(parts: list[Ledger], whole: Ledger, take_in: Callable[[Ledger, Ledger], Any], last_first: bool) -> Ledger:
    """All parts taken in by the whole; or the last of them become one first, as those of a file do before the files."""

    def join(last: Ledger, first: Ledger) -> Ledger:
        take_in(first, last)
        return first

    for part in [reduce(join, reversed(parts))] if last_first and parts else parts:
        take_in(whole, part)
    return whole


ORDERS = pytest.mark.parametrize("last_first", [False, True])


@st.composite
def stays(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Address, place and time of frames, that follow each other."""
    now, seen = 0, []
    for _ in range(draw(st.integers(0, 40))):
        now += draw(st.sampled_from([0, 1, S, 4 * S, 11 * S]))
        seen.append((draw(st.integers(1, 2)), draw(st.integers(1, 6)), now))
    return seen


def places(seen: Sequence[tuple[int, int, int]], first: int, *, is_part: bool) -> tuple[PlaceLedger, list[Any]]:
    ledger = PlaceLedger(is_part=is_part)
    kind, backs = ledger.kinds.number((7, 6, True)), []
    for number, (address, place, now) in enumerate(seen, first):
        back = ledger.take((kind, address), place, (now, now), number)
        backs += [(number, back)] if back is not None else []
    return ledger, backs


@ORDERS
@settings(max_examples=80)
@given(seen=stays(), cuts=CUTS)
def test_places(last_first: bool, seen: list[tuple[int, int, int]], cuts: list[int]) -> None:
    _, expected = places(seen, 1, is_part=False)
    made = [places(part, before + 1, is_part=True) for before, part in parts_of(seen, cuts)]
    backs: list[tuple[int, Back]] = [back for _, found in made for back in found]
    ledgers = [ledger for ledger, _ in made]
    joined(ledgers, PlaceLedger(), lambda one, other: backs.extend(one.take_in(other, 0)), last_first)
    assert sorted(backs) == expected


@st.composite
def copies_of(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Broadcast, receiver and time of copies that follow each other."""
    now, seen = 0, []
    for _ in range(draw(st.integers(0, 40))):
        now += draw(st.sampled_from([0, 1, 30 * MS, 99 * MS, 101 * MS, S]))
        seen.append((draw(st.integers(1, 3)), draw(st.sampled_from([10, 11, 12])), now))
    return seen


def copied(seen: Sequence[tuple[int, int, int]], first: int, *, is_part: bool, size: int) -> CopyLedger:
    """A ledger of batches of so many copies, of which the flood_list has another number in each ledger."""
    ledger = CopyLedger(is_part=is_part)
    for other in range(first % 3):
        ledger.flood_lists.number((9, other, (1, 2)))
    for at in range(0, len(seen), size):
        keys, receivers, times = (np.array(column) for column in zip(*seen[at : at + size], strict=True))
        flood_lists = np.full(len(keys), ledger.flood_lists.number((7, 1, (10, 11, 12))))
        numbers = np.arange(len(keys)) + first + at
        ledger.begin(int(times[0]))
        ledger.take(Copies(keys.astype(np.uint64), times, numbers, receivers, flood_lists), (int(times[-1]),) * 2)
    return ledger


def missed(ledger: CopyLedger) -> dict[Any, Any]:
    ledger.finish()
    return {
        (ledger.flood_lists.values[flood_list], receiver): (miss.count, miss.numbers)
        for (flood_list, receiver), miss in ledger.misses.items()
    }


@ORDERS
@settings(max_examples=80)
@given(seen=copies_of(), cuts=CUTS, size=st.integers(1, 9))
def test_copies(last_first: bool, seen: list[tuple[int, int, int]], cuts: list[int], size: int) -> None:
    expected = missed(copied(seen, 1, is_part=False, size=size))
    parts = [copied(part, before + 1, is_part=True, size=size) for before, part in parts_of(seen, cuts)]
    assert missed(joined(parts, CopyLedger(), lambda one, other: one.take_in(other, 0), last_first)) == expected


def test_many_broadcasts_that_lack_a_copy() -> None:
    """Each costs the same, however many there are: far less than to look through all copies for it."""
    ledger, count = CopyLedger(), 120_000
    flood_list = ledger.flood_lists.number((7, 1, (10, 11, 12)))
    broadcast = np.repeat(np.arange(count), 2)
    columns = broadcast * S, np.arange(2 * count) + 1, np.tile([12, 10], count), np.full(2 * count, flood_list)
    ledger.begin(0)
    began = process_time()
    ledger.take(Copies(broadcast.astype(np.uint64), *columns), (count * 2 * S,) * 2)
    assert process_time() - began < 15  # seconds, of which it takes one
    assert missed(ledger) == {((7, 1, (10, 11, 12)), 11): (count, list(range(1, 2 * MOST_NUMBERS, 2)))}


def test_copies_of_another_time() -> None:
    """A capture that begins again at an earlier time leaves no broadcast of its own torn."""
    seen = [(1, receiver, 3600 * S) for receiver in (10, 11, 12)] + [(1, receiver, 0) for receiver in (10, 11, 12)]
    assert missed(copied(seen, 1, is_part=False, size=2)) == {}


@st.composite
def ported(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Path, port and flow of frames; most have the port that their path has had."""
    flows = st.integers(0, draw(st.integers(0, MANY + 3)))
    ports = st.integers(0, 99).map(lambda drawn: 5000 + (drawn == 0))
    size = draw(st.integers(0, 80))
    return [(draw(st.integers(0, 1)), draw(ports), draw(flows)) for _ in range(size)]


def paths(seen: Sequence[tuple[int, int, int]], first: int, *, is_part: bool) -> PortLedger:
    ledger = PortLedger(is_part=is_part)
    for number, (path, port, flow) in enumerate(seen, first):
        at = ledger.know([(path, path + 1)])
        ledger.port[at] = np.where(ledger.port[at] == -1, port, ledger.port[at])
        if port != ledger.port[at[0]]:
            ledger.vary(at)
        elif not ledger.has_varied[at[0]]:
            ledger.take(at, np.array([flow]), np.array([number]))
    return ledger


@ORDERS
@settings(max_examples=80)
@given(seen=ported(), cuts=CUTS)
def test_ports(last_first: bool, seen: list[tuple[int, int, int]], cuts: list[int]) -> None:
    expected: list[Shared] = sorted(paths(seen, 1, is_part=False).shared())
    parts = [paths(part, before + 1, is_part=True) for before, part in parts_of(seen, cuts)]
    whole = joined(parts, PortLedger(), lambda one, other: one.take_in(other, 0), last_first)
    assert sorted(whole.shared()) == expected


def test_many_flows_that_share_a_port() -> None:
    """They are found in two parts, of which none has enough."""
    seen = [(0, 5000, flow) for flow in range(MANY)] + [(0, 5000, 3)] * 20
    parts = [paths(seen[:9], 1, is_part=True), paths(seen[9:], 1, is_part=True)]
    whole = PortLedger()
    for part, behind in zip(parts, (0, 9), strict=True):
        whole.take_in(part, behind)
    assert list(whole.shared()) == [Shared((0, 1), 5000, 21, list(range(MANY, MANY + 10)))]
