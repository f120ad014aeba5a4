"""Damaged and senseless files: the good frames come out, then one clear error that names the place."""

from __future__ import annotations

import gzip
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from capture_strategies import Packet, PcapFile, block, interface, old_packet, option, pcapng_files, section, simple
from hypothesis import given, settings
from hypothesis import strategies as st
from second_opinion import damage, frames, stored

from dovetool.capture.batch import Batch
from dovetool.capture.pcapng import PcapngWriter
from dovetool.capture.reader import CaptureReader
from dovetool.errors import CaptureError, DovetoolError

_MANY = settings(max_examples=150)

PCAP = PcapFile("<", False, [(second, 0, 60, bytes([second]) * 60) for second in range(5)]).emit()
HEAD = section("<") + interface("<")
GOOD = Packet(b"a good frame").emit()


def patched(octets: bytes, at: int, value: int) -> bytes:
    return octets[:at] + struct.pack("<I", value) + octets[at + 4 :]


LONG_OPTION = Packet(b"a", options=struct.pack("<HHI", 1, 5, 0)).emit()
MANY_OPTIONS = Packet(b"a", options=option(1, b"", "<") * 40 + struct.pack("<HHI", 1, 5, 0)).emit()
BAD_BLOCKS = {
    "length no multiple of 4": (patched(GOOD, 4, 45), "claims 45 octets"),
    "length below a block's": (patched(GOOD, 4, 8), "claims 8 octets"),
    "length zero": (patched(GOOD, 4, 0), "claims 0 octets"),
    "length above 64 MiB": (patched(GOOD, 4, 1 << 27), "claims 134,217,728 octets"),
    "trailer differs": (GOOD[:-4] + bytes(4), "44 octets at its start and 0 at its end"),
    "frame longer than its block": (patched(GOOD, 20, 13), "more octets than its block has"),
    "huge frame": (patched(GOOD, 20, 0xFFFFFFFF), "more octets than its block has"),
    "interface unknown": (patched(GOOD, 8, 1), "no block describes"),
    "option too long": (LONG_OPTION, "option of a packet reaches beyond"),
    "option too long behind many": (MANY_OPTIONS, "option of a packet reaches beyond"),
    "enhanced packet too short": (block(6, bytes(4), "<"), "more octets than its block has"),
    "simple packet longer than its block": (simple(b"abcd", 5), "more octets than its block has"),
    "obsolete packet of an unknown interface": (old_packet(Packet(b"a", number=7), 0), "no block describes"),
    "obsolete packet longer than its block": (patched(old_packet(Packet(b"a"), 0), 20, 5), "more octets than"),
    "other block's length no multiple of 4": (patched(block(77, b"1234", "<"), 4, 17), "claims 17 octets"),
    "other block's trailer differs": (block(77, b"1234", "<")[:-4] + bytes(4), "16 octets at its start and 0"),
    "interface's option too long": (interface("<", options=struct.pack("<HHI", 2, 5, 0)), "an option claims 5"),
    "interface too short": (block(1, b"", "<"), "claims 12 octets"),
    "statistics' option too long": (block(5, bytes(12) + struct.pack("<HHI", 2, 5, 0), "<"), "an option claims 5"),
    "section's option too long": (section("<", options=struct.pack("<HHI", 2, 5, 0)), "an option claims 5"),
    "section's byte order unknown": (patched(section("<"), 8, 0x11223344), "unknown byte-order magic"),
    "section's version unknown": (section("<", major=2), "does not say where it ends"),
    "unknown section's length senseless": (section("<", major=2, length=3), "does not say where it ends"),
    "unknown section cut short": (section("<", major=2, length=4_000_000) + bytes(64), "ends inside a block"),
    "no section behind an unknown one": (section("<", major=2, length=4) + bytes(4) + GOOD, "outside of any section"),
    "end inside a block": (GOOD[:-1], "ends inside a block"),
    "end inside a block's head": (GOOD[:5], "ends inside a block"),
}


@pytest.mark.parametrize("case", BAD_BLOCKS)
@pytest.mark.parametrize("good", [0, 3])
def test_a_bad_block_is_found_behind_the_good_ones(case: str, good: int) -> None:
    bad, what = BAD_BLOCKS[case]
    start = HEAD + GOOD * good
    alone = what in {"ends inside a block", "outside of any section"}
    seen, error = damage(stored(start + bad + (b"" if alone else GOOD)))
    assert what in str(error)
    assert (len(seen), error.frames) == (good, good)
    assert error.offset == len(start) or "unknown" in case or "no section" in case


def test_a_packet_before_any_interface_is_damage() -> None:
    _, error = damage(stored(section("<") + simple(b"abc", 3)))
    assert (error.offset, error.what) == (28, "a packet belongs to an interface that no block describes")


@pytest.mark.parametrize("end", [*range(25, 100), len(PCAP) - 1])
def test_a_pcap_cut_anywhere_gives_the_whole_records(end: int) -> None:
    whole = (end - 24) // 76
    if end == 24 + 76 * whole:
        assert len(frames(stored(PCAP[:end]))) == whole
        return
    seen, error = damage(stored(PCAP[:end]))
    assert (len(seen), error.frames, error.offset) == (whole, whole, 24 + 76 * whole)


@pytest.mark.parametrize(
    ("name", "good", "offset", "what"),
    [
        ("pcap_cut_record.pcap", 1, 359, "ends inside a record"),
        ("pcap_huge_caplen.pcap", 1, 228, "claims 1,409,179,648 octets"),
    ],
)
def test_damaged_pcap_files_of_the_corpus(corpus: Path, name: str, good: int, offset: int, what: str) -> None:
    seen, error = damage(corpus / name)
    assert (len(seen), error.frames, error.offset) == (good, good, offset)
    assert what in error.what


@pytest.mark.parametrize("name", ["pcap_bad_version.pcap", "snoop_file.snoop"])
def test_other_formats_are_named(corpus: Path, name: str) -> None:
    with pytest.raises(CaptureError, match=r"version 1|a snoop file"):
        CaptureReader(corpus / name)


def read_and_write(octets: bytes) -> None:
    """All that our code does with a file."""
    out = bytearray()
    writer = PcapngWriter(out.extend)
    with CaptureReader(stored(octets)) as reader:
        for each in reader:
            if isinstance(each, Batch):
                assert (each.offset + each.caplen <= len(each.octets) - 256).all()
                assert len(each.ts_ns) == len(each)
                writer.write(each)
            else:
                writer.pass_on(each)


@_MANY
@given(st.binary(max_size=200), st.sampled_from([b"", HEAD, PCAP[:24], PCAP, HEAD + GOOD, gzip.compress(PCAP)[:10]]))
def test_junk_is_a_clear_error(junk: bytes, head: bytes) -> None:
    with suppress(DovetoolError):
        read_and_write(head + junk)


@_MANY
@given(pcapng_files, st.data())
def test_flipped_bits_are_a_clear_error_or_another_capture(octets: bytes, data: st.DataObject) -> None:
    broken = bytearray(octets)
    for at in data.draw(st.lists(st.integers(0, len(octets) - 1), max_size=4)):
        broken[at] ^= data.draw(st.sampled_from([1, 4, 0x80, 0xFF]))
    cut = data.draw(st.integers(0, len(octets)))
    with suppress(DovetoolError):
        read_and_write(bytes(broken))
    with suppress(DovetoolError):
        read_and_write(bytes(broken[:cut]))
