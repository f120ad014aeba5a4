"""What Geneve carries beside Ethernet frames, and critical options: who drops the frame, and who only says so."""

from __future__ import annotations

from typing import Any

import pytest
from frames import A1, A2, BLUE, TEP_IPS, TEP_MACS, eth, eth4, ipv4, tagged, udp
from small_network import decided, forward, network_map, outcome, through, vnid_of

from dovetool.audit.audit import Audit
from dovetool.audit.enforced import enforced
from dovetool.audit.form_audit import FormAudit
from dovetool.frame.view import FrameView
from dovetool.observe.observe import Observe
from dovetool.stages.decap import Decap
from dovetool.stages.strip import Strip
from dovetool.stages.translate import Translate
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Frame, settled
from dovetool.vnid_map import VnidMap
from dovetool.wire import SELECTORS, GeneveHeader, GeneveOption, vnid

UNKNOWN = GeneveOption(0xFFFF, 0x80, bytes(4))
ARP = bytes.fromhex("0001080006040001") + A1 + b"\x0a\0\0\1" + bytes(6) + b"\x0a\0\0\2"


def geneve(payload: bytes, *options: GeneveOption, ethertype: int = 0x6558) -> bytes:
    """A payload in Geneve, from tep1 to tep2."""
    datagram = udp(GeneveHeader(vnid(BLUE), ethertype, options).emit() + payload, src_port=50000, dst_port=6081)
    return eth(TEP_MACS[1], TEP_MACS[0], 0x0800, ipv4(datagram, src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1]))


def knowing(**tep2: Any) -> VnidMap:  # noqa: ANN401
    """The map, with more said of the receiver."""
    return network_map(teps={"tep1": {"encap": ["vxlan", "geneve"]}, "tep2": {"encap": ["vxlan", "geneve"], **tep2}})


@pytest.mark.parametrize(
    ("ethertype", "payload"),
    [
        (0x0806, ARP),
        (0x0800, eth4()[14:]),
        (0x8847, bytes.fromhex("0012b13f") + eth4()[14:]),
        (0x894F, bytes(20)),
        (0x1234, b"who knows"),
    ],
    ids=["ARP", "IPv4", "MPLS", "NSH", "unknown"],
)
def test_any_ethertype_gets_an_ethernet_header(ethertype: int, payload: bytes) -> None:
    """From nobody to nobody (RFC 8926 section 3.4: the protocol type is an EtherType)."""
    made = bytes(12) + ethertype.to_bytes(2, "big") + payload
    assert through(Strip(depth=1), geneve(payload, ethertype=ethertype)) == made
    translated = through(Translate("vxlan"), geneve(payload, ethertype=ethertype))
    assert through(Strip(depth=1), translated) == made
    back = forward(Translate("vxlan"), geneve(payload, ethertype=ethertype))
    assert back.loss == ("payload-type",)
    assert Observe().observe(FrameView(geneve(payload, ethertype=ethertype))).vnid == BLUE


def test_gpe_carries_what_it_has_a_number_for() -> None:
    """An IP packet stays bare; ARP gets an Ethernet header."""
    assert forward(Translate("vxlan-gpe"), geneve(eth4()[14:], ethertype=0x0800)).loss == ()
    assert forward(Translate("vxlan-gpe"), geneve(ARP, ethertype=0x0806)).loss == ("payload-type",)


def test_arp_is_delivered() -> None:
    """It says by itself who sends it; what it asks is for all."""
    made = through(Decap(knowing()), geneve(ARP, ethertype=0x0806))
    assert vnid_of(made) == BLUE
    assert made == tagged(eth(b"\xff" * 6, A1, 0x0806, ARP))
    reply = ARP[:7] + b"\2" + ARP[8:18] + A2 + ARP[24:]
    assert through(Decap(knowing()), geneve(reply, ethertype=0x0806)) == tagged(eth(A2, A1, 0x0806, reply))


def test_a_number_that_is_no_ethertype() -> None:
    frame = geneve(b"payload", ethertype=0x0100)
    assert through(Strip(), frame) == frame
    assert outcome(Decap(knowing()), frame) is Reason.UNSUPPORTED_ENCAP


def test_observers_report_a_critical_option() -> None:
    octets = geneve(eth4(), UNKNOWN)
    assert through(Strip(), octets) == eth4()
    assert forward(Strip(), octets).notes == (Reason.CRITICAL_OPTION,)
    assert forward(Translate("vxlan"), octets).notes == (Reason.CRITICAL_OPTION,)
    assert set(forward(Translate("vxlan"), octets).loss) == {"geneve-options", "critical-option"}
    nested = geneve(octets)
    assert forward(Strip(), nested).notes == (Reason.CRITICAL_OPTION,)
    assert through(Strip(), nested) == eth4()


@pytest.mark.parametrize(
    ("options", "is_dropped"),
    [
        (None, True),
        (["0xffff:0x81"], True),
        (["0xffff:0x80"], False),
        (["0x0102:0x81", "0xFFFF:0x80"], False),
        ("any", False),
    ],
)
def test_a_tep_drops_what_it_does_not_understand(options: object, *, is_dropped: bool) -> None:
    vnid_map = knowing() if options is None else knowing(geneve_options=options)
    octets = geneve(eth4(), UNKNOWN)
    if is_dropped:
        assert outcome(Decap(vnid_map), octets) is Reason.CRITICAL_OPTION
    else:
        assert through(Decap(vnid_map), octets) == tagged(eth4())
    found = Audit(vnid_map, SELECTORS).examine(FrameView(octets)).findings
    assert [finding.kind.reason for finding in found] == [Reason.CRITICAL_OPTION] * is_dropped


def test_validate_without_a_map_says_it_too() -> None:
    found = FormAudit(0x88B5, SELECTORS).examine(FrameView(geneve(eth4(), UNKNOWN))).findings
    assert [finding.kind.reason for finding in found] == [Reason.CRITICAL_OPTION]


@pytest.mark.parametrize("data", [bytes(8), bytes(20)])
def test_ciliums_option_is_known(data: bytes) -> None:
    octets = geneve(eth4(), GeneveOption(0x014B, 0x81, data))
    verdict = decided(Decap(knowing()), octets)
    assert isinstance(verdict, Forward)
    assert forward(Strip(), octets).notes == ()


def in_gpe(payload: bytes, flags: int, number: int) -> bytes:
    """A payload in VXLAN-GPE, from tep1 to tep2."""
    header = bytes((flags, 0, 0, number)) + BLUE.to_bytes(3, "big") + b"\0"
    datagram = udp(header + payload, src_port=50000, dst_port=4790)
    return eth(TEP_MACS[1], TEP_MACS[0], 0x0800, ipv4(datagram, src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1]))


def with_flags(octets: bytes, flags: int) -> bytes:
    """The same Geneve packet with other flags."""
    return octets[:43] + bytes((flags,)) + octets[44:]


ANY = network_map(teps={name: {"encap": ["vxlan", "geneve", "vxlan-gpe"]} for name in ("tep1", "tep2")})
CONTROL = {"Geneve": with_flags(geneve(eth4()), 0x80), "VXLAN-GPE": in_gpe(eth4(), 0x0D, 3)}


def found_in(octets: bytes, vnid_map: VnidMap = ANY) -> list[str]:
    """What validate says of a packet."""
    findings = Audit(vnid_map, SELECTORS).examine(FrameView(octets)).findings
    return [str(finding.kind.reason) for finding in findings]


@pytest.mark.parametrize("octets", CONTROL.values(), ids=CONTROL)
def test_a_control_message_is_not_for_a_vm(octets: bytes) -> None:
    """RFC 8926 section 3.4: tunnel endpoints must not forward the payload. Linux does, and so does decap."""
    assert through(Decap(ANY), octets) == tagged(eth4())
    verdict = settled(forward(Decap(ANY), octets), Frame(octets, len(octets)))
    assert isinstance(verdict, Forward)
    assert verdict.notes == (Reason.CONTROL_PACKET,)
    assert found_in(octets) == [Reason.CONTROL_PACKET]
    assert outcome(enforced([Decap(ANY)], ANY)[0], octets) is Reason.CONTROL_PACKET
    assert forward(Strip(), octets).notes == (Reason.CONTROL_PACKET,)


def test_a_control_message_for_the_end_point_is_none_for_a_vm() -> None:
    """Its frame is for an address that no VM has, and nobody gets it."""
    octets = with_flags(geneve(eth4(dst=TEP_MACS[1], dst_ip=TEP_IPS[1])), 0x80)
    assert outcome(Decap(ANY), octets) is Reason.UNKNOWN_DESTINATION
    assert Reason.CONTROL_PACKET not in found_in(octets)


OVN = GeneveOption(0x0102, 0x80, bytes(4))


@pytest.mark.parametrize(
    ("options", "flags", "is_wrong"),
    [
        ((), 0, False),
        ((), 0x40, True),
        ((GeneveOption(0x0102, 1),), 0x40, True),
        ((OVN,), 0x40, False),
        ((OVN,), 0, True),
        ((UNKNOWN,), 0, True),
    ],
)
def test_the_c_flag_goes_by_the_options(options: tuple[GeneveOption, ...], flags: int, *, is_wrong: bool) -> None:
    """With a map or without; a receiver that reads no options has nothing else to go by (RFC 8926 section 3.4)."""
    octets = with_flags(geneve(eth4(), *options), flags)
    found = FormAudit(0x88B5, SELECTORS).examine(FrameView(octets)).findings
    assert ("critical-flag" in [finding.kind.reason for finding in found]) is is_wrong
    assert ("critical-flag" in found_in(octets)) is is_wrong
    assert {finding.kind.severity for finding in found if finding.kind.reason == "critical-flag"} <= {"warning"}


SERVICE_PATH = bytes.fromhex("0fc60103000001ff") + bytes(16)
NAMELESS = {
    "NSH in VXLAN-GPE": in_gpe(SERVICE_PATH + eth4(), 0x0C, 4),
    "NSH in Geneve": geneve(SERVICE_PATH + eth4(), ethertype=0x894F),
    "no EtherType in Geneve": geneve(eth4(), ethertype=0x0006),
    "another EtherType in Geneve": geneve(eth4(), ethertype=0x1234),
}


@pytest.mark.parametrize("octets", NAMELESS.values(), ids=NAMELESS)
def test_what_names_no_vm_is_not_judged_as_a_frame_of_one(octets: bytes) -> None:
    """There are no MAC addresses in it, and no IP packet or ARP that would lead to some."""
    assert outcome(Decap(ANY), octets) is Reason.UNSUPPORTED_ENCAP
    assert found_in(octets) == []


def test_a_packet_behind_labels_names_its_vms() -> None:
    made = through(Decap(ANY), geneve(bytes.fromhex("0012b13f") + eth4()[14:], ethertype=0x8847))
    assert made[:12] == eth4()[:12]


def test_strip_takes_the_frame_behind_a_service_path() -> None:
    assert through(Strip(), NAMELESS["NSH in VXLAN-GPE"]) == eth4()
    assert through(Strip(), NAMELESS["NSH in Geneve"]) == eth4()


def test_a_bare_packet_is_named_by_its_ip_address() -> None:
    """It has no MAC address, and that of nobody is none that anybody could look for, or see at two places."""
    octets = geneve(eth4(src_ip=b"\x0a\x09\x09\x01", dst_ip=b"\x0a\x09\x09\x02")[14:], ethertype=0x0800)
    examined = Audit(ANY, SELECTORS).examine(FrameView(octets))
    texts = {str(finding.kind.reason): finding.text for finding in examined.findings}
    assert texts["unknown-source"].startswith("10.9.9.1 in blue")
    assert texts["unknown-destination"].startswith("10.9.9.2 in blue")
    assert examined.seen_addresses == ()
