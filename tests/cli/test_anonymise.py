"""`dovetool anonymise`, by tshark's eyes: the same protocols, checksums as right, and no address of before."""

from __future__ import annotations

import json
import re
import struct
import subprocess
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from capture_strategies import Packet, block, interface, option, section
from cli_process import dovetool
from frames import A1, eth, eth4, eth6, ipv4, ipv6, put, summed, udp, underlay
from offloaded import TCP, UDP, guest, lco, tunnel
from offloaded import Packet as OffloadedPacket
from plain_capture import read_capture, write_frames
from second_opinion import blocks, tshark

SAMPLES = Path(__file__).parents[2] / "samples"
DEMO, MAP = SAMPLES / "demo", SAMPLES / "demo/map.yaml"
_CHECKED = ("ip.check_checksum", "udp.check_checksum", "tcp.check_checksum")
_FIELDS = ("frame.protocols", "frame.len", "ip.checksum.status", "udp.checksum.status", "tcp.checksum.status")
_MORE = ("icmp.checksum.status", "icmpv6.checksum.status", "vxlan.vni", "tcp.seq_raw", "icmp.seq", "ip.ttl")
CAPTURES = sorted(SAMPLES.glob("*/in.pcap*")) + sorted(SAMPLES.glob("*/taps/3-underlay.pcapng"))


def told(path: Path) -> list[str]:
    """What tshark says of each frame but for its addresses."""
    asked = [word for field in (*_FIELDS, *_MORE) for word in ("-e", field)]
    checked = [word for each in _CHECKED for word in ("-o", f"{each}:TRUE")]
    command = ["tshark", "-n", "-r", str(path), *checked, "-T", "fields", *asked]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def addresses(path: Path) -> set[str]:
    """All addresses that tshark sees in a capture, but those that tell nobody."""
    fields = (
        "eth.addr",
        "ip.addr",
        "ipv6.addr",
        "arp.src.hw_mac",
        "arp.src.proto_ipv4",
        "arp.dst.proto_ipv4",
    )
    cells = [cell for row in tshark(path, *fields, "icmpv6.nd.ns.target_address") for cell in row]
    found = {address for cell in cells for address in cell.split(",") if address}
    return {
        each for each in found if not re.match(r"ff:ff|00:00:00:00|33:33|01:|0\.0\.0\.0|224\.0\.0|255\.|ff0|::", each)
    }


def octets_of(address: str) -> bytes:
    is_mac = re.fullmatch("(..:){5}..", address)
    return bytes.fromhex(address.replace(":", "")) if is_mac else ip_address(address).packed


def anonymised(source: Path, folder: Path, *words: str | Path) -> tuple[Path, dict[str, Any]]:
    target = folder / f"other{source.suffix}"
    ended = dovetool("anonymise", source, target, "--key", "a key", "--summary", "json", *words)
    assert ended.code == 0, ended.stderr
    summary: dict[str, Any] = json.loads(ended.stderr)
    return target, summary


@pytest.mark.parametrize("source", CAPTURES, ids=lambda path: str(path.relative_to(SAMPLES)))
def test_tshark_sees_the_same_but_for_addresses(source: Path, tmp_path: Path) -> None:
    """What is cut off (fragments, NetBIOS and the like) is cut, and the rest of such a frame is as before."""
    target, summary = anonymised(source, tmp_path)
    assert summary["forwarded"] == summary["frames_in"]
    pairs = zip(read_capture(source), read_capture(target), strict=True)
    cut = {number for number, (one, two) in enumerate(pairs) if len(one.octets) > len(two.octets)}
    lines = [line for n, line in enumerate(zip(told(source), told(target), strict=True)) if n not in cut]
    assert len(cut) < len(lines)
    assert [one for one, _ in lines] == [two for _, two in lines]
    octets = target.read_bytes()
    for address in addresses(source):
        assert octets_of(address) not in octets, address


def test_the_same_key_gives_the_same_addresses(tmp_path: Path) -> None:
    """At each hop, so that packets can still be followed; and by another key they are others."""
    hops = []
    for hop in ("1-vm", "3-underlay"):
        (tmp_path / hop).mkdir()
        hops.append(anonymised(DEMO / f"taps/{hop}.pcapng", tmp_path / hop)[0])
    inner = dovetool("strip", hops[1], tmp_path / "inner.pcap", "--summary", "none")
    assert inner.code == 0
    sent = {each.octets for each in read_capture(hops[0])}
    assert {each.octets for each in read_capture(tmp_path / "inner.pcap")} <= sent
    other = dovetool("anonymise", DEMO / "in.pcapng", tmp_path / "x.pcapng", "--key", "another", "--summary", "none")
    assert other.code == 0
    assert not {each.octets for each in read_capture(tmp_path / "x.pcapng")} & sent


def test_the_map_goes_through_the_same_key(tmp_path: Path) -> None:
    """The other capture obeys the other map as the one obeys the one."""
    target, _ = anonymised(DEMO / "taps/3-underlay.pcapng", tmp_path, "-m", MAP, "--map-out", tmp_path / "map.yaml")
    both = [
        json.loads(dovetool("validate", capture, "-m", vnid_map, "--json").stdout)
        for capture, vnid_map in ((DEMO / "taps/3-underlay.pcapng", MAP), (target, tmp_path / "map.yaml"))
    ]
    for key in ("frames", "hops", "errors", "warnings"):
        assert both[0][key] == both[1][key]
    text = (tmp_path / "map.yaml").read_text()
    for word in re.findall(
        r"[a-z]+-[abc]|\bblue\b|\bred\b|tep\d|sw\d|10\.1\.0\.\d+|192\.0\.2\.\d|02:..:..:..:..:..", MAP.read_text()
    ):
        assert word not in text, word
    tagged = dovetool(
        "tag",
        anonymised(DEMO / "in.pcapng", tmp_path)[0],
        tmp_path / "t.pcapng",
        "-m",
        tmp_path / "map.yaml",
        "--summary",
        "json",
    )
    before = dovetool("tag", DEMO / "in.pcapng", tmp_path / "u.pcapng", "-m", MAP, "--summary", "json")
    assert json.loads(tagged.stderr)["rejected"] == json.loads(before.stderr)["rejected"]


def test_pcapng_tells_of_nothing_else(tmp_path: Path) -> None:
    secret, source = b"SECRET", tmp_path / "in.pcapng"
    frame = eth4(udp(b"payload"))
    source.write_bytes(
        section("<", options=option(1, secret, "<") + option(2, secret, "<"))
        + interface("<", options=option(2, b"SECRET/p1 blue", "<") + option(3, secret, "<") + option(11, secret, "<"))
        + block(4, struct.pack("<HH", 1, 10) + bytes(4) + secret + bytes(2), "<")
        + block(10, struct.pack("<II", 0x544C534B, 8) + secret + bytes(2), "<")
        + block(0xBAD, bytes(4) + secret + bytes(2), "<")
        + block(0x7777, secret + bytes(2), "<")
        + Packet(frame, ticks=5, options=option(1, secret, "<") + option(2, bytes(4), "<") + bytes(4)).emit()
        + block(5, struct.pack("<III", 0, 0, 5) + option(1, secret, "<") + option(5, bytes(8), "<"), "<")
    )  # fmt: skip
    target, _ = anonymised(source, tmp_path)
    assert secret not in target.read_bytes()
    assert [each.kind for each in blocks(target.read_bytes())] == [0x0A0D0D0A, 1, 6, 5]
    assert re.fullmatch("n[0-9a-f]{10}/n[0-9a-f]{10} n[0-9a-f]{10}", read_capture(target)[0].interface)
    kept, _ = anonymised(source, tmp_path, "--keep-comments")
    assert kept.read_bytes().count(secret) == 1


def test_payload_is_cut_on_request_and_where_it_tells_of_addresses(tmp_path: Path) -> None:
    ping, ping6 = b"\x08\0\0\0\0\1\0\1" + b"secret" * 9, b"\x80\0\0\0\0\1\0\1" + b"secret" * 9
    frames = [
        eth4(udp(b"secret" * 9)),
        eth4(udp(b"secret" * 9, dst_port=53)),
        eth(A1, A1, 0x88CC, b"secret"),
        eth4(ping, protocol=1),
        eth6(ping6, next_header=58),
    ]
    write_frames(tmp_path / "in.pcap", frames)
    lengths = [
        [len(each.octets) for each in read_capture(anonymised(tmp_path / "in.pcap", tmp_path, *words)[0])]
        for words in ((), ("--cut-payload",))
    ]
    assert lengths == [[len(frames[0]), 42, 14, len(frames[3]), len(frames[4])], [42, 42, 14, 42, 62]]
    originals = [each.orig_len for each in read_capture(anonymised(tmp_path / "in.pcap", tmp_path, "--cut-payload")[0])]
    assert originals == [len(frame) for frame in frames]


def test_errors_quote_other_addresses_too(tmp_path: Path) -> None:
    """ICMP and ICMPv6, in a tunnel with an outer checksum over all of it."""
    quoted = [ipv4(udp(b"q" * 9)), ipv6(udp(b"q" * 9))]
    errors = [b"\x03\x01\0\0\0\0\0\0" + quoted[0], b"\x01\0\0\0\0\0\0\0" + quoted[1]]
    errors[0] = put(errors[0], 2, summed(errors[0]) ^ 0xFFFF)
    frames = [underlay(eth4(errors[0], protocol=1)), underlay(eth6(errors[1], next_header=58))]
    write_frames(tmp_path / "in.pcap", frames)
    target, _ = anonymised(tmp_path / "in.pcap", tmp_path)
    octets = target.read_bytes()
    for packet, at, size in ((quoted[0], 12, 4), (quoted[0], 16, 4), (quoted[1], 8, 16), (quoted[1], 24, 16)):
        assert packet[at : at + size] not in octets


def test_header_checksums_that_were_left_at_0_stay_so(tmp_path: Path) -> None:
    """A network card was to fill them in; the UDP checksum around an inner one covers it as it is."""
    inner, ports = eth4(), struct.pack("!HH", 17, 8 + 8 + 14 + 32)
    outer = put(put(underlay(inner), 24, 0), 74, 0)
    outer = put(outer, 40, summed(outer[26:34] + ports + outer[34:]) ^ 0xFFFF)
    source = write_frames(tmp_path / "in.pcap", [put(inner, 24, 0), put(underlay(inner), 24, 0), outer])
    target, _ = anonymised(source, tmp_path)
    plain, once, twice = (frame.octets for frame in read_capture(target))
    assert [each[24:26] for each in (plain, once, twice)] == [b"\0\0"] * 3
    assert (summed(once[64:84]), twice[74:76]) == (0xFFFF, b"\0\0")
    assert summed(twice[26:34] + ports + twice[34:]) == 0xFFFF


@pytest.mark.parametrize("v6", [False, True])
@pytest.mark.parametrize("protocol", [TCP, UDP])
def test_checksums_that_were_left_to_a_network_card_stay_so(tmp_path: Path, protocol: int, *, v6: bool) -> None:
    """The outer one, the one inside, or both at once: Linux has the outer one right for what the card fills in."""
    inside = guest(protocol, v6=v6)
    outer = tunnel(inside, v6=v6)
    kinds = [outer, outer.partial, lco(outer), outer.around(inside.partial).right, outer.around(inside.partial).partial]
    source = write_frames(tmp_path / "in.pcap", [packet.octets for packet in (*kinds, inside.partial)])
    target, _ = anonymised(source, tmp_path)
    *tunnels, alone = (frame.octets for frame in read_capture(target))
    ends = slice(22, 54) if v6 else slice(26, 34)

    def again(octets: bytes, before: OffloadedPacket) -> OffloadedPacket:
        within = None if before.inside is None else again(octets[before.inner_at :], before.inside)
        return OffloadedPacket(octets, before.start, before.protocol, octets[ends], within, before.inner_at)

    right, partial, local, around, both = map(again, tunnels, kinds)
    for packet in (right, around):
        assert packet.octets == packet.right.octets
    for packet in (partial, both, again(alone, inside)):
        assert packet.octets == packet.partial.octets
    for packet in (local, around, both):
        assert packet.inside is not None
        assert packet.inside.octets == packet.inside.partial.octets
    filled = local.filled_in()
    assert filled.octets[: local.inner_at] == local.octets[: local.inner_at]
    assert filled.octets == filled.right.octets


def test_a_source_route_goes_and_the_checksum_over_its_end_stays_right(tmp_path: Path) -> None:
    datagram, route = udp(b"some data"), b"\x01\x83\x07\x04" + bytes((10, 0, 0, 99))
    ends = bytes((10, 0, 0, 1)) + route[4:] + struct.pack("!HH", 17, len(datagram))
    datagram = put(datagram, 6, summed(ends + datagram) ^ 0xFFFF)
    packet = ipv4(route + datagram, src_ip=ends[:4], dst_ip=bytes((10, 0, 0, 2)))
    packet = put(b"\x47" + packet[1:], 10, 0)
    packet = put(packet, 10, summed(packet[:28]) ^ 0xFFFF)
    source = write_frames(tmp_path / "in.pcap", [eth4()[:14] + packet])
    target, _ = anonymised(source, tmp_path)
    (made,) = (frame.octets for frame in read_capture(target))
    assert made[34:42] == b"\x01" * 8
    assert summed(made[14:42]) == 0xFFFF
    assert summed(made[26:34] + struct.pack("!HH", 17, len(datagram)) + made[42:]) == 0xFFFF


def test_what_cannot_be_read_is_rejected(tmp_path: Path) -> None:
    """A header that is cut may hold half an address."""
    whole = eth4(udp(b"x" * 20))
    (tmp_path / "in.pcapng").write_bytes(section("<") + interface("<") + Packet(whole[:29], len(whole), 5).emit())
    _, summary = anonymised(tmp_path / "in.pcapng", tmp_path)
    assert summary["rejected"] == {"truncated": 1}


_EVERYTHING = """
version: 1
tag: {tpid: 0x88B6}
networks:
  keep: {vnid: 5001, group: 239.1.2.3, unknown_unicast: flood, gateway: {mac: "02:00:00:00:00:fe", ip: 10.0.0.254}}
  fragment: {vnid: {value: 0x100, mask: 0xf00}}
  drop: {vnid: any, identities: {7: "alice", 8: drop}}
teps:
  full: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan, geneve], underlay: both, guest_vlan: keep, vrf: acme,
    on_mtu: fragment, mtu: 1500, gateway: true, dscp: inherit, udp_checksum: full, geneve_options: any,
    ports: {vxlan: 8472}}
  l2: {ip: [192.0.2.2, "2001:db8::2"], mac: "02:00:00:00:01:02", encap: [vxlan, geneve], shared: true, ttl: 7,
    gateway_mac: "02:00:00:00:01:99", router_mac: "02:00:00:00:01:98", dscp: 46, guest_vlan: strip}
switches:
  leaf.1: {tep: full, ports: {reject: keep, trunk: {10: keep, untagged: fragment, native: 20}}}
  whole: {tep: l2, network: keep}
  none: {tep: l2, ports: {}}
vms:
  fragment: {mac: "02:00:00:00:00:0a", ip: [10.0.0.1, 10.9.0.0/16], at: leaf.1/reject}
  emit:
    nics:
      - {mac: ["02:00:00:00:00:0b", "02:00:00:00:00:0c"], ip: "fd00::1", at: leaf.1/trunk.10}
      - {mac: "02:00:00:00:00:0d", at: [{port: whole, until: 2026-01-01T00:00:10Z},
        {port: leaf.1/trunk, vlan: untagged, from: 2026-01-01T00:00:10Z}]}
policies:
  - {from: keep, to: fragment, encap: vxlan, via: full, pcp: 3}
vrfs:
  any: {l3vni: 9000, networks: [keep, fragment]}
hosts:
  server: {teps: [full], switches: [leaf.1]}
"""


def test_all_that_a_map_can_have(tmp_path: Path) -> None:
    """Names that are words of the format too are names where names stand, and words where those stand."""
    (tmp_path / "map.yaml").write_text(_EVERYTHING)
    before = json.loads(dovetool("map", "show", tmp_path / "map.yaml", "--json").stdout)
    anonymised(DEMO / "in.pcapng", tmp_path, "-m", tmp_path / "map.yaml", "--map-out", tmp_path / "other.yaml")
    after = json.loads(dovetool("map", "show", tmp_path / "other.yaml", "--json").stdout)
    assert list(after) == list(before)
    sections = [name for name in before if isinstance(before[name], dict | list)]
    assert [len(after[name]) for name in sections] == [len(before[name]) for name in sections]
    (full,) = (each for each in after["teps"].values() if each.get("mtu"))
    kept = {"underlay", "guest_vlan", "on_mtu", "mtu", "dscp", "udp_checksum", "geneve_options", "ports", "encap"}
    (was,) = (each for each in before["teps"].values() if each.get("mtu"))
    assert {key: full[key] for key in kept if key in was} == {key: was[key] for key in kept if key in was}
    text = (tmp_path / "other.yaml").read_text()
    for word in ("leaf", "alice", "acme", "server", "10.0.0.", "192.0.2", "239.1", "2001:db8::2", "fd00::1"):
        assert word not in text, word
    assert not re.search(r"02:00:00:00:0[01]:", text)


def test_interfaces_and_maps_call_a_switch_the_same(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(_EVERYTHING)
    port = interface("<", options=option(2, b"leaf.1/trunk.10", "<"))
    (tmp_path / "in.pcapng").write_bytes(section("<") + port + Packet(eth4(udp(b"x")), ticks=5).emit())
    target, _ = anonymised(
        tmp_path / "in.pcapng", tmp_path, "-m", tmp_path / "map.yaml", "--map-out", tmp_path / "other.yaml"
    )
    after = json.loads(dovetool("map", "show", tmp_path / "other.yaml", "--json").stdout)
    places = [each["at"] for vm in after["vms"].values() for each in vm.get("nics", ())]
    assert read_capture(target)[0].interface in places


@pytest.mark.parametrize("content", [b"a key", b"a key\n", b"a key\r\n"])
def test_a_key_file_holds_a_key_and_a_line_end(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    words = ("--key-file", tmp_path / "key", "--summary", "none")
    assert dovetool("anonymise", DEMO / "in.pcapng", tmp_path / "by-file.pcapng", *words).code == 0
    assert (tmp_path / "by-file.pcapng").read_bytes() == anonymised(DEMO / "in.pcapng", tmp_path)[0].read_bytes()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("", "anonymise needs a key: --key TEXT or --key-file FILE, one of the two"),
        ("--key a --key-file b", "anonymise needs a key: --key TEXT or --key-file FILE, one of the two"),
        ("--key-file none", "none: No such file or directory"),
        ("--key-file empty", "the key is empty"),
        ("--key-file long", "--key-file long: is longer than 1 MiB; expected a key"),
        (f"--key a -m {MAP}", "--map and --map-out: go together"),
    ],
)
def test_what_makes_no_sense(tmp_path: Path, words: str, complaint: str) -> None:
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "long").write_bytes(bytes((1 << 20) + 1))
    ended = dovetool("anonymise", DEMO / "in.pcapng", "out.pcapng", *words.split(), cwd=tmp_path)
    assert (ended.code, ended.complaint) == (2, complaint)
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "long"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("in.pcapng key --key-file key", "OUT key: needs a file of its own, and is --key-file too"),
        (
            "in.pcapng o.pcapng --key-file key -m map.yaml --map-out key",
            "--map-out key: needs a file of its own, and is --key-file too",
        ),
        (
            "in.pcapng o.pcapng --key x -m map.yaml --map-out o.pcapng",
            "OUT o.pcapng: needs a file of its own, and is --map-out too",
        ),
        (
            "in.pcapng o.pcapng --key x -m map.yaml --map-out in.pcapng",
            "IN in.pcapng: needs a file of its own, and is --map-out too",
        ),
        (
            "in.pcapng o.pcapng --key x -m map.yaml --map-out map.yaml",
            "the map map.yaml: needs a file of its own, and is --map-out too",
        ),
        (
            "in.pcapng map.yaml --key x -m map.yaml --map-out mo.yaml",
            "OUT map.yaml: needs a file of its own, and is the map too",
        ),
        (
            "in.pcapng o --key x -m map.yaml --map-out mo.yaml --workers 1",
            "No such option: --workers (Possible options: --recursive) (see: dovetool anonymise --help)",
        ),
    ],
)
def test_no_file_plays_two_roles(tmp_path: Path, words: str, complaint: str) -> None:
    before = {"in.pcapng": (DEMO / "in.pcapng").read_bytes(), "map.yaml": MAP.read_bytes(), "key": b"a key"}
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)
    ended = dovetool("anonymise", *words.split(), cwd=tmp_path)
    assert (ended.code, ended.complaint) == (2, complaint)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_map_is_written_once_its_captures_are(tmp_path: Path) -> None:
    """As far as they are good; and by what can be read once."""
    source = (DEMO / "in.pcapng").read_bytes()
    (tmp_path / "cut.pcapng").write_bytes(source[:-40])
    (tmp_path / "none.pcapng").write_bytes(source[:20])
    words = ("--key", "x", "-m", MAP, "--map-out", "map.yaml", "--summary", "none")
    assert dovetool("anonymise", "none.pcapng", "o.pcapng", *words, cwd=tmp_path).code == 2
    assert not (tmp_path / "map.yaml").exists()
    assert dovetool("anonymise", "cut.pcapng", "o.pcapng", *words, cwd=tmp_path).code == 3
    once = ("--key", "x", "-m", "-", "--map-out", "other.yaml", "--summary", "none")
    assert dovetool("anonymise", "cut.pcapng", "o.pcapng", *once, cwd=tmp_path, stdin=MAP.read_bytes()).code == 3
    assert (tmp_path / "map.yaml").read_bytes() == (tmp_path / "other.yaml").read_bytes()


@pytest.mark.parametrize("option", ["--rejects", "--annotate"])
def test_what_would_show_addresses_is_not_offered(option: str) -> None:
    assert option not in dovetool("anonymise", "--help").stdout.decode()
    assert option in dovetool("strip", "--help").stdout.decode()
