"""`run` over maps with VRFs gives, hop by hop, what an independent reference makes of RFC 9135."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from frames import tagged
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import dovetool, validated
from plain_capture import read_capture, vxlan_of, write_frames
from reference_router import Fate, ReferenceRouter, Sent
from tshark_fields import GOOD, decoded

NETWORKS, TEPS = ("blue", "red", "green"), ("t1", "t2", "t3")
VNIDS = {"blue": 10010, "red": 10020, "green": 10030}
HOSTS = range(1, 5)
PREFIXES = ["10.9.0.0/16", "10.9.4.0/22", "10.9.4.0/24", "0.0.0.0/0", "fd09::/16", "fd09:4::/32", "::/0"]
BEHIND = ["10.9.4.7", "10.9.5.7", "10.9.99.7", "10.77.0.1", "fd09:4::7", "fd09:5::7", "fd77::1"]


def host_ips(network: str, number: int) -> list[str]:
    """The addresses of a VM of a network."""
    at = NETWORKS.index(network) + 1
    return [f"10.{at}.0.{number}", f"fd00:{at}::{number}"]


@st.composite
def fabrics(draw: st.DrawFn) -> dict[str, Any]:
    """Up to three networks in a VRF or two, on three tunnel end points; VMs at random, prefixes behind some."""
    networks: dict[str, Any] = {}
    for number, name in enumerate(NETWORKS, 1):
        mac = draw(st.sampled_from(["00:00:5e:00:01:01", f"00:00:5e:00:01:1{number}"]))
        networks[name] = {"vnid": VNIDS[name], "gateway": {"mac": mac, "ip": [f"10.{number}.0.254"]}}
    teps: dict[str, Any] = {}
    for number, name in enumerate(TEPS, 1):
        teps[name] = {"ip": f"192.0.2.{number}", "mac": f"02:00:00:00:01:0{number}", "encap": ["vxlan"]}
        if draw(st.integers(0, 7)):
            teps[name]["router_mac"] = f"02:00:00:00:0f:0{number}"
    switches = {f"s{name}": {"tep": name, "ports": {each: each for each in NETWORKS}} for name in TEPS}
    vms: dict[str, Any] = {}
    taken: set[tuple[str, str]] = set()
    for number, name in enumerate(draw(st.lists(st.sampled_from(NETWORKS), min_size=3, max_size=7)), 1):
        drawn = draw(st.lists(st.sampled_from(PREFIXES), max_size=2, unique=True))
        extra = [prefix for prefix in drawn if (name, prefix) not in taken]
        taken |= {(name, prefix) for prefix in extra}
        place = f"s{draw(st.sampled_from(TEPS))}/{name}"
        vms[f"v{number}"] = {"mac": f"02:aa:00:00:00:0{number}", "ip": [*host_ips(name, number), *extra], "at": place}
    groups = [NETWORKS] if draw(st.booleans()) else [NETWORKS[:2], NETWORKS[2:]]
    vrfs: dict[str, Any] = {f"vrf{number}": {"networks": list(group)} for number, group in enumerate(groups)}
    for number, vrf in enumerate(vrfs.values()):
        if draw(st.booleans()):
            vrf["l3vni"] = 50_000 + number
    parts = {"networks": networks, "teps": teps, "switches": switches, "vms": vms, "vrfs": vrfs}
    return {"version": 1, **parts}


@st.composite
def packets(draw: st.DrawFn, raw: dict[str, Any]) -> list[Sent]:
    """What VMs send to their gateways: to each other, to what is behind prefixes, to gateways, to nobody."""
    known = [ip for vm in raw["vms"].values() for ip in vm["ip"] if "/" not in ip]
    targets = st.sampled_from([*known * 2, *BEHIND, "10.1.0.254", "10.2.0.254", "10.3.0.254"])
    ttls = st.sampled_from([64, 64, 255, 3, 2, 1, 0])
    made = draw(st.lists(st.tuples(st.sampled_from(sorted(raw["vms"])), targets, ttls), min_size=6, max_size=12))
    return [Sent(number, *each) for number, each in enumerate(made)]


@settings(max_examples=12)
@given(data=st.data())
def test_each_hop_is_as_the_reference_has_it(data: st.DataObject) -> None:
    raw = data.draw(fabrics())
    sent = data.draw(packets(raw))
    router, folder = ReferenceRouter(raw), Path(tempfile.mkdtemp())
    try:
        (folder / "map.json").write_text(json.dumps(raw))
        source = write_frames(folder / "in.pcap", map(router.first, sent))
        words = ("-m", folder / "map.json", "--taps", folder / "taps", "--split", folder / "vms")
        summary = dovetool("run", source, folder / "out.pcap", *words)
        fates = list(map(router.fate, sent))
        assert summary["rejected"] == dict(Counter(fate.lost for fate in fates if fate.lost))
        check_tagged(folder, fates)
        check_underlay(folder, raw, fates)
        check_delivered(folder, fates)
        check_validated(folder, fates)
    finally:
        shutil.rmtree(folder)


def check_tagged(folder: Path, fates: list[Fate]) -> None:
    hops = [fate.tagged for fate in fates if fate.tagged is not None]
    seen = [frame.octets for frame in read_capture(folder / "taps/2-tagged.pcapng")]
    assert seen == [tagged(hop.octets, hop.vnid) for hop in hops]


def check_underlay(folder: Path, raw: dict[str, Any], fates: list[Fate]) -> None:
    seen = [vxlan_of(frame) for frame in read_capture(folder / "taps/3-underlay.pcapng")]
    expected = [fate.underlay for fate in fates if fate.underlay is not None]
    ends = [[raw["teps"][tep]["ip"] for tep in way] for _, *way in expected]
    assert [(each.vni, each.inner) for each in seen if each is not None] == [
        (hop.vnid, hop.octets) for hop, _, _ in expected
    ]
    rows = decoded(folder / "taps/3-underlay.pcapng", "ip.src", "ip.dst") if expected else []
    assert [[row["ip.src"][0], row["ip.dst"][0]] for row in rows] == ends


def check_delivered(folder: Path, fates: list[Fate]) -> None:
    """Each VM has its own, and tshark finds no checksum that is wrong."""
    expected = Counter((fate.vm, fate.delivered) for fate in fates if fate.delivered is not None)
    got = Counter((path.stem, frame.octets) for path in (folder / "vms").iterdir() for frame in read_capture(path))
    assert got == expected
    rows = decoded(folder / "out.pcap", "ip.checksum.status") if expected else []
    assert {status for row in rows for status in row["ip.checksum.status"]} <= {GOOD}


def check_validated(folder: Path, fates: list[Fate]) -> None:
    """Nothing of it breaks the map but what the routers refuse."""
    refused = {fate.lost for fate in fates}
    for tap in (folder / "taps").iterdir():
        reasons = {finding["reason"] for finding in validated(tap, folder / "map.json")["findings"]}
        assert reasons <= refused, tap.stem
