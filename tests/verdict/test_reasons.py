"""Every reason is given for a frame that shows it, and every reason has such a frame here."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from frames import A1, A2, A3, BLUE, BROADCAST, RED, TEP_IPS, TEP_MACS, eth, eth4, ipv4, tagged, udp, underlay
from offloaded import guest, tunnel
from routed_network import IP4, NOWHERE, A, C, between, in_l3, routed_map, to_gateway
from small_network import BLUE_TO_RED, NOBODY, R2, STRANGER, decided, network_map, outcome, port, tep

from dovetool.audit.enforced import enforced
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.stage import Stage
from dovetool.stages.strip import Strip
from dovetool.stages.switch import Tag
from dovetool.stages.translate import Translate
from dovetool.stages.untag import Untag
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Frame, Limit, Reject, Splice, carry_out, settled
from dovetool.wire import NvgreHeader, vnid

MAP = network_map()
FROM_A1 = Tag(MAP, port(MAP, "sw1/p1"))
AT_TEP1 = Encap(MAP, tep(MAP, "tep1"))
TWO_ALLOWED = network_map(
    switches={"sw3": {"ports": {"p2": "green"}}},
    vms={"g2": {"mac": R2.hex(":"), "at": "sw3/p2"}},
    policies=[*BLUE_TO_RED, {"from": "blue", "to": "green"}],
)
TWO_SENDERS = network_map(vms={"r2": {"mac": A3.hex(":")}}, policies=BLUE_TO_RED)
FULL = network_map(teps={f"tep{n}": {"ip": f"2001:db8::{n}", "udp_checksum": "full"} for n in (1, 2, 3)})
TRUNK = network_map(switches={"sw1": {"ports": {"p9": {"77": "blue"}}}})
MTU_81, STT, NOT_OURS = (
    network_map(teps={"tep1": {"mtu": 81}}),
    network_map(teps={"tep1": {"encap": ["stt"]}, "tep2": {"encap": ["stt"]}}),
    network_map(teps={"tep1": {"ip": "192.0.2.9"}}),
)
NVGRE = network_map(teps={"tep1": {"encap": ["nvgre"]}, "tep2": {"encap": ["nvgre"]}})
GENEVE = network_map(teps={"tep1": {"encap": ["geneve"]}, "tep2": {"encap": ["geneve"]}})
NVGRE_0XFFF = network_map(
    networks={"blue": {"vnid": 0xFFF}}, teps={name: {"encap": ["nvgre"]} for name in ("tep1", "tep2")}
)
VLAN = bytes.fromhex("81000007")
ROUTED, ROUTERLESS = routed_map(), routed_map(teps={"t2": {"router_mac": None}})
STRICT = enforced([Decap(MAP)], MAP)[0]
MOVED = network_map(
    vms={
        "a1": {
            "at": [
                {"port": "sw1/p1", "until": "1970-01-01T00:00:00Z"},
                {"port": "sw3/p1", "from": "1970-01-01T00:00:00Z"},
            ]
        }
    }
)


def in_gre(inner: bytes) -> bytes:
    """The frame in NVGRE, from tep1 to tep2."""
    packet = ipv4(NvgreHeader(vnid(BLUE)).emit() + inner, src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1], protocol=47)
    return eth(TEP_MACS[1], TEP_MACS[0], 0x0800, packet)


def in_geneve(inner: bytes, option: bytes = b"", *, oam: bool = False) -> bytes:
    """The frame in Geneve, with a critical option or as a control message, from tep1 to tep2."""
    header = bytes((len(option) // 4, 0x80 if oam else 0x40)) + b"\x65\x58" + BLUE.to_bytes(3, "big") + b"\0" + option
    packet = ipv4(udp(header + inner, dst_port=6081), src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1])
    return eth(TEP_MACS[1], TEP_MACS[0], 0x0800, packet)


def with_checksum(frame: bytes, checksum: int) -> bytes:
    """The frame with another outer UDP checksum."""
    return frame[:40] + checksum.to_bytes(2, "big") + frame[42:]


@dataclass(frozen=True, slots=True)
class Case:
    """A frame that a stage rejects."""

    stage: Stage
    octets: bytes
    orig_len: int | None = None
    link_type: int = 1
    interface: str = ""


REJECTED: dict[Reason, list[Case]] = {
    Reason.MALFORMED: [
        Case(FROM_A1, bytes(13)),
        Case(AT_TEP1, tagged(eth4())[:19]),
        Case(Untag(MAP), tagged(eth4())[:17]),
        Case(Decap(MAP), underlay(bytes(13))),
        Case(Strip(), underlay(bytes(13))),
    ],
    Reason.TRUNCATED: [
        Case(FROM_A1, eth4()[:13], 60),
        Case(AT_TEP1, tagged(eth4())[:19], 60),
        Case(Untag(MAP), tagged(eth4())[:17], 60),
        Case(Decap(MAP), underlay(eth4())[:49], 100),
        Case(Strip(), underlay(eth4())[:63], len(underlay(eth4()))),
    ],
    Reason.NOT_ETHERNET: [Case(stage, eth4(), link_type=113) for stage in (FROM_A1, AT_TEP1, Untag(MAP))],
    Reason.ALREADY_TAGGED: [Case(Decap(MAP), underlay(tagged(eth4())))],
    Reason.UNTAGGED: [Case(stage, eth4()) for stage in (AT_TEP1, Untag(MAP))],
    Reason.UNKNOWN_SOURCE: [Case(Tag(MAP), eth4(src=STRANGER)), Case(Encap(MAP), tagged(eth4(src=STRANGER)))],
    Reason.AMBIGUOUS_SOURCE: [Case(Tag(MAP), eth4()), Case(Encap(TWO_SENDERS), tagged(eth4(src=A3), RED))],
    Reason.SOURCE_SPOOFED: [Case(Tag(MAP, port(MAP, "sw1/p3")), eth4())],
    Reason.UNKNOWN_PORT: [
        Case(Tag(MAP), eth4(), interface="sw1/p9"),
        Case(Encap(MAP), tagged(eth4()), interface="sw1/p9"),
    ],
    Reason.UNKNOWN_DESTINATION: [
        Case(AT_TEP1, tagged(eth4(dst=STRANGER, dst_ip=NOBODY))),
        Case(Untag(MAP), tagged(eth4(dst=STRANGER, dst_ip=NOBODY))),
        Case(Decap(MAP), underlay(eth4(dst=STRANGER, dst_ip=NOBODY))),
    ],
    Reason.DUPLICATE_ADDRESS: [Case(Tag(TWO_ALLOWED, port(TWO_ALLOWED, "sw1/p1")), eth4(dst=R2))],
    Reason.UNKNOWN_VNID: [
        *(Case(stage, tagged(eth4(), 77)) for stage in (FROM_A1, AT_TEP1, Untag(MAP))),
        Case(Decap(MAP), underlay(eth4(), 77)),
    ],
    Reason.UNKNOWN_TEP: [Case(Decap(NOT_OURS), underlay(eth4()))],
    Reason.VNID_NOT_ON_TEP: [
        Case(Decap(MAP), underlay(eth4(dst=BROADCAST), RED, dst=3)),
        Case(Untag(MAP, tep(MAP, "tep3")), tagged(eth4(dst=BROADCAST), RED)),
    ],
    Reason.NOT_FOR_THIS_TEP: [Case(Decap(MAP, tep(MAP, "tep1")), underlay(eth4()))],
    Reason.WRONG_TEP: [
        Case(Decap(MAP), underlay(eth4(), dst=3)),
        Case(Untag(MAP, tep(MAP, "tep1")), tagged(eth4())),
    ],
    Reason.TAG_SPOOFED: [Case(FROM_A1, tagged(eth4(), RED)), Case(Tag(MAP), tagged(eth4(), RED), interface="sw1/p1")],
    Reason.ISOLATION_VIOLATION: [Case(STRICT, underlay(eth4(dst=BROADCAST, src=R2), src=2, dst=1))],
    Reason.LATE_FRAME: [Case(enforced([Decap(MOVED)], MOVED)[0], underlay(eth4()))],
    Reason.WRONG_UNDERLAY_MAC: [Case(STRICT, TEP_MACS[2] + underlay(eth4())[6:])],
    Reason.WRONG_PORT: [Case(STRICT, underlay(eth4(), dst_port=8472))],
    Reason.UNKNOWN_VLAN: [
        Case(Tag(TRUNK), eth4(vlans=VLAN), interface="sw1/p9"),
        Case(Tag(TRUNK), eth4(), interface="sw1/p9"),
    ],
    Reason.POLICY_DENIED: [Case(FROM_A1, eth4(dst=R2))],
    Reason.LOCAL: [Case(Encap(MAP, tep(MAP, "tep2")), tagged(eth4()))],
    Reason.NO_COMMON_ENCAP: [Case(Encap(MAP, tep(MAP, "tep1"), "geneve"), tagged(eth4()))],
    Reason.UNSUPPORTED_ENCAP: [Case(Encap(STT, tep(STT, "tep1")), tagged(eth4()))],
    Reason.MTU_EXCEEDED: [Case(Encap(MTU_81, tep(MTU_81, "tep1")), tagged(eth4()))],
    Reason.NOT_OVERLAY: [
        Case(Decap(MAP), eth4()),
        Case(Decap(MAP), eth(A2, A1)),
        Case(Strip(), eth4()[14:], link_type=101),
    ],
    Reason.BAD_OVERLAY_HEADER: [Case(Decap(MAP), underlay(eth4())[:42] + b"\0" + underlay(eth4())[43:])],
    Reason.CRITICAL_OPTION: [Case(Decap(MAP), in_geneve(eth4(), bytes.fromhex("00008000")))],
    Reason.CONTROL_PACKET: [Case(enforced([Decap(GENEVE)], GENEVE)[0], in_geneve(eth4(), oam=True))],
    Reason.BAD_CHECKSUM: [Case(Decap(MAP), with_checksum(underlay(eth4()), 1))],
    Reason.MISSING_CHECKSUM: [Case(Decap(FULL), tunnel(guest(), v6=True).with_checksum(0).octets)],
    Reason.INNER_VLAN: [
        Case(Encap(NVGRE, tep(NVGRE, "tep1")), tagged(eth4(vlans=VLAN))),
        Case(Decap(NVGRE), in_gre(eth4(vlans=VLAN))),
        Case(Translate("nvgre"), underlay(eth4(vlans=VLAN))),
    ],
    Reason.RESERVED_VNID: [
        Case(Encap(NVGRE_0XFFF, tep(NVGRE_0XFFF, "tep1")), tagged(eth4(), 0xFFF)),
        Case(Translate("nvgre"), underlay(eth4(), 0xFFF)),
    ],
    Reason.ECN_DROP: [Case(stage, underlay(eth4(), tos=3)) for stage in (Decap(MAP), Strip())],
    Reason.TTL_EXCEEDED: [
        Case(Tag(ROUTED), to_gateway(A, IP4[C], ttl=1)),
        Case(Decap(ROUTED), in_l3(between(ttl=1))),
    ],
    Reason.NO_ROUTE: [
        Case(Tag(ROUTED), to_gateway(A, NOWHERE)),
        Case(Decap(ROUTED), in_l3(between(dst_ip=NOWHERE))),
    ],
    Reason.UNKNOWN_ROUTER: [
        Case(Tag(ROUTERLESS), to_gateway(A, IP4[C])),
        Case(Encap(ROUTED), tagged(between(dst=STRANGER), 50000)),
        Case(Decap(ROUTED), in_l3(between(src=STRANGER))),
    ],
}
BY_THE_PIPELINE = {Reason.FRAGMENT_TIMEOUT, Reason.FCS_REMOVED, Reason.DUPLICATE}
"""No frame by itself has these; see test_reassembly and test_gathering, and test_fcs."""
NOTED = {
    Reason.NONZERO_PAD: [Case(stage, tagged(eth4())[:17] + b"\x9f" + eth4()[12:]) for stage in (FROM_A1, AT_TEP1)],
    Reason.CONTROL_PACKET: [Case(stage, in_geneve(eth4(), oam=True)) for stage in (Decap(MAP), Strip())],
    Reason.CHECKSUM_OFFLOADED: [Case(Decap(MAP), tunnel(guest()).partial.octets)],
}


def flat(cases: dict[Reason, list[Case]]) -> list[object]:
    """One parameter set a case."""
    return [
        pytest.param(reason, case, id=f"{reason}-{case.stage.name}")
        for reason, several in cases.items()
        for case in several
    ]


@pytest.mark.parametrize(("reason", "case"), flat(REJECTED))
def test_reason(reason: Reason, case: Case) -> None:
    made = outcome(case.stage, case.octets, case.orig_len, link_type=case.link_type, interface=case.interface)
    assert made is reason


@pytest.mark.parametrize(("reason", "case"), flat(NOTED))
def test_note(reason: Reason, case: Case) -> None:
    verdict = settled(decided(case.stage, case.octets), Frame(case.octets, len(case.octets)))
    assert isinstance(verdict, Forward)
    assert reason in verdict.notes


def test_every_reason_has_a_test() -> None:
    assert {*REJECTED, *NOTED, *BY_THE_PIPELINE} == set(Reason)
    assert all([*REJECTED.values(), *NOTED.values()])


class TestCarryOut:
    """A verdict on one frame, carried out in plain Python."""

    FRAME = Frame(b"0123456789", 20)

    def test_splices_and_trim(self) -> None:
        """The trim counts from the end on the wire, of which nothing was captured here."""
        verdict = Forward((Splice(0, cut=2, insert=b"ab"), Splice(4, insert=b"+"), Splice(6, cut=1)), trim=3)
        assert carry_out(verdict, self.FRAME) == (Frame(b"ab23+45789", 17),)

    def test_trim_of_captured_octets(self) -> None:
        assert carry_out(Forward(trim=12), self.FRAME) == (Frame(b"01234567", 8),)

    def test_rejection_stays_one(self) -> None:
        assert carry_out(Reject(Reason.LOCAL), self.FRAME) == Reject(Reason.LOCAL)

    @pytest.mark.parametrize(("octets", "fits"), [(19, False), (20, True)])
    def test_limit_counts_the_new_length_on_the_wire(self, octets: int, fits: bool) -> None:
        verdict = Forward((Splice(0, insert=b"ab"),), trim=2, limit=Limit(octets, Reason.MTU_EXCEEDED))
        expected = (Frame(b"ab" + self.FRAME.octets, 20),) if fits else Reject(Reason.MTU_EXCEEDED)
        assert carry_out(verdict, self.FRAME) == expected

    def test_strictest_limit_of_several_copies_counts(self) -> None:
        copies = Copies((Forward(), Forward((Splice(0, cut=1),), limit=Limit(18, Reason.MTU_EXCEEDED))))
        assert carry_out(copies, self.FRAME) == Reject(Reason.MTU_EXCEEDED)
        assert carry_out(copies, Frame(b"0123456789", 19)) == (Frame(b"0123456789", 19), Frame(b"123456789", 18))

    def test_length_on_the_wire_is_never_below_the_captured_one(self) -> None:
        """Some writers of captures leave 0 in it."""
        assert carry_out(Forward((Splice(0, cut=4),)), Frame(b"0123456789", 0)) == (Frame(b"456789", 6),)
