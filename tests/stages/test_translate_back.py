"""There and back gives the same octets, for every pair of encapsulations, unless a loss is told on the way."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offloaded import guest as plain_guest
from offloaded import lco, tunnel
from strategies import encapsulated, sample_map, vm_frames

from dovetool.errors import FrameError
from dovetool.frame.find_tunnel import find_tunnel
from dovetool.frame.link_layer import link_layer
from dovetool.frame.view import FrameView
from dovetool.stages.translate import Translate
from dovetool.verdict.verdict import Forward, Frame, carry_out, settled
from dovetool.wire import ENCAPSULATIONS, SELECTORS, Carrier

OVER_IP = [each.name for each in ENCAPSULATIONS.values() if each.is_written and each.carrier is not Carrier.LINK]
PAIRS = list(permutations(OVER_IP, 2))
VNIDS = [5001, 0x1000, 0xABCDEF]


def selectors(encap: str) -> Mapping[tuple[Carrier, int], str]:
    """What a user says who knows that the GRE here is no NVGRE."""
    return {**SELECTORS, (Carrier.GRE, 0x6558): "gretap"} if encap == "gretap" else SELECTORS


def is_in(encap: str, frame: Frame) -> bool:
    """Changed octets may make another encapsulation of it."""
    view = FrameView(frame.octets, frame.orig_len)
    with suppress(FrameError):
        link = link_layer(view)
        tunnel = find_tunnel(view, link, selectors(encap), 0) if link is not None else None
        return tunnel is not None and tunnel.header.encap == encap
    return False


def translated(to: str, frame: Frame, encap: str) -> tuple[Frame, tuple[str, ...]] | None:
    """The frame in another encapsulation, and what is told as lost; None when it is rejected or none of its kind."""
    if not is_in(encap, frame):
        return None
    verdict = settled(Translate(to, selectors(encap)).decide(FrameView(frame.octets, frame.orig_len)), frame)
    if not isinstance(verdict, Forward) or verdict.unchanged:
        return None
    made = carry_out(verdict, frame)
    assert isinstance(made, tuple)
    return made[0], verdict.loss


@st.composite
def packets(draw: st.DrawFn, encap: str) -> Frame:
    """A packet of an encapsulation, between hosts of IPv4 or IPv6, with some of its first octets changed, or cut."""
    teps = sample_map().teps
    local, remote = draw(
        st.sampled_from([(teps[0], teps[1]), (teps[1], teps[0]), (teps[3], teps[4]), (teps[4], teps[3])])
    )
    octets = bytearray(encapsulated(draw(vm_frames()), local, remote, draw(st.sampled_from(VNIDS)), encap=encap))
    for at, value in draw(st.lists(st.tuples(st.integers(12, 75), st.integers(0, 255)), max_size=2)):
        if at < len(octets):
            octets[at] = value
    octets += draw(st.sampled_from([b"", b"", b"trailer"]))
    kept = draw(st.sampled_from([len(octets)] * 4 + [draw(st.integers(40, len(octets)))]))
    return Frame(bytes(octets[:kept]), len(octets))


@pytest.mark.parametrize(("first", "second"), PAIRS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_nothing_is_lost_in_silence(first: str, second: str, data: st.DataObject) -> None:
    original = data.draw(packets(first))
    there = translated(second, original, first)
    if there is None or there[1]:
        return
    back = translated(first, there[0], second)
    if back is None:
        assert first == "nvgre"  # which refuses tags of guests, though such packets are there
        return
    assert back[0] == original


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
def test_checksums(first: str, second: str, v6: bool) -> None:
    """A right one comes back, or its loss is told; so is that of one that is wrong, left to a card, or cut off."""
    if first not in ("vxlan", "geneve"):
        return
    right = tunnel(plain_guest(), first, v6=v6)
    for packet in (right, right.with_checksum(0)):
        frame = Frame(packet.octets, len(packet.octets))
        there = translated(second, frame, first)
        assert there is not None
        back = translated(first, there[0], second)
        assert back is not None
        came_back = back[0].octets[right.checksum_at : right.checksum_at + 2]
        had = packet.octets[right.checksum_at : right.checksum_at + 2]
        assert (any(came_back) == any(had)) == ("udp-checksum" not in there[1])
    for packet, orig_len in (
        (right.with_checksum(0x1234), 0),
        (right.partial, 0),
        (lco(right), 0),
        (right, len(right.octets) + 9),
    ):
        octets = packet.octets if not orig_len else packet.octets[:-1]
        there = translated(second, Frame(octets, len(packet.octets)), first)
        assert there is not None
        assert "udp-checksum" in there[1]
