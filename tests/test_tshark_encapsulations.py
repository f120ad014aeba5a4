"""tshark reads every encapsulation that `dovetool encap` writes, on every underlay, and `dovetool strip` undoes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from guest_frames import TEP1_MAC, TEP2_MAC, guest_frames, tep_ips, two_sites
from in_process import dovetool, encapped, stripped, tagged
from plain_capture import read_capture, write_frames
from tshark_fields import ABSENT, GOOD, Decoded, decoded
from underlay_cases import BLUE

VNID = 5001
GROUP_MAC = "01:1e:83:00:13:89"  # of the I-SID: what pbb sends to all (IEEE 802.1Q-2018 section 26.4)
VLAN_TPIDS = {b"\x81\x00", b"\x88\xa8"}


@dataclass(frozen=True)
class Kind:
    """How tshark shows an encapsulation.

    Attributes:
        protocols: what stands between the underlay and the inner frame in `frame.protocols`.
        length: octets of its header, and of UDP before it.
        identifier: the field of the network, and how many lower bits of it are something else.
        marks: other fields of its header, the same in all frames.
    """

    protocols: str
    length: int
    identifier: tuple[str, int]
    marks: dict[str, str]


_GRE = {"gre.flags_and_version": "0x2000", "gre.proto": "0x6558", "ip.proto": "47", "ipv6.nxt": "47"}
_VXLAN = {"udp.dstport": "4789", "vxlan.flags": "0x0800", "ip.proto": "17", "ipv6.nxt": "17"}
_GPE = {"udp.dstport": "4790", "vxlan.next_proto": "3", "ip.proto": "17", "ipv6.nxt": "17"}
_GENEVE = {"udp.dstport": "6081", "geneve.proto_type": "0x6558", "ip.proto": "17", "ipv6.nxt": "17"}
_PBB = {"ieee8021ah.nca": "0", "ieee8021ah.res1": "0", "ieee8021ah.res2": "0"}
KINDS = {
    "vxlan": Kind("udp:vxlan", 16, ("vxlan.vni", 0), _VXLAN),
    "vxlan-gpe": Kind("udp", 16, ("vxlan.vni", 0), _GPE),  # tshark 4.0 does not name it among the protocols
    "geneve": Kind("udp:geneve", 16, ("geneve.vni", 0), _GENEVE),
    "nvgre": Kind("gre", 8, ("gre.key", 8), _GRE),  # the FlowID is below the VSID
    "gretap": Kind("gre", 8, ("gre.key", 0), _GRE),
    "pbb": Kind("", 4, ("ieee8021ah.isid", 0), _PBB),
}


@dataclass(frozen=True)
class Way:
    """An encapsulation on an underlay; `ip` is 4, 6, or 0 on Ethernet, `tep` the settings of the sender."""

    encap: str
    ip: int
    name: str
    tep: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.encap}-{self.name}"

    @property
    def kind(self) -> Kind:
        """How tshark shows it."""
        return KINDS[self.encap]

    @property
    def link(self) -> int:
        """Octets of the outer Ethernet header and its VLAN tag."""
        return 18 if "vlan" in self.tep else 14

    @property
    def udp_checksum(self) -> str:
        """The status of the outer checksum: Geneve has one on IPv6 unless the map says otherwise (RFC 8926)."""
        chosen = self.tep.get("udp_checksum", "full" if (self.encap, self.ip) == ("geneve", 6) else "zero")
        return GOOD if chosen == "full" else ABSENT

    def map_file(self, folder: Path) -> Path:
        """The map of the case."""
        base = {"encap": [self.encap]}
        path = two_sites(folder / "map.json", networks=BLUE, tep1=base | self.tep, tep2=base, v6=self.ip == 6)
        if not self.ip:
            content = json.loads(path.read_text())
            for tep in content["teps"].values():
                del tep["ip"]
                tep["underlay"] = "l2"
            path.write_text(json.dumps(content))
        return path

    def carried(self) -> list[bytes]:
        """The frames of every shape that it may carry: NVGRE none with a VLAN tag (RFC 7637 section 3.3)."""
        return [octets for octets in guest_frames().values() if self.encap != "nvgre" or not has_vlan(octets)]


def has_vlan(octets: bytes) -> bool:
    """True for a guest frame with a VLAN tag."""
    return octets[12:14] in VLAN_TPIDS


UNDERLAYS: list[tuple[int, str, dict[str, Any]]] = [
    (4, "v4", {}),
    (4, "v4-full-vlan", {"udp_checksum": "full", "vlan": 7}),
    (6, "v6", {}),
    (6, "v6-full", {"udp_checksum": "full"}),
    (6, "v6-zero", {"udp_checksum": "zero"}),
]
ON_IP = [Way(encap, ip, name, tep) for encap in KINDS if encap != "pbb" for ip, name, tep in UNDERLAYS]
ON_ETHERNET = [Way("pbb", 0, "l2"), Way("pbb", 0, "l2-vlan", {"vlan": 7})]
INNER = ["frame.protocols", "eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "vlan.id"]
CHECKSUMS = ["ip.checksum.status", "udp.checksum.status", "tcp.checksum.status"]
IP_LENGTHS = ["ip.len", "ipv6.plen", "udp.length"]
B_TAG = ["ieee8021ad.id", "ieee8021ah.cdst", "ieee8021ah.csrc"]


@pytest.mark.parametrize("way", ON_IP + ON_ETHERNET, ids=str)
def test_encapsulation(way: Way, tmp_path: Path) -> None:
    """tshark finds the network, both pairs of addresses and good checksums; strip gives the frames back."""
    frames, map_file = way.carried(), way.map_file(tmp_path)
    capture = encapped(tagged(frames, "blue", map_file, tmp_path), map_file)
    source = tmp_path / "blue.pcap"
    bare = decoded(source, *INNER, *CHECKSUMS)
    found = decoded(capture, *INNER, *CHECKSUMS, *IP_LENGTHS, *B_TAG, way.kind.identifier[0], *way.kind.marks)
    for octets, inner, row in zip(frames, bare, found, strict=True):
        assert {status for name in CHECKSUMS for status in inner[name]} <= {GOOD}
        _check_header(way, row)
        if way.ip:
            _check_on_ip(way, inner, row, octets)
        else:
            _check_on_ethernet(way, inner, row)
    overhead = way.link + {4: 20, 6: 40, 0: 0}[way.ip] + way.kind.length
    assert [frame.octets[overhead:] for frame in read_capture(capture)] == frames
    after, summary = stripped(capture, tmp_path)
    assert after == read_capture(source)
    assert summary["vnids"] == {str(VNID): len(frames)}


def _check_header(way: Way, row: Decoded) -> None:
    name, spare = way.kind.identifier
    (identifier,) = row[name]
    assert int(identifier, 0) >> spare == VNID
    for mark, value in way.kind.marks.items():
        if mark not in {"ip.proto", "ipv6.nxt"} or (mark == "ip.proto") == (way.ip == 4):
            assert row[mark][0] == value, mark


def _check_on_ip(way: Way, inner: Decoded, row: Decoded, octets: bytes) -> None:
    """Each list has the outer value and then those of the bare frame."""
    ip = "ip" if way.ip == 4 else "ipv6"
    outer = {"eth.src": [TEP1_MAC], "eth.dst": [TEP2_MAC], "vlan.id": [str(way.tep["vlan"])] if way.link > 14 else []}
    src, dst = tep_ips(v6=way.ip == 6)
    outer |= {f"{ip}.src": [src], f"{ip}.dst": [dst], "ip.checksum.status": [GOOD] if way.ip == 4 else []}
    is_udp = "udp.dstport" in way.kind.marks
    outer["udp.checksum.status"] = [way.udp_checksum] if is_udp else []
    for name in (*INNER[1:], *CHECKSUMS):
        assert row[name] == outer.get(name, []) + inner[name], name
    link = "eth:ethertype:vlan:ethertype" if way.link > 14 else "eth:ethertype"
    assert row["frame.protocols"] == [f"{link}:{ip}:{way.kind.protocols}:{inner['frame.protocols'][0]}"]
    payload = way.kind.length + len(octets)
    assert int(row["ip.len" if way.ip == 4 else "ipv6.plen"][0]) == payload + (20 if way.ip == 4 else 0)
    assert not is_udp or int(row["udp.length"][0]) == payload


def _check_on_ethernet(way: Way, inner: Decoded, row: Decoded) -> None:
    """tshark shows the customer's addresses as fields of the I-TAG, and does not read LLC behind it."""
    customer = inner["eth.dst"]
    is_group = int(customer[0][:2], 16) & 1
    assert (row["eth.src"], row["eth.dst"]) == ([TEP1_MAC], [GROUP_MAC if is_group else TEP2_MAC])
    assert (row["ieee8021ah.csrc"], row["ieee8021ah.cdst"]) == (inner["eth.src"], customer)
    for name in (*INNER[3:], *CHECKSUMS):
        assert row[name] == inner[name], name
    assert way.link == 14 or row["ieee8021ad.id"][0] == str(way.tep["vlan"])
    protocols = inner["frame.protocols"][0].removeprefix("eth")
    if protocols.startswith(":llc"):
        protocols = ":ethertype:data"
    tag = "ieee8021ah" if way.link == 14 else "ieee8021ad"  # which reads both tags
    assert row["frame.protocols"] == [f"eth:ethertype:{tag}{protocols}"]


@pytest.mark.parametrize("way", [way for way in ON_IP if way.encap == "nvgre"], ids=str)
def test_nvgre_rejects_frames_with_a_vlan_tag(way: Way, tmp_path: Path) -> None:
    """All of them, as inner-vlan, and none of the others."""
    map_file, frames = way.map_file(tmp_path), list(guest_frames().values())
    target = tmp_path / "underlay.pcap"
    source = tagged(frames, "blue", map_file, tmp_path)
    summary = dovetool("encap", source, target, "-m", map_file, "--tep", "tep1")
    assert summary["rejected"] == {"inner-vlan": sum(map(has_vlan, frames))}
    assert [frame.octets for frame in stripped(target, tmp_path)[0]] == way.carried()


def test_tshark_finds_another_identifier(tmp_path: Path) -> None:
    """The other tests prove something: a spoilt Geneve packet has another network and a bad checksum."""
    way = Way("geneve", 6, "v6")
    map_file = way.map_file(tmp_path)
    (frame, *_) = read_capture(encapped(tagged(way.carried()[:1], "blue", map_file, tmp_path), map_file))
    vni_at = way.link + 40 + 8 + 4
    octets = frame.octets[:vni_at] + b"\x00\x13\x88" + frame.octets[vni_at + 3 :]
    (row,) = decoded(write_frames(tmp_path / "spoilt.pcap", [octets]), "geneve.vni", "udp.checksum.status")
    assert (int(row["geneve.vni"][0], 0), row["udp.checksum.status"]) == (VNID - 1, ["0"])
