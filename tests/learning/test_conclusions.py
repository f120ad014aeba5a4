"""What captures of real fabrics tell, held against what these fabrics were."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from dovetool.capture.reader import CaptureReader
from dovetool.learning.conclusions import conclude
from dovetool.learning.learner import Learner, learn
from dovetool.learning.ledger import Ledger
from dovetool.map_sources.statements import (
    NetworkStatement,
    PolicyStatement,
    Statement,
    TepStatement,
    VmStatement,
    VrfStatement,
)
from dovetool.vnid_map.texts import ip_text, mac_text
from dovetool.wire.overlay import SELECTORS

LABS = Path(__file__).resolve().parents[1] / "map_sources/data"
TPID = 0x88B5


def learnt(*paths: Path) -> Ledger:
    learner = Learner(SELECTORS, TPID)
    for path in paths:
        with CaptureReader(path) as reader:
            assert learn(reader, learner) is None
    return learner.ledger


def told(lab: str) -> list[Statement]:
    return conclude(learnt(*sorted((LABS / lab).rglob("underlay-*.pcap*"))), lab)


def truth_of(lab: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((LABS / lab / "truth.json").read_text())
    return record


def teps(statements: list[Statement]) -> dict[str, tuple[str, tuple[str, ...]]]:
    found = [each for each in statements if isinstance(each, TepStatement)]
    return {ip_text(each.ips[0]): (mac_text(each.macs[0]), each.encaps) for each in found}


def vms(statements: list[Statement]) -> dict[tuple[int, str], tuple[set[str], set[str]]]:
    """(VNID, MAC) -> IP addresses, and addresses of the TEPs where it was."""
    found: defaultdict[tuple[int, str], tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for each in statements:
        if isinstance(each, VmStatement):
            ips, places = found[each.vnid, mac_text(each.mac)]
            ips.update(map(ip_text, each.ips))
            assert isinstance(each.place.tep, bytes)
            places.add(ip_text(each.place.tep))
    return dict(found)


@pytest.mark.parametrize("lab", ["frr/evpn", "frr/irb", "frr/ipv6", "ovn/geneve"])
def test_teps_networks_and_vms_are_those_of_the_fabric(lab: str) -> None:
    truth, statements = truth_of(lab), told(lab)
    assert teps(statements) == {each["ip"]: (each["mac"], (each["encap"],)) for each in truth["teps"].values()}
    networks = {each.vnid for each in statements if isinstance(each, NetworkStatement)}
    assert networks == set(truth["networks"].values())
    found = vms(statements)
    assert set(found) == {(host["vnid"], host["mac"]) for host in truth["hosts"].values()}
    for host in truth["hosts"].values():
        ips, places = found[host["vnid"], host["mac"]]
        assert ips <= {*host["ip"]}
        assert ips & {*host["ip"]}
        assert places == {truth["teps"][each["tep"]]["ip"] for each in host["at"]}


@pytest.mark.parametrize(("lab", "mac"), [("frr/evpn", "02:00:00:aa:00:0a"), ("ovn/geneve", "02:00:00:aa:00:0a")])
def test_the_time_of_a_migration_is_that_of_the_first_frame_behind_it(lab: str, mac: str) -> None:
    """Of a live migration, that ran at both places, there are seconds in which it may be at either."""
    stays = [
        each
        for each in told(lab)
        if isinstance(each, VmStatement) and mac_text(each.mac) == mac and each.vnid in (1, 10100)
    ]
    old, new = stays
    assert (old.from_ns, new.until_ns) == (None, None)
    assert old.until_ns is not None
    assert new.from_ns is not None
    assert abs(old.until_ns - new.from_ns) < 2_000_000_000
    assert all(not each.guessed for each in stays)


def test_an_l3_vni_has_a_router_at_each_tep_and_joins_networks() -> None:
    truth, statements = truth_of("frr/irb"), told("frr/irb")
    (vrf,) = [each for each in statements if isinstance(each, VrfStatement)]
    (real,) = truth["vrfs"].values()
    assert (vrf.l3vni, set(vrf.vnids)) == (real["l3vni"], {truth["networks"][name] for name in real["networks"]})
    assert vrf.guessed
    routers = {
        ip_text(tep.ips[0]): [*map(mac_text, tep.router_macs)] for tep in statements if isinstance(tep, TepStatement)
    }
    assert routers == {tep["ip"]: [tep["router_mac"]] for tep in truth["teps"].values()}


@pytest.mark.parametrize(
    ("lab", "gateways"),
    [
        ("frr/evpn", {10100: "00:00:5e:00:01:fe", 10200: "00:00:5e:00:01:fe"}),
        ("ovn/geneve", {3: "02:00:00:00:ff:02", 4: "02:00:00:00:ff:03"}),
    ],
)
def test_an_address_that_is_at_every_tep_is_the_gateway(lab: str, gateways: dict[int, str]) -> None:
    found = [each for each in told(lab) if isinstance(each, NetworkStatement) and each.gateway_mac]
    assert {each.vnid: mac_text(each.gateway_mac) for each in found} == gateways


def test_ovn_over_vxlan_has_its_networks_in_twelve_bits() -> None:
    networks = [each for each in told("ovn/vxlan") if isinstance(each, NetworkStatement)]
    assert {(each.vnid, each.mask) for each in networks} == {(vnid, 0xFFF) for vnid in (1, 2, 3, 4)}
    assert all(each.guessed for each in networks)
    assert not any(each.mask for each in told("ovn/geneve") if isinstance(each, NetworkStatement))


@pytest.mark.parametrize("lab", ["kubernetes/flannel", "kubernetes/calico"])
def test_in_routed_overlays_the_devices_of_the_nodes_have_the_pods_behind_them(lab: str) -> None:
    found, truth = vms(told(lab)), truth_of(lab)
    assert len(found) == len(truth["nodes"]) == 3
    for (_, mac), (ips, (place, *others)) in ((key, (ips, sorted(places))) for key, (ips, places) in found.items()):
        node = next(each for each in truth["nodes"].values() if each["ip"] == place)
        assert not others
        assert mac == node["vtep_mac"]
        assert ips <= {*node["pods"].values(), node["vtep_ip"]}


def test_nothing_is_guessed_to_be_allowed_between_isolated_networks() -> None:
    """Two tenants of OVN have the same addresses: no router is seen in that."""
    assert not [each for each in told("ovn/geneve") if isinstance(each, PolicyStatement)]


def test_captures_may_come_in_any_order() -> None:
    paths = sorted((LABS / "frr/evpn").rglob("underlay-*.pcap*"))
    assert conclude(learnt(*paths), "x") == conclude(learnt(*reversed(paths)), "x")
