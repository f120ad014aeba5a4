"""A frame for several tunnel end points is checked once for all of them, in batches as by itself."""

from __future__ import annotations

from both_ways import batch_of, put_through
from frames import A1, BLUE, BROADCAST, TEP_IPS, eth, eth4, ipv4, udp, vxlan
from small_network import network_map, outcome
from strategies import Captured

from dovetool.capture.framing import BARE
from dovetool.engine.stage_runner import StageRunner
from dovetool.stages.decap import Decap
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Frame
from dovetool.wire import Ipv4Header
from dovetool.wire.checksum import internet_checksum

GROUP_IP, GROUP_MAC = bytes((239, 1, 1, 1)), bytes.fromhex("01005e010101")
MAP = network_map(
    networks={"blue": {"group": "239.1.1.1"}},
    teps={
        "tep4": {"underlay": "l2", "mac": "02:00:00:00:01:04", "encap": ["pbb"]},  # not in the underlay of the group
    },
    switches={"sw4": {"tep": "tep4", "ports": {"p1": "blue"}}},
)


def to_group(checksum: int) -> bytes:
    datagram = udp(vxlan(eth4(src=A1, dst=BROADCAST), BLUE), src_port=50_000, dst_port=4789)
    datagram = datagram[:6] + checksum.to_bytes(2, "big") + datagram[8:]
    return eth(GROUP_MAC, bytes((2, 0, 0, 0, 1, 1)), 0x0800, ipv4(datagram, src_ip=TEP_IPS[0], dst_ip=GROUP_IP))


def right_checksum() -> int:
    frame = to_group(0)
    datagram = frame[14 + Ipv4Header.LEN :]
    pseudo = TEP_IPS[0] + GROUP_IP + bytes((0, 17)) + len(datagram).to_bytes(2, "big")
    return internet_checksum(pseudo + datagram) or 0xFFFF


def test_a_wrong_checksum_stops_all_copies() -> None:
    stage = Decap(MAP)
    right, wrong = to_group(right_checksum()), to_group(right_checksum() ^ 0x0101)
    copies = outcome(stage, right)
    assert isinstance(copies, list)
    assert len(copies) == 2
    assert outcome(stage, wrong) is Reason.BAD_CHECKSUM
    runner = StageRunner(stage)
    put_through(runner, batch_of([Captured(Frame(octets, len(octets)), 0, 1) for octets in (right, wrong)]), BARE)
    tally = runner.tally()
    assert (tally.forwarded, tally.replicas, tally.rejected) == (1, 1, {"bad-checksum": 1})
