"""`dovetool strip` and Linux judge odd VXLAN frames alike, but for differences by design, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from in_process import stripped
from plain_capture import Captured, read_capture, vxlan_of

EDGE = Path(__file__).resolve().parents[1] / "kernel_data" / "edge"

IDENTICAL, CHANGED, DROPPED, PASSED, INNERMOST = "identical", "changed", "dropped", "passed", "innermost"
RESERVED = "reserved bits are ignored on receipt (RFC 7348 section 5); Linux drops them"
CUT = "an inner frame whose IP header is cut is handed out as it is; Linux cannot look at its ECN field and drops it"
UNCHECKED = "outer checksums are not verified"
BY_DESIGN: Mapping[str, tuple[str, str]] = {
    "udp_sum_wrong": (IDENTICAL, UNCHECKED),
    "ip_sum_wrong": (IDENTICAL, UNCHECKED),
    "v6_sum_zero": (IDENTICAL, "a tunnel over IPv6 may do without a UDP checksum (RFC 6935)"),
    "flag_I_missing": (PASSED, "without the I flag it is no VXLAN frame, and strip passes what is no overlay"),
    "flag_I_and_reserved_0x01": (IDENTICAL, RESERVED),
    "flags_gbp": (IDENTICAL, RESERVED),
    "flags_gpe_0x0c": (IDENTICAL, RESERVED),
    "reserved_24bit_set": (IDENTICAL, RESERVED),
    "reserved_8bit_set": (IDENTICAL, RESERVED),
    "inner_14_ipv4_ethertype": (IDENTICAL, CUT),
    "inner_ipv4_header_cut": (IDENTICAL, CUT),
    "inner_vxlan_again": (INNERMOST, "nested tunnels come off too"),
    "udp_len_shorter_than_ip": (
        IDENTICAL,
        "the inner frame ends with the datagram; the verdict looks behind it",
    ),
}
"""Where strip answers otherwise than Linux, and why."""


def edge_cases() -> list[tuple[str, str]]:
    """Name and Linux's verdict of each odd frame."""
    lines = (EDGE / "VERDICTS.tsv").read_text().splitlines()[1:]
    return [(line.split("\t")[0], line.split("\t")[2]) for line in lines]


def verdict_of_strip(case: str, folder: Path) -> tuple[str, bytes]:
    """What strip does with the frame of a case, and the frame that comes out."""
    (frame,) = read_capture(EDGE / f"{case}.pcap")
    after, summary = stripped(EDGE / f"{case}.pcap", folder)
    if not after:
        assert sum(summary["rejected"].values()) == 1
        return DROPPED, b""
    octets, overlay = after[0].octets, vxlan_of(frame)
    assert after[0].orig_len == len(octets)
    if octets == frame.octets:
        return PASSED, octets
    assert overlay is not None
    if octets == overlay.inner:
        return IDENTICAL, octets
    again = vxlan_of(Captured(0, len(overlay.inner), overlay.inner))
    return INNERMOST if again is not None and octets == again.inner else CHANGED, octets


@pytest.mark.parametrize(("case", "linux"), edge_cases())
def test_strip_judges_odd_frames_as_linux_does(case: str, linux: str, tmp_path: Path) -> None:
    """The same verdict as Linux's, or another by design."""
    wanted, _why = BY_DESIGN.get(case, (linux, ""))
    assert verdict_of_strip(case, tmp_path)[0] == wanted
    assert case not in BY_DESIGN or wanted != linux, "no difference any more"


@pytest.mark.parametrize(
    ("case", "ecn"), [("ecn_outer1_inner2", 1), ("ecn_outer3_inner1", 3), ("ecn_outer3_inner2", 3)]
)
def test_strip_changes_two_ecn_bits_and_the_checksum(case: str, ecn: int, tmp_path: Path) -> None:
    """RFC 6040: the inner packet takes the outer congestion mark; nothing else of it changes."""
    (frame,) = read_capture(EDGE / f"{case}.pcap")
    overlay = vxlan_of(frame)
    assert overlay is not None
    octets = verdict_of_strip(case, tmp_path)[1]
    header = octets[14:34]
    total = sum(int.from_bytes(header[at : at + 2], "big") for at in range(0, 20, 2))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF, "the header's checksum is right"
    assert header[1] == overlay.inner[15] & 0xFC | ecn
    assert octets[:15] + octets[16:24] + octets[26:] == overlay.inner[:15] + overlay.inner[16:24] + overlay.inner[26:]


def test_strip_with_depth_1_takes_one_tunnel_off(tmp_path: Path) -> None:
    """As Linux does with a tunnel in a tunnel."""
    source = EDGE / "inner_vxlan_again.pcap"
    (frame,), (after, *_) = read_capture(source), stripped(source, tmp_path, "--depth", "1")
    overlay = vxlan_of(frame)
    assert overlay is not None
    assert [new.octets for new in after] == [overlay.inner]
