"""Every verdict that a stage might give is carried out on batches as on single frames, at all its borders."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from both_ways import check, view_of
from hypothesis import given, settings
from hypothesis import strategies as st
from neighbours import with_word
from played import HEAD, Played, frames_for, frames_of_all, numbered
from strategies import Captured

from dovetool.frame.flow_hash import entropy_port
from dovetool.verdict.check import (
    WRONG,
    Check,
    ChecksumRight,
    EntropyIsHash,
    HeaderSumRight,
    MadeAgain,
    NotLonger,
    Segment,
)
from dovetool.verdict.fragmentation import Cut
from dovetool.verdict.patch import (
    Patch,
    add_to_sum,
    entropy_of,
    length_word,
    new_length,
    set_bits,
    udp_checksum_again,
    udp_checksum_of,
)
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Frame, Guard, Limit, Reject, Splice, Verdict, carry_out
from dovetool.wire.checksum import ones_sum

pytestmark = pytest.mark.on_both_engines
MTU = Reason.MTU_EXCEEDED
SPLICES: tuple[tuple[Splice, ...], ...] = (
    (),
    (Splice(0, insert=bytes(range(31))),),
    (Splice(0, 14),),
    (Splice(12, insert=b"\x88\xb5\0\0"),),
    (Splice(3, 5, b"abcdefgh"), Splice(20, 1), Splice(HEAD, insert=b"end")),
    (Splice(0, HEAD, b"\xff" * 30),),
)
WORDS = ((0, 0xFFFF), (2, 0xFFFF_FFFF_FFFF_FFFF), (9, 0xFF00_0000_00F0_0100), (HEAD - 4, 0xFFFF_FFFF))
BESIDE = (WORDS[0], *WORDS[2:])  # but for the field at 7
PATCHES: tuple[tuple[Patch, ...], ...] = (
    (),
    (length_word(4, 0),),
    (length_word(5, 17, 11),),
    (length_word(4, 20, 10), length_word(16, 25)),
    (new_length(4, 0),),
    (new_length(5, 17, 11),),
    (new_length(4, 20, 10), new_length(16, 25), new_length(12, 20, 10)),
    (set_bits(3, 0x03, 2), set_bits(3, 0xF0, 0xA0), set_bits(25, 0xFF, 7)),
    (set_bits(3, 0x03, 1),),
    (add_to_sum(7, 0), add_to_sum(10, 1), add_to_sum(12, 0xFFFE)),
    (add_to_sum(10, 30),),
    (add_to_sum(10, 0xFFFE, is_udp=True), add_to_sum(12, 0, is_udp=True)),
    (add_to_sum(10, 0xFFFE),),
    (entropy_of(13, WORDS),),
    (entropy_of(2, WORDS[1:2]), entropy_of(8, WORDS[2:], 1)),
    (udp_checksum_of(10, 4, 0),),
    (udp_checksum_of(11, 5, 0xFFFF),),
    (udp_checksum_of(11, 5, 0x1234),),
    (udp_checksum_again(10, 4, (12, 8)),),
    (udp_checksum_again(11, 5, (17, 8)),),
    (new_length(4, 4), udp_checksum_again(6, 4, (12, 8)), set_bits(20, 0xFF, 0), udp_checksum_again(2, 0, (12, 8))),
)
WAYS: list[Verdict] = [
    *(
        Forward(splices, 3 * (at % 2), patches, vnid=5001)
        for at, (patches, splices) in enumerate(product(PATCHES, (*SPLICES, SPLICES[0])))
    ),
    *(Forward(splices, 6, limit=Limit(octets, MTU)) for splices, octets in product(SPLICES, (60, 0x10010))),
    *(Forward((Splice(0, insert=head),), limit=Limit(300, MTU), cut=Cut(2, 22, 68)) for head in (b"ab\x45", b"ab\x60")),
    Forward(SPLICES[1], cut=Cut(20, 50, 70), limit=Limit(120, MTU)),
    Copies((Forward(SPLICES[1], vnid=7), Forward(SPLICES[2], 2, PATCHES[5], vnid=8), Forward(vnid=9))),
    Copies((Forward(SPLICES[1], limit=Limit(90, MTU)), Forward(SPLICES[2], limit=Limit(50, Reason.LOCAL), vnid=3))),
    Copies((Forward(limit=Limit(90, MTU), vnid=3), Forward(SPLICES[1], vnid=4))),
    Copies((Forward(SPLICES[2], limit=Limit(90, MTU)), Forward(SPLICES[1], limit=Limit(90, Reason.LOCAL), vnid=3))),
    Forward(notes=(Reason.NONZERO_PAD,), loss=("trailer",), keeps_link=True),
    Reject(Reason.POLICY_DENIED),
]
SUMS: tuple[ChecksumRight, ...] = (
    ChecksumRight(8, 2, 0),
    ChecksumRight(9, 3, 0),
    ChecksumRight(8, 2, HEAD - 2),
    ChecksumRight(8, 2, 3, (12, 8), 17),
    ChecksumRight(9, 3, 2, (12, 32), 17),
    ChecksumRight(4, 2, 0, (6, 8), 17, (Segment(30, 24, 22, 20, (14, 8), 17), Segment(38, 31, 28, 25, (14, 8), 6))),
    ChecksumRight(5, 3, 1, segments=(Segment(HEAD + 1, 30, 22, 20, (0, 0), 0), Segment(31, 25, 22, 20, (14, 8), 6))),
)
QUESTIONS: tuple[tuple[Check, ...], ...] = (
    *((each,) for each in SUMS),
    *((MadeAgain(each),) for each in SUMS[:5]),
    *((HeaderSumRight(start, length),) for start, length in ((2, 20), (5, 24), (HEAD - 17, 20))),
    (EntropyIsHash(7, BESIDE),),
    (EntropyIsHash(7, BESIDE[1:], 1),),
    (NotLonger(HEAD + 5),),
    (NotLonger(0x10000),),
    (HeaderSumRight(2, 20), SUMS[1]),
    (SUMS[0], NotLonger(HEAD + 5)),
    (NotLonger(HEAD + 5), SUMS[3], EntropyIsHash(36, WORDS[:3])),
)


def asking(checks: tuple[Check, ...]) -> Iterator[Verdict]:
    """A verdict that depends on the answers, another one for each combination of them."""
    others = iter(range(1000))

    def other(answers: tuple[int, ...]) -> Forward | Reject:
        return Reject(Reason.BAD_CHECKSUM) if WRONG in answers else Forward((Splice(2, insert=bytes((next(others),))),))

    guard = Guard.of(checks, other)
    yield Forward(SPLICES[1], patches=PATCHES[5], guard=guard, limit=Limit(HEAD + 90, MTU))
    yield Copies((Forward(SPLICES[2]), Forward(vnid=7)), guard)


GUARDED = [verdict for checks in QUESTIONS for verdict in asking(checks)]


def answered(number: int, checks: tuple[Check, ...]) -> Iterator[Captured]:
    """Frames, whole and cut, of which one field has in turn each value that a question is about."""
    for caplen, orig_len in (*((HEAD + more,) * 2 for more in (0, 3, 4, 7, 80)), (HEAD + 7, HEAD + 9)):
        one = numbered(number, bytes(at * 59 % 253 for at in range(caplen)), orig_len)
        for each in checks:
            yield from (with_word(one, at, value) for at, value in fields_for(each, one.frame))
            if isinstance(each, ChecksumRight):
                yield from left_inside(each, one)


def left_inside(check: ChecksumRight, one: Captured) -> Iterator[Captured]:
    """With the checksum of each segment inside left to the card, and the outer one right for what that makes of it."""
    (at, length), end = check.addresses, one.frame.orig_len - check.behind
    for each, counted in product(check.segments, (300, 1, 0)):  # the second is less than its own header
        base = with_word(one, each.length_at, counted)
        inner = each.pseudo(base.frame.octets, end)
        left = with_word(with_word(base, each.checksum_at, inner), check.checksum_at, 0)
        octets = left.frame.octets
        pseudo = ones_sum(octets[at : at + length], check.protocol + end - check.start) if length else 0
        right = ones_sum(octets[check.start : each.start], pseudo + (inner ^ 0xFFFF)) ^ 0xFFFF
        yield from (with_word(left, check.checksum_at, value) for value in (right, right ^ 0x0100))


def fields_for(check: Check, frame: Frame) -> list[tuple[int, int]]:
    """Where something is written that a check asks about, and what is right, nearly right, or left to hardware."""
    octets = frame.octets
    if isinstance(check, MadeAgain):
        return fields_for(check.check, frame)
    if isinstance(check, EntropyIsHash):
        port = entropy_port(octets, check.flow)
        return [(check.at, port), (check.at, port << 8 & 0xFFFF | 7), (check.at, port ^ 0x0100), (check.at, port ^ 1)]
    if isinstance(check, HeaderSumRight):
        start, end, at, pseudo = check.start, check.start + check.length, check.start + 10, 0
    elif isinstance(check, ChecksumRight):
        start, end, at = check.start, frame.orig_len - check.behind, check.checksum_at
        first, length = check.addresses
        pseudo = ones_sum(octets[first : first + length], check.protocol + end - start) if length else 0
    else:
        return []
    right = ones_sum(octets[start:at] + b"\0\0" + octets[at + 2 : end], pseudo) ^ 0xFFFF
    return [(at, value) for value in (right, right ^ 1, right ^ 0x8000, pseudo, 0, 1, 0x0100, 0xFFFF)]


def test_every_patch_and_every_cut_at_all_borders() -> None:
    """In a batch of all kinds of frames, and again in one where all flows are known."""
    frames = frames_of_all(WAYS)
    check(Played(tuple(WAYS)), [frames, frames[::-1]])


def test_every_question_and_every_answer() -> None:
    """The frames are such that each question gets each answer."""
    stage = Played(tuple(GUARDED))
    frames = frames_of_all(GUARDED)
    for number, verdict in enumerate(GUARDED):
        checks = questions_of(verdict)
        frames += answered(number, checks)
        of_verdict = [one.frame for one in (*frames_for(number, verdict), *answered(number, checks))]
        for each in checks:
            found = {each.answer(frame.octets, frame.orig_len) for frame in of_verdict if len(frame.octets) >= HEAD}
            assert found == set(range(each.answers)), each
    check(stage, [frames, frames[::-1]])


def questions_of(verdict: Verdict) -> tuple[Check, ...]:
    return verdict.guard.checks if isinstance(verdict, Forward | Copies) and verdict.guard is not None else ()


@pytest.mark.parametrize(("at", "start"), [(10, 4), (11, 5)])
def test_a_udp_checksum_of_0_is_written_the_other_way(at: int, start: int) -> None:
    """0 would be none (RFC 768)."""
    last = HEAD + start % 2
    octets = bytes(last - 2) + (0xFFFF - (last - start)).to_bytes(2, "big")
    for patch in (udp_checksum_of(at, start, 0), udp_checksum_again(at, start, (12, 8))):
        octets = octets[:-2] + (0xFFFF - (last - start) - patch.b).to_bytes(2, "big")
        stage, one = Played((Forward(patches=(patch,)),)), numbered(0, octets)
        made = carry_out(stage.decide(view_of(one)), one.frame)
        assert isinstance(made, tuple)
        assert made[0].octets[at : at + 2] == b"\xff\xff"
        check(stage, [[one]])


@settings(max_examples=25)
@given(data=st.data())
def test_verdicts_of_any_kind_in_one_batch(data: st.DataObject) -> None:
    """Some of them, with frames of each, in any order and twice."""
    verdicts = data.draw(st.lists(st.sampled_from([*WAYS, *GUARDED]), min_size=1, max_size=4))
    known = frames_of_all(verdicts)
    parts = st.lists(st.sampled_from(known), min_size=1, max_size=20)
    check(Played(tuple(verdicts)), [data.draw(parts), data.draw(parts)])
