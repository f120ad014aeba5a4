"""A map in which every encapsulation is sent over every underlay, and frames for it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

from offloaded import TCP, UDP, Packet, guest, lco, tunnel
from strategies import Captured

from dovetool.frame.view import FrameView
from dovetool.stages.encap import Encap
from dovetool.verdict.verdict import Frame, carry_out
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.model import MapFile
from dovetool.wire import ENCAPSULATIONS, Carrier, DoveTag, vnid

WRITTEN = [encap.name for encap in ENCAPSULATIONS.values() if encap.is_written]
OVER_IP = [name for name in WRITTEN if ENCAPSULATIONS[name].carrier is not Carrier.LINK]
ON_LINK = [name for name in WRITTEN if name not in OVER_IP]
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "full": {"vlan": 7, "mtu": 1500, "udp_checksum": "full", "dscp": "inherit", "geneve_priority": True},
    "fragment": {"mtu": 200, "on_mtu": "fragment", "vlan": 7, "udp_checksum": "full", "guest_vlan": "strip"},
    "emit": {"mtu": 200, "on_mtu": "emit", "guest_vlan": "reject", "gateway_mac": "02:00:00:00:01:fe"},
}
FAMILIES = {"4": (5004, "192.0.2.{}", OVER_IP), "6": (5006, "2001:db8::{}", OVER_IP), "link": (5002, "", ON_LINK)}
"""Underlay -> the network that lies on it, its addresses, and what it carries."""


def vm_mac(index: int) -> bytes:
    """MAC address of the VM behind the TEP of an index."""
    return bytes((2, 0, 0, 0, index, 1))


@cache
def every_map() -> VnidMap:
    """A TEP of all settings on each underlay, and a VM behind each."""
    teps: dict[str, Any] = {}
    for family, (_, net, encaps) in FAMILIES.items():
        for name, settings in SETTINGS.items():
            if family == "link" and name == "fragment":
                continue  # only IP has fragments
            address = {"ip": net.format(list(SETTINGS).index(name) + 1)} if net else {"underlay": "l2"}
            teps[name + family] = {"mac": f"02:00:00:00:01:{len(teps):02x}", "encap": encaps, **address, **settings}
    of_tep = {name: next(family for family in FAMILIES if name.endswith(family)) for name in teps}
    model = {
        "version": 1,
        "networks": {f"net{family}": {"vnid": vnid} for family, (vnid, *_) in FAMILIES.items()},
        "teps": teps,
        "switches": {f"sw-{name}": {"tep": name, "ports": {"p": f"net{of_tep[name]}"}} for name in teps},
        "vms": {f"vm-{name}": {"mac": vm_mac(index).hex(":"), "at": f"sw-{name}/p"} for index, name in enumerate(teps)},
    }
    return VnidMap.from_model(MapFile.model_validate(model))


def inner_packets(source: int, target: int) -> list[Packet]:
    """Frames from the VM behind one TEP to that behind another: even and odd, long, and with a guest's tag."""
    macs = vm_mac(target) + vm_mac(source)
    packets = [
        guest(UDP, data=b"odd"),
        guest(TCP, v6=True, data=b"even"),
        guest(UDP, vlans=bytes.fromhex("8100a005")),
        guest(TCP, data=bytes(range(200))),
    ]
    return [replace(packet, octets=macs + packet.octets[12:]) for packet in packets]


def whole(octets: bytes) -> Captured:
    """A frame that was captured whole."""
    return Captured(Frame(octets, len(octets)))


def tagged_for(tep: str, family: str) -> list[Captured]:
    """What a TEP gets from its switch: for the VM behind another one, and for everyone."""
    teps = {each.name: each.index for each in every_map().teps}
    target = ("full" if tep == "plain" else "plain") + family
    tag = DoveTag(vnid(FAMILIES[family][0]), 5, dei=True).emit()
    frames = [packet.octets for packet in inner_packets(teps[tep + family], teps[target])]
    frames.append(b"\xff" * 6 + frames[0][6:])
    return [whole(octets[:12] + tag + octets[12:]) for octets in frames]


@cache
def underlay_frames(family: str) -> tuple[Captured, ...]:
    """Every encapsulation over an underlay, by two TEPs of which one writes checksums and a VLAN tag."""
    frames = []
    for encap, (at, tep) in product(FAMILIES[family][2], enumerate(("plain", "full"))):
        stage, one = Encap(every_map(), every_map().tep(tep + family), encap), tagged_for(tep, family)[at]
        made = carry_out(stage.decide(FrameView(one.frame.octets)), one.frame)
        assert isinstance(made, tuple)
        frames.append(Captured(made[0]))
    return tuple(frames)


@cache
def offloaded_frames(family: str) -> tuple[Captured, ...]:
    """Tunnels with checksums, right and left to the card, with a segment inside and with a tunnel inside."""
    first = next(each.index for each in every_map().teps if each.name == "plain" + family)
    number, v6 = FAMILIES[family][0], family == "6"
    inside = inner_packets(first, first + 1)[v6]
    vxlan, gretap = (tunnel(inside, encap, v6=v6, vnid=number) for encap in ("vxlan", "gretap"))
    nested = tunnel(tunnel(inside, "gretap", vnid=9, macs=inside.octets[:12]), "geneve", v6=v6, vnid=number)
    return tuple(whole(packet.octets) for packet in (vxlan.partial, lco(vxlan), lco(gretap), lco(nested)))
