"""The three jobs as one writes them with scapy at first: packets in, packets out.

Run as `naive_scapy.py JOB IN OUT FRAMES`.
"""

from __future__ import annotations

import logging
import sys
from itertools import islice
from typing import Any

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.inet import IP, UDP  # noqa: E402  (its log is silenced first)
from scapy.layers.l2 import Dot1Q, Ether  # noqa: E402
from scapy.layers.vxlan import VXLAN  # noqa: E402
from scapy.packet import Raw  # noqa: E402
from scapy.utils import PcapReader, PcapWriter  # noqa: E402


def strip(packet: Any) -> Any:  # noqa: ANN401  (scapy's packets have no useful type)
    """Take the outer headers of VXLAN off."""
    return packet[VXLAN].payload if VXLAN in packet else packet


def tag(packet: Any) -> Any:  # noqa: ANN401
    """Insert an 802.1Q tag, since scapy does not know ours."""
    return Ether(dst=packet.dst, src=packet.src) / Dot1Q(vlan=100, type=packet.type) / packet.payload


def encap(packet: Any) -> Any:  # noqa: ANN401
    """Put outer headers of VXLAN in the place of the tag."""
    inner = Ether(dst=packet.dst, src=packet.src, type=0x0800) / Raw(bytes(packet.payload)[6:])
    outer = Ether(dst="02:00:00:00:01:01", src="02:00:00:00:01:00") / IP(src="192.0.2.1", dst="192.0.2.2")
    return outer / UDP(sport=49152, dport=4789) / VXLAN(vni=5001) / inner


def main(job: str, source: str, target: str, frames: str) -> None:
    """Do one job on the first frames of a capture."""
    work = {"strip": strip, "tag": tag, "encap": encap}[job]
    with PcapReader(source) as reader, PcapWriter(target, linktype=1) as writer:
        for packet in islice(reader, int(frames)):
            result = work(packet)
            result.time = packet.time
            writer.write(result)


if __name__ == "__main__":
    main(*sys.argv[1:])
