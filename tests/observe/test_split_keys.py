"""Between which VMs a frame travels, at every hop: `small_network` has two networks with the same addresses."""

# ruff: noqa: ANN401  (keyword arguments are handed on to a function that declares them)

from __future__ import annotations

from typing import Any

from frames import A1, A2, BLUE, BROADCAST, RED, TEP_IPS, TEP_MACS, eth, eth4, ipv4, tagged, udp, underlay, vxlan
from small_network import BLUE_TO_RED, IP_R2, NOBODY, R1, R2, ROUTER, STRANGER, network_map

from dovetool.frame.view import FrameView
from dovetool.observe.observe import Observe
from dovetool.observe.share import NO_VM
from dovetool.observe.split_keys import ByVm
from dovetool.vnid_map import VnidMap

MAP = network_map()
POLICY = network_map(policies=BLUE_TO_RED)


def vms(octets: bytes, vnid_map: VnidMap = MAP, **known: Any) -> list[str]:
    """The VMs whose captures a frame goes into, the sender first."""
    shares = ByVm(Observe(), vnid_map).shares(FrameView(octets, **known))
    assert all(share.is_given for share in shares) != (shares == (NO_VM,))
    return [share.name for share in shares]


def test_the_network_tells_twins_apart() -> None:
    assert vms(underlay(eth4(src=A1, dst=A2))) == ["a1", "a2"]
    assert vms(underlay(eth4(src=R1, dst=R2), RED)) == ["r1", "r2"]
    assert vms(tagged(eth4(src=R1, dst=R2), RED)) == ["r1", "r2"]
    assert vms(underlay(eth4(src=A1, dst=R2), RED)) == ["r1", "r2"]


def test_a_sender_in_a_network_that_may_reach_this_one() -> None:
    assert vms(underlay(eth4(src=A2, dst=R2), RED)) == ["r2"]
    assert vms(underlay(eth4(src=A2, dst=R2), RED), POLICY) == ["a2", "r2"]
    assert vms(underlay(eth4(src=R2, dst=A2), BLUE), POLICY) == ["a2"]


def test_nobody_that_the_map_knows() -> None:
    assert vms(underlay(eth4(src=STRANGER, dst=STRANGER, dst_ip=NOBODY))) == ["no-vm"]
    assert vms(underlay(eth4(), 77)) == ["no-vm"]
    assert vms(tagged(eth4(), 0)) == ["no-vm"]
    assert vms(eth4()[:5], orig_len=60) == ["no-vm"]
    assert vms(b"") == ["no-vm"]
    assert vms(eth4(), link_type=113) == ["no-vm"]


def test_untagged_frames_by_addresses_that_only_one_vm_has() -> None:
    assert vms(eth4(src=A2, dst=A1)) == ["a2", "a1"]  # the sender is of blue, and so is the a1 of the twins
    assert vms(eth4(src=A1, dst=A2)) == ["a2"]
    assert vms(eth4(src=A1, dst=R2)) == ["r2"]
    assert vms(eth4(src=A2, dst=R2)) == ["a2"]
    assert vms(eth4(src=A2, dst=R2), POLICY) == ["a2", "r2"]
    assert vms(eth4(src=STRANGER, dst=A1)) == ["no-vm"]


def test_an_interface_named_after_the_port_tells_the_network() -> None:
    assert vms(eth4(src=A1, dst=A2), interface="sw1/p1") == ["a1", "a2"]
    assert vms(eth4(src=R1, dst=R2), interface="sw1/p2") == ["r1", "r2"]
    assert vms(eth4(src=A1, dst=A2), interface="sw1/p9") == ["a2"]


def test_a_broadcast_reaches_the_network() -> None:
    assert vms(tagged(eth4(src=A2, dst=BROADCAST))) == ["a2", "a1", "a3"]
    assert vms(eth4(src=A2, dst=BROADCAST)) == ["a2", "a1", "a3"]
    assert vms(eth4(src=A1, dst=BROADCAST)) == ["no-vm"]
    assert vms(tagged(eth4(src=STRANGER, dst=BROADCAST), RED)) == ["r1", "r2"]


def test_a_broadcast_in_a_tunnel_reaches_what_is_behind_its_end() -> None:
    assert vms(underlay(eth4(src=A1, dst=BROADCAST), src=1, dst=2)) == ["a1", "a2"]
    assert vms(underlay(eth4(src=A1, dst=BROADCAST), src=1, dst=3)) == ["a1"]
    to_group = ipv4(udp(vxlan(eth4(src=A1, dst=BROADCAST)), dst_port=4789), src_ip=TEP_IPS[0], dst_ip=b"\xef\0\0\1")
    assert vms(eth(b"\1\0\x5e\0\0\1", TEP_MACS[0], 0x0800, to_group)) == ["a1", "a2"]


def test_behind_a_router_the_ip_address_tells() -> None:
    assert vms(underlay(eth4(src=A1, dst=ROUTER))) == ["a1", "a2"]
    assert vms(tagged(eth4(src=R1, dst=ROUTER, dst_ip=IP_R2), RED)) == ["r1", "r2"]
    assert vms(tagged(eth4(src=R1, dst=ROUTER, dst_ip=NOBODY), RED)) == ["r1"]


def test_unknown_unicast_where_the_network_floods() -> None:
    flooding = network_map(networks={"red": {"unknown_unicast": "flood"}})
    assert vms(tagged(eth4(src=R2, dst=STRANGER, dst_ip=NOBODY), RED), flooding) == ["r2", "r1"]


def test_a_vm_that_moves_is_looked_for_at_the_time() -> None:
    stays = [{"port": "sw1/p1", "until": "1970-01-01T00:00:10Z"}, {"port": "sw1/p2", "from": "1970-01-01T00:00:10Z"}]
    moving = network_map(vms={"r1": {"at": "sw2/p2"}, "m": {"mac": STRANGER.hex(":"), "at": stays}})
    frame = eth4(src=A2, dst=STRANGER)
    assert vms(underlay(frame), moving, ts_ns=9_999_999_999) == ["a2", "m"]
    assert vms(underlay(frame), moving, ts_ns=10_000_000_000) == ["a2"]
    assert ByVm(Observe(), moving).change_times_ns == (10_000_000_000,)
