"""The overlays that other projects test with: dovetool sees what tshark sees, but for differences with a name."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from in_process import dovetool
from overlay_expectations import DIFFERENCES, MORE, as_tshark, expected, found, inspected, names, shown
from plain_capture import read_capture


def test_every_overlay_is_seen_as_tshark_sees_it(corpus: Path) -> None:
    """Addresses, identifier, inner MAC addresses, EtherType and level of every header of every capture."""
    assert len(names(corpus)) >= 30
    for name in names(corpus):
        wanted = expected(corpus, name)
        seen = as_tshark(found(corpus / name), wanted)
        missed, more = [row for row in wanted if row not in seen], [row for row in seen if row not in wanted]
        reasons = DIFFERENCES.get(name, {})
        for reason, applies in reasons.items():
            assert any(map(applies, missed)), f"{name}: no case of {reason}"
        unexplained = [row for row in missed if not any(applies(row) for applies in reasons.values())]
        assert unexplained == [], name
        assert bool(more) == (name in MORE), f"{name}: {more}"
        assert [row.frame for row in seen] == sorted(row.frame for row in seen)


def test_stats_count_what_tshark_sees(corpus: Path) -> None:
    """Frames by the identifier of the deepest header, in each capture that has no named difference."""
    tried = 0
    for name in names(corpus):
        if name in DIFFERENCES or name in MORE:
            continue
        tried += 1
        deepest = {row.frame: row for row in expected(corpus, name)}
        nvgre = {frame["number"] for frame in inspected(corpus / name, "--encap", "nvgre")}
        wanted = Counter(row.vni >> 8 if row.frame in nvgre else row.vni for row in deepest.values())
        groups = json.loads(shown("stats", corpus / name, "--json", "--depth", "64"))["groups"]
        counted = {group["vnid"]: group["frames"] for group in groups}
        others = counted.pop(None, 0)
        assert counted == {vni: count for vni, count in wanted.items() if vni != -1}, name
        assert others == len(inspected(corpus / name)) - sum(counted.values())
    assert tried >= 20


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
    assert critical["rejected"] == {}
    assert critical["notes"] == {"critical-option": 19}
    assert critical["forwarded"] - critical["unchanged"] == sum(critical["vnids"].values())


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
