"""What Linux and Open vSwitch really sent obeys the maps of their hosts: `validate` finds nothing wrong with it.

The maps say what `ip`, `bridge` and `ovs-vsctl` said on the hosts at the time.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from audit_faults import frames_by_reason
from in_process import validated
from plain_capture import read_capture, vxlan_of, write_capture

HERE = Path(__file__).resolve().parents[1]
KERNEL, SAMPLES = HERE / "kernel_data", HERE.parent / "samples"


def two_hosts(*vnids: int, encap: str = "vxlan", net: str = "192.0.2.", more: str = "guest_vlan: keep") -> str:
    """Networks with the same two addresses each, on the same two hosts; both hosts forward the tags of guests."""
    lines = ["version: 1", "networks:", *(f"  n{vnid}: {{vnid: {vnid}}}" for vnid in vnids), "teps:"]
    lines += [f'  h{at}: {{ip: "{net}{at}", mac: "02:00:5e:10:00:0{at}", encap: [{encap}], {more}}}' for at in (1, 2)]
    ports = ", ".join(f"p{vnid}: n{vnid}" for vnid in vnids)
    lines += ["switches:", *(f"  s{at}: {{tep: h{at}, ports: {{{ports}}}}}" for at in (1, 2)), "vms:"]
    lines += [
        f'  v{at}-{vnid}: {{mac: "02:aa:00:00:00:0{at}", ip: [10.0.0.{at}, "fd00:10::{at}"], at: s{at}/p{vnid}}}'
        for vnid in vnids
        for at in (1, 2)
    ]
    return "\n".join(lines) + "\n"


FOUR_HOSTS = """\
version: 1
networks:
  blue: {vnid: 100, unknown_unicast: flood}
  red: {vnid: 200, unknown_unicast: flood}
teps:
  v1: {ip: 192.0.2.1, mac: "02:00:5e:10:00:01", encap: [vxlan]}
  v2: {ip: 192.0.2.2, mac: "02:00:5e:10:00:02", encap: [vxlan]}
  v3: {ip: 192.0.2.3, mac: "02:00:5e:10:00:03", encap: [vxlan]}
  v4: {ip: 192.0.2.4, mac: "02:00:5e:10:00:04", encap: [vxlan]}
switches:
  s1: {tep: v1, ports: {blue: blue, red: red}}
  s2: {tep: v2, ports: {blue: blue, red: red}}
  s3: {tep: v3, ports: {blue: blue, red: red}}
  s4: {tep: v4, ports: {blue: blue}}
vms:
  blue-a: {mac: "02:cc:00:00:00:0a", ip: 10.1.0.10, at: s1/blue}
  blue-b: {mac: "02:cc:00:00:00:0b", ip: 10.1.0.11, at: s2/blue}
  blue-c: {mac: "02:cc:00:00:00:0c", ip: 10.1.0.12, at: s3/blue}
  blue-d: {mac: "02:cc:00:00:00:0d", ip: 10.1.0.13, at: s4/blue}
  red-a: {mac: "02:cc:00:00:00:0a", ip: 10.1.0.10, at: s1/red}
  red-b: {mac: "02:cc:00:00:00:0b", ip: 10.1.0.11, at: s2/red}
  red-c: {mac: "02:cc:00:00:00:0c", ip: 10.1.0.12, at: s3/red}
"""
MOVED = (SAMPLES / "migration" / "map.yaml").read_text()
TWO = two_hosts(100, 200)
GROUP = FOUR_HOSTS.replace("vnid: 100, ", "vnid: 100, group: 239.1.1.100, ")
CASES = {
    "v4_3vni/underlay.pcap": two_hosts(100, 200, 16777215),
    "v6_2vni/underlay.pcap": two_hosts(100, 200, net="2001:db8:0:1::"),
    **{f"bum/underlay_v{host}.pcap": FOUR_HOSTS for host in (1, 2, 3, 4)},
    **{f"mcast/underlay_v{host}.pcap": GROUP for host in (1, 2, 3)},
    **{f"migrate/underlay_v{host}.pcap": MOVED for host in (1, 2, 3)},
    "ovs_vxlan/underlay.pcap": TWO,
    "ovs_geneve/underlay.pcap": two_hosts(100, 200, encap="geneve"),
    **{
        f"containers/{name}": two_hosts(100, more="guest_vlan: keep, on_mtu: fragment, mtu: 1500")
        for name in ("full.pcap", "nano.pcap", "two_if.pcapng", "any_sll.pcap", "any_sll2.pcap", "snap80.pcap")
    },
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_wrong(name: str, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(CASES[name])
    record = validated(KERNEL / name, tmp_path / "map.yaml")
    assert record["findings"] == []
    assert record["hops"]["underlay"] >= 6
    assert record["cut"] == 0


def test_nvgre_with_tags_of_guests(tmp_path: Path) -> None:
    """Open vSwitch sends them, and RFC 7637 forbids it: that is found, and no more."""
    (tmp_path / "map.yaml").write_text(two_hosts(5001, 16777214, encap="nvgre", more="ttl: 64"))
    record = validated(KERNEL / "ovs_nvgre" / "underlay.pcap", tmp_path / "map.yaml")
    assert {finding["reason"] for finding in record["findings"]} == {"inner-vlan"}
    assert sum(finding["count"] for finding in record["findings"]) == 6


def test_hop_limit(tmp_path: Path) -> None:
    """A hop limit of 1, put into one of the IPv6 packets."""
    (tmp_path / "map.yaml").write_text(CASES["v6_2vni/underlay.pcap"])
    frames = read_capture(KERNEL / "v6_2vni" / "underlay.pcap")
    at = next(place for place, frame in enumerate(frames) if vxlan_of(frame) is not None)
    frames[at] = frames[at]._replace(octets=frames[at].octets[:21] + b"\1" + frames[at].octets[22:])
    record = validated(write_capture(tmp_path / "low.pcap", frames), tmp_path / "map.yaml")
    assert frames_by_reason(record) == {"low-ttl": [at + 1]}


VERDICTS = [line.split("\t")[:3] for line in (KERNEL / "edge" / "VERDICTS.tsv").read_text().splitlines()[1:]]
DROPPED_FOR = {
    "flags_gbp": None,  # a group policy is no fault; that the device was not set up for it, only its host knows
    "v6_sum_zero": None,  # RFC 6935 allows it; a map with `udp_checksum: full` says that the receiver does not
}


@pytest.mark.parametrize(("case", "options", "verdict"), VERDICTS, ids=[case for case, *_ in VERDICTS])
def test_what_linux_drops_is_found(case: str, options: str, verdict: str, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(two_hosts(100, net="2001:db8::" if case.startswith("v6") else "192.0.2."))
    record = validated(KERNEL / "edge" / f"{case}.pcap", tmp_path / "map.yaml")
    if verdict == "dropped" and case not in DROPPED_FOR:
        assert record["findings"]
    if case in ("good", "udp_sum_right", "udp_sum_zero", "v6_sum_right", "inner_vlan", "eth_trailer", *DROPPED_FOR):
        assert record["findings"] == []


def test_checksum_that_the_map_wants(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(two_hosts(100, net="2001:db8::", more="udp_checksum: full"))
    record = validated(KERNEL / "edge" / "v6_sum_zero.pcap", tmp_path / "map.yaml")
    assert frames_by_reason(record) == {"missing-checksum": [1]}


@pytest.mark.parametrize("sample", ["migration", "two-tenants", "broadcast", "demo", "policy"])
def test_every_hop_of_the_samples(sample: str) -> None:
    """What `run` made is right at every hop; what it did not forward, as no policy allows it, is found where it was."""
    folder = SAMPLES / sample
    denied = {"demo": 11, "policy": 5}.get(sample)
    hops = [folder / "out.pcapng", *sorted((folder / "taps").glob("*.pcapng"))]
    assert len(hops) == 6
    for hop in hops:
        found = frames_by_reason(validated(hop, folder / "map.yaml"))
        assert found == ({"policy-denied": [denied]} if denied and hop.stem == "1-vm" else {}), hop
