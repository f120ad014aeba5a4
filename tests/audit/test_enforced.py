"""What the receiving side notes, and what --enforce rejects: exactly what validate calls an error."""

from __future__ import annotations

import re
from typing import Any

import pytest
from audited_traffic import A1, A2, G2, MAP, MOVE, STRANGER, Inner, M, Packet, ip
from frames import BLUE, BROADCAST, RED, tagged
from hypothesis import given, settings
from hypothesis import strategies as st
from small_network import decided
from strategies import Captured, captured, overlay_frames, sample_map, tagged_frames

from dovetool.audit.audit import Audit
from dovetool.audit.enforced import Enforced, enforced
from dovetool.belonging import breaches
from dovetool.belonging.finding import Kind
from dovetool.belonging.rule import Severity
from dovetool.frame.view import FrameView
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.path import vm_to_vm
from dovetool.stages.stage import Stage
from dovetool.stages.untag import Untag
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Gather, Reject, settled
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.load import parse

PLAN = VnidMap.compiled(parse(MAP.encode(), "map"))
BREAKING: dict[str, tuple[Packet, str]] = {
    "source of another network": (Packet(2, 1, BLUE, Inner(G2, A1, ip(2, 1), ip(1))), "policy-denied"),
    "broadcast of another network": (Packet(2, 1, BLUE, Inner(G2, BROADCAST, ip(2, 1))), "isolation-violation"),
    "source behind another TEP": (Packet(3, 2, BLUE, Inner(A1, A2)), "wrong-tep"),
    "VM that has left": (Packet(1, 2, BLUE, Inner(M, A2, ip(4), ip(2)), ts_ns=MOVE), "late-frame"),
    "IP address of another": (Packet(1, 2, BLUE, Inner(A1, A2, ip(3))), "source-spoofed"),
    "ARP for another": (Packet(1, 2, BLUE, Inner(A1, A2, ip(3), arp=True)), "source-spoofed"),
    "network that its TEP has no port in": (Packet(3, 2, RED, Inner(STRANGER, A2, ip(77))), "vnid-not-on-tep"),
}
"""What a real tunnel end point delivers."""
BREACHES = {Reason(reason) for _, reason in BREAKING.values()}


@pytest.mark.parametrize("name", BREAKING)
def test_what_breaks_the_map_is_delivered_and_noted(name: str) -> None:
    """Unless that is not to be; a stranger, or what is as it should be, is no breach."""
    packet, reason = BREAKING[name]
    verdict = decided(Decap(PLAN), packet.octets(), ts_ns=packet.ts_ns)
    assert isinstance(verdict, Forward)
    assert verdict.notes == (reason,)
    (strict,) = enforced([Decap(PLAN)], PLAN)
    assert decided(strict, packet.octets(), ts_ns=packet.ts_ns) == Reject(Reason(reason))


@pytest.mark.parametrize(
    ("treatment", "finding"), [("reject", Kind.GUEST_VLAN), ("strip", Kind.GUEST_VLAN), ("keep", None)]
)
def test_a_guests_tag_is_for_the_receiver_to_reject(treatment: str, finding: Kind | None) -> None:
    """What the sender's own setting keeps from leaving is told of a frame that has left, and does not stop it."""
    settings_of = {"tep1": treatment, "tep2": "keep"}
    for sender, receiver, expected in ((1, 2, finding), (2, 1, Kind.INNER_VLAN if treatment == "reject" else None)):
        text = MAP
        for name, said in settings_of.items():
            text = re.sub(rf"({name}: {{ip: [^ ]+)", rf"\1 guest_vlan: {said},", text)
        vnid_map = VnidMap.compiled(parse(text.encode(), "map"))
        ends_of_talk = (A1, A2, ip(1), ip(2)) if sender == 1 else (A2, A1, ip(2), ip(1))
        octets = Packet(sender, receiver, BLUE, Inner(*ends_of_talk, vlan=bytes.fromhex("81000014"))).octets()
        found = {each.kind for each in Audit(vnid_map, selectors_of(vnid_map)).examine(FrameView(octets)).findings}
        assert found == ({expected} if expected else set())
        (strict,) = enforced([Decap(vnid_map)], vnid_map)
        for stage in (Decap(vnid_map), strict):
            assert isinstance(decided(stage, octets), Reject) == (expected is Kind.INNER_VLAN)


@pytest.mark.parametrize("inner", [Inner(), Inner(STRANGER, A2, ip(77)), Inner(dst=BROADCAST, arp=True)])
def test_what_is_no_breach(inner: Inner) -> None:
    for stage in (Decap(PLAN), *enforced([Decap(PLAN)], PLAN)):
        verdict = decided(stage, Packet(1, 2, BLUE, inner).octets())
        assert isinstance(verdict, Forward)
        assert verdict.notes == ()


def test_between_switch_and_tunnel_end_point() -> None:
    """The sending side notes nothing: what its switch gives it is its switch's affair."""
    spoofed = tagged(Inner(A1, A2, ip(3)).octets(), BLUE)
    foreign = tagged(Inner(G2, A2, ip(2, 1), ip(2)).octets(), BLUE)
    for frame, reason in ((spoofed, Reason.SOURCE_SPOOFED), (foreign, Reason.POLICY_DENIED)):
        for stage, notes in ((Untag(PLAN), (reason,)), (Encap(PLAN, PLAN.tep("tep1")), ())):
            verdict = decided(stage, frame)
            assert isinstance(verdict, Forward)
            assert verdict.notes == notes
            (strict,) = enforced([stage], PLAN)
            assert decided(strict, frame) == Reject(reason)


def test_a_cut_frame_is_judged_by_what_is_there() -> None:
    """Its MAC addresses tell where it comes from, if its IP header does not."""
    octets = BREAKING["source behind another TEP"][0].octets()
    audit = Audit(PLAN, selectors_of(PLAN))
    answer = audit.examine(FrameView(octets[:66], len(octets)))
    assert [found.kind for found in answer.findings] == [Kind.WRONG_TEP]
    verdict = decided(Decap(PLAN), octets[:66], len(octets))
    assert isinstance(verdict, Forward)
    assert verdict.notes == (Reason.WRONG_TEP,)


def test_run_notes_once() -> None:
    """Where a frame comes out of its tunnel; where it met none, at its switch."""
    *_, decap, untag = vm_to_vm(PLAN)
    breach = tagged(Inner(A1, A2, ip(3)).octets(), BLUE)
    local: dict[str, Any] = {"tep": 0, "local": True}
    for known, notes in (({"tep": 1, "origin": 0}, ()), (local, (Reason.SOURCE_SPOOFED,))):
        frame = breach if not notes else tagged(Inner(A1, M, ip(3), ip(4)).octets(), BLUE)
        verdict = decided(untag, frame, **known)
        assert isinstance(verdict, Forward)
        assert verdict.notes == notes
        assert decided(decap, frame, local=True) == Forward()


def test_a_migration_has_no_grace_here() -> None:
    """validate calls it in-flight for a while, and an error without grace; decap answers for the moment."""
    packet = BREAKING["VM that has left"][0]
    assert Audit(PLAN, selectors_of(PLAN), 1).change_times_ns == (MOVE, MOVE + 1)
    answer = Audit(PLAN, selectors_of(PLAN), 1).examine(FrameView(packet.octets(), ts_ns=MOVE))
    assert [found.kind for found in answer.findings] == [Kind.IN_FLIGHT]
    assert Enforced(Decap(PLAN), Audit(PLAN, selectors_of(PLAN))).change_times_ns == (MOVE,)


def test_the_switch_that_tags_is_strict_anyway() -> None:
    first, *others = enforced(vm_to_vm(PLAN), PLAN)
    assert not isinstance(first, Enforced)
    assert all(isinstance(stage, Enforced) for stage in others)
    assert [stage.name for stage in others] == ["encap", "decap", "untag"]


def test_every_error_is_a_reason_to_reject() -> None:
    """But what only several frames together show; those are kept as a reason for another purpose."""
    for kind in Kind:
        if kind.severity is Severity.ERROR:
            assert Reason(kind.reason)


SAMPLE = sample_map()
HOPS: dict[str, tuple[Stage, st.SearchStrategy[bytes]]] = {
    "encap": (Encap(SAMPLE), tagged_frames()),
    "encap tep1": (Encap(SAMPLE, SAMPLE.tep("tep1"), keep_local=True), tagged_frames()),
    "decap": (Decap(SAMPLE), overlay_frames()),
    "untag": (Untag(SAMPLE), tagged_frames()),
}


@pytest.mark.parametrize("name", HOPS)
@settings(max_examples=80)
@given(data=st.data())
def test_enforcing_is_rejecting_errors(name: str, data: st.DataObject) -> None:
    """Of what the stage forwards, exactly the frames with an error are rejected, for one that validate finds."""
    stage, frames = HOPS[name]
    one = data.draw(captured(frames))
    audit = Audit(SAMPLE, selectors_of(SAMPLE))
    if isinstance(stage.decide(_view(one)), Gather):
        return
    loose, strict = (settled(each.decide(_view(one)), one.frame) for each in (stage, Enforced(stage, audit)))
    errors = _errors(audit, one)
    if isinstance(loose, Reject):
        assert isinstance(strict, Reject)
        assert strict == loose or strict.reason in errors
    elif errors and loose != Forward():
        assert isinstance(strict, Reject)
        assert strict.reason in errors
    else:
        assert strict == loose
    if not isinstance(loose, Reject):
        assert {*loose.notes} & BREACHES <= errors


@pytest.mark.parametrize("name", ["decap", "untag"])
@settings(max_examples=80)
@given(data=st.data())
def test_the_short_way_is_the_long_one(name: str, data: st.DataObject) -> None:
    """That a frame is at home is found out in short, so that the usual costs little; nothing is missed by it."""
    stage, frames = HOPS[name]
    one = data.draw(captured(frames))
    short = stage.decide(_view(one))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(breaches, "_is_at_home", lambda *_: False)
        assert stage.decide(_view(one)) == short


def _view(one: Captured) -> FrameView:
    return FrameView(one.frame.octets, one.frame.orig_len, link_type=one.link_type, ts_ns=one.ts_ns)


def _errors(audit: Audit, one: Captured) -> set[Reason]:
    """What validate calls an error in a frame: by its flow, and by itself."""
    view = _view(one)
    answer = audit.examine(view)
    found = list(answer.findings)
    for check, findings in answer.checks:
        said = check.answer(one.frame.octets, view.orig_len)
        found += [findings[said - 1]] if said else []
    return {Reason(each.kind.reason) for each in found if each.kind.severity is Severity.ERROR}
