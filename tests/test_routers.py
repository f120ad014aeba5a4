"""Routers that ran: OVN's makes of a packet what ours makes, and what it and FRR's gateways send obeys a map."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from in_process import dovetool, validated
from plain_capture import Captured, read_capture, write_capture

DATA = Path(__file__).parent / "kernel_data"
OVN, FRR = DATA / "ovn_router", DATA / "frr_gateway"
ROUTER_MACS = {bytes.fromhex("02000000ff02"), bytes.fromhex("02000000ff03")}
IPV4 = b"\x08\0"


def at_hosts(at: slice) -> list[tuple[str, Captured]]:
    """IPv4 packets that the hosts of the two routed networks sent to their router, or got from it."""
    return [
        (path.stem.removeprefix("host-"), frame)
        for path in sorted(OVN.glob("host-*.pcap"))
        for frame in read_capture(path)
        if frame.octets[at] in ROUTER_MACS and frame.octets[12:14] == IPV4
    ]


def test_ovn_routes_alike(tmp_path: Path) -> None:
    """Each VM gets the octets that it got from OVN, and so does the underlay, by the same chassis."""
    sent = sorted((frame for _, frame in at_hosts(slice(6))), key=lambda frame: frame.ts_ns)
    source = write_capture(tmp_path / "sent.pcap", sent)
    words = ("-m", OVN / "map.yaml", "--taps", tmp_path / "taps", "--split", tmp_path / "vms")
    assert not dovetool("run", source, tmp_path / "out.pcap", *words)["rejected"]
    got = Counter((path.stem, frame.octets) for path in (tmp_path / "vms").iterdir() for frame in read_capture(path))
    expected = Counter((vm, frame.octets) for vm, frame in at_hosts(slice(6, 12)))
    assert (got, got.total()) == (expected, len(sent))
    assert tunnelled(tmp_path / "taps/3-underlay.pcapng", tmp_path) == sum(
        (tunnelled(OVN / f"underlay-c{number}.pcap", tmp_path, sent_by=number) for number in (1, 2, 3)), Counter()
    )


def tunnelled(path: Path, folder: Path, sent_by: int = 0) -> Counter[tuple[int, bytes]]:
    """Routed packets in tunnels, with the VNID; those of one chassis, or all."""
    own = bytes((192, 0, 2, 10 + sent_by))
    outer = [frame for frame in read_capture(path) if not sent_by or frame.octets[26:30] == own]
    target = folder / "inner.pcapng"
    dovetool("strip", write_capture(folder / "outer.pcap", outer), target)
    inner = [frame for frame in read_capture(target) if frame.octets[6:12] in ROUTER_MACS]
    return Counter((vnid_of(frame), frame.octets) for frame in inner if frame.octets[12:14] == IPV4)


def vnid_of(frame: Captured) -> int:
    """The network that `strip` has put into the name of the frame's interface."""
    return int(frame.interface.rpartition(" ")[2])


@pytest.mark.parametrize("capture", sorted(OVN.glob("*.pcap")), ids=lambda path: path.stem)
def test_ovn_obeys_the_map(capture: Path) -> None:
    """Before, during and after the move of a VM; its new chassis answers ARP in another VM's name, which is told."""
    reasons = {finding["reason"] for finding in validated(capture, OVN / "map.yaml")["findings"]}
    assert reasons == ({"proxy-arp"} if capture.stem in ("underlay-c1", "underlay-c3") else set())


def test_frr_gateways_obey_the_map() -> None:
    """They ask for neighbours and join groups in both networks, at each VTEP."""
    reasons = {finding["reason"] for finding in validated(FRR / "underlay-v1.pcap", FRR / "map.yaml")["findings"]}
    assert reasons == {"checksum-offloaded"}


@pytest.mark.parametrize("folder", [OVN, FRR], ids=["OVN", "FRR"])
def test_without_the_gateways_in_the_map_they_are_strangers(folder: Path, tmp_path: Path) -> None:
    """So what was found above was found by them."""
    lines = (folder / "map.yaml").read_text().partition("vrfs:")[0].splitlines()
    plain = [re.sub(r", gateway: \{.*?\}", "", line) for line in lines]
    (tmp_path / "map.yaml").write_text("\n".join(plain))
    capture = folder / ("underlay-c1.pcap" if folder is OVN else "underlay-v1.pcap")
    assert "unknown-source" in {finding["reason"] for finding in validated(capture, tmp_path / "map.yaml")["findings"]}
