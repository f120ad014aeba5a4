"""The map of a network with a gateway, for tests."""

from __future__ import annotations

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
"""`%s` stands for the encapsulation of tep2; what vm1 sends it goes through gw1."""
