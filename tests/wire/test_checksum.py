"""The Internet checksum against the example of RFC 1071, against scapy, and against itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy_reader import scapy_checksum

from dovetool.wire.checksum import fold, internet_checksum, ones_sum, updated

WORDS = st.one_of(st.sampled_from([0, 1, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF]), st.integers(0, 0xFFFF))


def octets_of(words: list[int]) -> bytes:
    return b"".join(word.to_bytes(2, "big") for word in words)


def test_example_of_rfc_1071() -> None:
    """Section 3: 0001 f203 f4f5 f6f7 sum up to ddf2."""
    octets = bytes.fromhex("0001 f203 f4f5 f6f7")
    assert ones_sum(octets) == 0xDDF2
    assert internet_checksum(octets) == 0x220D


def test_sum_of_nothing_is_0() -> None:
    assert (ones_sum(b""), internet_checksum(b"")) == (0, 0xFFFF)


def test_odd_octet_is_the_upper_half_of_a_word() -> None:
    assert ones_sum(b"\x12\x34\x56") == 0x1234 + 0x5600


@pytest.mark.parametrize(("total", "folded"), [(0xFFFF, 0xFFFF), (0x10000, 1), (0x1FFFF, 1), (0xFFFF_FFFF, 0xFFFF)])
def test_carries_come_back(total: int, folded: int) -> None:
    """The third needs two rounds: 1 + ffff is 1'0000 again."""
    assert fold(total) == folded


@given(octets=st.binary(max_size=120))
def test_scapy_computes_the_same(octets: bytes) -> None:
    assert internet_checksum(octets) == scapy_checksum(octets)


@given(octets=st.binary(min_size=1, max_size=60))
def test_octets_with_their_checksum_sum_up_to_ffff(octets: bytes) -> None:
    """What a receiver checks (RFC 1071 section 1)."""
    padded = octets + bytes(len(octets) % 2)
    assert ones_sum(padded + internet_checksum(padded).to_bytes(2, "big")) == 0xFFFF


@given(words=st.lists(WORDS, max_size=6), old=WORDS, new=WORDS)
def test_update_is_recomputation(words: list[int], old: int, new: int) -> None:
    """Over octets that are not all 0, as no IP header is; the words 0000 and ffff too (RFC 1624 section 3)."""
    rest = [0x4500, *words]
    before, after = (internet_checksum(octets_of([*rest, word])) for word in (old, new))
    assert updated(before, old, new) == after


def test_update_of_the_example_of_rfc_1624() -> None:
    """Section 4: HC = dd2f, and a field changes from 5555 to 3285; equation 3 gives 0000, and not ffff."""
    assert updated(0xDD2F, 0x5555, 0x3285) == 0x0000
