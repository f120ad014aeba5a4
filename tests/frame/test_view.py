"""The view hands out what is asked for, and its record is all that a decision depends on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import Captured, captured, overlay_frames, sample_map, tagged_frames, vm_frames

from dovetool.errors import MalformedError, TruncatedError
from dovetool.frame.view import NO_LIMIT, FrameView, Shape, shape_of
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.stage import Stage
from dovetool.stages.strip import Strip
from dovetool.stages.switch import Tag
from dovetool.stages.untag import Untag
from dovetool.verdict.verdict import Copies, Forward, Frame, Gather, Reject, Verdict, carry_out

OCTETS = bytes(range(32))
MAP = sample_map()
STAGES: dict[str, tuple[Stage, st.SearchStrategy[bytes]]] = {
    "strip": (Strip(), overlay_frames()),
    "strip into pcapng": (Strip(depth=1, ethernet_only=False), overlay_frames()),
    "tag": (Tag(MAP), vm_frames()),
    "tag at a port": (Tag(MAP, MAP.port("sw1/p1")), vm_frames()),
    "encap": (Encap(MAP), tagged_frames()),
    "encap in IPv4": (Encap(MAP, MAP.tep("tep1"), keep_local=True), tagged_frames()),
    "encap with DSCP": (Encap(MAP, MAP.tep("tep3")), tagged_frames()),
    "encap in IPv6": (Encap(MAP, MAP.tep("tep6")), tagged_frames()),
    "decap": (Decap(MAP), overlay_frames()),
    "decap at tep2": (Decap(MAP, MAP.tep("tep2")), overlay_frames()),
    "untag": (Untag(MAP, name_receivers=True), tagged_frames()),
    "untag at tep1": (Untag(MAP, MAP.tep("tep1")), tagged_frames()),
}
EACH_STAGE = pytest.mark.parametrize("name", STAGES)


@dataclass(frozen=True, slots=True)
class Record:
    """What a stage decided, and what it looked at."""

    verdict: Verdict
    shape: Shape


def look(stage: Stage, one: Captured) -> Record:
    """Let a stage decide."""
    view = FrameView(one.frame.octets, one.frame.orig_len, link_type=one.link_type, ts_ns=one.ts_ns)
    return Record(stage.decide(view), view.shape())


class TestTake:
    def test_octets_that_are_asked_for_are_on_record(self) -> None:
        view = FrameView(OCTETS)
        assert view.take(3, 4) == OCTETS[3:7]
        assert view.word(8) == 0x0809
        assert view.shape().words == ((0, 0x00FF_FFFF_FF00_0000), (8, 0xFFFF))
        assert view.shape().extent == 16

    def test_bits_that_the_mask_leaves_out_read_as_0(self) -> None:
        view = FrameView(b"\xff" * 8)
        assert view.take(1, 3, b"\x0f\0\xf0") == b"\x0f\0\xf0"
        assert view.shape().words == ((0, 0xF000_0F00),)

    def test_a_choice_tells_only_which_one_it_is(self) -> None:
        octets = bytes.fromhex("12b5 0007")
        view = FrameView(octets)
        assert view.one_of(0, (4789, 6081)) == 4789
        assert view.one_of(2, (4789, 6081)) is None
        assert view.shape().choices == ((0, (4789, 6081)), (2, (4789, 6081)))
        assert view.shape().words == ()
        with pytest.raises(MalformedError):
            view.one_of(3, (1,))

    def test_nothing_is_on_record_before_anything_was_asked(self) -> None:
        assert FrameView(OCTETS).shape() == Shape((), (), (), (0, NO_LIMIT), (0, NO_LIMIT))

    def test_what_was_captured_says_nothing_of_the_length_on_the_wire(self) -> None:
        view = FrameView(OCTETS, 100)
        view.take(0, 20)
        assert view.shape().wire == (0, NO_LIMIT)

    def test_shape_of_places(self) -> None:
        assert shape_of(()) == Shape((), (), (), (0, NO_LIMIT), (0, NO_LIMIT))
        assert shape_of(()).extent == 0
        places = shape_of(((8, 2), (15, 2)))
        assert places == Shape(((8, 0xFF00_0000_0000_FFFF), (16, 0xFF)), (), (), (17, NO_LIMIT), (0, NO_LIMIT))

    def test_lengths_are_on_record_as_far_as_they_were_compared(self) -> None:
        view = FrameView(OCTETS, 100)
        view.take(0, 20)
        with pytest.raises(TruncatedError):
            view.take(30, 10)
        assert view.shape().caplen == (20, 40)
        assert view.shape().wire == (40, NO_LIMIT)
        with pytest.raises(MalformedError):
            view.take(90, 20)
        assert view.shape().wire == (40, 110)

    def test_error_says_where_and_how_much(self) -> None:
        with pytest.raises(TruncatedError) as cut:
            FrameView(OCTETS, 100).take(30, 10, layer="IPv4")
        assert (cut.value.layer, cut.value.offset, cut.value.need, cut.value.have) == ("IPv4", 30, 10, 2)
        with pytest.raises(MalformedError, match=r"IPv4 at octet 30: needs 10 octets, 2 left"):
            FrameView(OCTETS).take(30, 10, layer="IPv4")
        with pytest.raises(TruncatedError) as beyond:
            FrameView(OCTETS, 100).take(50, 1)
        assert beyond.value.have == 0

    def test_length_on_the_wire_is_at_least_the_captured_one(self) -> None:
        assert FrameView(OCTETS, 3).orig_len == FrameView(OCTETS).orig_len == len(OCTETS)


class TestOctetsBehind:
    @pytest.mark.parametrize(("orig_len", "behind"), [(32, 32 - 4 - 0x0102), (0x0102 + 4, 0), (0x0102 + 9, 5)])
    def test_field_counts_from_its_base(self, orig_len: int, behind: int) -> None:
        """The word at 1 is 0x0102."""
        view = FrameView(OCTETS, orig_len)
        assert view.octets_behind(1, 4) == behind
        assert view.shape().lengths == ((1, 4),)
        assert view.shape().words == ()

    def test_0_says_nothing(self) -> None:
        assert FrameView(bytes(20)).octets_behind(2, 0) is None


class TestInnerFrame:
    """What lies behind the inner frame belongs to the outer one."""

    def test_octets_behind_it_cannot_be_taken(self) -> None:
        view = FrameView(OCTETS)
        view.behind = 5
        assert view.take(0, 27) == OCTETS[:27]
        with pytest.raises(MalformedError, match=r"needs 2 octets, 1 left"):
            view.take(26, 2)
        assert view.shape().wire == (32, 33)

    def test_capturing_may_have_cut_it_too(self) -> None:
        view = FrameView(OCTETS, 100)
        view.behind = 5
        with pytest.raises(TruncatedError):
            view.take(31, 2)
        with pytest.raises(MalformedError):
            view.take(94, 2)


def forwards(verdict: Verdict) -> tuple[Forward, ...]:
    """The copies that a verdict makes."""
    if isinstance(verdict, Gather):
        verdict = verdict.otherwise
    if isinstance(verdict, Reject):
        return ()
    return verdict.verdicts if isinstance(verdict, Copies) else (verdict,)


@EACH_STAGE
@settings(max_examples=70)
@given(data=st.data())
def test_any_frame_is_decided_and_the_verdict_fits_it(name: str, data: st.DataObject) -> None:
    """No octets of any link type make a stage raise, and it cuts and patches only what was captured."""
    stage, frames = STAGES[name]
    one = data.draw(st.one_of(captured(frames), captured()))
    octets, wire = one.frame.octets, one.frame.orig_len
    verdict = look(stage, one).verdict
    for copy in forwards(verdict):
        at = 0
        for splice in copy.splices:
            assert at <= splice.offset <= splice.offset + splice.cut <= len(octets)
            at = splice.offset + splice.cut
        assert 0 <= copy.trim <= wire - at
    made = carry_out(verdict, one.frame)
    if isinstance(made, tuple):
        assert len(made) == len(forwards(verdict))
        for frame, copy in zip(made, forwards(verdict), strict=True):
            assert len(frame.octets) <= frame.orig_len == wire + copy.delta
            if len(octets) == wire:
                assert len(frame.octets) == frame.orig_len


def free_bits(shape: Shape, octets: bytes) -> bytes:
    """A mask of the bits of a frame that the stage did not look at."""
    free = bytearray(b"\xff" * len(octets))
    for at, mask in shape.words:
        for place, seen in enumerate(mask.to_bytes(8, "little")[: max(len(octets) - at, 0)]):
            free[at + place] &= ~seen & 0xFF
    for at, _ in (*shape.lengths, *shape.choices):
        free[at : at + 2] = b"\0\0"
    return bytes(free)


def draw_length(data: st.DataObject, bounds: tuple[int, int], least: int) -> int:
    """A length within bounds, not far above what is needed."""
    low = max(bounds[0], least)
    high = min(bounds[1] - 1, low + 40)
    assume(low <= high)
    return data.draw(st.integers(low, high))


@EACH_STAGE
@settings(max_examples=80)
@given(data=st.data())
def test_verdict_depends_only_on_what_is_on_record(name: str, data: st.DataObject) -> None:
    """Other octets, more octets, or less of them: if the record is the same, the verdict is.

    So one decision may serve all frames of a shape and key, which is what the flow cache does.
    """
    stage, frames = STAGES[name]
    one = data.draw(st.one_of(captured(frames), captured()))
    first = look(stage, one)
    shape, octets, wire = first.shape, one.frame.octets, one.frame.orig_len
    if not shape.lengths:
        wire = draw_length(data, shape.wire, 0)
    caplen = draw_length(data, (shape.caplen[0], min(shape.caplen[1], wire + 1)), 0)
    noise = data.draw(st.binary(min_size=caplen, max_size=caplen))
    kept = octets[:caplen].ljust(caplen, b"\0")
    free = free_bits(shape, kept)
    other = bytes(old & ~mask & 0xFF | new & mask for old, new, mask in zip(kept, noise, free, strict=True))
    assert look(stage, Captured(Frame(other, wire), one.ts_ns, one.link_type)) == first


@EACH_STAGE
@settings(max_examples=60)
@given(data=st.data(), longer=st.integers(1, 50))
def test_length_fields_count_only_by_what_lies_behind(name: str, data: st.DataObject, longer: int) -> None:
    """A frame that is longer on the wire, as all its length fields say, is decided alike."""
    stage, frames = STAGES[name]
    one = data.draw(st.one_of(captured(frames), captured()))
    first = look(stage, one)
    octets, wire = bytearray(one.frame.octets), one.frame.orig_len + longer
    assume(wire < first.shape.wire[1])
    free = free_bits(Shape(first.shape.words, (), first.shape.choices, (0, NO_LIMIT), (0, NO_LIMIT)), bytes(octets))
    for at in {at for at, _ in first.shape.lengths}:
        length = int.from_bytes(octets[at : at + 2], "big")
        assume(free[at : at + 2] == b"\xff\xff" and length + longer <= 0xFFFF)
        octets[at : at + 2] = (length + longer if length else 0).to_bytes(2, "big")
    assert look(stage, Captured(Frame(bytes(octets), wire), one.ts_ns, one.link_type)) == first
