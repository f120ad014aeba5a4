"""What tshark sees of the overlays in other projects' captures, and what `inspect` sees of them."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dovetool import cli


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


_TSHARK_NAMES = {"vxlan-gpe": "vxlan", "nvgre": "gre", "gretap": "gre", "pbb": "ieee8021ah"}
DIFFERENCES: dict[str, dict[str, Callable[[Header], bool]]] = {
    "gre_all_options.pcap": {"GRE that carries IP and no Ethernet frame": lambda row: row.ethertype == 0x0800},
    "geneve_and_gre.pcap": {"GRE that carries IP and no Ethernet frame": lambda row: row.encap == "gre"},
    "gre_various.pcap": {"GRE that carries no Ethernet frame": lambda row: not row.inner_src},
    "gre_overflow2.pcap": {"GRE with reserved flags, of a fuzzer": lambda row: row.ethertype == 0x3030},
    "erspan3_v6_raw.pcap": {"GRE with the routing flag of RFC 1701, of a fuzzer": lambda row: row.encap == "erspan"},
    "geneve_truncated.pcapng": {"the same header with nothing behind it": lambda row: not row.inner_src},
    "gretap_key_erspan.pcap": {"packets in pieces, which are looked at as they are": lambda row: row.frame >= 155},
    "vxlan_gpe_nsh.pcap": {"the same header, of which tshark tells no EtherType": lambda row: row.ethertype == 0},
}
"""What tshark sees and dovetool does not look into, by capture, and why."""
MORE = {
    "vxlan_bigtcp_v4_v4.pcap": "Linux wrote 0 into the lengths of a big frame, and tshark 4.0 finds nothing in it",
    "vxlan_gpe_nsh.pcap": "the same header, with the EtherType of NSH",
    "geneve_truncated.pcapng": "the same header, and no EtherType where there is no octet",
}
"""Captures in which dovetool sees what tshark does not, and why."""


def names(corpus: Path) -> list[str]:
    """The captures with overlays."""
    return [*sorted(table.stem for table in (corpus / "expected").glob("*.tsv")), "vxlan_bigtcp_v4_v4.pcap"]


def expected(corpus: Path, name: str) -> list[Header]:
    """The overlay headers that tshark sees in a capture."""
    table = corpus / "expected" / f"{name}.tsv"
    if not table.exists():
        return []
    heads, *lines = (line.split("\t") for line in table.read_text().splitlines())
    return [_expected(dict(zip(heads, line, strict=True))) for line in lines]


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


def shown(*words: str | Path) -> str:
    """What a command prints on standard output; a damaged capture is shown up to the damage."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()) as complaint:
        code = cli.run(list(map(str, words)))
    assert code in (0, 3), complaint.getvalue()
    return said.getvalue()


def inspected(capture: Path, *options: str | Path) -> list[dict[str, Any]]:
    """The frames of a capture as `inspect` sees them."""
    return [json.loads(line) for line in shown("inspect", capture, "--jsonl", "--depth", "64", *options).splitlines()]


def found(capture: Path) -> list[Header]:
    """The overlay headers that dovetool sees in a capture, a tag being none."""
    return [header for frame in inspected(capture) for header in _headers(frame)]


def _headers(frame: dict[str, Any]) -> Iterator[Header]:
    tunnels = [overlay for overlay in frame["overlays"] if overlay["encap"] != "dove"]
    for level, (overlay, inner) in enumerate(zip(tunnels, frame["frames"][1:], strict=True), 1):
        yield Header(
            frame["number"],
            overlay["encap"],
            overlay["src"],
            overlay["dst"],
            -1 if overlay["vnid"] is None else overlay["vnid"],
            inner["src_mac"] or "",
            inner["dst_mac"] or "",
            inner["ethertype"],
            level,
        )


def as_tshark(seen: list[Header], wanted: list[Header]) -> list[Header]:
    """Headers with tshark's names; it shows the whole key of NVGRE, an identifier and a flow hash."""
    keys = {(row.frame, row.level): row.vni for row in wanted if row.encap == "gre"}
    named = []
    for row in seen:
        key = keys.get((row.frame, row.level), -1)
        vni = key if row.encap == "nvgre" and key >> 8 == row.vni else row.vni
        named.append(row._replace(encap=_TSHARK_NAMES.get(row.encap, row.encap), vni=vni))
    return named
