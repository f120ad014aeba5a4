"""validate, inspect, tag, encap and decap say the same of the same frame, whatever one field of it says.

Maps are random: encapsulations, gateways, groups, equal addresses in several networks, policies. Frames are what the
stages make in them, with one field of a header changed anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from frames import put, summed
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dovetool.audit.audit import Audit
from dovetool.audit.examined import Hop
from dovetool.audit.refusal import LEFT_OUT, SAID_BY
from dovetool.audit.sound_packets import SoundPackets
from dovetool.errors import MapError
from dovetool.frame.view import FrameView
from dovetool.jobs.looking import Looking
from dovetool.observe.names import Names
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.stage import Stage
from dovetool.stages.switch import Tag
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Frame, Reject, carry_out
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.model import MapFile

MACS = [f"02:00:00:00:00:{number:02x}" for number in range(1, 5)]
IPS = [f"10.0.0.{number}" for number in range(1, 5)]
ENCAPS = ["vxlan", "geneve", "nvgre", "gretap", "vxlan-gpe"]
NETWORKS = {"blue": 5001, "red": 5002, "tiny": 77}
STRANGER, ROUTER = bytes.fromhex("020000000099"), bytes.fromhex("00005e000101")
RECEIVERS = {
    *("unknown-vnid", "already-tagged", "bad-checksum", "missing-checksum", "ecn-drop", "malformed"),
    *("bad-overlay-header", "critical-option", "unknown-destination", "reserved-vnid", "inner-vlan"),
    *("unknown-router", "no-route", "ttl-exceeded"),
}
"""What is found of a packet that its receiver refuses, if not for this then for something else."""


@st.composite
def vm_at(draw: st.DrawFn, place: str, places: list[str]) -> dict[str, Any]:
    """A VM: some have two MAC addresses, are at two places, share their addresses, have a prefix, or no MAC address."""
    macs = draw(st.lists(st.sampled_from(MACS), min_size=1, max_size=draw(st.sampled_from([1, 1, 1, 2])), unique=True))
    made: dict[str, Any] = {"mac": macs, "ip": [draw(st.sampled_from(IPS))], "at": place}
    kind = draw(st.sampled_from(["usual", "usual", "usual", "twice", "shared", "behind", "bare"]))
    if kind == "twice":
        made["at"] = sorted({place, draw(st.sampled_from(places))})
    elif kind == "shared":
        made["shared"] = True
    elif kind == "behind":
        made["ip"] = ["10.0.0.0/30"]
    elif kind == "bare":
        del made["mac"]
    return made


@st.composite
def maps(draw: st.DrawFn) -> VnidMap:
    """A map of three networks on three tunnel end points, and a gateway."""
    v6 = draw(st.booleans())
    networks: dict[str, Any] = {}
    for name, vnid in NETWORKS.items():
        networks[name] = {"vnid": vnid, "unknown_unicast": draw(st.sampled_from(["drop", "flood"]))}
        if draw(st.integers(0, 3)) == 0:
            networks[name]["group"] = "ff05::7" if v6 else "239.0.0.7"
        if draw(st.booleans()):
            networks[name]["gateway"] = {"mac": ROUTER.hex(":"), "ip": [draw(st.sampled_from(["10.0.0.9", IPS[3]]))]}
    teps: dict[str, Any] = {}
    for number in (1, 2, 3, 4):
        teps[f"tep{number}"] = {
            "ip": f"2001:db8::{number}" if v6 else f"192.0.2.{number}",
            "mac": f"02:00:00:00:01:0{number}",
            "encap": draw(st.lists(st.sampled_from(ENCAPS), min_size=1, max_size=3, unique=True)),
            "udp_checksum": draw(st.sampled_from(["zero", "full"])),
            "guest_vlan": draw(st.sampled_from(["keep", "keep", "reject", "strip"])),
            **draw(st.sampled_from([{}, {}, {"mtu": 120}])),
            **draw(st.sampled_from([{}, {"router_mac": f"02:00:00:00:0f:0{number}"}])),
        }
    teps["tep4"]["gateway"] = draw(st.booleans())
    ports = {name: name for name in NETWORKS}
    switches = {f"sw{number}": {"tep": f"tep{number}", "ports": ports} for number in (1, 2, 3)}
    places = [f"sw{number}/{name}" for number in (1, 2, 3) for name in NETWORKS]
    vms = {
        f"vm{number}": draw(vm_at(place, places))
        for number, place in enumerate(draw(st.lists(st.sampled_from(places), min_size=3, max_size=6)))
    }
    ways = [(start, end) for start in NETWORKS for end in NETWORKS if start != end]
    policies = [
        {"from": start, "to": end} for start, end in draw(st.lists(st.sampled_from(ways), max_size=3, unique=True))
    ]
    joined = draw(st.lists(st.sampled_from(list(NETWORKS)), max_size=3, unique=True))
    vrfs = {"tenant": {"networks": joined, **draw(st.sampled_from([{}, {"l3vni": 6000}]))}} if joined else {}
    parts = {"networks": networks, "teps": teps, "switches": switches, "vms": vms, "policies": policies, "vrfs": vrfs}
    return with_vms({"version": 1, **parts})


def with_vms(model: dict[str, Any]) -> VnidMap:
    """The map with as many of its VMs as it takes: two of a network may not have the same address."""
    made = loaded(model)
    if made is None:
        kept: dict[str, Any] = {}
        for name, vm in model["vms"].items():
            more = {**kept, name: vm}
            if (with_more := loaded({**model, "vms": more})) is not None:
                made, kept = with_more, more
    assume(made is not None)
    assert made is not None
    return made


def loaded(model: dict[str, Any]) -> VnidMap | None:
    try:
        return VnidMap.from_model(MapFile.model_validate(model))
    except (MapError, ValidationError, ValueError):
        return None


def octets_of(text: str) -> bytes:
    return bytes(map(int, text.split("."))) if "." in text else bytes.fromhex(text.replace(":", ""))


@st.composite
def sent_by_vms(draw: st.DrawFn) -> bytes:
    """A frame of a VM: UDP or ARP, to another, to nobody, to a router or to everyone."""
    macs = [*map(octets_of, MACS), STRANGER]
    src, dst = draw(st.sampled_from(macs)), draw(st.sampled_from([*macs, ROUTER, b"\xff" * 6]))
    src_ip, dst_ip = octets_of(draw(st.sampled_from(IPS))), octets_of(draw(st.sampled_from(IPS)))
    vlan = draw(st.sampled_from([b"", b"", b"", bytes.fromhex("81000014")]))
    if draw(st.integers(0, 4)) == 0:
        arp = bytes.fromhex("0001080006040001") + src + src_ip + bytes(6) + dst_ip
        return dst + src + vlan + b"\x08\x06" + arp + bytes(18)
    payload = b"\x9c\x40\x00\x07\x00\x1c\x00\x00" + bytes(draw(st.sampled_from([20, 20, 90])))
    head = b"\x45\0" + (20 + len(payload)).to_bytes(2, "big") + b"\0\0\x40\0\x40\x11\0\0" + src_ip + dst_ip
    return dst + src + vlan + b"\x08\0" + put(head, 10, summed(head) ^ 0xFFFF) + payload


@dataclass(frozen=True)
class Seen:
    """A frame at a hop."""

    octets: bytes
    interface: str = ""

    def view(self) -> FrameView:
        return FrameView(self.octets, interface=self.interface)


def made_by(stage: Stage, seen: Seen) -> Iterator[Seen]:
    made = carry_out(stage.decide(seen.view()), Frame(seen.octets, len(seen.octets)))
    if not isinstance(made, Reject):
        yield from (Seen(each.octets, seen.interface) for each in made)


def on_the_way(vnid_map: VnidMap, frame: bytes, port: str) -> list[Seen]:
    """The frame at each hop that it reaches; it comes in by a port that is known, or told by its source."""
    first = Seen(frame, port)
    tagged = list(made_by(Tag(vnid_map), first))
    underlay = [Seen(each.octets) for seen in tagged for each in made_by(Encap(vnid_map), seen)]
    return [first, *tagged, *underlay]


def changed(data: st.DataObject, seen: Seen) -> Seen:
    """The frame with one field changed, and the checksum of its first IPv4 header right again, or not."""
    at = data.draw(st.integers(0, min(len(seen.octets), 110) - 1))
    value = data.draw(st.one_of(st.sampled_from([0, 1, 2, 3, 8, 0x45, 0x81, 0xFF]), st.integers(0, 255)))
    octets = seen.octets[:at] + bytes((value,)) + seen.octets[at + 1 :]
    if octets[12:14] == b"\x08\0" and len(octets) >= 34 and data.draw(st.booleans()):
        octets = put(octets, 24, summed(octets[14:24] + octets[26:34]) ^ 0xFFFF)
    return Seen(octets, seen.interface)


def refused(stage: Stage, seen: Seen) -> Reason | None:
    """What the stage rejects the frame for; None where it does not, or where nothing is wrong with the frame."""
    made = carry_out(stage.decide(seen.view()), Frame(seen.octets, len(seen.octets)))
    return made.reason if isinstance(made, Reject) and made.reason not in LEFT_OUT else None


def names(reason: Reason) -> set[str]:
    return {str(reason), *(kind.reason for kind in SAID_BY.get(reason, ()))}


def is_delivered(vnid_map: VnidMap, seen: Seen) -> bool:
    """A frame that goes out by a port, to the VM there, to everyone or flooded, is not one that comes in."""
    port = vnid_map.port(seen.interface)
    network = vnid_map.network(port.vnid) if port is not None else None
    if network is not None and (network.floods or seen.octets[0] & 1):
        return True
    stations = () if port is None else vnid_map.stations_with_mac(seen.octets[:6], 0)
    by_ip = () if port is None else vnid_map.stations_with_ip(seen.octets[30:34], 0)
    return any(station.port is port for station in (*stations, *by_ip))


def judged(vnid_map: VnidMap, seen: Seen) -> tuple[Hop, set[str]]:
    """What the audit of validate finds, and inspect's verdict shows."""
    audit = Audit(vnid_map, selectors_of(vnid_map))
    view = seen.view()
    examined = audit.examine(view)
    answers = [(check.answer(view.octets, view.orig_len), found) for check, found in examined.checks]
    findings = [*examined.findings, *(found[answer - 1] for answer, found in answers if answer)]
    reasons = {finding.kind.reason for finding in findings}
    judge = Looking(Path("none"), Names(vnid_map), selectors_of(vnid_map), vnid_map.tpid, 8).judge()
    assert judge is not None
    verdict = judge(seen.view())
    assert (set() if verdict is None else set(verdict.of(view))) == reasons
    return examined.hop, reasons


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_all_say_the_same(data: st.DataObject) -> None:
    vnid_map = data.draw(maps())
    port = data.draw(st.sampled_from(["", "sw1/blue", "sw2/red"]))
    way = on_the_way(vnid_map, data.draw(sent_by_vms()), port)
    at = data.draw(st.sampled_from([*range(len(way)), len(way) - 1]))
    seen = changed(data, way[at]) if data.draw(st.booleans()) else way[at]
    hop, reasons = judged(vnid_map, seen)
    stages: dict[Hop, Stage] = {
        Hop.UNTAGGED: Tag(vnid_map),
        Hop.TAGGED: Encap(vnid_map),
        Hop.UNDERLAY: Decap(vnid_map, selectors=selectors_of(vnid_map)),
        Hop.OTHER: Decap(vnid_map, selectors=selectors_of(vnid_map)),
    }
    by_port = refused(Tag(vnid_map), seen) if hop is Hop.TAGGED and seen.interface else None
    reason = by_port or refused(stages[hop], seen)
    if reason is not None and not is_delivered(vnid_map, seen):
        assert names(reason) & reasons, (reason, reasons)
    if hop is Hop.UNDERLAY and reasons & RECEIVERS:
        assert carry_out(stages[hop].decide(seen.view()), Frame(seen.octets, len(seen.octets))).__class__ is Reject
    if hop is Hop.UNTAGGED and "policy-denied" in reasons and not is_delivered(vnid_map, seen):
        assert isinstance(Tag(vnid_map).decide(seen.view()), Reject)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_the_short_way_to_say_that_nothing_is_wrong_is_the_long_one(data: st.DataObject) -> None:
    """Of many packets that one audit has seen, good ones and others; what it looked at is noted of each anew."""
    vnid_map = data.draw(maps())
    frames = data.draw(st.lists(sent_by_vms(), min_size=1, max_size=4))
    underlay = [seen for frame in frames for seen in on_the_way(vnid_map, frame, "")]
    packets = [*underlay, *(changed(data, seen) for seen in underlay), *underlay]
    audit, selectors = Audit(vnid_map, selectors_of(vnid_map)), selectors_of(vnid_map)
    for seen in packets:
        found = audit.examine(seen.view())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SoundPackets, "examine", lambda *_: None)
            assert Audit(vnid_map, selectors).examine(seen.view()) == found
