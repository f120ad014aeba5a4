"""scapy reads the outer headers that Encap writes, and would have written the same lengths and checksums."""

from __future__ import annotations

from typing import Any

import pytest
from frames import BLUE, eth4, eth6, tagged, udp
from scapy_packets import ETHER, IP, IPV6, UDP, VLAN, VXLAN, read_frame, with_fresh_fields
from small_network import network_map, tep, through

from dovetool.stages.encap import Encap
from dovetool.stages.strip import Strip

UNDERLAYS: dict[str, dict[str, Any]] = {
    "IPv4": {},
    "IPv6": {f"tep{number}": {"ip": f"2001:db8::{number}"} for number in (1, 2, 3)},
}
FRAMES = {
    "IPv4": eth4(tos=0xBA),
    "IPv6": eth6(traffic_class=0xB9),
    "odd length": eth4(udp(b"odd")),
    "long": eth4(udp(bytes(range(256)) * 5)),
    "ones": eth4(udp(b"\xff" * 1001)),
}


def sent(underlay: str, frame: str, **tep1: Any) -> bytes:  # noqa: ANN401
    """One of the frames with a UDP checksum over the underlay of an IP version."""
    teps = UNDERLAYS[underlay] | {"tep1": {**UNDERLAYS[underlay].get("tep1", {}), "udp_checksum": "full", **tep1}}
    vnid_map = network_map(teps=teps)
    return through(Encap(vnid_map, tep(vnid_map, "tep1")), tagged(FRAMES[frame], pcp=5))


@pytest.mark.parametrize("underlay", UNDERLAYS)
@pytest.mark.parametrize("frame", FRAMES)
def test_scapy_computes_the_same_lengths_and_checksums(underlay: str, frame: str) -> None:
    octets = sent(underlay, frame)
    assert with_fresh_fields(octets) == octets
    assert read_frame(octets)[UDP].chksum != 0


@pytest.mark.parametrize("underlay", UNDERLAYS)
def test_scapy_reads_the_outer_headers(underlay: str) -> None:
    packet = read_frame(sent(underlay, "IPv4", vlan=7, ttl=9))
    assert (packet[VLAN].vlan, packet[VLAN].prio) == (7, 5)
    if underlay == "IPv4":
        ip = packet[IP]
        assert (ip.src, ip.dst, ip.ttl, ip.tos, str(ip.flags)) == ("192.0.2.1", "192.0.2.2", 9, 5 << 5 | 2, "DF")
    else:
        ip = packet[IPV6]
        assert (ip.src, ip.dst, ip.hlim, ip.tc) == ("2001:db8::1", "2001:db8::2", 9, 5 << 5 | 2)
    assert packet[UDP].dport == 4789
    assert (packet[VXLAN].vni, packet[VXLAN].flags.value) == (BLUE, 0x08)
    assert bytes(packet[VXLAN].payload) == FRAMES["IPv4"]


@pytest.mark.parametrize("version", ["IPv4", "IPv6"])
def test_strip_takes_off_what_scapy_put_on(version: str) -> None:
    """scapy sets flags of its own in the VXLAN header, 0x0c."""
    ip = IP(src="192.0.2.1", dst="192.0.2.2") if version == "IPv4" else IPV6(src="2001:db8::1", dst="2001:db8::2")
    packet = ETHER() / VLAN(vlan=9) / ip / UDP(sport=50000, dport=4789) / VXLAN(vni=77) / ETHER(FRAMES["IPv6"])
    assert through(Strip(), bytes(packet)) == FRAMES["IPv6"]
