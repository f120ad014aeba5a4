"""What `run` makes of traffic through a gateway obeys the map at every hop, whatever the two sides speak."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited_traffic import A1, A2, A3, BROADCAST, Inner, ip, mac, write_map
from in_process import dovetool
from plain_capture import write_frames
from test_audit_faults import validated

MAP = """\
version: 1
networks: {blue: {vnid: 5001}}
teps:
  tep1: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan]}
  tep2: {ip: 192.0.2.2, mac: "02:00:00:00:01:02", encap: [%s]}
  tep3: {ip: 192.0.2.3, mac: "02:00:00:00:01:03", encap: [vxlan]}
  tep4: {underlay: l2, mac: "02:00:00:00:01:04", encap: [pbb]}
  gw1:
    {ip: 192.0.2.9, underlay: both, mac: "02:00:00:00:01:09", encap: [vxlan, geneve, nvgre, gretap, pbb], gateway: true}
switches:
  sw1: {tep: tep1, ports: {p1: blue}}
  sw2: {tep: tep2, ports: {p1: blue}}
  sw3: {tep: tep3, ports: {p1: blue}}
  sw4: {tep: tep4, ports: {p1: blue}}
vms:
  vm1: {mac: "02:00:00:00:00:0a", ip: [10.0.0.1], at: sw1/p1}
  vm2: {mac: "02:00:00:00:00:0b", ip: [10.0.0.2], at: sw2/p1}
  vm3: {mac: "02:00:00:00:00:0c", ip: [10.0.0.3], at: sw3/p1}
  vm4: {mac: "02:00:00:00:00:0d", ip: [10.0.0.4], at: sw4/p1}
"""
A4 = mac(0x0D)
TALKS = [
    Inner(A1, A2, ip(1), ip(2)),
    Inner(A2, A1, ip(2), ip(1)),
    Inner(A1, A3, ip(1), ip(3)),
    Inner(A1, BROADCAST, ip(1), ip(2), arp=True),
    Inner(A2, BROADCAST, ip(2), ip(1), arp=True),
    Inner(A1, A4, ip(1), ip(4)),
    Inner(A4, A2, ip(4), ip(2)),
    Inner(A4, BROADCAST, ip(4), ip(1), arp=True),
]


@pytest.mark.parametrize("encap", ["vxlan", "geneve", "nvgre", "gretap"])
def test_every_hop(encap: str, tmp_path: Path) -> None:
    map_file = write_map(tmp_path, MAP % encap)
    source = write_frames(tmp_path / "in.pcap", [talk.octets() for talk in TALKS])
    summary = dovetool("run", source, tmp_path / "out.pcap", "-m", map_file, "--taps", tmp_path / "taps")
    assert summary["rejected"] == {}
    taps = sorted((tmp_path / "taps").glob("*.pcapng"))
    assert len(taps) == 7
    for tap in taps:
        assert validated(tap, map_file)["findings"] == [], tap.name
