"""`dovetool strip` gives the frames that the other side of a real tunnel end point saw, octet for octet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
from in_process import stripped
from plain_capture import ETHERNET, Captured, Overlay, by_sender, is_fragment, read_capture, vxlan_of, write_capture

KERNEL = Path(__file__).resolve().parents[1] / "kernel_data"

PAIRS: dict[str, dict[int, str]] = {
    "v4_3vni/underlay": {
        100: "v4_3vni/inner_vni100",
        200: "v4_3vni/inner_vni200",
        0xFFFFFF: "v4_3vni/inner_vni16777215",
    },
    "v6_2vni/underlay": {100: "v6_2vni/inner_vni100", 200: "v6_2vni/inner_vni200"},
    "ovs_vxlan/underlay": {100: "ovs_vxlan/inner_key100", 200: "ovs_vxlan/inner_key200"},
    "bum/underlay_v1": {100: "bum/inner_vmA_vni100", 200: "bum/inner_vmA_vni200"},
    "bum/underlay_v2": {100: "bum/inner_vmB_vni100", 200: "bum/inner_vmB_vni200"},
    "bum/underlay_v3": {100: "bum/inner_vmC_vni100", 200: "bum/inner_vmC_vni200"},
    "bum/underlay_v4": {100: "bum/inner_vmD_vni100"},
    "mcast/underlay_v1": {100: "mcast/inner_vmA_vni100"},
    "mcast/underlay_v2": {100: "mcast/inner_vmB_vni100"},
    "mcast/underlay_v3": {100: "mcast/inner_vmC_vni100"},
    "migrate/underlay_v3": {100: "migrate/inner_vmB_vni100", 200: "migrate/inner_vmB_vni200"},
}
"""Capture of a host's underlay -> VNI -> capture of the same frames beside the host's VM."""

ARRIVAL = bytes.fromhex("8035")
"""EtherType of the RARP frames that announce where a VM is now."""


class Row(NamedTuple):
    """A frame of an underlay, what a plain reader finds in it, and what strip made of it."""

    before: Captured
    overlay: Overlay | None
    after: Captured


def rows_of(source: Path, folder: Path) -> list[Row]:
    """Strip a capture of Ethernet frames and match what comes out with what went in, one to one.

    Holds for all: times stay; frames without an overlay stay as they are; the summary counts each VNI.
    """
    before = read_capture(source)
    after, summary = stripped(source, folder)
    rows = [Row(old, vxlan_of(old), new) for old, new in zip(before, after, strict=True)]
    for row in rows:
        assert row.after.ts_ns == row.before.ts_ns
        if row.overlay is None:
            assert row.after == row.before
        else:
            assert row.after.octets == row.overlay.inner
            assert row.after.orig_len - len(row.after.octets) == row.before.orig_len - len(row.before.octets)
    vnis = Counter(row.overlay.vni for row in rows if row.overlay is not None)
    assert summary["vnids"] == {str(vni): count for vni, count in vnis.items()}
    assert summary["unchanged"] == sum(row.overlay is None for row in rows)
    assert not summary["rejected"]
    return rows


def of_vni(rows: Iterable[Row], vni: int) -> list[tuple[Overlay, Captured]]:
    """The stripped frames of a VNI, each with the outer header that it came in."""
    return [(row.overlay, row.after) for row in rows if row.overlay is not None and row.overlay.vni == vni]


def one_copy(found: list[tuple[Overlay, Captured]]) -> list[Captured]:
    """The frames without the copies of broadcast, multicast and unknown unicast for all hosts but one."""
    vms = {frame.octets[6:12] for _, frame in found}
    copies: dict[bytes, dict[bytes, list[bytes]]] = defaultdict(lambda: defaultdict(list))
    for overlay, frame in found:
        if frame.octets[:6] not in vms:
            copies[overlay.src_ip][overlay.dst_ip].append(frame.octets)
    for hosts in copies.values():
        assert len({tuple(frames) for frames in hosts.values()}) == 1, "each host gets the same"
    return [
        frame
        for overlay, frame in found
        if frame.octets[:6] in vms or overlay.dst_ip == next(iter(copies[overlay.src_ip]))
    ]


@pytest.mark.parametrize("underlay", PAIRS)
def test_strip_gives_the_inner_frames_of_each_vni(underlay: str, tmp_path: Path) -> None:
    """Octet for octet, and in each sender's order."""
    rows = rows_of(KERNEL / f"{underlay}.pcap", tmp_path)
    assert {row.overlay.vni for row in rows if row.overlay is not None} == set(PAIRS[underlay])
    for vni, inner in PAIRS[underlay].items():
        seen = read_capture(KERNEL / f"{inner}.pcap")
        assert all(frame.orig_len == len(frame.octets) for frame in seen)
        assert by_sender(one_copy(of_vni(rows, vni))) == by_sender(seen)


def test_strip_passes_the_underlays_own_frames(tmp_path: Path) -> None:
    """ARP and IPv6 neighbour discovery of the hosts are no overlay: they go on unchanged, from Ethernet on."""
    rows = rows_of(KERNEL / "v4_3vni" / "underlay.pcap", tmp_path)
    passed = Counter(row.after.octets[12:14].hex() for row in rows if row.overlay is None)
    assert passed == {"0806": 2, "86dd": 3}


def test_strip_follows_a_vm_that_moves(tmp_path: Path) -> None:
    """What VM A saw is what host v1 carried before the move, and host v2 after it; its namesake stays on v1."""
    old_host = rows_of(KERNEL / "migrate" / "underlay_v1.pcap", tmp_path)
    new_host = rows_of(KERNEL / "migrate" / "underlay_v2.pcap", tmp_path)
    arrived = next(row.before.ts_ns for row in new_host if row.after.octets[12:14] == ARRIVAL)
    carried = [frame for frame in one_copy(of_vni(old_host, 100)) if frame.ts_ns < arrived]
    carried += [frame for frame in one_copy(of_vni(new_host, 100)) if frame.ts_ns >= arrived]
    seen = by_sender(read_capture(KERNEL / "migrate" / "inner_vmA_vni100.pcap"))
    vms = {bytes.fromhex("02cc0000000a"), bytes.fromhex("02cc0000000b")}
    greetings = [frames for mac, frames in seen.items() if mac not in vms]
    assert all(octets[:2] == b"\x33\x33" for frames in greetings for octets in frames)  # of the new port, by itself
    assert by_sender(carried) == {mac: seen[mac] for mac in vms}
    namesake = read_capture(KERNEL / "migrate" / "inner_vmA_vni200.pcap")
    assert by_sender(one_copy(of_vni(old_host, 200))) == by_sender(namesake)


def without_fragments(source: Path, folder: Path) -> Path:
    """A copy of a capture that lacks the outer fragments."""
    frames = [frame for frame in read_capture(source) if not is_fragment(frame)]
    return write_capture(folder / "whole.pcap", frames, frames[0].link_type)


@pytest.mark.parametrize("container", ["full", "nano", "snap300", "snap80"])
def test_strip_keeps_times_and_lengths_of_any_pcap(container: str, tmp_path: Path) -> None:
    """Microseconds and nanoseconds; a frame cut by the snap length is a prefix, and keeps its length on the wire."""
    source = KERNEL / "containers" / f"{container}.pcap"
    rows = rows_of(without_fragments(source, tmp_path), tmp_path)
    tunnelled = [row.after for row in rows if row.overlay is not None]
    seen = read_capture(KERNEL / "containers" / "inner_vni100.pcap")
    snaplen = {"snap300": 298, "snap80": 80}.get(container, 0xFFFF) - 50  # the one named 300 holds 298
    prefixes = Counter((frame.octets[:snaplen], frame.orig_len) for frame in seen)
    assert len(tunnelled) == 22
    assert not Counter((frame.octets, frame.orig_len) for frame in tunnelled) - prefixes


@pytest.mark.parametrize(
    ("source", "inner"),
    [("full", "inner_vni100"), ("nano", "inner_vni100"), ("outer_fragments", "outer_fragments_inner_vni100")],
)
def test_strip_puts_outer_fragments_together(source: str, inner: str, tmp_path: Path) -> None:
    """A host whose underlay has too small an MTU fragments the outer packets; the inner frames come out whole."""
    frames, _ = stripped(KERNEL / "containers" / f"{source}.pcap", tmp_path)
    seen = by_sender(read_capture(KERNEL / "containers" / f"{inner}.pcap"))
    found = by_sender(frames)
    assert {mac: found.get(mac, []) for mac in seen} == seen


def test_strip_makes_two_interfaces_of_one_host_alike(tmp_path: Path) -> None:
    """What came in by the underlay's interface becomes what the VXLAN device saw; names and times stay."""
    source = KERNEL / "containers" / "two_if.pcapng"
    before = read_capture(source)
    after, summary = stripped(source, tmp_path, suffix=".pcapng")
    fragments = [frame for frame in before if is_fragment(frame)]
    kept = [frame for frame in before if frame not in fragments[::2]]  # each packet has two, one behind the other
    pairs = list(zip(kept, after, strict=True))
    for old, new in pairs:
        network = " vnid 100" if vxlan_of(old) is not None or is_fragment(old) else ""
        assert (new.ts_ns, new.interface) == (old.ts_ns, f"{old.interface}{network}")
    snaplen = 200 - 50  # that of the underlay's interface, less the outer headers
    tunnelled = [new for old, new in pairs if vxlan_of(old) is not None or is_fragment(old)]
    beside = Counter((old.octets[:snaplen], old.orig_len) for old in before if old.interface == "vx100")
    assert len(tunnelled) == summary["vnids"]["100"] == 22 + len(fragments) // 2
    assert summary["absorbed"] == len(fragments) // 2 > 0
    assert Counter((frame.octets, frame.orig_len) for frame in tunnelled) == beside
    assert all(new == old for old, new in pairs if vxlan_of(old) is None and not is_fragment(old))


@pytest.mark.parametrize("container", ["any_sll", "any_sll2"])
def test_strip_takes_ethernet_out_of_cooked_captures(container: str, tmp_path: Path) -> None:
    """A pcap file has one link type: Ethernet frames come out, and cooked frames without an overlay are rejected."""
    source = without_fragments(KERNEL / "containers" / f"{container}.pcap", tmp_path)
    before = read_capture(source)
    after, summary = stripped(source, tmp_path)
    wanted = [(frame.ts_ns, overlay.inner) for frame in before if (overlay := vxlan_of(frame)) is not None]
    assert [(frame.ts_ns, frame.octets) for frame in after] == wanted
    assert summary["rejected"] == {"not-overlay": len(before) - len(wanted)}
    seen = Counter(frame.octets for frame in read_capture(KERNEL / "containers" / "inner_vni100.pcap"))
    assert not Counter(frame.octets for frame in after) - seen


@pytest.mark.parametrize("container", ["any_sll", "any_sll2"])
def test_strip_to_pcapng_keeps_cooked_frames(container: str, tmp_path: Path) -> None:
    """A pcapng file takes both: stripped frames are Ethernet, all others stay cooked."""
    source = without_fragments(KERNEL / "containers" / f"{container}.pcap", tmp_path)
    before = read_capture(source)
    after, summary = stripped(source, tmp_path, suffix=".pcapng")
    assert not summary["rejected"]
    for old, new in zip(before, after, strict=True):
        overlay = vxlan_of(old)
        assert new[:4] == (old[:4] if overlay is None else (old.ts_ns, len(overlay.inner), overlay.inner, ETHERNET))
