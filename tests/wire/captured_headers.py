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

# Overlay headers out of other projects' captures (shared/captures) and our own of Open vSwitch (shared/kernel).
VXLAN_GBP = bytes.fromhex("88480064 2dc6c100")
"""vxlan_gbp.pcap: group policy ID 100, VNI 3000001; the flags D and A are set too."""
VXLAN_GPE = bytes.fromhex("0c000004 ffffff00")
"""vxlan_gpe_nsh.pcap: VNI 0xffffff, NSH follows."""
GENEVE = bytes.fromhex("00006558 00006400")
"""ovs_geneve: VNI 100."""
GENEVE_CRITICAL = bytes.fromhex("02406558 00000a00 00008001 0000000c")
"""geneve_tcpdump.pcap: VNI 10, a critical option of class 0, type 0x80."""
GENEVE_GOOGLE = bytes.fromhex(
    "0a000800 00000000 01320101 800000d1 01320204 0800000d c0a86402 00000000 00000000 01320302 00000000 00001234"
)
"""geneve_gcp.pcap: VNI 0, three options, IPv4 follows."""
GENEVE_AMAZON = bytes.fromhex(
    "08000800 00000000 01080102 31e129cd c0cd8633 01080202 00000000 00000000 01080301 3dc956ac"
)
"""geneve_and_gre.pcap: VNI 0, the three options of a gateway load balancer, IPv4 follows."""
GENEVE_IPV6 = bytes.fromhex("000086dd 12345600")
"""geneve_ipv6_inner.pcap: VNI 0x123456, IPv6 follows."""
NVGRE = bytes.fromhex("20006558 12345602")
"""nvgre_packetnet.pcap: VSID 0x123456, FlowID 2."""
NVGRE_OVS = bytes.fromhex("20006558 0013894d")
"""ovs_nvgre: VSID 5001, FlowID 77."""
GRETAP_PLAIN = bytes.fromhex("00006558")
"""gretap_nokey.pcap."""
GRETAP_KEY = bytes.fromhex("20006558 00000064")
"""nvgre_ryu.pcap: key 100, which is too small for a VSID of NVGRE."""
GRE_ALL = bytes.fromhex("b0000800 6e7c0000 0001d97c 00000005")
"""gre_all_options.pcap: checksum, key and sequence number, and IPv4 follows."""
ERSPAN_II = bytes.fromhex("100088be 0001a1ca 10011065 0000abc5")
"""erspan2.pcap, with its GRE header: VLAN 1, session 101, index 43973."""
ERSPAN_III_FUZZED = bytes.fromhex("1d0022eb ff280101 2d2d0800 48000846 01000001")
"""erspan3_v6_raw.pcap: a fuzzer set GRE bits of RFC 1701."""
PBB = bytes.fromhex("001ebb30")
"""pbb_zeek.pcap: I-SID 2014000."""

# Built by hand from the drafts, as nobody has a capture of them.
ERSPAN_III = bytes.fromhex("100022eb 00000007 20072863 0001e240 002a 800a")
"""VLAN 7, COS 1, BSO 1, session 99, timestamp 123456, SGT 42, P, an Ethernet frame, D, granularity 1."""
STT = bytes.fromhex("c0011d2f 00840000 00000007 5018ffff 00000000 00 09 22 00 05b4 b005 0000000000001389 0000")
"""Frame of 132 octets in one segment, packet 7; L4 offset 34, MSS 1460, PCP 5, VLAN 5, context 5001."""
