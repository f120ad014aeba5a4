"""Congestion marks through a tunnel: the whole table of RFC 6040, and a checksum that stays right."""

from __future__ import annotations

import pytest
from frames import A1, A2, eth, eth4, eth6, ipv4, tagged, udp, underlay, vxlan
from hypothesis import given
from hypothesis import strategies as st
from small_network import forward, network_map, outcome, outer_ip, tep, through

from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.strip import Strip
from dovetool.verdict.reasons import Reason
from dovetool.wire.checksum import internet_checksum
from dovetool.wire.ecn import CE, ECT_0, ECT_1, NOT_ECT, decapsulated

MAP = network_map()
DECAP, STRIP = Decap(MAP), Strip()
MARKS = (NOT_ECT, ECT_0, ECT_1, CE)
TABLE = {
    # inner: what comes out for an outer Not-ECT, ECT(0), ECT(1), CE (RFC 6040 section 4.2, figure 4)
    NOT_ECT: (NOT_ECT, NOT_ECT, NOT_ECT, None),
    ECT_0: (ECT_0, ECT_0, ECT_1, CE),
    ECT_1: (ECT_1, ECT_1, ECT_1, CE),
    CE: (CE, CE, CE, CE),
}
CASES = [(outer, inner, out) for inner, row in TABLE.items() for outer, out in zip(MARKS, row, strict=True)]
EACH_CASE = pytest.mark.parametrize(("outer", "inner", "out"), CASES)
DSCP = 46 << 2


def test_code_points() -> None:
    """RFC 3168 section 5."""
    assert (NOT_ECT, ECT_1, ECT_0, CE) == (0b00, 0b01, 0b10, 0b11)


@EACH_CASE
def test_table_of_rfc_6040(outer: int, inner: int, out: int | None) -> None:
    assert decapsulated(outer, inner) == out


@EACH_CASE
@pytest.mark.parametrize("stage", [DECAP, STRIP], ids=["decap", "strip"])
def test_ipv4(stage: Decap | Strip, outer: int, inner: int, out: int | None) -> None:
    """Two bits and the checksum change; the checksum is what a fresh computation gives."""
    frame = underlay(eth4(tos=DSCP | inner), tos=outer)
    if out is None:
        assert outcome(stage, frame) is Reason.ECN_DROP
        return
    expected = eth4(tos=DSCP | out)
    assert through(stage, frame) == (tagged(expected) if stage is DECAP else expected)


@EACH_CASE
@pytest.mark.parametrize("stage", [DECAP, STRIP], ids=["decap", "strip"])
def test_ipv6(stage: Decap | Strip, outer: int, inner: int, out: int | None) -> None:
    frame = underlay(eth6(traffic_class=DSCP | inner), tos=outer)
    if out is None:
        assert outcome(stage, frame) is Reason.ECN_DROP
        return
    expected = eth6(traffic_class=DSCP | out)
    assert through(stage, frame) == (tagged(expected) if stage is DECAP else expected)


@EACH_CASE
def test_ipv6_underlay(outer: int, inner: int, out: int | None) -> None:
    frame = eth6(udp(vxlan(eth4(tos=inner)), dst_port=4789), traffic_class=DSCP | outer)
    assert outcome(STRIP, frame) is Reason.ECN_DROP if out is None else through(STRIP, frame) == eth4(tos=out)


@pytest.mark.parametrize("vlans", ["", "8100a005", "88a80007 81000005"])
def test_behind_8021q_tags_and_the_tag(vlans: str) -> None:
    octets = bytes.fromhex(vlans)
    frame = underlay(tagged(eth4(tos=ECT_0, vlans=octets)), tos=CE)
    assert through(STRIP, frame) == eth4(tos=CE, vlans=octets)
    assert through(DECAP, underlay(eth4(tos=ECT_0, vlans=octets), tos=CE)) == tagged(eth4(tos=CE, vlans=octets))


@pytest.mark.parametrize("outer", MARKS)
def test_frame_without_ip_has_no_mark(outer: int) -> None:
    """Nothing to mark, and nothing to drop for."""
    frame = eth(A2, A1, 0x0806, bytes(28))
    assert through(STRIP, underlay(frame, tos=outer)) == frame
    assert through(DECAP, underlay(frame, tos=outer)) == tagged(frame)


@given(
    addresses=st.tuples(st.binary(min_size=4, max_size=4), st.binary(min_size=4, max_size=4)),
    ttl=st.integers(0, 255),
    case=st.sampled_from([case for case in CASES if case[2] is not None]),
)
def test_checksum_is_right_whatever_else_the_header_holds(
    addresses: tuple[bytes, bytes], ttl: int, case: tuple[int, int, int]
) -> None:
    """Also where it is 0000 or fffe before or after the change."""
    outer, inner, out = case
    source, target = addresses
    packet = ipv4(udp(), src_ip=source, dst_ip=target, tos=inner, ttl=ttl)
    after = through(STRIP, underlay(eth(A2, A1, 0x0800, packet), tos=outer))
    assert after[14:] == ipv4(udp(), src_ip=source, dst_ip=target, tos=out, ttl=ttl)


@pytest.mark.parametrize("checksum", [0x0000, 0x0001, 0xFFFE, 0xFFFF])
def test_checksum_at_the_ends_of_its_range(checksum: int) -> None:
    """An address is chosen so that the inner header's checksum is that one, or as near to it as it can be."""
    base = int.from_bytes(eth4(src_ip=bytes(4), tos=ECT_0)[24:26], "big")
    source = ((base - checksum) % 0xFFFF).to_bytes(2, "big") + bytes(2)
    frame = eth4(src_ip=source, tos=ECT_0)
    assert int.from_bytes(frame[24:26], "big") in {checksum, checksum ^ 0xFFFF}
    assert through(STRIP, underlay(frame, tos=CE)) == eth4(src_ip=source, tos=CE)


def test_wrong_checksum_stays_wrong() -> None:
    """A broken packet is not repaired on the way."""
    frame = bytearray(eth4(tos=ECT_0))
    frame[24] ^= 0x55
    after = through(STRIP, underlay(bytes(frame), tos=CE))
    assert internet_checksum(after[14:34]) == internet_checksum(bytes(frame[14:34])) != 0


class TestNested:
    """Each tunnel's mark works on the next one's, from the outside inwards."""

    def test_mark_of_the_outermost_reaches_the_innermost(self) -> None:
        inside = underlay(underlay(eth4(tos=ECT_0), tos=ECT_0), tos=ECT_0)
        assert through(STRIP, underlay(inside, tos=CE)) == eth4(tos=CE)

    def test_mark_on_the_way_stays(self) -> None:
        assert through(STRIP, underlay(underlay(eth4(tos=ECT_0), tos=CE), tos=ECT_0)) == eth4(tos=CE)

    def test_tunnel_that_does_not_know_marks_is_dropped_in_between(self) -> None:
        assert outcome(STRIP, underlay(underlay(eth4(tos=ECT_0), tos=NOT_ECT), tos=CE)) is Reason.ECN_DROP

    def test_mark_stops_at_the_depth(self) -> None:
        inside = underlay(eth4(tos=ECT_0), tos=ECT_0)
        after = through(Strip(depth=1), underlay(inside, tos=CE))
        assert after == underlay(eth4(tos=ECT_0), tos=CE)

    def test_two_steps_give_what_one_gives(self) -> None:
        for outer in MARKS:
            for middle in MARKS:
                frame = underlay(underlay(eth4(tos=ECT_0), tos=middle), tos=outer)
                first = outcome(Strip(depth=1), frame)
                second = outcome(STRIP, first[0].octets) if isinstance(first, list) else first
                assert outcome(STRIP, frame) == second, (outer, middle)


class TestEncap:
    """RFC 6040 section 4.1, normal mode: the inner field is copied."""

    @pytest.mark.parametrize("mark", MARKS)
    def test_mark_is_copied(self, mark: int) -> None:
        encap = Encap(MAP, tep(MAP, "tep1"))
        for frame in (eth4(tos=DSCP | mark), eth6(traffic_class=DSCP | mark)):
            sent = through(encap, tagged(frame, pcp=3))
            assert outer_ip(sent).tos == 3 << 5 | mark
            assert through(DECAP, sent) == tagged(frame, pcp=3)

    def test_frame_without_ip(self) -> None:
        assert outer_ip(through(Encap(MAP, tep(MAP, "tep1")), tagged(eth(A2, A1)))).tos == 0

    @pytest.mark.parametrize("mark", MARKS)
    def test_mark_beside_a_fixed_dscp(self, mark: int) -> None:
        vnid_map = network_map(teps={"tep1": {"dscp": 10}})
        sent = through(Encap(vnid_map, tep(vnid_map, "tep1")), tagged(eth4(tos=DSCP | mark)))
        assert outer_ip(sent).tos == 10 << 2 | mark


def test_equal_marks_change_nothing() -> None:
    assert forward(STRIP, underlay(eth4(tos=CE), tos=CE)).patches == ()
