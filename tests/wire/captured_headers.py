"""One VXLAN packet on IPv4 and one on IPv6, as Linux sent them (tests/kernel_data, v4_3vni and v6_2vni)."""

from __future__ import annotations

ETHERNET = bytes.fromhex("02005e100002 02005e100001 0800")
IPV4 = bytes.fromhex("4500007e676b000040118f00c0000201c0000202")
UDP = bytes.fromhex("c88412b5006ad738")
VXLAN = bytes.fromhex("0800000000006400")
IPV6 = bytes.fromhex("6000000000561140 20010db8000000010000000000000001 20010db8000000010000000000000002")
VLAN = bytes.fromhex("00050800")
"""Behind the TPID 8100: priority 0, VLAN 5, then IPv4 (a VXLAN underlay of another capture)."""
TAG = bytes.fromhex("88B5A0013890")
"""The example of the specification: PCP 5, DEI 0, VNID 5001."""
