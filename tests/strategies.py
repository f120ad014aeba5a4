"""Generators of frames, maps and captures, for every property test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from frames import put
from hypothesis import strategies as st
from ways import BETWEEN, CARRIED, THROUGH

from dovetool.stages.outer_headers import Destination, Service, outer_headers
from dovetool.verdict.verdict import Forward, Frame, Splice, carry_out
from dovetool.vnid_map import Tep, VnidMap
from dovetool.vnid_map.file.model import MapFile
from dovetool.wire import ENCAPSULATIONS, DoveTag, Ipv4Header, Ipv6Header, vnid

BROADCAST = b"\xff" * 6
MAP = {
    "version": 1,
    "networks": {
        "blue": {"vnid": 5001},
        "red": {"vnid": 5002, "group": "239.0.0.2"},
        "green": {"vnid": 5003, "unknown_unicast": "flood"},
        "lone": {"vnid": 5004},
    },
    "teps": {
        "tep1": {"ip": "192.0.2.1", "mac": "02:00:00:00:01:01", "encap": ["vxlan"], "udp_checksum": "full"},
        "tep2": {"ip": "192.0.2.2", "mac": "02:00:00:00:01:02", "encap": ["vxlan"], "vlan": 7, "mtu": 1500},
        "tep3": {"ip": "192.0.2.3", "mac": "02:00:00:00:01:03", "encap": ["vxlan"], "dscp": "inherit"},
        "tep6": {"ip": "2001:db8::6", "mac": "02:00:00:00:01:06", "encap": ["vxlan"], "udp_checksum": "full"},
        "tep7": {"ip": "2001:db8::7", "mac": "02:00:00:00:01:07", "encap": ["vxlan"], "ports": {"vxlan": 4999}},
    },
    "switches": {
        "sw1": {"tep": "tep1", "ports": {"p1": "blue", "p2": "red", "p3": "green", "p4": "blue"}},
        "sw2": {"tep": "tep2", "ports": {"p1": "blue", "p2": "red", "p3": "green"}},
        "sw3": {"tep": "tep3", "ports": {"p1": "blue", "p2": "red", "p3": "green"}},
        "sw6": {"tep": "tep6", "ports": {"p1": "lone"}},
        "sw7": {"tep": "tep7", "ports": {"p1": "lone"}},
    },
    "vms": {
        "b1": {"mac": "02:00:00:00:00:01", "ip": ["10.0.0.1", "fd00::1"], "at": "sw1/p1"},
        "b2": {"mac": "02:00:00:00:00:02", "ip": ["10.0.0.2", "fd00::2"], "at": "sw2/p1"},
        "b3": {
            "mac": "02:00:00:00:00:03",
            "ip": ["10.0.0.3"],
            "at": [
                {"port": "sw1/p4", "until": "1970-01-01T00:00:05Z"},
                {"port": "sw3/p1", "from": "1970-01-01T00:00:05Z"},
            ],
        },
        "r1": {"mac": "02:00:00:00:00:01", "ip": ["10.0.0.1"], "at": "sw2/p2"},
        "r4": {"mac": "02:00:00:00:00:04", "ip": ["10.0.0.4"], "at": "sw1/p2"},
        "g5": {"mac": "02:00:00:00:00:05", "ip": ["10.0.0.5"], "at": "sw3/p3"},
        "g6": {"mac": "02:00:00:00:00:06", "ip": ["10.0.0.6"], "at": "sw1/p3"},
        "l8": {"mac": "02:00:00:00:00:08", "ip": ["10.0.0.8", "fd00::8"], "at": "sw6/p1"},
        "l9": {"mac": "02:00:00:00:00:09", "ip": ["10.0.0.9", "fd00::9"], "at": "sw7/p1"},
    },
    "policies": [{"from": "blue", "to": "red"}, {"from": "green", "to": "blue"}],
}


@cache
def sample_map() -> VnidMap:
    """Networks with a group, with flooding and over IPv6; shared addresses; a migration at 5 s; two policies."""
    return VnidMap.from_model(MapFile.model_validate(MAP))


@cache
def small_mtu_map() -> VnidMap:
    """The same map over an underlay that most packets are too long for, so that they go in fragments."""
    small = {"mtu": 100, "on_mtu": "fragment"}
    teps = {name: {**settings, **small} for name, settings in MAP["teps"].items()}  # type: ignore[attr-defined]
    return VnidMap.from_model(MapFile.model_validate({**MAP, "teps": teps}))


@cache
def stripping_map() -> VnidMap:
    """The same map with tunnel end points that take the 802.1Q tags of guests off."""
    teps = {name: {**settings, "guest_vlan": "strip"} for name, settings in MAP["teps"].items()}  # type: ignore[attr-defined]
    return VnidMap.from_model(MapFile.model_validate({**MAP, "teps": teps}))


WRITTEN = [encap.name for encap in ENCAPSULATIONS.values() if encap.is_written]
MACS = [bytes((2, 0, 0, 0, 0, number)) for number in range(1, 11)]


@st.composite
def ipv4_packets(draw: st.DrawFn) -> bytes:
    """An IPv4 packet between VMs: UDP, TCP, ICMP or a fragment, with a length field that may be wrong."""
    payload = draw(st.binary(max_size=80))
    source, target = draw(st.tuples(st.integers(1, 11), st.integers(1, 11)))
    protocol = draw(st.sampled_from([17, 6, 1, 132]))
    length = 20 + len(payload) + draw(st.sampled_from([0, 0, 0, 0, -4, 5, 3000]))
    octets = Ipv4Header(
        bytes((10, 0, 0, source)), bytes((10, 0, 0, target)), protocol, max(length, 0), draw(st.integers(0, 255))
    ).emit()
    flags = draw(st.sampled_from([b"\x40\0", b"\0\0", b"\x20\0", b"\0\x05"]))
    return octets[:6] + flags + octets[8:] + payload


@st.composite
def ipv6_packets(draw: st.DrawFn) -> bytes:
    """An IPv6 packet between VMs, sometimes with a hop-by-hop or a fragment header."""
    payload = draw(st.binary(max_size=80))
    first, extension = draw(
        st.sampled_from([(17, b""), (6, b""), (0, b"\x11\0" + bytes(6)), (44, b"\x11\0\0\1" + bytes(4))])
    )
    source, target = (bytes.fromhex("fd00") + bytes(13) + bytes((draw(st.integers(1, 10)),)) for _ in range(2))
    length = len(extension + payload) + draw(st.sampled_from([0, 0, 0, 7, -1]))
    return Ipv6Header(source, target, first, max(length, 0), draw(st.integers(0, 255))).emit() + extension + payload


@st.composite
def vm_frames(draw: st.DrawFn) -> bytes:
    """A frame that a VM may send: IPv4, IPv6, ARP, 802.3, junk; with up to three 802.1Q tags; broadcast too."""
    dst = draw(st.sampled_from([*MACS, BROADCAST, b"\x01\x00\x5e\0\0\1", b"\2\xaa\0\0\0\1"]))
    src = draw(st.sampled_from([*MACS, b"\2\xbb\0\0\0\1"]))
    ethertype, payload = draw(
        st.one_of(
            st.tuples(st.just(0x0800), ipv4_packets()),
            st.tuples(st.just(0x86DD), ipv6_packets()),
            st.tuples(st.sampled_from([0x0806, 0x0026, 0x88CC, 0x0800, 0x86DD]), st.binary(max_size=60)),
        )
    )
    vlans = b"".join(draw(st.lists(st.sampled_from([b"\x81\0\x60\x05", b"\x88\xa8\x10\x07"]), max_size=3)))
    return dst + src + vlans + ethertype.to_bytes(2, "big") + payload


@st.composite
def tagged_frames(draw: st.DrawFn) -> bytes:
    """A frame with a DOVE tag, its pad bits sometimes set."""
    frame = draw(vm_frames())
    tag = DoveTag(vnid(draw(st.sampled_from([5001, 5002, 5003, 5004, 0, 77]))), draw(st.integers(0, 7)))
    pad = draw(st.sampled_from([0, 0, 0, 9]))
    octets = tag.emit()
    return frame[:12] + octets[:5] + bytes((octets[5] | pad,)) + frame[12:]


def encapsulated(
    inner: bytes, local: Tep, remote: Tep, identifier: int, tos: int = 0, port: int = 4789, encap: str = "vxlan"
) -> bytes:
    """A frame in a tunnel between two tunnel end points; `port` is for VXLAN."""
    port = port if encap == "vxlan" else ENCAPSULATIONS[encap].numbers[0]
    service = Service(vnid(identifier), 0, False, tos, ((0, 0xFFFF_FFFF_FFFF_FFFF),))
    outer = outer_headers(local, Destination(remote.ip, remote.mac, port), encap, service)
    made = carry_out(Forward((Splice(0, insert=outer.octets),), patches=outer.patches), Frame(inner, len(inner)))
    assert isinstance(made, tuple)
    return made[0].octets


@st.composite
def overlay_frames(draw: st.DrawFn) -> bytes:
    """A frame in a tunnel: right, nested, with a trailer, to a wrong port, with odd flags, or with tagged contents."""
    teps = sample_map().teps
    pairs = [(local, remote) for local in teps for remote in teps if len(local.ip) == len(remote.ip)]
    frame = draw(st.one_of(vm_frames(), vm_frames(), tagged_frames(), st.binary(max_size=20)))
    for _ in range(draw(st.integers(1, 2))):
        pair = draw(st.sampled_from(pairs))
        identifier = draw(st.sampled_from([5001, 5002, 5003, 5004, 70_077]))
        port = draw(st.sampled_from([4789, 4789, 4789, 8472, 4999, 5000]))
        encap = draw(st.sampled_from(["vxlan", "vxlan", "vxlan", *WRITTEN]))
        frame = encapsulated(frame, pair[0], pair[1], identifier, draw(st.integers(0, 255)), port, encap)
        if frame[12:14] == b"\x08\0" and draw(st.integers(0, 4)) == 0:
            ways = {**BETWEEN, **THROUGH}
            frame = ways[draw(st.sampled_from(sorted(ways)))](frame)
        elif draw(st.integers(0, 9)) == 0:
            frame = CARRIED[draw(st.sampled_from(sorted(CARRIED)))][1](frame)
    if frame[12:14] == b"\x08\0" and draw(st.integers(0, 9)) == 0:
        frame = put(frame, 24, 0)  # left to a network card
    return frame + draw(st.sampled_from([b"", b"", b"", b"trailer"]))


@st.composite
def damaged(draw: st.DrawFn, frames: st.SearchStrategy[bytes]) -> bytes:
    """A frame with some octets overwritten."""
    octets = bytearray(draw(frames))
    for _ in range(draw(st.integers(0, 3))):
        if octets:
            octets[draw(st.integers(0, len(octets) - 1))] = draw(st.integers(0, 255))
    return bytes(octets)


@dataclass(frozen=True, slots=True)
class Captured:
    """A frame as it stands in a capture."""

    frame: Frame
    ts_ns: int = 0
    link_type: int = 1
    interface: str = ""


ANY_FRAMES = st.one_of(
    vm_frames(), tagged_frames(), overlay_frames(), damaged(overlay_frames()), st.binary(max_size=70)
)
_OTHER_LINKS = {
    113: bytes(14) + b"\x08\0",
    276: b"\x08\0" + bytes(18),
    101: b"",
    0: b"\2\0\0\0",
    108: b"\0\0\0\2",
    9: b"\xff\x03\0\x21",
    127: b"\0\0\x08\0\0\0\0\0\x88\x01" + bytes(24) + b"\xaa\xaa\x03\0\0\0\x08\0",
    192: b"\0\0\x08\0\1\0\0\0" + bytes(12) + b"\x08\0",
    197: bytes(8) + b"\x02" + bytes(9 + 12) + b"\x08\0",
    239: b"\2\0\0\0\x1c\0\x09\0",
    147: b"",
}


@st.composite
def captured(draw: st.DrawFn, frames: st.SearchStrategy[bytes] = ANY_FRAMES) -> Captured:
    """A frame, sometimes cut by a snap length, at 0 to 10 s, from an interface of any link type."""
    octets = draw(frames)
    link_type = draw(st.sampled_from([1] * 12 + list(_OTHER_LINKS)))
    if link_type != 1 and len(octets) > 14:
        octets = _OTHER_LINKS[link_type] + octets[14:]
    kept = draw(st.sampled_from([len(octets)] * 3 + [draw(st.integers(0, len(octets)))]))
    return Captured(Frame(octets[:kept], len(octets)), draw(st.integers(0, 10)) * 1_000_000_000, link_type)


@st.composite
def relatives(draw: st.DrawFn, one: Captured) -> Captured:
    """A frame that differs from another in one respect, so that both are of the same shape, or nearly so."""
    octets, orig_len = one.frame.octets, one.frame.orig_len
    kind = draw(st.sampled_from(["octet", "octet", "longer", "padded", "cut", "later"]))
    if kind == "octet" and octets:
        at = draw(st.integers(0, len(octets) - 1))
        octets = octets[:at] + bytes((octets[at] ^ 1 << draw(st.integers(0, 7)),)) + octets[at + 1 :]
    elif kind == "longer":
        orig_len += draw(st.integers(1, 9))
    elif kind == "padded" and orig_len == len(octets):
        octets += bytes(draw(st.integers(1, 9)))
        orig_len = len(octets)
    elif kind == "cut":
        octets = octets[: draw(st.integers(0, len(octets)))]
    ts_ns = 5_000_000_000 if kind == "later" else one.ts_ns
    return Captured(Frame(octets, orig_len), ts_ns, one.link_type)


@st.composite
def captures(draw: st.DrawFn, frames: st.SearchStrategy[bytes]) -> list[Captured]:
    """Frames of which many are alike, as in a capture of real traffic: mostly of one kind, a few of any."""
    kinds = st.one_of(captured(frames), captured(frames), captured())
    found = draw(st.lists(kinds, min_size=1, max_size=4))
    for _ in range(draw(st.integers(0, 8))):
        found.append(draw(relatives(draw(st.sampled_from(found)))))
    return found
