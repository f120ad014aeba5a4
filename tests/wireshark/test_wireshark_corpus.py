"""overlay.* against the tunnels of other projects' captures, as tshark without dove.lua sees them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from lua_tshark import LuaTshark

_MAX_VNID = 0xFFFFFF
_ENCAPS = {"vxlan": {"vxlan", "vxlan-gpe"}, "gre": {"nvgre", "gretap"}, "ieee8021ah": {"pbb"}}
_UNLISTED = {"nsh"}
"""Overlays without an identifier, which the expectations leave out."""


class Row(NamedTuple):
    """A line of the expectations: an overlay header as tshark decodes it."""

    frame: int
    encap: str
    number: int | None
    ethertype: str
    carries_frame: bool
    flags: str

    @property
    def vnid(self) -> int | None:
        """The identifier, as RFC 7637 and the lengths of identifiers have it; tshark tells GRE's 32-bit key."""
        if self.encap != "gre" or self.number is None:
            return self.number
        is_nvgre = self.flags == "0x2000" and 0xFFF < self.number >> 8 < _MAX_VNID
        if is_nvgre:
            return self.number >> 8
        return self.number if self.number <= _MAX_VNID else None


def _rows(table: Path) -> list[Row]:
    names, *lines = (line.split("\t") for line in table.read_text().splitlines())
    rows = []
    for line in lines:
        row = dict(zip(names, line, strict=True))
        notes = dict(note.split("=") for note in row["notes"].split() if "=" in note)
        number = int(row["vni"], 0) if row["vni"] else None
        flags = notes.get("flags", "")
        rows.append(
            Row(int(row["frame"]), row["encap"], number, row["inner_ethertype"], bool(row["inner_eth_src"]), flags)
        )
    return rows


def _decode_as(corpus: Path) -> dict[str, str]:
    """The `-d` that tshark needs to see the tunnels of a capture, by the manifest."""
    names, *lines = (line.split("\t") for line in (corpus / "MANIFEST.tsv").read_text().splitlines())
    column = names.index("tshark_-d")
    return {line[0]: line[column] for line in lines if len(line) > column and line[column]}


NO_OVERLAY: dict[str, dict[str, Callable[[Row], bool]]] = {
    "gre_all_options.pcap": {"GRE that carries IP and no Ethernet frame": lambda row: row.ethertype == "0x0800"},
    "geneve_and_gre.pcap": {"GRE that carries IP and no Ethernet frame": lambda row: row.encap == "gre"},
    "gre_various.pcap": {"GRE that carries no Ethernet frame": lambda row: not row.carries_frame},
    "gre_overflow2.pcap": {"GRE of no known protocol, of a fuzzer": lambda row: row.ethertype == "0x3030"},
    "erspan3_v6_raw.pcap": {"GRE with the routing flag of RFC 1701, of a fuzzer": lambda row: row.encap == "erspan"},
}
"""Headers of the expectations that are no overlay of ours, by capture, and why."""


def _is_overlay(name: str, row: Row) -> bool:
    return not any(applies(row) for applies in NO_OVERLAY.get(name, {}).values())


def _captures(corpus: Path) -> list[str]:
    return sorted(table.name.removesuffix(".tsv") for table in (corpus / "expected").glob("*.tsv"))


def _seen(tshark: LuaTshark, capture: Path, decode_as: str) -> dict[int, tuple[list[str], list[int], str, str]]:
    """Frame number -> encapsulations, identifiers, depth, innermost identifier."""
    options = ("-d", decode_as) if decode_as else ()
    fields = ("frame.number", "overlay.encap", "overlay.vnid", "overlay.depth", "overlay.inner_vnid")
    lines = tshark.fields(capture, *fields, options=options)
    seen = {}
    for number, encaps, vnids, depth, innermost in lines:
        if encaps:
            seen[int(number)] = (encaps.split(","), [int(v) for v in vnids.split(",") if v], depth, innermost)
    return seen


def test_every_overlay_is_found_with_its_identifier(corpus: Path, tshark: LuaTshark) -> None:
    """All headers of all frames, outermost first; what is left out has a reason, and each reason a case."""
    decode_as = _decode_as(corpus)
    assert len(_captures(corpus)) >= 29
    for name in _captures(corpus):
        rows = _rows(corpus / "expected" / f"{name}.tsv")
        for reason, applies in NO_OVERLAY.get(name, {}).items():
            assert any(map(applies, rows)), f"{name}: no case of {reason}"
        wanted = defaultdict(list)
        for row in rows:
            if _is_overlay(name, row):
                wanted[row.frame].append(row)
        seen = _seen(tshark, corpus / name, decode_as.get(name, ""))
        assert sorted(seen) == sorted(wanted), name
        for frame, layers in wanted.items():
            encaps, vnids, depth, innermost = seen[frame]
            where = f"{name}, frame {frame}"
            assert vnids == [row.vnid for row in layers if row.vnid is not None], where
            wanted_encaps = [_ENCAPS.get(row.encap, {row.encap}) for row in layers]
            listed = [encap for encap in encaps if encap not in _UNLISTED]
            assert all(encap in names for encap, names in zip(listed, wanted_encaps, strict=True)), where
            assert (depth, innermost) == (str(len(encaps)), str(vnids[-1]) if vnids else ""), where


@pytest.mark.parametrize(
    ("name", "vnid"),
    [("vxlan_triple.pcap", 2), ("vxlan_overlapping.pcap", 4711), ("pbb_zeek.pcap", 2014011), ("erspan2.pcap", 101)],
)
def test_a_filter_finds_the_frames_of_a_network(name: str, vnid: int, corpus: Path, tshark: LuaTshark) -> None:
    """`-Y overlay.vnid == N`, the network being anywhere in the frame."""
    wanted = sorted({row.frame for row in _rows(corpus / "expected" / f"{name}.tsv") if row.vnid == vnid})
    lines = tshark.fields(corpus / name, "frame.number", options=("-Y", f"overlay.vnid == {vnid}"))
    assert wanted
    assert [int(number) for (number,) in lines] == wanted


def test_other_traffic_has_no_overlay_tree(corpus: Path, tshark: LuaTshark) -> None:
    """MPLS, GTP, QinQ, fragments and LLC get no overlay, not even an empty one."""
    for stem in ("gtp_u", "mpls_pcpp", "qinqinq", "qinq_tcpdump", "frag_udp_v4", "llc_libpcap"):
        assert tshark.read(corpus / f"{stem}.pcap", "-Y", "overlay || dove") == "", stem
