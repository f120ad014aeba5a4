"""Other projects' pcapng files: read as Wireshark reads them, written again without a change."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from second_opinion import blocks, capinfos_count, damage, frames, rewritten, tshark

WHOLE = [
    "ng_all_be_le.pcapng",
    "ng_all_le_be.pcapng",
    "ng_comments_two_links.pcapng",
    "ng_dsb.pcapng",
    "ng_epb_options.pcapng",
    "ng_many_blocks.pcapng",
    "ng_mixed_tsresol.pcapng",
    "ng_nano_options.pcapng",
    "ng_no_idb_custom.pcapng",
    "ng_nrb_isb.pcapng",
    "ng_spb_snaplen.pcapng",
    "ng_tsresol_2e8.pcapng",
    "ng_two_linktypes.pcapng",
    "geneve_truncated.pcapng",
    "pbb_recursive.pcapng",
]
DAMAGED = {  # name -> offset of the first bad block, good frames before it, part of the message
    "ng_bad_option_len.pcapng": (0, 0, "808,464,432 at its end"),
    "ng_bad_trailer.ntar": (96, 0, "claims 139 octets"),
    "ng_corrupt.pcapng": (0, 0, "808,464,432 at its end"),
    "ng_skip_sections.pcapng": (480, 1, "version 2"),
}
_LAST = (2**63 - 1) // 1000 * 1000
"""The last microsecond that 64 bits of nanoseconds can hold; ng_comments_two_links has frames with absurd times."""


def test_the_corpus_is_covered(corpus: Path) -> None:
    """Every pcapng file of the corpus is either whole or damaged here."""
    assert {path.name for path in corpus.iterdir() if path.name.startswith("ng_")} <= {*WHOLE, *DAMAGED}


@pytest.mark.parametrize("name", WHOLE)
def test_written_again_without_a_change(corpus: Path, name: str) -> None:
    """The same blocks in the same order with the same bodies: ticks, flags, options, padding."""
    assert blocks(rewritten(corpus / name)) == blocks((corpus / name).read_bytes())


@pytest.mark.parametrize("name", WHOLE)
def test_capinfos_counts_the_same_frames(corpus: Path, name: str) -> None:
    assert len(frames(corpus / name)) == capinfos_count(corpus / name)


@pytest.mark.parametrize("name", WHOLE)
def test_tshark_reads_the_same_frames(corpus: Path, name: str) -> None:
    """Time to the nanosecond, original and captured length; custom blocks, which it shows too, have no link type."""
    theirs = tshark(corpus / name, "frame.time_epoch", "frame.len", "frame.cap_len", "frame.encap_type")
    seen = [
        (min(int(Decimal(time or 0) * 10**9), _LAST), int(length), int(cap))
        for time, length, cap, link in theirs
        if link
    ]
    assert seen == [(ts_ns, length, len(octets)) for ts_ns, length, octets in frames(corpus / name)]


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_named_after_the_good_frames(corpus: Path, name: str) -> None:
    offset, good, what = DAMAGED[name]
    seen, error = damage(corpus / name)
    assert (error.offset, error.frames, len(seen)) == (offset, good, good)
    assert what in error.what
