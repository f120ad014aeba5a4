"""What dovetool gives can be pickled and copied, as who works in several processes does; an open capture cannot."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import dovetool

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
IN, MAP = SAMPLES / "demo" / "in.pcapng", SAMPLES / "demo" / "map.yaml"
UNDERLAY = SAMPLES / "demo" / "taps" / "3-underlay.pcapng"


def pickled(kept: object) -> object:
    return pickle.loads(pickle.dumps(kept))


def told(frame: dovetool.Frame) -> tuple[object, ...]:
    return frame.as_dict(), frame.explain(), frame.overlays, frame.verdict, frame.hop, frame.inner.octets


@pytest.mark.parametrize("kept", [pickled, copy.copy, copy.deepcopy])
def test_frames_keep_what_they_are(kept: Callable[[object], object]) -> None:
    """With the names and the verdict of their map, whether that was asked before or not."""
    for capture in (dovetool.open(UNDERLAY, MAP), dovetool.open(SAMPLES / "strip-mixed" / "in.pcap")):
        for frame, other in zip(capture, list(capture), strict=True):
            again = kept(frame)
            assert isinstance(again, dovetool.Frame)
            assert again == frame
            assert told(again) == told(other)


def test_a_frame_of_no_capture_can_be_pickled() -> None:
    frame = dovetool.Frame(b"abc", time_ns=7, length=9, interface="eth0", number=3, comments=("said",))
    again = pickled(frame)
    assert isinstance(again, dovetool.Frame)
    assert (again, again.number, again.interface, again.comments) == (frame, 3, "eth0", ("said",))


@pytest.mark.parametrize(
    "make",
    [
        lambda: dovetool.open(UNDERLAY, MAP).stats(by="vnid"),
        lambda: dovetool.open(UNDERLAY, MAP).stats(by=["pair", "ttl"]),
        lambda: dovetool.open(UNDERLAY, MAP).frame(4).explain(),
        lambda: dovetool.open(UNDERLAY, MAP).frame(4).inner.octets,
        lambda: dovetool.validate(IN, MAP),
        lambda: dovetool.trace(IN, 3, MAP),
    ],
)
def test_results_can_be_pickled(make: Callable[[], object]) -> None:
    made = make()
    again = pickled(made)
    assert type(again) is type(made)
    assert getattr(again, "_repr_html_", str)() == getattr(made, "_repr_html_", str)()


def network_of(frame: dovetool.Frame) -> str | None:
    return frame.network


def test_frames_go_to_other_processes() -> None:
    with ProcessPoolExecutor(1) as pool:
        networks = list(pool.map(network_of, dovetool.open(UNDERLAY, MAP)))
    assert networks == [frame.network for frame in dovetool.open(UNDERLAY, MAP)]


def test_an_open_capture_says_what_to_pass_instead() -> None:
    with pytest.raises(
        TypeError, match=r"a Capture cannot be pickled or copied: .*; pass .*3-underlay.pcapng on instead"
    ):
        pickle.dumps(dovetool.open(UNDERLAY))
