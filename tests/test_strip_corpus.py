"""The VXLAN that other projects test with: dovetool sees in it what tshark sees, but for differences with a name."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest
from in_process import dovetool
from plain_capture import read_capture

from dovetool.capture.batch import Batch
from dovetool.capture.reader import CaptureReader
from dovetool.stages.layers import Link, ethernet_layer, link_layer
from dovetool.stages.tunnel import Tunnel, find_tunnel
from dovetool.stages.view import FrameView

VXLAN = {4789: "vxlan", 8472: "vxlan"}

GPE = "VXLAN-GPE on its own port 4790, with NSH and no Ethernet frame in it"
IN_GENEVE = "the VXLAN packet is in a Geneve packet that carries IP"
BIG_TCP = "Linux wrote 0 into the length fields of a big frame: up to the frame's end, and tshark 4.0 finds nothing"
MISSED = {"vxlan_gpe_nsh.pcap": GPE, "geneve_in_vxlan_trunc.pcap": IN_GENEVE}
"""Captures whose overlay headers dovetool does not take for VXLAN with an Ethernet frame, and why."""
FOUND = {"vxlan_bigtcp_v4_v4.pcap": (BIG_TCP, {(1, 5001, 1)})}
"""Captures with overlay headers that tshark does not see: why, and (frame, VNI, level) of these."""


class Header(NamedTuple):
    """An overlay header, as a row of the expectations."""

    frame: int
    outer_src: str
    outer_dst: str
    vni: int
    inner_src: str
    inner_dst: str
    ethertype: str
    level: int


def expected(table: Path) -> list[Header]:
    """The VXLAN headers that tshark sees in a capture."""
    if not table.exists():
        return []
    names, *lines = (line.split("\t") for line in table.read_text().splitlines())
    rows = [dict(zip(names, line, strict=True)) for line in lines]
    return [
        Header(
            int(row["frame"]),
            row["outer_src"],
            row["outer_dst"],
            int(row["vni"]),
            row["inner_eth_src"],
            row["inner_eth_dst"],
            row["inner_ethertype"],
            int(row["level"]),
        )
        for row in rows
        if row["encap"] == "vxlan"
    ]


def views(capture: Path) -> Iterator[FrameView]:
    """The frames of a capture of any kind, up to the first damage."""
    with CaptureReader(capture) as reader:
        for batch in reader:
            if isinstance(batch, Batch):
                for row in range(len(batch)):
                    link_type = batch.interfaces[int(batch.interface[row])].link_type
                    yield FrameView(batch.frame(row), int(batch.orig_len[row]), link_type=link_type)


def headers(number: int, view: FrameView) -> Iterator[Header]:
    """The VXLAN headers of a frame, the outermost first."""
    link, level = link_layer(view), 1
    while link is not None and (tunnel := find_tunnel(view, link, VXLAN, 0)) is not None:
        link = ethernet_layer(view, tunnel.inner)
        yield _header(number, view, tunnel, link, level)
        level += 1


def _header(number: int, view: FrameView, tunnel: Tunnel, link: Link, level: int) -> Header:
    ip, octets = tunnel.ip, view.octets
    half = ip.address_len
    src, dst = (str(ip_address(octets[at : at + half])) for at in (ip.src_at, ip.dst_at))
    macs = octets[tunnel.inner : tunnel.inner + 12]
    vni = int(tunnel.header.vnid)
    return Header(number, src, dst, vni, macs[6:].hex(":"), macs[:6].hex(":"), f"{link.ethertype:#06x}", level)


def found(capture: Path) -> list[Header]:
    """The VXLAN headers that dovetool sees in a capture."""
    return [header for number, view in enumerate(views(capture), 1) for header in headers(number, view)]


CAPTURES = [
    *("vxlan_100frames", "vxlan_bigtcp_v4_v4", "vxlan_custom_port", "vxlan_gbp", "vxlan_gpe_nsh", "vxlan_gso_v6_v4"),
    *("vxlan_overlapping", "vxlan_port8472", "vxlan_reserved_bits", "vxlan_tcpdump", "vxlan_triple"),
    *("vxlan_vlan_underlay", "geneve_in_vxlan_trunc"),
]


@pytest.mark.parametrize("name", CAPTURES)
def test_vxlan_is_seen_as_tshark_sees_it(name: str, corpus: Path) -> None:
    """Addresses, VNI, inner MAC addresses, EtherType and level of every header."""
    capture = corpus / f"{name}.pcap"
    wanted, seen = expected(corpus / "expected" / f"{capture.name}.tsv"), found(capture)
    if capture.name in MISSED:
        assert wanted, "nothing to miss"
        assert seen == [], MISSED[capture.name]
    elif capture.name in FOUND:
        assert wanted == []
        assert {(row.frame, row.vni, row.level) for row in seen} == FOUND[capture.name][1], FOUND[capture.name][0]
    else:
        assert seen == wanted


@pytest.mark.parametrize("name", CAPTURES)
def test_strip_gives_the_innermost_frames(name: str, corpus: Path, tmp_path: Path) -> None:
    """The MAC addresses that come out are those of the deepest header; all other frames pass unchanged."""
    source, target = corpus / f"{name}.pcap", tmp_path / "out.pcap"
    summary = dovetool("strip", source, target)
    before, after = read_capture(source), read_capture(target)
    deepest = {header.frame: header for header in found(source)}
    assert len(after) == len(before)
    for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
        header = deepest.get(number)
        if header is None:
            assert new == old
        else:
            assert new.octets[:12].hex(":") == f"{header.inner_dst}:{header.inner_src}"
            assert new.ts_ns == old.ts_ns
    assert sum(summary["vnids"].values()) == len(deepest)


def test_a_port_nobody_registered_is_vxlan_on_request(corpus: Path, tmp_path: Path) -> None:
    """With -d, as in Wireshark."""
    target = tmp_path / "out.pcap"
    source = corpus / "vxlan_custom_port.pcap"
    summary = dovetool("strip", source, target, "-d", "udp.port==65530,vxlan")
    (old,), (new,) = read_capture(source), read_capture(target)
    assert summary["vnids"] == {str(0x123456): 1}
    assert new.octets == old.octets[50:]


def test_no_other_capture_holds_vxlan(corpus: Path) -> None:
    """Geneve, NVGRE, GRE, ERSPAN, 802.1ah, MPLS and GTP are not taken for VXLAN."""
    others = [
        capture
        for capture in sorted(corpus.iterdir())
        if (corpus / "expected" / f"{capture.name}.tsv").exists() and capture.stem not in CAPTURES
    ]
    others += [corpus / "gtp_u.pcap", corpus / "mpls_pcpp.pcap", corpus / "qinqinq.pcap", corpus / "frag_udp_v4.pcap"]
    assert len(others) > 10
    assert {capture.name: seen for capture in others if (seen := found(capture))} == {}
