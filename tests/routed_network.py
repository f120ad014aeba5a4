"""Two networks that tunnel end points route between (RFC 9135), and frames that their VMs and routers send.

t1: s1/p a (blue), s1/q d (red)     t2: s2/p b (blue), s2/q c (red), s2/q behind c: 10.9.0.0/16     t3: s3/r o (ops)
"""

# ruff: noqa: ANN401  (keyword arguments are handed on to functions that declare them)

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from frames import TEP_MACS, eth4, eth6, underlay
from hypothesis import strategies as st

from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.model import MapFile

BLUE, RED, OPS, L3 = 10010, 10020, 10030, 50000
GATEWAY, RED_GATEWAY = bytes.fromhex("00005e000101"), bytes.fromhex("00005e000102")
R1, R2 = bytes.fromhex("020000000f01"), bytes.fromhex("020000000f02")
A, B, C, D, O = (bytes((2, 0xAA, 0, 0, 0, number)) for number in (1, 2, 3, 4, 5))  # noqa: E741
_V4 = {A: "0a010001", B: "0a010002", C: "0a020003", D: "0a020004", O: "0a030005"}
IP4 = {mac: bytes.fromhex(ip) for mac, ip in _V4.items()}
IP6 = {mac: bytes.fromhex("fd00") + bytes(10) + ip for mac, ip in IP4.items()}
BEHIND_C, NOWHERE = bytes((10, 9, 3, 3)), bytes((10, 7, 7, 7))
BLUE_IP, RED_IP = bytes((10, 1, 0, 254)), bytes((10, 2, 0, 254))


def addresses(mac: bytes) -> list[str]:
    """The IP addresses of a VM."""
    return [str(ipaddress.ip_address(ips[mac])) for ips in (IP4, IP6)]


_MAP: dict[str, Any] = {
    "version": 1,
    "networks": {
        "blue": {"vnid": BLUE, "gateway": {"mac": GATEWAY.hex(":"), "ip": ["10.1.0.254", "fe80::fe"]}},
        "red": {"vnid": RED, "gateway": {"mac": RED_GATEWAY.hex(":"), "ip": ["10.2.0.254"]}},
        "ops": {"vnid": OPS},
    },
    "teps": {
        f"t{number}": {
            "ip": f"192.0.2.{number}",
            "mac": TEP_MACS[number - 1].hex(":"),
            "encap": ["vxlan"],
            "router_mac": f"02:00:00:00:0f:0{number}",
        }
        for number in (1, 2, 3)
    },
    "switches": {
        "s1": {"tep": "t1", "ports": {"p": "blue", "q": "red"}},
        "s2": {"tep": "t2", "ports": {"p": "blue", "q": "red"}},
        "s3": {"tep": "t3", "ports": {"r": "ops"}},
    },
    "vms": {
        "a": {"mac": A.hex(":"), "ip": addresses(A), "at": "s1/p"},
        "b": {"mac": B.hex(":"), "ip": addresses(B), "at": "s2/p"},
        "c": {"mac": C.hex(":"), "ip": [*addresses(C), "10.9.0.0/16"], "at": "s2/q"},
        "d": {"mac": D.hex(":"), "ip": addresses(D), "at": "s1/q"},
        "o": {"mac": O.hex(":"), "ip": addresses(O), "at": "s3/r"},
    },
    "vrfs": {"tenant": {"l3vni": L3, "networks": ["blue", "red"]}},
}


def routed_map(**changes: Any) -> VnidMap:
    """The map of `routed_model`."""
    return VnidMap.from_model(MapFile.model_validate(routed_model(**changes)))


def routed_model(
    *, l3vni: int | None = L3, policies: Sequence[dict[str, str]] = (), **changes: dict[str, Any]
) -> dict[str, Any]:
    """The network as its map file has it, with keys of entries of its sections changed, or without them where None.

    Without `l3vni` its routing is asymmetric.
    """
    model = deepcopy(_MAP)
    if l3vni is None:
        del model["vrfs"]["tenant"]["l3vni"]
    model["policies"] = list(policies)
    for section, entries in changes.items():
        for name, entry in entries.items():
            merged = {**model[section].get(name, {}), **entry}
            model[section][name] = {key: value for key, value in merged.items() if value is not None}
    return model


def to_gateway(src: bytes = A, dst_ip: bytes = IP4[C], *, gateway: bytes = GATEWAY, **ip: Any) -> bytes:
    """A packet of a VM for the router of its network."""
    if len(dst_ip) == 16:
        return eth6(dst=gateway, src=src, src_ip=IP6[src], dst_ip=dst_ip, **ip)
    return eth4(dst=gateway, src=src, src_ip=IP4[src], dst_ip=dst_ip, **ip)


def between(src_ip: bytes = IP4[A], dst_ip: bytes = IP4[C], *, src: bytes = R1, dst: bytes = R2, **ip: Any) -> bytes:
    """A packet from a router to another."""
    make = eth6 if len(dst_ip) == 16 else eth4
    return make(dst=dst, src=src, src_ip=src_ip, dst_ip=dst_ip, **ip)


def in_l3(inner: bytes, *, src: int = 1, dst: int = 2) -> bytes:
    """The frame in the L3 VNI, from a tunnel end point to another."""
    return underlay(inner, L3, src=src, dst=dst)


@st.composite
def routed_frames(draw: st.DrawFn) -> bytes:
    """What VMs send to their routers, and these to each other in the L3 VNI, sometimes with an octet changed."""
    ips = draw(st.sampled_from([IP4, IP6]))
    ttl: dict[str, Any] = {"ttl" if ips is IP4 else "hop_limit": draw(st.sampled_from([0, 1, 2, 3, 64, 255]))}
    vlans = draw(st.sampled_from([b"", b"", bytes.fromhex("81006005")]))
    target = draw(st.sampled_from([*ips.values(), *((BEHIND_C, NOWHERE, BLUE_IP) if ips is IP4 else ())]))
    return changed(draw, to_gateway(draw(st.sampled_from([A, B])), target, vlans=vlans, **ttl))


@st.composite
def frames_between(draw: st.DrawFn) -> bytes:
    """What routers send to each other, in the L3 VNI, sometimes with an octet changed."""
    ips = draw(st.sampled_from([IP4, IP6]))
    ttl: dict[str, Any] = {"ttl" if ips is IP4 else "hop_limit": draw(st.sampled_from([0, 1, 2, 64]))}
    tos: dict[str, Any] = {"tos" if ips is IP4 else "traffic_class": draw(st.integers(0, 3))}
    src, dst = draw(st.sampled_from([R1, R2])), draw(st.sampled_from([R1, R2]))
    make = eth4 if ips is IP4 else eth6
    inner = make(src=src, dst=dst, src_ip=ips[A], dst_ip=draw(st.sampled_from(list(ips.values()))), **ttl, **tos)
    number = draw(st.sampled_from([2, 2, 2, 1, 3]))
    return changed(draw, underlay(inner, L3, dst=number, tos=draw(st.integers(0, 3))))


def changed(draw: st.DrawFn, octets: bytes) -> bytes:
    """The frame as it is, with one octet changed, or cut off."""
    at = draw(st.integers(0, len(octets) - 1))
    value = draw(st.integers(0, 255))
    return draw(st.sampled_from([octets, octets, octets[:at] + bytes((value,)) + octets[at + 1 :], octets[:at]]))
