"""Packets of a flow that are cut into fragments: no two have the same identification but by chance."""

from __future__ import annotations

import pytest
from frames import eth4, eth6, udp

from dovetool.verdict.fragmentation import Cut

HEADERS = {"IPv4": (eth4, Cut(14, 34, 600), slice(18, 20)), "IPv6": (eth6, Cut(14, 54, 600), slice(58, 62))}


@pytest.mark.parametrize(("frame", "cut", "identification"), HEADERS.values(), ids=HEADERS)
def test_packets_that_differ_at_their_end_only(frame: type, cut: Cut, identification: slice) -> None:
    """As the segments of a file of zeros do, whose numbers only the checksum around them tells apart."""
    packets = [frame(udp(bytes(1000) + bytes((last,)))) for last in range(100)]
    found = []
    for packet in packets:
        pieces = [octets for octets, _ in cut.fragments(packet, len(packet))]
        (each,) = {octets[identification] for octets in pieces}
        assert len(pieces) == 2
        found.append(each)
        assert [octets for octets, _ in cut.fragments(packet, len(packet))] == pieces
    assert len(set(found)) == len(packets)
