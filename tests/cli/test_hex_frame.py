"""Frames in hexadecimal: what people paste."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cli_traffic import pcap
from frames import underlay, vm_frame
from hypothesis import example, given
from hypothesis import strategies as st

from dovetool.cli.hex_frame import link_type_of, octets_of
from dovetool.errors import UsageError

ETHERNET, RAW = 1, 101
FRAME = vm_frame(98)
any_octets = st.binary(min_size=1, max_size=80)
hex_like = st.lists(st.sampled_from(b"abcdef0123456789 ..|Z"), min_size=1, max_size=80).map(bytes)


def as_text(octets: bytes) -> str:
    return "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in octets)


def dump(octets: bytes, *, width: int, gap: int, mark: str, group: int, text: bool, prefix: str) -> str:
    """A dump as some tool would write it."""
    per_line = [octets[at : at + width] for at in range(0, len(octets), width)]
    lines = []
    for number, line in enumerate(per_line):
        groups = [line[at : at + group].hex() for at in range(0, len(line), group)]
        column = width * 2 + (width - 1) // group
        words = " ".join(groups).ljust(column if text else 0)
        lines.append(f"{prefix}{number * width:04x}{mark}{words}" + (" " * gap + as_text(line) if text else ""))
    return "\n".join(lines)


@given(octets=any_octets, between=st.sampled_from(["", " ", ":", "-", ", ", "\n"]), prefix=st.sampled_from(["", "0x"]))
def test_plain_octets(octets: bytes, between: str, prefix: str) -> None:
    words = [prefix * bool(between) + octets[at : at + 1].hex() for at in range(len(octets))]
    assert octets_of(between.join(words)) == octets


@given(octets=any_octets | hex_like, group=st.sampled_from([1, 2, 4]), text=st.booleans(), gap=st.sampled_from([2, 3]))
@example(octets=b"300", group=1, text=False, gap=2)
def test_dumps_with_an_offset_column(octets: bytes, group: int, text: bool, gap: int) -> None:
    """With a column of text or without one; text that looks like hexadecimal is still text."""
    for mark, prefix in ((": ", ""), ("  ", ""), (":  ", "0x"), (":  ", "\t0x"), ("   ", "")):
        shown = dump(octets, width=16, gap=gap, mark=mark, group=group, text=text, prefix=prefix)
        assert octets_of(shown) == octets, shown


@pytest.mark.parametrize(
    "words",
    [
        ("xxd",),
        ("xxd", "-g1"),
        ("xxd", "-c", "20"),
        ("xxd", "-p"),
        ("xxd", "-i"),
        ("hexdump", "-C"),
        ("od", "-Ax", "-tx1"),
        ("od", "-Ax", "-tx1z"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("size", [64, 98])
def test_dumps_of_real_tools(words: tuple[str, ...], size: int, tmp_path: Path) -> None:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    (tmp_path / "frame").write_bytes(vm_frame(size))
    stdin = (tmp_path / "frame").open("rb")
    with stdin:
        shown = subprocess.run(words, stdin=stdin, capture_output=True, check=True, text=True).stdout
    assert octets_of(shown) == vm_frame(size)


@pytest.mark.parametrize(("option", "start"), [("-xx", 0), ("-XX", 0), ("-x", 14), ("-X", 14)])
def test_dumps_of_tcpdump(option: str, start: int, tmp_path: Path) -> None:
    """With its line about the packet, and with the link layer or from the IP header on."""
    if shutil.which("tcpdump") is None:
        pytest.skip("tcpdump is not installed")
    (tmp_path / "in.pcap").write_bytes(pcap([underlay(FRAME)]))
    words = ("tcpdump", "-nn", option, "-r", str(tmp_path / "in.pcap"))
    octets = octets_of(subprocess.run(words, capture_output=True, check=True, text=True).stdout)
    assert octets == underlay(FRAME)[start:]
    assert link_type_of(octets) == (RAW if start else ETHERNET)


def test_dump_of_tshark(tmp_path: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    (tmp_path / "in.pcap").write_bytes(pcap([FRAME]))
    words = ("tshark", "-x", "-r", str(tmp_path / "in.pcap"))
    assert octets_of(subprocess.run(words, capture_output=True, check=True, text=True).stdout) == FRAME


def test_octets_that_begin_like_an_offset_are_octets() -> None:
    """One line without a mark is never taken for a dump."""
    assert octets_of("0000 0200 0000") == bytes.fromhex("000002000000")
    assert octets_of("0000\n0200\n0000") == bytes.fromhex("000002000000")
    assert octets_of("00:00:00:00") == bytes(4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there are no octets in it"),
        ("  \n", "there are no octets in it"),
        ("zz", "'z' is no hexadecimal digit"),
        ("02 cc 0", "5 hexadecimal digits make no whole octets"),
        ("0000: 01 02\n0002: 03\n0000: 01 02", "line 3: a second frame begins, after 3 octets of one"),
        ("0000: 01 02\n0004: 01", "line 2: the offset is 0x0004, after 2 octets of one"),
        ("0" * ((1 << 20) + 2), "more than 1,048,576 characters are too many for a frame"),
    ],
)
def test_what_is_no_frame(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says.replace("(", r"\(")):
        octets_of(text)


@given(text=st.text(max_size=200) | st.text("0123456789abcdef :x\n|.", max_size=200))
def test_any_text_is_a_frame_or_an_error(text: str) -> None:
    try:
        octets = octets_of(text)
    except UsageError:
        return
    assert octets


def test_bare_packets_are_told_by_length_and_checksum() -> None:
    packet = FRAME[14:]
    assert link_type_of(packet) == RAW
    assert link_type_of(packet + b"\0") == ETHERNET
    assert link_type_of(packet[:10] + b"\xff\xff" + packet[12:]) == ETHERNET
    ipv6 = b"\x60\0\0\0\0\3\x11\x40" + bytes(32) + b"abc"
    assert link_type_of(ipv6) == RAW
    assert link_type_of(ipv6 + b"d") == ETHERNET
    assert link_type_of(b"E") == ETHERNET
