"""Outer checksums: right, left to a network card, wrong or missing; one rule, for one frame as for many."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product

import numpy as np
import pytest
from both_ways import batch_of
from frames import put, summed
from offloaded import GRE, TCP, UDP, Packet, guest, lco, tunnel, word
from small_network import network_map, outcome
from strategies import Captured

from dovetool.analysis.judging import Judging
from dovetool.analysis.validation import Validation
from dovetool.audit.audit import Audit
from dovetool.audit.form_audit import FormAudit
from dovetool.capture.framing import BARE
from dovetool.engine.stage_runner import StageRunner
from dovetool.frame.view import FrameView
from dovetool.jobs.looking import Looking
from dovetool.stages.decap import Decap
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.translate import Translate
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Frame, Reject, settled
from dovetool.vnid_map import VnidMap

ENCAPS = ("vxlan", "geneve", "gretap")
VLAN = bytes.fromhex("81000005")
INSIDES = [
    guest(protocol, v6=v6, vlans=vlans) for protocol in (TCP, UDP) for v6 in (False, True) for vlans in (b"", VLAN)
]
INSIDES += [tunnel(guest(TCP), encap, vnid=9, macs=guest().octets[:12]) for encap in ENCAPS]
NAMES = [f"{packet.protocol}-{len(packet.octets)}" for packet in INSIDES]
CASES = list(product(ENCAPS, (False, True), INSIDES))


def _name(value: object) -> str:
    return f"{value.protocol}-{len(value.octets)}" if isinstance(value, Packet) else str(value)


@cache
def teps(v6: bool, **settings: object) -> VnidMap:
    net = "2001:db8::" if v6 else "192.0.2."
    encaps = ["vxlan", "geneve", "gretap"]
    known = {f"tep{n}": {"ip": f"{net}{n}", "encap": encaps, "guest_vlan": "keep", **settings} for n in (1, 2, 3)}
    return network_map(teps=known, networks={"blue": {"unknown_unicast": "flood"}})


def decap_says(vnid_map: VnidMap, octets: bytes, *, verifies: bool = True) -> str:
    """`ok`, what is noted, or why it is rejected; batches agree."""
    stage = Decap(vnid_map, selectors=selectors_of(vnid_map), verifies=verifies)
    verdict = settled(stage.decide(FrameView(octets)), Frame(octets, len(octets)))
    told = verdict.notes if isinstance(verdict, Forward) else (verdict.reason,) if isinstance(verdict, Reject) else ()
    said = next((str(reason) for reason in told if "checksum" in reason), "ok")
    runner = StageRunner(stage)
    list(runner.process(batch_of([Captured(Frame(octets, len(octets)), 0, 1)] * 3), BARE))
    tally = runner.tally()
    counted = {reason: count for reason, count in (tally.notes + tally.rejected).items() if "checksum" in reason}
    assert (counted or {"ok": 3}) == {said: 3}
    return said


def audit_says(audit: Audit | FormAudit, octets: bytes) -> set[str]:
    validation = Validation(audit)
    validation.feed(batch_of([Captured(Frame(octets, len(octets)), 0, 1)] * 3))
    return {entry.finding.kind.reason for entry in validation.report.found()}


def about_sums(reasons: set[str]) -> set[str]:
    return {reason for reason in reasons if "checksum" in reason}


def inspect_says(vnid_map: VnidMap, octets: bytes) -> set[str]:
    from pathlib import Path

    from dovetool.observe.names import Names

    looking = Looking(Path("none"), Names(vnid_map), selectors_of(vnid_map), vnid_map.tpid, 8)
    judging = Judging(looking.judge(), ())
    batch = batch_of([Captured(Frame(octets, len(octets)), 0, 1)] * 3)
    verdicts = {judging.verdicts[number] for number in judging.numbers(batch).tolist()}
    (verdict,) = verdicts
    assert verdict is not None
    return set(verdict)


def all_say(vnid_map: VnidMap, octets: bytes) -> str:
    """What decap, validate with a map and without, and inspect say alike."""
    said = decap_says(vnid_map, octets)
    expected = set() if said == "ok" else {said}
    found = audit_says(Audit(vnid_map, selectors_of(vnid_map)), octets)
    assert about_sums(found) == expected
    assert inspect_says(vnid_map, octets) == found
    assert about_sums(audit_says(FormAudit(0x88B5, selectors_of(vnid_map)), octets)) == expected
    return said


@pytest.mark.parametrize(("encap", "v6", "inside"), CASES, ids=_name)
class TestOneRule:
    """Each encapsulation, over IPv4 and IPv6, around TCP and UDP over both, behind a VLAN tag, and around a tunnel."""

    def test_right(self, encap: str, v6: bool, inside: Packet) -> None:
        assert all_say(teps(v6), tunnel(inside, encap, v6=v6).octets) == "ok"

    def test_right_around_a_segment_that_is_left(self, encap: str, v6: bool, inside: Packet) -> None:
        assert all_say(teps(v6), tunnel(inside.partial, encap, v6=v6).octets) == "ok"

    def test_left(self, encap: str, v6: bool, inside: Packet) -> None:
        assert all_say(teps(v6), tunnel(inside, encap, v6=v6).partial.octets) == "checksum-offloaded"

    def test_right_once_the_segment_is_filled_in(self, encap: str, v6: bool, inside: Packet) -> None:
        sent = lco(tunnel(inside, encap, v6=v6))
        assert sent.filled_in().octets == sent.filled_in().right.octets  # the card makes all of it right
        assert all_say(teps(v6), sent.octets) == "checksum-offloaded"

    def test_wrong(self, encap: str, v6: bool, inside: Packet) -> None:
        """An octet of the data has changed underway; what is left to the card does not excuse it."""
        right = tunnel(inside, encap, v6=v6)
        changed = right.octets[:-1] + bytes((right.octets[-1] ^ 1,))
        assert all_say(teps(v6), changed) == "bad-checksum"
        sent = lco(right)
        assert all_say(teps(v6), put(sent.octets, sent.checksum_at, word(sent.octets, sent.checksum_at) ^ 0x101)) == (
            "bad-checksum"
        )

    def test_ignored(self, encap: str, v6: bool, inside: Packet) -> None:
        right = tunnel(inside, encap, v6=v6)
        wrong = right.with_checksum(word(right.octets, right.checksum_at) ^ 0x1001).octets
        assert decap_says(teps(v6), wrong, verifies=False) == "ok"


def test_an_inner_tunnel_that_is_left() -> None:
    """Around ICMP there is no segment to leave, so Linux leaves the checksum of the inner tunnel."""
    inner = tunnel(guest(), vnid=9, macs=guest().octets[:12])
    outer = tunnel(inner)
    assert all_say(teps(v6=False), outer.around(inner.partial).octets) == "checksum-offloaded"


def test_a_gre_checksum_that_comes_out_as_0() -> None:
    """Unlike in UDP it stands for itself."""
    inside = guest(data=b"ab")
    sent = tunnel(inside, "gretap")
    rest = put(sent.octets, sent.checksum_at, 0)[sent.start :]
    missing = summed(rest) ^ 0xFFFF
    even = inside.octets[:-2] + (summed(inside.octets[-2:] + missing.to_bytes(2, "big"))).to_bytes(2, "big")
    zero = sent.around(Packet(even, inside.start, TCP, inside.addresses)).with_checksum(0)
    assert summed(zero.octets[zero.start :]) == 0xFFFF
    assert all_say(teps(v6=False), zero.octets) == "ok"
    assert zero.protocol == GRE


@pytest.mark.parametrize(("v6", "setting", "said"), [(False, "full", "ok"), (True, "zero", "ok"), (True, "full", "")])
def test_none(v6: bool, setting: str, said: str) -> None:
    """On IPv4 it is always taken; on IPv6 the map may want one (RFC 6936 section 4). Without a map it is no matter."""
    octets = tunnel(guest(), v6=v6).with_checksum(0).octets
    vnid_map = teps(v6, udp_checksum=setting)
    if said:
        assert all_say(vnid_map, octets) == said
        return
    assert decap_says(vnid_map, octets) == "missing-checksum"
    assert about_sums(audit_says(Audit(vnid_map, selectors_of(vnid_map)), octets)) == {"missing-checksum"}
    assert inspect_says(vnid_map, octets) >= {"missing-checksum"}
    assert about_sums(audit_says(FormAudit(0x88B5, selectors_of(vnid_map)), octets)) == set()


@pytest.mark.parametrize(("value", "said"), [(0, "checksum-offloaded"), (0x1234, "bad-checksum")])
def test_outer_ipv4_header(value: int, said: str) -> None:
    """Windows and the BSDs leave that one to the card too, as 0."""
    assert all_say(teps(v6=False), put(tunnel(guest()).octets, 24, value)) == said


def test_found_and_expected_are_told() -> None:
    right = tunnel(guest())
    expected = word(right.octets, right.checksum_at)
    wrong = right.with_checksum(0x1234).octets
    validation = Validation(Audit(teps(v6=False), selectors_of(teps(v6=False))))
    validation.feed(batch_of([Captured(Frame(octets, len(octets)), 0, 1) for octets in (right.octets, wrong)]))
    (entry,) = [each for each in validation.report.found() if each.finding.kind.reason == "bad-checksum"]
    assert entry.text == f"UDP checksum from tep1 to tep2 is wrong: frame 2: found 0x1234, expected {expected:#06x}"
    verdict = settled(Decap(teps(v6=False)).decide(FrameView(wrong)), Frame(wrong, len(wrong)))
    assert getattr(verdict, "detail", "") == f"found 0x1234, expected {expected:#06x}"


@pytest.mark.parametrize(
    "make", [lambda packet: packet, lco, lambda packet: packet.partial], ids=["wrong", "lco", "left"]
)
def test_what_was_cut_cannot_be_told(make: Callable[[Packet], Packet]) -> None:
    octets = make(tunnel(guest())).octets
    assert outcome(Decap(teps(v6=False)), octets[:-1], len(octets)) is not Reason.BAD_CHECKSUM


def test_frames_of_one_flow_differ() -> None:
    """Four answers among frames that look the same."""
    right = tunnel(guest())
    frames = [right, right.partial, lco(right), right.with_checksum(0x1234), right]
    runner = StageRunner(Decap(teps(v6=False)))
    batch = batch_of([Captured(Frame(each.octets, len(each.octets)), 0, 1) for each in frames])
    (made,) = runner.process(batch, BARE)
    assert made.rejected.tolist() == [3]
    tally = runner.tally()
    assert (tally.forwarded, tally.notes["checksum-offloaded"], tally.rejected) == (4, 2, {"bad-checksum": 1})
    assert np.diff(made.forwarded.offset).min() > 0


FINAL6, FINAL4 = bytes.fromhex("20010db8") + bytes(11) + b"\x99", bytes((192, 0, 2, 99))
STOP6 = bytes.fromhex("20010db8") + bytes(11) + b"\x77"


def routing_header(kind: int, left: int, *addresses: bytes) -> bytes:
    """An IPv6 routing header before UDP."""
    return bytes((17, 2 * len(addresses), kind, left)) + bytes(4) + b"".join(addresses)


def source_route(kind: int, pointer: int, *addresses: bytes) -> bytes:
    """A source route option of IPv4."""
    return b"\x01" + bytes((kind, 3 + 4 * len(addresses), pointer)) + b"".join(addresses)


def by_way_of_others(more: bytes, final: bytes, *, inside: Packet | None = None) -> Packet:
    """A tunnel to tep2 with a routing header or options, of which the checksum is right for a final destination."""
    v6 = len(final) == 16
    plain = tunnel(guest() if inside is None else inside, v6=v6)
    octets, end = plain.octets, plain.start
    if v6:
        octets = put(octets, 18, word(octets, 18) + len(more))
        octets = octets[:20] + b"\x2b" + octets[21:end] + more + octets[end:]
        source = octets[22:38]
    else:
        octets = octets[:14] + bytes((0x45 + len(more) // 4,)) + octets[15:]
        octets = put(put(octets, 16, word(octets, 16) + len(more)), 24, 0)
        octets = octets[:end] + more + octets[end:]
        octets = put(octets, 24, summed(octets[14 : end + len(more)]) ^ 0xFFFF)
        source = octets[26:30]
    made = Packet(octets, end + len(more), UDP, source + final, plain.inside, plain.inner_at + len(more))
    return made.right


DST6, DST4 = bytes.fromhex("20010db8") + bytes(11) + b"\x02", bytes((192, 0, 2, 2))
BY_WAY = {
    "SRH": by_way_of_others(routing_header(4, 1, FINAL6, STOP6), FINAL6),
    "SRH at its end": by_way_of_others(routing_header(4, 0, FINAL6, STOP6), DST6),
    "type 0": by_way_of_others(routing_header(0, 2, STOP6, FINAL6), FINAL6),
    "type 2": by_way_of_others(routing_header(2, 1, FINAL6), FINAL6),
    "LSRR": by_way_of_others(source_route(131, 4, FINAL4), FINAL4),
    "SSRR": by_way_of_others(source_route(137, 8, DST4, FINAL4), FINAL4),
    "LSRR at its end": by_way_of_others(source_route(131, 8, FINAL4), DST4),
}


@pytest.mark.parametrize("packet", BY_WAY.values(), ids=BY_WAY)
def test_pseudo_headers_have_the_final_destination(packet: Packet) -> None:
    """RFC 8200 section 8.1; the source route of IPv4 likewise."""
    v6 = len(packet.addresses) == 32
    vnid_map = teps(v6)
    for octets, said in (
        (packet.octets, "ok"),
        (packet.partial.octets, "checksum-offloaded"),
        (lco(packet).octets, "checksum-offloaded"),
        (packet.with_checksum(word(packet.octets, packet.checksum_at) ^ 0x1234).octets, "bad-checksum"),
    ):
        assert decap_says(vnid_map, octets) == said
        expected = set() if said == "ok" else {said}
        assert about_sums(audit_says(Audit(vnid_map, selectors_of(vnid_map)), octets)) == expected
        assert about_sums(inspect_says(vnid_map, octets)) == expected


def test_a_pseudo_header_that_cannot_be_told_is_not_judged() -> None:
    """Routing headers of other types have addresses in ways of their own, as RPL's, which leaves octets out."""
    for number in (0, 1, 0xFFFF):
        packet = by_way_of_others(routing_header(3, 1, FINAL6), DST6).with_checksum(number)
        assert decap_says(teps(True), packet.octets) == "ok"


@pytest.mark.parametrize("to", ["geneve", "vxlan-gpe"])
@pytest.mark.parametrize("packet", BY_WAY.values(), ids=BY_WAY)
def test_translated_checksums_are_over_the_final_destination(packet: Packet, to: str) -> None:
    (made,) = outcome(Translate(to), packet.octets)
    assert isinstance(made, Frame)
    as_made = Packet(made.octets, packet.start, UDP, packet.addresses)
    assert as_made.right.octets == made.octets
    runner = StageRunner(Translate(to))
    (there,) = runner.process(batch_of([Captured(Frame(packet.octets, len(packet.octets)), 0, 1)] * 2), BARE)
    assert runner.tally().loss == {}
    assert [there.forwarded.frame(row) for row in (0, 1)] == [made.octets] * 2


def test_a_checksum_over_what_cannot_be_told_is_lost() -> None:
    packet = by_way_of_others(routing_header(3, 1, FINAL6), DST6)
    verdict = Translate("geneve").decide(FrameView(packet.octets))
    assert isinstance(verdict, Forward)
    assert verdict.loss == ("udp-checksum",)
    (made,) = outcome(Translate("geneve"), packet.octets)
    assert isinstance(made, Frame)
    assert word(made.octets, packet.checksum_at) == 0
