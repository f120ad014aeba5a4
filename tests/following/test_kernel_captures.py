"""Captures of the Linux kernel at several places, taken in the same minutes: what tshark counts, `follow` finds."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from followed import Record, followed
from plain_capture import read_capture, write_capture

DATA = Path(__file__).resolve().parents[1] / "kernel_data"
NO_TSHARK = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
_SLACK_NS = 50_000
"""All clocks are that of one machine; the two ways of a packet may differ by as much as twice this."""


def named(folder: str, *names: str) -> list[Path]:
    return [DATA / folder / f"{name}.pcap" for name in names]


def pings(path: Path, vni: int | None, src: str, dst: str) -> Counter[str]:
    """By tshark, the echo requests and replies from one VM to another, by identifier and sequence number."""
    words = ["tshark", "-r", str(path), "-Y", "icmp", "-T", "fields"]
    for field in ("ip.src", "ip.dst", "icmp.ident", "icmp.seq", "vxlan.vni"):
        words += ["-e", field]
    lines = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    found: Counter[str] = Counter()
    for line in lines:
        sources, targets, ident, seq, network = line.split("\t")
        is_between = sources.split(",")[-1] == src and targets.split(",")[-1] == dst
        if is_between and (not network or vni is None or int(network) == vni):
            found[f"{ident} {seq}"] += 1
    return found


def of_pair(found: Record, src: str, dst: str, vnid: int = 100) -> dict[tuple[str, str], Record]:
    """What became of the packets from one VM to another, by the two places of a hop."""
    group = next(each for each in found["groups"] if (each["src"], each["dst"], each["vnid"]) == (src, dst, vnid))
    return {(Path(hop["from"]).stem, Path(hop["to"]).stem): hop for hop in group["hops"]}


def is_clean(found: Record) -> None:
    """Nothing is wrong anywhere, and the clocks are one."""
    for hop in found["hops"]:
        kinds = {name: hop[name] for name in ("lost", "duplicated", "reordered", "misdelivered")}
        assert not any(kinds.values()), (hop["from"], hop["to"], kinds)
        assert not any(hop["changed"].values())
        assert hop["seen"]
        assert -_SLACK_NS < hop["delay_ns"]["min"] <= hop["delay_ns"]["p50"] < 2_000_000
    for offset_ns in found["clock_offset_ns"].values():
        assert abs(offset_ns) < _SLACK_NS


@NO_TSHARK
def test_a_broadcast_domain_from_vm_to_vm() -> None:
    """Four hosts; broadcasts leave the first one as three copies, of which the second one gets one."""
    places = named("bum", "inner_vmA_vni100", "underlay_v1", "underlay_v2", "inner_vmB_vni100")
    found = followed(*places, "--by", "pair")
    is_clean(found)
    assert len(found["hops"]) == 6
    sent, arrived = (sum(pings(path, 100, "10.1.0.10", "10.1.0.11").values()) for path in (places[0], places[-1]))
    hops = of_pair(found, "10.1.0.10", "10.1.0.11")
    assert sent == arrived
    assert hops["inner_vmA_vni100", "underlay_v1"]["seen"] == sent + 1  # and the request of ARP
    assert hops["underlay_v2", "inner_vmB_vni100"]["seen"] == arrived + 1
    back = of_pair(found, "10.1.0.11", "10.1.0.10")
    assert back["underlay_v1", "inner_vmA_vni100"]["seen"] == sent + 1
    assert back["inner_vmA_vni100", "underlay_v1"]["seen"] == 0


@NO_TSHARK
def test_a_vm_that_moves() -> None:
    """What goes past its old host before it moves, and past its new one after that, is lost at neither."""
    ends = "inner_vmB_vni100", "underlay_v3"
    old = named("migrate", *ends, "underlay_v1", "inner_vmA_vni100")
    new = named("migrate", *ends, "underlay_v2", "inner_vmA_vni100")
    for places in (old, new):
        is_clean(followed(*places))
    there = of_pair(followed(*old, "--by", "pair"), "10.1.0.11", "10.1.0.10")
    moved = of_pair(followed(*new, "--by", "pair"), "10.1.0.11", "10.1.0.10")
    at_the_end = pings(old[-1], None, "10.1.0.11", "10.1.0.10")
    before, after = (pings(places[2], 100, "10.1.0.11", "10.1.0.10") for places in (old, new))
    assert before + after == at_the_end
    assert there["underlay_v1", "inner_vmA_vni100"]["seen"] == before.total() + 1  # and ARP's
    assert moved["underlay_v2", "inner_vmA_vni100"]["seen"] >= after.total()


@pytest.mark.parametrize("is_last", [False, True])
def test_broadcasts_that_are_lost_go_the_way_of_their_sender(tmp_path: Path, *, is_last: bool) -> None:
    """The announcements of the VM that moved were never seen at both places, whichever is named first."""
    vm, underlay = named("migrate", "inner_vmA_vni100", "underlay_v2")
    before_the_move = {2, 4, 6, 8, 10, 12}  # which went past another host
    frames = [frame for number, frame in enumerate(read_capture(underlay), 1) if number not in {6, 9, 10, 11}]
    lossy = write_capture(tmp_path / "lossy.pcap", frames)
    places = (lossy, vm) if is_last else (vm, lossy)
    found = followed(*places, "--rejects", tmp_path / "lost.pcapng")
    sending = next(hop for hop in found["hops"] if hop["from"] == str(vm))
    numbers = set(sending["lost_frames"]) - before_the_move
    assert {15, 16} <= numbers <= {13, 14, 15, 16}


def test_what_flows_carry_that_are_no_ip() -> None:
    found = followed(*named("migrate", "inner_vmB_vni100", "underlay_v3"), "--by", "flow")
    kinds = Counter((group["protocol"], group["ethertype"]) for group in found["groups"])
    assert kinds == {(1, None): 2, (None, 0x0806): 3, (None, 0x8035): 1}


@pytest.mark.parametrize("other", ["full", "nano", "snap300", "any_sll", "any_sll2"])
def test_containers_whatever_the_form_of_the_capture(other: str) -> None:
    """The same traffic in captures of other precision, cut, and cooked ones, where each packet is seen twice."""
    inner, outer = named("containers", "inner_vni100", other)
    found = followed(inner, outer)
    is_clean({**found, "clock_offset_ns": {}} if "any" in other else found)
    assert sum(hop["seen"] for hop in found["hops"]) >= 26


def test_packets_in_outer_fragments() -> None:
    found = followed(*named("containers", "outer_fragments_inner_vni100", "outer_fragments"))
    assert [(hop["seen"], hop["lost"]) for hop in found["hops"]] == [(5, 0)]
    assert found["captures"][1]["frames"] == 10


@pytest.mark.parametrize(("folder", "vnis"), [("v4_3vni", (100, 200, 16777215)), ("v6_2vni", (100, 200))])
def test_networks_with_the_same_addresses(folder: str, vnis: tuple[int, ...]) -> None:
    """The underlay has them all; what one network's VMs see is found in it, and the others' are not lost."""
    for vni in vnis:
        inner, underlay = named(folder, f"inner_vni{vni}", "underlay")
        found = followed(inner, underlay)
        assert [hop["lost"] for hop in found["hops"]] == [0] * len(found["hops"])
        assert sum(hop["seen"] for hop in found["hops"]) == found["captures"][0]["followed"]
        assert [group["vnid"] for group in found["groups"]] == [vni]


@pytest.mark.parametrize("kind", ["vxlan", "geneve", "nvgre"])
def test_open_vswitch(kind: str) -> None:
    for inner in sorted((DATA / f"ovs_{kind}").glob("inner_*.pcap")):
        found = followed(inner, DATA / f"ovs_{kind}" / "underlay.pcap")
        assert [hop["lost"] for hop in found["hops"]] == [0] * len(found["hops"])
        assert sum(hop["seen"] for hop in found["hops"]) == found["captures"][0]["followed"]
