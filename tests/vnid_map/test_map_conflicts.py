"""What entries may not do to each other: share an address at one time, be in two places, name what is not there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.errors import MapError
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.conflicts import find_conflicts
from dovetool.vnid_map.file.model import MapFile

MAC = "02:00:00:00:00:0a"
Interval = tuple[int | None, int | None]


def map_of(vms: dict[str, Any], **sections: object) -> MapFile:
    """Return a map of two networks with a port each on two switches."""
    data: dict[str, Any] = {
        "version": 1,
        "networks": {"blue": {"vnid": 1}, "red": {"vnid": 2}},
        "teps": {
            "tep1": {"ip": "192.0.2.1", "mac": "02:00:00:00:01:01", "encap": ["vxlan"]},
            "tep2": {"ip": "192.0.2.2", "mac": "02:00:00:00:01:02", "encap": ["vxlan"]},
        },
        "switches": {
            "sw1": {"tep": "tep1", "ports": {"blue": "blue", "red": "red"}},
            "sw2": {"tep": "tep2", "ports": {"blue": "blue", "red": "red"}},
        },
        "vms": vms,
        **sections,
    }
    return MapFile.model_validate(data)


def conflicts(model: MapFile) -> list[str]:
    """Return where the conflicts are, and what was found there."""
    return [f"{'.'.join(map(str, problem.path))}: {problem.found}" for problem in find_conflicts(model)]


def at(port: str, interval: Interval = (None, None)) -> dict[str, str]:
    """Return an entry of `at`; times are seconds of an hour."""
    keys = zip(("from", "until"), interval, strict=True)
    times = {key: f"2026-01-01T00:{t // 60:02}:{t % 60:02}Z" for key, t in keys if t is not None}
    return {"port": port, **times}


def vm(*places: dict[str, str], mac: str = MAC, ip: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a VM."""
    return {"mac": mac, "ip": list(ip), "at": list(places)}


def test_one_address_in_two_networks_is_legal() -> None:
    vms = {"a": vm(at("sw1/blue"), ip=("10.0.0.1",)), "b": vm(at("sw1/red"), ip=("10.0.0.1",))}
    assert conflicts(map_of(vms)) == []


def test_one_address_twice_in_a_network_is_a_conflict_of_the_later_vm() -> None:
    vms = {
        "a": vm(at("sw1/blue"), ip=("10.0.0.1", "fd00::1")),
        "b": vm(at("sw2/blue"), mac="02:00:00:00:00:0b", ip=("10.0.0.2", "fd00::0:1")),
        "c": vm(at("sw2/blue")),
    }
    assert conflicts(map_of(vms)) == [
        "vms.b.ip.1: fd00::1, which VM 'a' has",
        f"vms.c.mac: {MAC}, which VM 'a' has",
    ]


def test_an_address_may_be_handed_over_at_a_moment() -> None:
    before, after = at("sw1/blue", (None, 10)), at("sw1/blue", (10, None))
    assert conflicts(map_of({"a": vm(before), "b": vm(after)})) == []
    assert conflicts(map_of({"a": vm(after), "b": vm(before)})) == []
    late = at("sw1/blue", (9, None))
    assert conflicts(map_of({"a": vm(before), "b": vm(late)})) == [f"vms.b.mac: {MAC}, which VM 'a' has"]


def test_a_vm_may_be_at_several_places_at_once_and_at_each_of_them_once() -> None:
    moving = vm(at("sw1/blue", (None, 10)), at("sw2/blue", (10, 20)), at("sw1/red", (20, None)))
    assert conflicts(map_of({"a": moving})) == []
    multihomed = vm(at("sw1/blue", (None, 11)), at("sw2/blue", (10, 20)))
    assert conflicts(map_of({"a": multihomed})) == []
    doubled = vm(at("sw1/blue", (None, 11)), at("sw1/blue", (10, 20)))
    assert conflicts(map_of({"a": doubled})) == ["vms.a.at.1: 'sw1/blue' a second time for the same moments"]


@pytest.mark.parametrize("interval", [(10, 10), (11, 10)])
def test_a_stay_begins_before_it_ends(interval: Interval) -> None:
    assert conflicts(map_of({"a": vm(at("sw1/blue", interval))})) == ["vms.a.at.0.until: 2026-01-01T00:00:10Z"]


def test_an_address_stands_once_in_a_list() -> None:
    vms = {"a": vm(at("sw1/blue"), ip=("fd00::1", "10.0.0.1", "fd00:0::1"))}
    assert conflicts(map_of(vms)) == [
        "vms.a.ip.2: fd00::1 a second time",
    ]


def test_references_lead_somewhere() -> None:
    model = map_of(
        {"a": vm(at("sw3/blue")), "b": vm(at("sw1/bluu"), mac="02:00:00:00:00:0b")},
        switches={"sw1": {"tep": "ttep1", "ports": {"blue": "bleu", "red": "red"}}},
        policies=[{"from": "red", "to": "bleu"}, {"from": "red", "to": "red"}],
    )
    problems = {".".join(map(str, problem.path)): problem.hint for problem in find_conflicts(model)}
    assert problems == {
        "switches.sw1.tep": "did you mean 'tep1'?",
        "switches.sw1.ports.blue.network": "did you mean 'blue'?",
        "policies.0.to": "did you mean 'blue'?",
        "policies.1.to": "inside one network all may talk",
        "vms.a.at.0.port": "did you mean 'sw1'?",
        "vms.b.at.0.port": "did you mean 'blue'?",
    }


def test_vnids_tep_addresses_and_group_families() -> None:
    teps = {name: {"ip": "192.0.2.1", "mac": "02:00:00:00:01:01", "encap": ["vxlan"]} for name in ("tep1", "tep2")}
    networks = {"blue": {"vnid": 7, "group": "ff05::2"}, "red": {"vnid": 7}}
    assert conflicts(map_of({}, teps=teps, networks=networks)) == [
        "networks.red.vnid: VNID 7, which network 'blue' has",
        "teps.tep2.ip: 192.0.2.1, which TEP 'tep1' has",
        "networks.blue.group: ff05::2",
    ]


def test_a_map_made_in_memory_is_checked_too() -> None:
    with pytest.raises(MapError, match=r"vms\.b\.mac: found"):
        VnidMap.from_model(map_of({"a": vm(at("sw1/blue")), "b": vm(at("sw1/blue"))}))


INTERVALS = st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(10, 19)) | st.tuples(
    st.integers(0, 9), st.integers(10, 19)
)
STAYS = st.lists(st.tuples(st.sampled_from(["sw1/blue", "sw2/red"]), INTERVALS), min_size=1, max_size=5)


@given(stays=STAYS)
def test_conflicts_are_found_exactly_when_two_vms_meet(stays: list[tuple[str, Interval]]) -> None:
    """Compared with the plain way: every pair of VMs at every moment."""
    vms = {f"vm{index}": vm(at(port, interval)) for index, (port, interval) in enumerate(stays)}
    meet = any(
        [port for port, (start, end) in stays if (start or -1) <= moment < (99 if end is None else end)].count(place)
        > 1
        for moment in range(-1, 25)
        for place in ("sw1/blue", "sw2/red")
    )
    assert bool(conflicts(map_of(vms))) == meet
