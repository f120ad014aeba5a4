"""VMs with several MAC addresses, network cards and places, with common addresses and prefixes: carried and judged.

tep1: sw1/p1 a1, sw1/p2 r1, sw1/p3 a3     tep2: sw2/p1 a2, sw2/p2 r2      tep3: sw3/p1
      blue       red        blue                blue       red                  blue
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool
from frames import A1, A2, A3, BLUE, BROADCAST, RED, eth, eth4, tagged, underlay
from plain_capture import read_capture, write_frames
from small_network import R1, STRANGER, decided, forward, network_map, network_map_file, outcome, port, tep, through

from dovetool.audit.audit import Audit
from dovetool.frame.view import FrameView
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.path import vm_to_vm
from dovetool.stages.switch import Tag
from dovetool.stages.untag import Untag
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies
from dovetool.vnid_map import VnidMap

E1, E2, VIRTUAL = bytes((2, 0, 0, 0, 0, 5)), bytes((2, 0, 0, 0, 0, 6)), bytes((0, 0, 0x5E, 0, 1, 10))
IP_E, IP_A2 = bytes((10, 0, 0, 5)), bytes((10, 0, 0, 2))


def ip(last: int, third: int = 0) -> bytes:
    return bytes((10, 0, third, last))


def map_with(**vms: Any) -> VnidMap:  # noqa: ANN401  (parts of a map)
    return network_map(vms=vms)


def from_e(mac: bytes = E1, source: bytes = IP_E, dst: bytes = A2, dst_ip: bytes = IP_A2) -> bytes:
    return eth4(src=mac, dst=dst, src_ip=source, dst_ip=dst_ip)


def to_e(mac: bytes = E1, target: bytes = IP_E) -> bytes:
    return eth4(src=A2, dst=mac, src_ip=IP_A2, dst_ip=target)


def arp(src: bytes, sender_mac: bytes, sender_ip: bytes, dst: bytes = BROADCAST, operation: int = 1) -> bytes:
    head = bytes.fromhex("000108000604") + operation.to_bytes(2, "big")
    return eth(dst, src, 0x0806, head + sender_mac + sender_ip + bytes(6) + ip(77) + bytes(18))


def found(vnid_map: VnidMap, octets: bytes, **known: Any) -> dict[str, str]:  # noqa: ANN401
    """The reasons of what is found, with the text of each."""
    findings = (
        Audit(vnid_map, selectors_of(vnid_map), known.pop("grace", 0)).examine(FrameView(octets, **known)).findings
    )
    return {finding.kind.reason: finding.text for finding in findings}


def notes(vnid_map: VnidMap, packet: bytes) -> tuple[str, ...]:
    return tuple(map(str, forward(Decap(vnid_map), packet).notes))


class TestSeveralMacAddresses:
    MAP = map_with(e={"mac": [E1.hex(":"), E2.hex(":")], "ip": ["10.0.0.5"], "at": "sw1/p3"})

    @pytest.mark.parametrize("mac", [E1, E2])
    def test_each_is_its_own(self, mac: bytes) -> None:
        assert found(self.MAP, underlay(from_e(mac))) == {}
        assert found(self.MAP, underlay(to_e(mac), src=2, dst=1)) == {}
        assert found(self.MAP, underlay(arp(mac, mac, IP_E))) == {}
        assert forward(Tag(self.MAP), from_e(mac)).ingress == port(self.MAP, "sw1/p3").index
        assert forward(Untag(self.MAP), tagged(to_e(mac))).receivers == ("e",)
        assert notes(self.MAP, underlay(from_e(mac))) == ()

    def test_arp_may_tell_either(self) -> None:
        assert found(self.MAP, underlay(arp(E1, E2, IP_E))) == {}
        assert notes(self.MAP, underlay(arp(E1, E2, IP_E))) == ()
        (text,) = found(self.MAP, underlay(arp(E1, A3, IP_E))).values()
        assert text.endswith(f"gives it to e (blue) with {E1.hex(':')} or {E2.hex(':')}")

    def test_a_true_answer_from_elsewhere_by_the_second(self) -> None:
        answer = arp(E2, E2, IP_E, A2, 2)
        assert found(self.MAP, underlay(answer, src=3)) == {
            "proxy-arp": "tep3 answered ARP for e (blue), which is at sw1/p3 behind tep1"
        }

    def test_a_bare_packet_is_for_the_first(self) -> None:
        gpe = {"encap": ["vxlan-gpe"]}
        entry = {"mac": [E1.hex(":"), E2.hex(":")], "ip": ["10.0.0.5"], "at": "sw1/p3"}
        vnid_map = network_map(vms={"e": entry}, teps={"tep1": gpe, "tep2": gpe})
        sent = through(Encap(vnid_map, tep(vnid_map, "tep2")), tagged(to_e(E2)))
        bare = sent[:42] + bytes.fromhex("0c00000100138900") + sent[64:]
        bare = bare[:16] + (len(bare) - 14).to_bytes(2, "big") + bare[18:24] + b"\0\0" + bare[26:]
        bare = bare[:38] + (len(bare) - 34).to_bytes(2, "big") + bare[40:]
        assert through(Decap(vnid_map, verifies=False), bare)[:12] == E1 + A2


def test_network_cards_are_where_they_are() -> None:
    nics = [
        {"mac": E1.hex(":"), "ip": "10.0.0.5", "at": "sw1/p3"},
        {"mac": E2.hex(":"), "ip": "10.0.1.5", "at": "sw2/p2"},
    ]
    vnid_map = map_with(e={"nics": nics})
    assert found(vnid_map, underlay(from_e())) == {}
    assert found(vnid_map, underlay(from_e(E2), RED, src=2)).keys() == {"isolation-violation"}
    assert found(vnid_map, underlay(from_e(E2))).keys() == {"policy-denied"}
    assert found(vnid_map, underlay(from_e(source=ip(5, 1)))) == {}, "the address of its other card is its own"
    assert found(vnid_map, underlay(from_e(source=ip(6, 1)))).keys() == {"unlisted-address"}


class TestSeveralPlaces:
    """e is behind tep1 and tep2, as a host that is connected to two leaves."""

    MAP = map_with(e={"mac": E1.hex(":"), "ip": ["10.0.0.5"], "at": ["sw1/p3", "sw2/p1"]})

    @pytest.mark.parametrize("sender", [1, 2])
    def test_it_sends_from_both(self, sender: int) -> None:
        assert found(self.MAP, underlay(eth(BROADCAST, E1), src=sender, dst=3)) == {}
        assert notes(self.MAP, underlay(eth(BROADCAST, E1), src=sender, dst=3)) == ()

    @pytest.mark.parametrize("receiver", [1, 2])
    def test_it_gets_at_both(self, receiver: int) -> None:
        packet = underlay(eth4(src=A1 if receiver == 2 else A2, dst=E1, src_ip=ip(3 - receiver), dst_ip=IP_E),
                          src=3 - receiver, dst=receiver)  # fmt: skip
        assert found(self.MAP, packet) == {}
        received = through(Decap(self.MAP), packet)
        assert forward(Untag(self.MAP, self.MAP.teps[receiver - 1]), received).receivers == ("e",)

    def test_at_a_third_it_is_at_neither(self) -> None:
        where = "the map has it at sw1/p3 behind tep1 or sw2/p1 behind tep2"
        sent = underlay(eth4(src=E1, dst=A1, src_ip=IP_E, dst_ip=ip(1)), src=3, dst=1)
        assert found(self.MAP, sent) == {"wrong-tep": f"e (blue) sent into blue (VNID 5001) from tep3; {where}"}
        got = underlay(to_e(), src=2, dst=3)
        assert found(self.MAP, got) == {"wrong-tep": f"a frame for e (blue) went to tep3; {where}"}
        assert outcome(Decap(self.MAP), got) is Reason.WRONG_TEP
        assert outcome(Untag(self.MAP, tep(self.MAP, "tep3")), tagged(to_e())) is Reason.WRONG_TEP

    def test_encap_goes_to_the_near_one_else_to_the_first(self) -> None:
        for name in ("tep1", "tep2"):
            assert outcome(Encap(self.MAP, tep(self.MAP, name)), tagged(eth4(dst=E1))) is Reason.LOCAL
        sent = through(Encap(self.MAP, tep(self.MAP, "tep3")), tagged(eth4(dst=E1)))
        assert sent[30:34] == bytes((192, 0, 2, 1))

    def test_whence_it_sends_only_a_port_tells(self) -> None:
        assert outcome(Tag(self.MAP), from_e()) is Reason.AMBIGUOUS_SOURCE
        assert outcome(Encap(self.MAP), tagged(from_e())) is Reason.AMBIGUOUS_SOURCE
        for name in ("sw1/p3", "sw2/p1"):
            assert forward(Tag(self.MAP), from_e(), interface=name).ingress == port(self.MAP, name).index
        assert outcome(Tag(self.MAP), from_e(), interface="sw3/p1") is Reason.SOURCE_SPOOFED

    def test_two_ports_behind_one_tep_are_as_one(self) -> None:
        """A broadcast reaches all others of both ports, and not e."""
        vnid_map = map_with(e={"mac": E1.hex(":"), "at": ["sw1/p1", "sw1/p3"]})
        tag = forward(Tag(vnid_map), from_e())
        assert (tag.vnid, tag.ingress) == (BLUE, None)
        assert delivered(vnid_map, eth(BROADCAST, E1)) == {"a1": 1, "a3": 1, "a2": 1}
        assert delivered(vnid_map, eth(BROADCAST, E1), "sw1/p1") == {"a3": 1, "a2": 1}

    def test_a_broadcast_reaches_it_once_for_each_of_its_teps(self) -> None:
        assert delivered(self.MAP, eth(BROADCAST, A1), "sw1/p1") == {"e": 2, "a2": 1, "a3": 1}

    @pytest.mark.parametrize("group", [None, "239.1.1.1"])
    def test_its_own_broadcast_does_not_come_back(self, group: str | None) -> None:
        """Split horizon (RFC 7432 section 8.3): neither from the other leaf nor out of the port that it came in by."""
        entry = {"mac": E1.hex(":"), "at": ["sw1/p3", "sw2/p1"]}
        vnid_map = network_map(vms={"e": entry}, networks={"blue": {"group": group} if group else {}})
        assert delivered(vnid_map, eth(BROADCAST, E1), "sw2/p1") == {"a1": 1, "a3": 1}

    def test_but_its_other_network_card_gets_it(self) -> None:
        nics = [{"mac": E1.hex(":"), "at": "sw1/p3"}, {"mac": E2.hex(":"), "at": "sw2/p1"}]
        assert delivered(map_with(e={"nics": nics}), eth(BROADCAST, E1), "sw1/p3") == {"a1": 1, "a2": 1, "e": 1}

    def test_at_both_for_a_time_as_in_a_live_migration(self) -> None:
        at = [
            {"port": "sw1/p3", "until": "1970-01-01T00:00:12Z"},
            {"port": "sw2/p1", "from": "1970-01-01T00:00:10Z"},
        ]
        vnid_map = map_with(e={"mac": E1.hex(":"), "ip": "10.0.0.5", "at": at})
        frame = eth4(src=E1, dst=A3, src_ip=IP_E, dst_ip=ip(3))
        for second, first_is_right, second_is_right in ((9, True, False), (11, True, True), (12, False, True)):
            for sender, is_right in ((1, first_is_right), (2, second_is_right)):
                found_there = found(vnid_map, underlay(eth(BROADCAST, E1), src=sender, dst=3), ts_ns=second * 10**9)
                assert (not found_there) == is_right, (second, sender)
            got = found(vnid_map, underlay(eth4(src=A3, dst=E1, src_ip=ip(3), dst_ip=IP_E)), ts_ns=second * 10**9)
            assert (not got) == second_is_right
        assert found(vnid_map, underlay(frame, src=1, dst=1), ts_ns=12 * 10**9).keys() == {"late-frame"}

    def test_at_its_ports(self) -> None:
        for name, reasons in (("sw1/p3", set()), ("sw2/p1", set()), ("sw1/p1", {"source-spoofed"})):
            assert found(self.MAP, from_e(dst=STRANGER, dst_ip=ip(2)), interface=name).keys() == reasons
        assert found(self.MAP, to_e(), interface="sw1/p3") == {}


class TestSharedAddresses:
    @pytest.mark.parametrize("at", [1, 2])
    def test_a_virtual_router_is_wherever_one_of_its_routers_is(self, at: int) -> None:
        entry = {"mac": VIRTUAL.hex(":"), "ip": ["10.0.0.254"], "shared": True}
        vnid_map = map_with(v1={**entry, "at": "sw1/p3"}, v2={**entry, "at": "sw2/p1"})
        advertised = eth4(src=VIRTUAL, dst=bytes.fromhex("01005e000012"), src_ip=ip(254), dst_ip=bytes((224, 0, 0, 18)))
        assert found(vnid_map, underlay(advertised, src=at, dst=3)) == {}
        assert "wrong-tep" in found(vnid_map, underlay(advertised, src=3, dst=at))
        sent = outcome(Encap(vnid_map, vnid_map.teps[at - 1]), tagged(eth4(dst=VIRTUAL)))
        assert sent is Reason.LOCAL
        name = f"sw{at}/p{3 if at == 1 else 1}"
        assert delivered(vnid_map, eth(BROADCAST, VIRTUAL), name)[f"v{3 - at}"] == 1
        assert f"v{at}" not in delivered(vnid_map, eth(BROADCAST, VIRTUAL), name)

    def test_an_anycast_service_has_one_address_at_many(self) -> None:
        vnid_map = map_with(
            e={"mac": E1.hex(":"), "ip": ["10.0.0.77"], "at": "sw1/p3", "shared": True},
            f={"mac": E2.hex(":"), "ip": ["10.0.0.77"], "at": "sw2/p1", "shared": True},
        )
        for mac, sender in ((E1, 1), (E2, 2)):
            assert found(vnid_map, underlay(arp(mac, mac, ip(77)), src=sender, dst=3)) == {}
            frame = eth4(src=mac, dst=A1 if sender == 2 else A2, src_ip=ip(77), dst_ip=ip(3 - sender))
            assert found(vnid_map, underlay(frame, src=sender, dst=3 - sender)) == {}
        by_router = tagged(eth4(dst=STRANGER, dst_ip=ip(77)))
        assert outcome(Encap(vnid_map, tep(vnid_map, "tep2")), by_router) is Reason.LOCAL
        assert "source-spoofed" in found(
            vnid_map, underlay(eth4(src=A2, dst=A1, src_ip=ip(77), dst_ip=ip(1)), src=2, dst=1)
        )


class TestPrefixes:
    """e is a router to 10.0.9.0/24, of which one address is f's."""

    MAP = map_with(
        e={"mac": E1.hex(":"), "ip": ["10.0.0.5", "10.0.9.0/24", "fd09::/64"], "at": "sw1/p3"},
        f={"mac": E2.hex(":"), "ip": ["10.0.9.7"], "at": "sw1/p3"},
    )

    @pytest.mark.parametrize(
        ("source", "reasons"),
        [
            (ip(5), set()),
            (ip(200, 9), set()),
            (ip(200, 8), {"unlisted-address"}),
            (ip(7, 9), {"source-spoofed"}),
            (IP_A2, {"source-spoofed"}),
            (bytes((169, 254, 1, 1)), set()),
        ],
    )
    def test_what_is_behind_it_is_its_own(self, source: bytes, reasons: set[str]) -> None:
        assert found(self.MAP, underlay(from_e(source=source))).keys() == reasons
        assert set(notes(self.MAP, underlay(from_e(source=source)))) == reasons - {"unlisted-address"}

    def test_the_text_has_its_prefixes(self) -> None:
        assert found(self.MAP, underlay(from_e(source=ip(200, 8)))) == {
            "unlisted-address": "e (blue) at sw1/p3 behind tep1 uses 10.0.8.200; the map gives it 10.0.0.5 and"
            " 10.0.9.0/24 and fd09::/64"
        }

    def test_others_may_not_use_it(self) -> None:
        frame = eth4(src=A2, dst=A1, src_ip=ip(200, 9), dst_ip=ip(1))
        text = found(self.MAP, underlay(frame, src=2, dst=1))["source-spoofed"]
        assert text.endswith("uses 10.0.9.200, which the map gives to e (blue)")

    def test_a_router_that_the_map_does_not_know_is_on_the_way_to_it(self) -> None:
        frame = tagged(eth4(src=A2, dst=STRANGER, dst_ip=ip(200, 9)))
        assert outcome(Encap(self.MAP, tep(self.MAP, "tep1")), frame) is Reason.LOCAL
        assert forward(Untag(self.MAP), frame).receivers == ("e",)


def test_addresses_of_the_map_are_no_duplicates(tmp_path: Path) -> None:
    """A host at two leaves, a virtual router, and what is behind a router: at both places in turn."""
    virtual = {"mac": VIRTUAL.hex(":"), "ip": ["10.0.0.254"], "shared": True}
    vms = {
        "e": {"mac": E1.hex(":"), "ip": ["10.0.0.5", "10.0.9.0/24"], "at": ["sw1/p3", "sw2/p1"]},
        "v1": {**virtual, "at": "sw1/p3"},
        "v2": {**virtual, "at": "sw2/p1"},
    }
    network_map_file(tmp_path / "map.json", vms=vms)
    turns = [
        underlay(arp(mac, mac, address), src=sender, dst=3)
        for sender in (1, 2, 1, 2)
        for mac, address in ((E1, IP_E), (VIRTUAL, ip(254)), (E1, ip(8, 9)))
    ]
    write_frames(tmp_path / "in.pcap", turns)
    ended = dovetool("validate", "in.pcap", "-m", "map.json", "--json", cwd=tmp_path)
    assert {finding["reason"] for finding in json.loads(ended.stdout)["findings"]} <= {"broadcast-incomplete"}
    strangers = [underlay(arp(STRANGER, STRANGER, ip(66)), src=sender, dst=3) for sender in (1, 2, 1, 2)]
    write_frames(tmp_path / "strange.pcap", strangers)
    ended = dovetool("validate", "strange.pcap", "-m", "map.json", "--json", cwd=tmp_path)
    assert "duplicate-address" in {finding["reason"] for finding in json.loads(ended.stdout)["findings"]}


def test_captures_of_vms_at_several_places(tmp_path: Path) -> None:
    """`untag --split` and `split --by vm` give each VM its frames once; shared ones to who is behind the TEP."""
    virtual = {"mac": VIRTUAL.hex(":"), "ip": ["10.0.0.254"], "shared": True}
    vms = {
        "e": {"mac": E1.hex(":"), "at": ["sw1/p3", "sw2/p1"]},
        "v1": {**virtual, "at": "sw1/p3"},
        "v2": {**virtual, "at": "sw2/p1"},
    }
    network_map_file(tmp_path / "map.json", vms=vms)
    sent = [underlay(eth4(dst=E1, src=A2), src=2, dst=1), underlay(eth4(dst=VIRTUAL, src=A2), src=2, dst=1)]
    write_frames(tmp_path / "in.pcap", sent)
    dovetool("split", "in.pcap", "vms", "--by", "vm", "-m", "map.json", cwd=tmp_path)
    counts = {path.stem: len(read_capture(path)) for path in (tmp_path / "vms").iterdir()}
    assert counts == {"a2": 2, "e": 1, "v1": 1}
    write_frames(tmp_path / "tagged.pcap", [tagged(eth4(dst=E1, src=A2)), tagged(eth4(dst=VIRTUAL, src=A2))])
    dovetool("untag", "tagged.pcap", "out.pcap", "-m", "map.json", "--split", "got", cwd=tmp_path)
    counts = {path.stem: len(read_capture(path)) for path in (tmp_path / "got").iterdir()}
    assert counts == {"e": 1, "v1": 1, "v2": 1}


def delivered(vnid_map: VnidMap, octets: bytes, interface: str = "") -> dict[str, int]:
    """How often each VM gets a frame, by all stages in a row."""
    from dovetool.analysis.frame_path import journey
    from dovetool.analysis.single_frame import KnownFrame
    from dovetool.verdict.verdict import Frame

    known = KnownFrame(Frame(octets, len(octets)), interface=interface)
    counts: dict[str, int] = {}
    for step in journey(known, vm_to_vm(vnid_map, name_receivers=True)):
        for way in step.ways if step.stage == "untag" else ():
            for vm in way.receivers:
                counts[vm] = counts.get(vm, 0) + 1
    return counts


def test_the_reference_counts_copies() -> None:
    """`delivered` itself: a VM at one place gets one."""
    assert isinstance(decided(Encap(network_map(), tep(network_map(), "tep1")), tagged(eth(BROADCAST, A1))), Copies)
    assert delivered(network_map(), eth(BROADCAST, A1), "sw1/p1") == {"a3": 1, "a2": 1}


def test_a_vm_without_a_mac_address_and_a_namesake_in_another_network() -> None:
    """The switch takes the sender for the one of whom it knows no better; who audits says so too."""
    r1 = {"mac": R1.hex(":"), "ip": ["10.0.0.1"], "at": "sw2/p2"}  # so that nobody else is at its port
    vms = {"e": {"ip": ["10.0.0.5"], "at": "sw1/p2"}, "f": {"mac": E1.hex(":"), "ip": ["10.0.0.5"], "at": "sw1/p1"}}
    vnid_map = map_with(r1=r1, **vms)
    octets = from_e(STRANGER)
    assert outcome(Tag(vnid_map), octets) is Reason.POLICY_DENIED
    assert {"policy-denied", "source-spoofed"} == set(found(vnid_map, octets))
