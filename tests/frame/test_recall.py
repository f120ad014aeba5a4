"""What is remembered about frames is what would be found out, and counts as looked at all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from both_ways import view_of
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Captured, captures, overlay_frames, sample_map, tagged_frames, vm_frames

from dovetool.errors import FrameError
from dovetool.frame.find_tunnel import find_tunnel
from dovetool.frame.ip_layer import ip_layer
from dovetool.frame.link_layer import ethernet_layer, link_layer
from dovetool.frame.recall import Recall
from dovetool.frame.view import FrameView
from dovetool.stages.map_selectors import selectors_of

MAP = sample_map()
SELECTORS = selectors_of(MAP)


def tunnel(view: FrameView) -> object:
    link = link_layer(view)
    return link, None if link is None else find_tunnel(view, link, SELECTORS, 0xFF)


def inside(view: FrameView) -> object:
    link = ethernet_layer(view, 0, MAP.tpid)
    return link, ip_layer(view, link, 0x03), view.one_of(12, (0x0800, 0x86DD)), view.on_wire(60)


QUESTIONS = {"tunnel": tunnel, "inside": inside}


def asked(question: Callable[[FrameView], object], view: FrameView) -> tuple[object, ...]:
    """The answer or the error, and all that the view knows afterwards."""
    try:
        answer = question(view)
    except FrameError as error:
        answer = error.reason, error.offset
    return answer, view.shape(), view.behind, view.headers


@pytest.mark.parametrize("name", QUESTIONS)
@settings(max_examples=60)
@given(frames=captures(st.one_of(overlay_frames(), tagged_frames(), vm_frames())), behind=st.integers(0, 3))
def test_a_remembered_answer_is_the_one_that_would_be_found(name: str, frames: list[Captured], behind: int) -> None:
    """Of frames that were met before and of others, cut ones too, wherever the view ends."""
    recall = Recall(QUESTIONS[name])
    for _ in range(2):
        for at, one in enumerate(frames):
            views = view_of(one), view_of(one)
            for view in views:
                view.behind = behind * (at % 2)
            assert asked(recall, views[0]) == asked(QUESTIONS[name], views[1])


def test_what_was_looked_at_before_stays() -> None:
    """A view keeps its own record, and gets that of the question."""
    recall = Recall(lambda view: view.word(12))
    for kind in (b"\x08\x00", b"\x08\x00", b"\x86\xdd"):
        frame = bytes(12) + kind + bytes(46)
        view, other = FrameView(frame), FrameView(frame)
        for each in (view, other):
            each.take(20, 4)
        assert recall(view) == other.word(12)
        assert view.shape() == other.shape()


def test_each_question_is_asked_once_of_what_looks_the_same() -> None:
    """Octets that it does not read do not matter; after thousands of answers it forgets, and asks again."""
    asks = 0

    def ask(view: FrameView) -> int:
        nonlocal asks
        asks += 1
        return view.word(0)

    recall = Recall(ask)
    for number in (*range(100), *range(100)):
        assert recall(FrameView(number.to_bytes(2, "big") + bytes((number % 7,)))) == number
    assert asks == 100
    for number in (*range(6000), 0):
        assert recall(FrameView(number.to_bytes(2, "big") + b"x")) == number
    assert asks == 6001
