"""Generators of maps, and of the frames that VMs of them may send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from frames import ipv4, udp
from hypothesis import strategies as st
from reference_network import Sent

VNIDS = [5001, 5002, 5001 << 8, 70_000, 300, 0xFFFFFF]  # a gretap key that reads as an NVGRE VSID; reserved ones
UDP_ENCAPS = ["vxlan", "vxlan-gpe", "geneve"]
GRE_ENCAPS = ["nvgre", "gretap"]
MOVE = 5
"""The second in which VMs move."""
_SELDOM = st.sampled_from([False, False, False, True])


def mac(last: int) -> str:
    return f"02:00:00:00:00:{last:02x}"


def ip(last: int) -> str:
    return f"10.0.0.{last}"


STRANGER, NOBODY, MULTICAST, BROADCAST = mac(0x99), ip(99), "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff"


@dataclass(frozen=True)
class Network:
    """A map and frames; `payload` numbers them, so that each is told from all others."""

    raw: dict[str, Any]
    frames: list[Sent]


@st.composite
def encaps_of(draw: st.DrawFn, least: int = 1) -> list[str]:
    """Encapsulations over IP, preferred first."""
    return draw(st.lists(st.sampled_from(UDP_ENCAPS + GRE_ENCAPS), min_size=least, max_size=4, unique=True))


@st.composite
def teps(draw: st.DrawFn) -> dict[str, Any]:
    """Up to five TEPs on one IPv4 or IPv6 underlay, some of them on layer 2, and up to two gateways."""
    is_v6 = draw(st.booleans())
    made: dict[str, Any] = {}
    for number in range(1, draw(st.integers(2, 4)) + 1):
        if draw(st.sampled_from([False, False, False, True])):
            made[f"t{number}"] = {"underlay": "l2", "encap": ["pbb"]}
        else:
            made[f"t{number}"] = {"ip": _underlay_ip(number, is_v6=is_v6), "encap": draw(encaps_of())}
    has_l2 = any("ip" not in entry for entry in made.values())
    for number in range(8, 8 + draw(st.sampled_from([0, 1, 1, 2]))):
        encaps, is_both = draw(encaps_of(2)), has_l2 and draw(st.sampled_from([True, True, False]))
        carriage: dict[str, Any] = {"underlay": "both", "encap": [*encaps, "pbb"]} if is_both else {"encap": encaps}
        made[f"g{number}"] = {"ip": _underlay_ip(number, is_v6=is_v6), "gateway": True, **carriage}
    for name, entry in made.items():
        entry.update(draw(treatments(entry)))
        if "ip" in entry and draw(_SELDOM):
            entry["ip"] = [entry["ip"], _underlay_ip(0x40 + int(name[1:]), is_v6=is_v6)]
    with_ip = [name for name, entry in made.items() if "ip" in entry and "gateway" not in entry]
    is_pair = draw(_SELDOM)
    if with_ip and is_pair:
        first = made[draw(st.sampled_from(with_ip))]
        first["shared"] = True
        made["t7"] = dict(first)
    named = draw(st.permutations(list(made)))
    return {name: {"mac": f"02:00:00:00:01:0{name[1:]}", **made[name]} for name in named}


@st.composite
def treatments(draw: st.DrawFn, tep: dict[str, Any]) -> dict[str, Any]:
    """What a TEP does with guests' 802.1Q tags."""
    known = [None, None, None, "strip", "reject", *([] if "nvgre" in tep["encap"] else ["keep"])]
    treatment = draw(st.sampled_from(known))
    return {"guest_vlan": treatment} if treatment else {}


def _underlay_ip(number: int, *, is_v6: bool) -> str:
    return f"2001:db8::{number}" if is_v6 else f"192.0.2.{number}"


@st.composite
def networks(draw: st.DrawFn, *, is_v6: bool) -> dict[str, Any]:
    """A virtual network, or two."""
    made: dict[str, Any] = {}
    for vnid in draw(st.lists(st.sampled_from(VNIDS), min_size=1, max_size=2, unique=True)):
        entry: dict[str, Any] = {"vnid": vnid}
        if draw(st.booleans()):
            entry["unknown_unicast"] = "flood"
        if draw(_SELDOM):
            entry["group"] = "ff05::1" if is_v6 else "239.1.1.1"
        made[f"n{vnid}"] = entry
    return made


@st.composite
def maps(draw: st.DrawFn) -> dict[str, Any]:
    """A map: ports and VMs anywhere, several VMs at a port, equal addresses in several networks, VMs that move."""
    raw: dict[str, Any] = {"version": 1, "teps": draw(teps())}
    raw["networks"] = draw(networks(is_v6=any(":" in str(entry.get("ip")) for entry in raw["teps"].values())))
    names = list(raw["networks"])
    ports = st.lists(st.sampled_from(names), min_size=1, max_size=3)
    raw["switches"] = {
        f"s{tep}": {"tep": tep, "ports": {f"p{at}": network for at, network in enumerate(draw(ports))}}
        for tep, entry in raw["teps"].items()
        if "gateway" not in entry or draw(st.booleans())
    }
    network_of = {
        f"{switch}/{port}": network
        for switch, entry in raw["switches"].items()
        for port, network in entry["ports"].items()
    }
    raw["vms"] = draw(vms(network_of))
    pairs = [(one, other) for one in names for other in names if one != other]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True)) if pairs else []
    raw["policies"] = [{"from": one, "to": other} for one, other in chosen]
    return raw


@st.composite
def vms(draw: st.DrawFn, network_of: dict[str, str]) -> dict[str, Any]:
    """VMs of a few addresses, some at several places; what two of a network would share unsaid is left out."""
    made: dict[str, Any] = {}
    taken: dict[tuple[str, int, bool], bool] = {}
    ports, kinds = st.sampled_from(sorted(network_of)), st.sampled_from(["there", "there", "moves", "both", "shared"])
    drawn = draw(st.lists(st.tuples(st.integers(1, 6), ports, ports, kinds, _SELDOM), min_size=4, max_size=10))
    for number, (address, first, second, kind, has_more) in enumerate(drawn):
        uses = {(network_of[first], address, later) for later in (False, True) if kind != "moves" or not later}
        if kind in {"moves", "both"}:
            uses |= {(network_of[second], address, later) for later in (False, True) if kind == "both" or later}
        if any(not (taken[use] and kind == "shared") for use in uses if use in taken):
            continue
        taken |= dict.fromkeys(uses, kind == "shared")
        macs = [mac(address), mac(0x40 + number)] if has_more else mac(address)
        made[f"v{number}"] = {"mac": macs, "ip": [ip(address)], "at": _places(first, second, kind)}
        if kind == "shared":
            made[f"v{number}"]["shared"] = True
    return made


def _places(first: str, second: str, kind: str) -> list[dict[str, str]]:
    moment = f"1970-01-01T00:00:0{MOVE}Z"
    if kind == "moves":
        return [{"port": first, "until": moment}, {"port": second, "from": moment}]
    return [{"port": port} for port in dict.fromkeys([first, second] if kind == "both" else [first])]


@st.composite
def sent_frames(draw: st.DrawFn, raw: dict[str, Any]) -> Sent:
    """A frame at some port, mostly from a VM that is there, to a VM, to all, or to nobody known."""
    ports = [f"{switch}/{port}" for switch, entry in raw["switches"].items() for port in entry["ports"]]
    places = [
        (address, at["port"])
        for vm in raw["vms"].values()
        for address in (vm["mac"] if isinstance(vm["mac"], list) else [vm["mac"]])
        for at in vm["at"]
    ]
    here = draw(st.sampled_from(places))
    src_mac, port = draw(st.sampled_from([here] * 6 + [(STRANGER, here[1]), (here[0], draw(st.sampled_from(ports)))]))
    target = int(draw(st.sampled_from(places))[0][-2:], 16)
    dst_mac = draw(st.sampled_from([mac(target)] * 4 + [BROADCAST, BROADCAST, BROADCAST, MULTICAST, STRANGER]))
    dst_ip = draw(st.sampled_from([ip(target), ip(target), ip(target), NOBODY, ""]))
    time = draw(st.sampled_from([0, MOVE - 1, MOVE, 9]))
    is_known = draw(st.sampled_from([True, True, True, False]))
    return Sent(time, port if is_known else "", src_mac, dst_mac, dst_ip, draw(st.sampled_from([False, False, True])))


@st.composite
def random_networks(draw: st.DrawFn) -> Network:
    """A map, and what is sent in it."""
    raw = draw(maps())
    return Network(raw, draw(st.lists(sent_frames(raw), min_size=3, max_size=10)))


def octets_of(sent: Sent, number: int, *, has_vlan: bool) -> bytes:
    """The frame with that number; without an IP address it is none of IP's."""
    vlan = bytes.fromhex("8100 6005") if has_vlan else b""
    payload = b"frame %03d" % number
    head = bytes.fromhex(sent.dst_mac.replace(":", "") + sent.src_mac.replace(":", "")) + vlan
    if not sent.dst_ip:
        return head + b"\x88\xcc" + payload
    source, target = bytes((10, 0, 0, int(sent.src_mac[-2:], 16))), bytes(map(int, sent.dst_ip.split(".")))
    return head + b"\x08\0" + ipv4(udp(payload, src_port=1000 + number, dst_port=7), src_ip=source, dst_ip=target)
