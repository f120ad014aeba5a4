"""The overlays that other projects test with: dovetool sees what tshark sees, but for differences with a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from in_process import dovetool
from plain_capture import read_capture

from dovetool.capture.batch import Batch
from dovetool.capture.reader import CaptureReader
from dovetool.errors import FrameError
from dovetool.stages.layers import Link, link_layer
from dovetool.stages.tunnel import Tunnel, find_tunnel
from dovetool.stages.view import FrameView
from dovetool.wire import SELECTORS


class Header(NamedTuple):
    """An overlay header, as a row of the expectations; no identifier is -1, no address is empty."""

    frame: int
    encap: str
    outer_src: str
    outer_dst: str
    vni: int
    inner_src: str
    inner_dst: str
    ethertype: int
    level: int


TSHARK_NAMES = {"vxlan-gpe": "vxlan", "nvgre": "gre", "gretap": "gre", "pbb": "ieee8021ah"}


def expected(table: Path) -> list[Header]:
    """The overlay headers that tshark sees in a capture."""
    if not table.exists():
        return []
    names, *lines = (line.split("\t") for line in table.read_text().splitlines())
    return [_expected(dict(zip(names, line, strict=True))) for line in lines]


def _expected(row: dict[str, str]) -> Header:
    return Header(
        int(row["frame"]),
        row["encap"],
        row["outer_src"],
        row["outer_dst"],
        int(row["vni"] or "-1", 0),
        row["inner_eth_src"],
        row["inner_eth_dst"],
        int(row["inner_ethertype"] or "0", 0),
        int(row["level"]),
    )


def views(capture: Path) -> Iterator[FrameView]:
    """The frames of a capture of any kind, up to the first damage."""
    with CaptureReader(capture) as reader:
        for batch in reader:
            if isinstance(batch, Batch):
                for row in range(len(batch)):
                    link_type = batch.interfaces[int(batch.interface[row])].link_type
                    yield FrameView(batch.frame(row), int(batch.orig_len[row]), link_type=link_type)


def headers(number: int, view: FrameView) -> Iterator[Header]:
    """The overlay headers of a frame, the outermost first, as far as they can be read."""
    level, before = 1, 0
    with suppress(FrameError):
        link = link_layer(view)
        while link is not None and (tunnel := find_tunnel(view, link, SELECTORS, 0)) is not None:
            link = tunnel.link(view)
            yield _header(number, view, tunnel, link, level, before)
            level, before = level + 1, tunnel.inner


def _header(number: int, view: FrameView, tunnel: Tunnel, link: Link, level: int, before: int) -> Header:
    ip, octets = tunnel.ip, view.octets
    if ip is None:
        dst, src = (octets[at : at + 6].hex(":") for at in (before, before + 6))
    else:
        src, dst = (str(ip_address(octets[at : at + ip.address_len])) for at in (ip.src_at, ip.dst_at))
    macs = octets[tunnel.inner : tunnel.inner + 12] if tunnel.carries_frame else b""
    encap, vnid = tunnel.header.encap, tunnel.header.vnid
    vni = -1 if vnid is None else int(vnid)
    if encap == "nvgre":  # tshark shows the key: identifier and flow hash
        vni = int.from_bytes(octets[tunnel.inner - 4 : tunnel.inner], "big")
    name = TSHARK_NAMES.get(encap, encap)
    return Header(number, name, src, dst, vni, macs[6:].hex(":"), macs[:6].hex(":"), link.ethertype, level)


def found(capture: Path) -> list[Header]:
    """The overlay headers that dovetool sees in a capture."""
    return [header for number, view in enumerate(views(capture), 1) for header in headers(number, view)]


DIFFERENCES: dict[str, dict[str, Callable[[Header], bool]]] = {
    "gre_all_options.pcap": {"GRE that carries IP and no Ethernet frame": lambda row: row.ethertype == 0x0800},
    "geneve_and_gre.pcap": {"GRE that carries IP and no Ethernet frame": lambda row: row.encap == "gre"},
    "gre_various.pcap": {"GRE that carries no Ethernet frame": lambda row: not row.inner_src},
    "gre_overflow2.pcap": {"GRE with reserved flags, of a fuzzer": lambda row: row.ethertype == 0x3030},
    "erspan3_v6_raw.pcap": {"GRE with the routing flag of RFC 1701, of a fuzzer": lambda row: row.encap == "erspan"},
    "geneve_tcpdump.pcap": {"a critical option that nobody knows (RFC 8926 section 3.5)": lambda row: row.vni == 10},
    "geneve_truncated.pcapng": {"Geneve with no octet behind its option": lambda row: not row.inner_src},
    "gretap_key_erspan.pcap": {"a packet in pieces, which strip puts together first": lambda row: row.frame >= 155},
    "vxlan_gpe_nsh.pcap": {"the same header, of which tshark tells no EtherType": lambda row: row.ethertype == 0},
}
"""What tshark sees and dovetool does not look into, by capture, and why."""
MORE = {
    "vxlan_bigtcp_v4_v4.pcap": "Linux wrote 0 into the lengths of a big frame, and tshark 4.0 finds nothing in it",
    "vxlan_gpe_nsh.pcap": "the same header, with the EtherType of NSH",
}
"""Captures in which dovetool sees what tshark does not, and why."""


def names(corpus: Path) -> list[str]:
    """The captures with overlays."""
    return [*sorted(table.stem for table in (corpus / "expected").glob("*.tsv")), "vxlan_bigtcp_v4_v4.pcap"]


def test_every_overlay_is_seen_as_tshark_sees_it(corpus: Path) -> None:
    """Addresses, identifier, inner MAC addresses, EtherType and level of every header of every capture."""
    assert len(names(corpus)) >= 30
    for name in names(corpus):
        wanted, seen = expected(corpus / "expected" / f"{name}.tsv"), found(corpus / name)
        missed, more = [row for row in wanted if row not in seen], [row for row in seen if row not in wanted]
        reasons = DIFFERENCES.get(name, {})
        for reason, applies in reasons.items():
            assert any(map(applies, missed)), f"{name}: no case of {reason}"
        unexplained = [row for row in missed if not any(applies(row) for applies in reasons.values())]
        assert unexplained == [], name
        assert bool(more) == (name in MORE), f"{name}: {more}"
        assert [row.frame for row in seen] == sorted(row.frame for row in seen)


def test_strip_gives_the_innermost_frames(corpus: Path, tmp_path: Path) -> None:
    """The MAC addresses that come out are those of the deepest header; all other frames pass unchanged."""
    tried = 0
    for name in names(corpus):
        source, target = corpus / name, tmp_path / f"out-{name}"
        summary = dovetool("strip", source, target)
        before, after = read_capture(source), read_capture(target)
        if summary["rejected"] or summary["absorbed"] or name in {"pbb_recursive.pcapng", "vxlan_gpe_nsh.pcap"}:
            continue
        tried += 1
        deepest = {header.frame: header for header in found(source)}
        assert len(after) == len(before)
        for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
            header = deepest.get(number)
            macs = bytes(12).hex(":") if header is None else f"{header.inner_dst}:{header.inner_src}"
            assert new.ts_ns == old.ts_ns
            if header is None:
                assert new == old
            else:
                assert new.octets[:12].hex(":") == (macs if header.inner_dst else bytes(12).hex(":"))
    assert tried >= 20


def test_packets_in_pieces_and_critical_options(corpus: Path, tmp_path: Path) -> None:
    """What strip makes of the captures that the test above leaves out."""
    pieces = dovetool("strip", corpus / "gretap_key_erspan.pcap", tmp_path / "pieces.pcap")
    assert pieces["absorbed"] > 0
    assert pieces["rejected"] == {}
    critical = dovetool("strip", corpus / "geneve_tcpdump.pcap", tmp_path / "critical.pcap")
    assert critical["rejected"] == {"critical-option": 19}
    assert critical["vnids"] == {"11": 20}


def test_a_port_nobody_registered_is_vxlan_on_request(corpus: Path, tmp_path: Path) -> None:
    """With -d, as in Wireshark."""
    target = tmp_path / "out.pcap"
    source = corpus / "vxlan_custom_port.pcap"
    summary = dovetool("strip", source, target, "-d", "udp.port==65530,vxlan")
    (old,), (new,) = read_capture(source), read_capture(target)
    assert summary["vnids"] == {str(0x123456): 1}
    assert new.octets == old.octets[50:]


def test_no_other_capture_holds_an_overlay(corpus: Path) -> None:
    """MPLS, GTP, QinQ and fragments of other traffic are not taken for one."""
    stems = ("gtp_u", "mpls_pcpp", "qinqinq", "qinq_tcpdump", "frag_udp_v4", "llc_libpcap")
    assert {stem: seen for stem in stems if (seen := found(corpus / f"{stem}.pcap"))} == {}
