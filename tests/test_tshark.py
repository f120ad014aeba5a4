"""tshark agrees with every field of the outer headers that `dovetool encap` writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from frames import BROADCAST, VM1
from guest_frames import TEP1_MAC, TEP2_MAC, ethernet, guest_frames, ipv4, tep_ips, udp
from in_process import encapped, tagged
from plain_capture import read_capture, write_capture, write_frames
from tshark_fields import ABSENT, GOOD, Decoded, decoded
from underlay_cases import CASES, VXLAN_HEADER, Case, outer, sent

YES = {"1", "True"}
FIELDS = ["frame.protocols", "eth.src", "eth.dst", "vlan.id", "ip.checksum.status", "udp.checksum.status", "vxlan.vni"]
FIELDS += ["udp.srcport", "udp.dstport", "udp.length", "udp.payload"]
FIELDS_V4 = ["ip.src", "ip.dst", "ip.len", "ip.ttl", "ip.flags.df", "ip.flags.mf", "ip.frag_offset", "ip.hdr_len"]
FIELDS_V6 = ["ipv6.src", "ipv6.dst", "ipv6.plen", "ipv6.hlim"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_outer_headers(case: Case, tmp_path: Path) -> None:
    """Addresses, lengths, checksums, ports, VNI and VLAN; and inside, the frame as it was."""
    frames = list(guest_frames().values())
    fields = [*FIELDS, *(FIELDS_V6 if case.v6 else FIELDS_V4)]
    capture = sent(case, frames, tmp_path)
    bare = decoded(tmp_path / "blue.pcap", "frame.protocols")
    found = outer(case, capture, *fields)
    for octets, inner, row in zip(frames, bare, found, strict=True):
        _check_addresses(case, row)
        _check_udp(case, row, octets)
        prefix = f"eth:ethertype:{'vlan:ethertype:' if 'vlan' in case.tep else ''}{'ipv6' if case.v6 else 'ip'}"
        assert row["frame.protocols"] == [f"{prefix}:udp:vxlan:{inner['frame.protocols'][0]}"]
        assert set(row["ip.checksum.status"]) <= {GOOD}
        assert row["vxlan.vni"] == ["5001"]


def _check_addresses(case: Case, row: Decoded) -> None:
    assert row["eth.src"][0] == TEP1_MAC
    assert row["eth.dst"][0] == case.tep.get("gateway_mac", TEP2_MAC)
    if "vlan" in case.tep:
        assert row["vlan.id"][0] == str(case.tep["vlan"])
    ip, ttl = ("ipv6", "ipv6.hlim") if case.v6 else ("ip", "ip.ttl")
    assert (row[f"{ip}.src"][0], row[f"{ip}.dst"][0]) == tep_ips(v6=case.v6)
    assert row[ttl][0] == str(case.tep.get("ttl", 64))
    if not case.v6:
        assert row["ip.flags.df"][0] in YES
        assert row["ip.flags.mf"][0] not in YES
        assert (row["ip.frag_offset"][0], row["ip.hdr_len"][0]) == ("0", "20")


def _check_udp(case: Case, row: Decoded, octets: bytes) -> None:
    length = int(row["ipv6.plen"][0]) + 40 if case.v6 else int(row["ip.len"][0])
    assert length == len(octets) + case.headers
    assert row["udp.length"][0] == str(len(octets) + 16)
    assert row["udp.payload"][0] == VXLAN_HEADER + octets.hex()
    assert 49152 <= int(row["udp.srcport"][0]) <= 65535
    assert row["udp.dstport"][0] == str(case.port)
    assert row["udp.checksum.status"][0] == (GOOD if case.tep.get("udp_checksum") == "full" else ABSENT)


@pytest.mark.parametrize("case", [CASES[1], CASES[3]], ids=str)
def test_full_checksum_of_even_and_odd_lengths(case: Case, tmp_path: Path) -> None:
    """Of no data, of octets of all values, and of only the largest."""
    contents = [
        data[:length] for length in (0, 1, 45, 46, 47, 1485, 1486) for data in (bytes(range(256)) * 6, b"\xff" * 1500)
    ]
    found = outer(case, sent(case, [ethernet(data, 0x88B6) for data in contents], tmp_path), "udp.checksum.status")
    assert [row["udp.checksum.status"] for row in found] == [[GOOD]] * len(contents)


@pytest.mark.parametrize("case", [CASES[1], CASES[3]], ids=str)
def test_full_checksum_that_computes_to_zero(case: Case, tmp_path: Path) -> None:
    """It is written as 0xFFFF (RFC 768); the frame is made for it: its first word is what the sum lacks."""
    (trial,) = outer(case, sent(case, [ethernet(bytes(4), 0x88B6)], tmp_path), "udp.checksum")
    lacking = int(trial["udp.checksum"][0], 16).to_bytes(2, "big")
    (row,) = outer(
        case, sent(case, [ethernet(lacking + bytes(2), 0x88B6)], tmp_path), "udp.checksum", "udp.checksum.status"
    )
    assert (row["udp.checksum"], row["udp.checksum.status"]) == (["0xffff"], [GOOD])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_lengths_of_frames_cut_by_the_snap_length(case: Case, tmp_path: Path) -> None:
    """The headers speak of the frame as it was on the wire; what is not known has no UDP checksum."""
    map_file = case.map_file(tmp_path)
    whole = tagged(guest_frames().values(), "blue", map_file, tmp_path)
    frames = [frame._replace(octets=frame.octets[:cut]) for cut in (28, 48, 101) for frame in read_capture(whole)]
    capture = encapped(write_capture(tmp_path / "cut.pcap", frames), map_file)
    ip_length = "ipv6.plen" if case.v6 else "ip.len"
    fields = ["frame.len", "frame.cap_len", ip_length, "udp.length", "udp.checksum.status", "ip.checksum.status"]
    found = outer(case, capture, *fields)
    link = 18 if "vlan" in case.tep else 14
    for frame, row in zip(frames, found, strict=True):
        inner = frame.orig_len - 6
        cut = len(frame.octets) < frame.orig_len
        assert int(row["frame.len"][0]) == link + case.headers + inner
        assert int(row["frame.cap_len"][0]) == link + case.headers + len(frame.octets) - 6
        assert int(row[ip_length][0]) == inner + case.headers - (40 if case.v6 else 0)
        assert int(row["udp.length"][0]) == inner + 16
        assert row["udp.checksum.status"][0] == (GOOD if case.tep.get("udp_checksum") and not cut else ABSENT)
        assert case.v6 or row["ip.checksum.status"][0] == GOOD


def test_source_port_follows_the_inner_flow(tmp_path: Path) -> None:
    """One flow has one port, in every run; many flows are spread over the range."""
    flow = [ethernet(ipv4(udp(bytes(number)), 17), 0x0800) for number in range(20)]
    flows = [ethernet(ipv4(udp(b"", src_port=number), 17), 0x0800) for number in range(1, 1001)]
    capture = sent(CASES[0], flow + flows, tmp_path)
    ports = [row["udp.srcport"][0] for row in decoded(capture, "udp.srcport")]
    again = capture.read_bytes()
    assert sent(CASES[0], flow + flows, tmp_path).read_bytes() == again
    assert len(set(ports[:20])) == 1
    assert len(set(ports[20:])) > 900  # 1,000 of 16,384 at random: 970 on average
    assert sum(int(port) < 57344 for port in ports[20:]) in range(400, 600)


def test_tshark_finds_spoilt_checksums(tmp_path: Path) -> None:
    """The other tests prove something: tshark verifies."""
    capture = sent(CASES[1], [ethernet(b"data", 0x88B6)], tmp_path)
    (frame,) = read_capture(capture)
    spoilt = write_frames(tmp_path / "spoilt.pcap", [frame.octets[:-1] + b"A", BROADCAST + VM1 + frame.octets[12:]])
    found = decoded(spoilt, "udp.checksum.status", "ip.checksum.status")
    assert [row["udp.checksum.status"] for row in found] == [["0"], [GOOD]]
