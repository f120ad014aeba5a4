"""tshark agrees with what a map chooses: DSCP, group, MTU, TPID, underlay; and with the octets of the tag."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from frames import VM2
from guest_frames import TEP2_MAC, ethernet, guest_frames, ipv4, ipv6, tep_ips, two_sites, udp
from in_process import dovetool, encapped, tagged
from plain_capture import read_capture, write_capture, write_frames
from tshark_fields import ABSENT, GOOD, decoded
from underlay_cases import BLUE, CASES, VXLAN_HEADER, Case, outer, sent

VLANS = [ethernet(ipv4(udp(b"x"), 17, tos=0xB9), 0x0800, VM2, (0x8100, pcp << 13 | 0x1014)) for pcp in range(8)]
TOS = [0, 1, 2, 3, 0xB8, 0xB9, 0x2A, 0xFF]
TOS_FRAMES = [
    *(ethernet(ipv4(udp(b"x"), 17, tos=tos), 0x0800) for tos in TOS),
    *(ethernet(ipv6(udp(b"x", v6=True), 17, tos=tos), 0x86DD) for tos in TOS),
    *(ethernet(ipv4(udp(b"x"), 17, tos=tos), 0x0800, VM2, (0x88A8, 5), (0x8100, 6)) for tos in TOS),
    guest_frames()["arp-request"],
]
ALL_TOS = [*TOS, *TOS, *TOS, 0]


@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
@pytest.mark.parametrize(
    ("dscp", "frames", "wanted"),
    [
        (None, VLANS, [(pcp * 8, 1) for pcp in range(8)]),
        (None, TOS_FRAMES, [(0, tos & 3) for tos in ALL_TOS]),
        ("from-pcp", VLANS, [(pcp * 8, 1) for pcp in range(8)]),
        ("inherit", TOS_FRAMES, [(tos >> 2, tos & 3) for tos in ALL_TOS]),
        (46, TOS_FRAMES, [(46, tos & 3) for tos in ALL_TOS]),
        (0, VLANS, [(0, 1) for _ in VLANS]),
    ],
    ids=["default-vlan", "default", "from-pcp", "inherit", "fixed", "fixed-0"],
)
def test_dscp_and_ecn(
    v6: bool, dscp: str | int | None, frames: list[bytes], wanted: list[tuple[int, int]], tmp_path: Path
) -> None:
    """The DSCP as the map says, the ECN field always copied (RFC 6040); the underlay's VLAN tag has the PCP too."""
    case = Case("tos", v6=v6, tep={"vlan": 9, **({} if dscp is None else {"dscp": dscp})})
    names = ("ipv6.tclass.dscp", "ipv6.tclass.ecn") if v6 else ("ip.dsfield.dscp", "ip.dsfield.ecn")
    found = outer(case, sent(case, frames, tmp_path), *names, "vlan.priority")
    assert [(int(row[names[0]][0]), int(row[names[1]][0])) for row in found] == wanted
    pcps = [octets[14] >> 5 if octets[12:14] in (b"\x81\0", b"\x88\xa8") else 0 for octets in frames]
    assert [int(row["vlan.priority"][0]) for row in found] == pcps


@pytest.mark.parametrize(
    ("group", "mac"),
    [
        ("239.0.0.2", "01:00:5e:00:00:02"),
        ("239.129.255.3", "01:00:5e:01:ff:03"),  # 23 bits of the address, RFC 1112
        ("ff05::1:2", "33:33:00:01:00:02"),
        ("ff0e::abcd:ef01", "33:33:ab:cd:ef:01"),
    ],
)
def test_group_of_a_network(group: str, mac: str, tmp_path: Path) -> None:
    """Frames for all go to the group once, frames for one VM to its tunnel end point."""
    v6 = ":" in group
    networks = {"blue": {"vnid": 5001, "group": group}}
    map_file = two_sites(tmp_path / "map.json", networks=networks, tep1={"udp_checksum": "full"}, v6=v6)
    frames = list(guest_frames().values())
    capture = encapped(tagged(frames, "blue", map_file, tmp_path), map_file)
    dst = "ipv6.dst" if v6 else "ip.dst"
    found = decoded(capture, "eth.dst", dst, "udp.checksum.status")
    for octets, row in zip(frames, found, strict=True):
        wanted = (mac, group) if octets[0] & 1 else (TEP2_MAC, tep_ips(v6=v6)[1])
        assert (row["eth.dst"][0], row[dst][0]) == wanted
        assert row["udp.checksum.status"][0] == GOOD


@pytest.mark.parametrize(("v6", "longest"), [(False, 1464), (True, 1444)])
def test_mtu(v6: bool, longest: int, tmp_path: Path) -> None:
    """The longest packet has just the MTU; an octet more, though it be cut off by the snap length, is too much."""
    map_file = two_sites(tmp_path / "map.json", networks=BLUE, tep1={"mtu": 1500}, v6=v6)
    frames = [ethernet(bytes(length - 14), 0x88B6) for length in (longest, longest + 1)]
    whole = read_capture(tagged(frames, "blue", map_file, tmp_path))
    cut = [frame._replace(octets=frame.octets[:60]) for frame in whole]
    source, target = write_capture(tmp_path / "all.pcap", whole + cut), tmp_path / "out.pcap"
    summary = dovetool("encap", source, target, "-m", map_file, "--tep", "tep1")
    assert summary["rejected"] == {"mtu-exceeded": 2}
    found = decoded(target, "ipv6.plen" if v6 else "ip.len")
    assert [int(*row.popitem()[1]) + (40 if v6 else 0) for row in found] == [1500, 1500]


def test_tag_octets(tmp_path: Path) -> None:
    """PCP 5, VNID 5001: the example of the tag's definition, and what tshark reads without knowing the tag."""
    frame = ethernet(ipv4(udp(b"x"), 17), 0x0800, VM2, (0x8100, 5 << 13 | 20))
    (found,) = read_capture(tagged([frame], "blue", CASES[0].map_file(tmp_path), tmp_path))
    assert found.octets == frame[:12] + bytes.fromhex("88B5 A001 3890") + frame[12:]
    (row,) = decoded(tmp_path / "blue-tagged.pcap", "eth.type", "data.data")
    assert row == {"eth.type": ["0x88b5"], "data.data": [f"a0013890{frame[12:].hex()}"]}


def test_tag_with_another_tpid_and_dei(tmp_path: Path) -> None:
    """The map chooses the TPID; the drop eligible bit of the frame's own VLAN tag is kept."""
    map_file = CASES[0].map_file(tmp_path)
    map_file.write_text(json.dumps({**json.loads(map_file.read_text()), "tag": {"tpid": 0x9999}}))
    frame = ethernet(b"data", 0x88B6, VM2, (0x8100, 7 << 13 | 1 << 12))
    (found,) = read_capture(tagged([frame], "blue", map_file, tmp_path))
    assert found.octets == frame[:12] + bytes.fromhex("9999 F001 3890") + frame[12:]
    (row,) = decoded(encapped(tmp_path / "blue-tagged.pcap", map_file), "ip.dsfield.dscp", "udp.payload")
    assert (row["ip.dsfield.dscp"], row["udp.payload"]) == (["56"], [VXLAN_HEADER + frame.hex()])


def test_a_map_of_both_underlays(tmp_path: Path) -> None:
    """In one capture: a network over IPv4, one over IPv6, and a frame that would have to change underlays."""
    macs = [bytes.fromhex(f"02000000aa0{number}") for number in range(1, 6)]
    teps = {f"tep{n}": {"ip": f"192.0.2.{n}", "mac": f"02:00:00:00:01:0{n}", "encap": ["vxlan"]} for n in (1, 2)}
    teps |= {
        f"tep{n}": {"ip": f"2001:db8::{n}", "mac": f"02:00:00:00:01:0{n}", "encap": ["vxlan"], "udp_checksum": "full"}
        for n in (3, 4)
    }
    ports = {1: "blue", 2: "blue", 3: "red", 4: "red", 5: "blue"}
    content = {
        "version": 1,
        "networks": {"blue": {"vnid": 5001}, "red": {"vnid": 5002}},
        "teps": teps,
        "switches": {f"sw{n}": {"tep": f"tep{min(n, 4)}", "ports": {"p": name}} for n, name in ports.items()},
        "vms": {f"vm{n}": {"mac": mac.hex(":"), "at": f"sw{n}/p"} for n, mac in enumerate(macs, 1)},
    }
    map_file = tmp_path / "map.json"
    map_file.write_text(json.dumps(content))
    ways = [(1, 2), (3, 4), (2, 1), (4, 3), (1, 5)]
    frames = [macs[dst - 1] + macs[src - 1] + b"\x88\xb6data" for src, dst in ways]
    source = write_frames(tmp_path / "vms.pcap", frames)
    dovetool("tag", source, tmp_path / "tagged.pcap", "-m", map_file)
    summary = dovetool("encap", tmp_path / "tagged.pcap", tmp_path / "under.pcap", "-m", map_file)
    assert summary["rejected"] == {"no-common-encap": 1}
    fields = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "vxlan.vni", "udp.checksum.status")
    assert [[*row.values()] for row in decoded(tmp_path / "under.pcap", *fields)] == [
        [["192.0.2.1"], ["192.0.2.2"], [], [], ["5001"], [ABSENT]],
        [[], [], ["2001:db8::3"], ["2001:db8::4"], ["5002"], [GOOD]],
        [["192.0.2.2"], ["192.0.2.1"], [], [], ["5001"], [ABSENT]],
        [[], [], ["2001:db8::4"], ["2001:db8::3"], ["5002"], [GOOD]],
    ]
