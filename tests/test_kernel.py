"""A real tunnel end point, Linux's VXLAN device, hands up what `dovetool encap` sent, octet for octet."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import pytest
from frames import VM2
from guest_frames import TEP2_MAC, ethernet, guest_frames, tep_ips, two_sites
from in_process import encapped, tagged, underlay
from netns import Namespace, namespaces, received
from plain_capture import read_capture

pytestmark = pytest.mark.root

VNIDS = {"lowest": 1, "blue": 5001, "highest": 0xFFFFFF}
LAST = ethernet(b"the last frame", 0x88B6)


@dataclass(frozen=True)
class Case:
    """An underlay: settings of the sending tunnel end point, and of the receiving device where it needs some."""

    name: str
    v6: bool = False
    tep: dict[str, Any] = field(default_factory=dict)
    device: tuple[str, ...] = ()
    port: int = 4789
    groups: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def vlan(self) -> int | None:
        """The underlay's VLAN."""
        vid: int | None = self.tep.get("vlan")
        return vid

    def group(self, vnid: int) -> str | None:
        """The multicast group of a network."""
        if not self.groups:
            return None
        return f"ff05::{vnid & 0xFFFF:x}" if self.v6 else f"239.129.{vnid >> 8 & 0xFF}.{vnid & 0xFF}"


CASES = [
    Case("v4-zero"),
    Case("v4-full", tep={"udp_checksum": "full"}),
    Case("v6-zero", v6=True, device=("udp6zerocsumrx",)),
    Case("v6-full", v6=True, tep={"udp_checksum": "full"}),
    Case("v4-vlan", tep={"vlan": 7, "ttl": 1, "dscp": "inherit"}),
    Case("v6-vlan", v6=True, tep={"vlan": 4094, "ttl": 255, "dscp": 46, "udp_checksum": "full"}),
    Case("v4-old-port", tep={"udp_checksum": "full"}, port=8472),
    Case("v4-groups", groups=True),
    Case("v6-groups", v6=True, tep={"udp_checksum": "full"}, groups=True),
]


@dataclass
class Wire:
    """The cable to a host with VXLAN devices: what is sent into it, and what the devices hand up."""

    cable: socket.socket
    devices: dict[str, socket.socket]

    def send(self, frames: list[bytes]) -> None:
        """Put frames on the cable."""
        for octets in frames:
            assert self.cable.send(octets) == len(octets)


@contextmanager
def plugged(case: Case) -> Iterator[Wire]:
    """A host with one VXLAN device for each network, and a cable to it."""
    with namespaces(2) as (sender, host), ExitStack() as stack:
        _add_cable(sender, host)
        underlay_device = _add_address(host, case)
        for network, vnid in VNIDS.items():
            _add_vxlan(host, case, underlay_device, network, vnid)
        cable = stack.enter_context(sender.packet_socket("cable"))
        yield Wire(cable, {network: stack.enter_context(host.packet_socket(network)) for network in VNIDS})


def _add_cable(sender: Namespace, host: Namespace) -> None:
    sender.add_device("cable", "type", "veth", "peer", "name", "under", "netns", host.name)
    host.ip("link", "set", "under", "address", TEP2_MAC, "addrgenmode", "none")
    for namespace, device in ((sender, "cable"), (host, "under")):
        namespace.ip("link", "set", device, "mtu", "65535", "up")


def _add_address(host: Namespace, case: Case) -> str:
    device = "under"
    if case.vlan is not None:
        device = "under.vlan"
        host.add_device(device, "link", "under", "type", "vlan", "id", str(case.vlan))
        host.ip("link", "set", device, "up")
    address = tep_ips(v6=case.v6)[1]
    host.ip("address", "add", f"{address}/{64 if case.v6 else 24}", "dev", device, *(["nodad"] if case.v6 else []))
    return device


def _add_vxlan(host: Namespace, case: Case, underlay_device: str, network: str, vnid: int) -> None:
    group = case.group(vnid)
    words = ["local", tep_ips(v6=case.v6)[1], "dstport", str(case.port), "nolearning", *case.device]
    if group is not None:
        words += ["group", group, "dev", underlay_device]
    host.add_device(network, "type", "vxlan", "id", str(vnid), *words)
    host.ip("link", "set", network, "up")


def the_map(case: Case, folder: Path) -> Path:
    """The map of a case."""
    networks = {
        network: {"vnid": vnid, **({"group": group} if (group := case.group(vnid)) else {})}
        for network, vnid in VNIDS.items()
    }
    tep2 = {"ports": {"vxlan": case.port}}
    return two_sites(folder / "map.json", networks=networks, tep1=case.tep, tep2=tep2, v6=case.v6)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_linux_hands_up_every_inner_frame(case: Case, tmp_path: Path) -> None:
    """Frames of every shape, of three networks with the same addresses, sent by turns."""
    frames = [*guest_frames().values(), LAST]
    vnid_map = the_map(case, tmp_path)
    sent = [
        [frame.octets for frame in read_capture(encapped(tagged(frames, network, vnid_map, tmp_path), vnid_map))]
        for network in VNIDS
    ]
    with plugged(case) as wire:
        wire.send([octets for octets in chain(*zip_longest(*sent)) if octets is not None])
        for network, device in wire.devices.items():
            assert received(device, len(frames)) == frames, network


def test_linux_hands_up_frames_whose_vlan_a_switch_took_off(tmp_path: Path) -> None:
    """As the access port of an underlay's switch does: the headers behind the VLAN tag are right without it."""
    vlan = next(case for case in CASES if case.vlan == 4094)
    frames = list(guest_frames().values())
    sent = [frame.octets for frame in underlay(frames, "blue", the_map(vlan, tmp_path), tmp_path)]
    assert {octets[12:14] + bytes([octets[14] & 0x0F]) + octets[15:16] for octets in sent} == {b"\x81\x00\x0f\xfe"}
    with plugged(Case("v6-full", v6=True)) as wire:
        wire.send([octets[:12] + octets[16:] for octets in sent])
        assert received(wire.devices["blue"], len(frames)) == frames


def test_linux_hands_up_a_frame_of_60_kilobytes(tmp_path: Path) -> None:
    """Up to the longest that fits into an IP packet."""
    case = Case("v4-full", tep={"udp_checksum": "full"})
    most = 0xFFFF - 20 - 8 - 8
    frames = [ethernet(bytes(length - 14), 0x88B6) for length in (60000, most - 1, most)]
    sent = underlay(frames, "blue", the_map(case, tmp_path), tmp_path)
    with plugged(case) as wire:
        wire.send([frame.octets for frame in sent])
        assert received(wire.devices["blue"], len(frames)) == frames


@pytest.mark.parametrize(
    ("case", "at"),
    [(CASES[1], 14 + 20 + 6), (CASES[3], 14 + 40 + 6), (CASES[0], 14 + 10), (CASES[0], 14 + 20 + 8)],
    ids=["v4-udp-checksum", "v6-udp-checksum", "ip-checksum", "i-flag"],
)
def test_linux_looks_at_what_we_wrote(case: Case, at: int, tmp_path: Path) -> None:
    """The other tests prove something: with one octet of the outer headers spoilt, a frame is dropped."""
    spoilt, last = (
        frame.octets for frame in underlay([guest_frames()["udp-odd"], LAST], "blue", the_map(case, tmp_path), tmp_path)
    )
    spoilt = spoilt[:at] + bytes([spoilt[at] ^ 0x08]) + spoilt[at + 1 :]
    with plugged(case) as wire:
        wire.send([spoilt, last])
        assert received(wire.devices["blue"], 1) == [LAST]


def test_linux_takes_no_zero_checksum_over_ipv6_unasked(tmp_path: Path) -> None:
    """Without `udp6zerocsumrx` frames of `udp_checksum: zero` do not arrive, those of `full` do."""
    zero, full = Case("v6-zero", v6=True), Case("v6-full", v6=True, tep={"udp_checksum": "full"})
    (lost,) = underlay([guest_frames()["ping6"]], "blue", the_map(zero, tmp_path), tmp_path)
    (kept,) = underlay([LAST], "blue", the_map(full, tmp_path), tmp_path)
    with plugged(zero) as wire:
        wire.send([lost.octets, kept.octets])
        assert received(wire.devices["blue"], 1) == [LAST]


def test_linux_hands_up_a_frame_whose_checksum_computes_to_zero(tmp_path: Path) -> None:
    """It is sent as 0xFFFF (RFC 768): 0 would mean that there is none, which IPv6 forbids."""
    case = CASES[3]
    at = 14 + 40 + 6
    vnid_map = the_map(case, tmp_path)
    (trial,) = underlay([ethernet(b"\0\0tail", 0x88B6)], "blue", vnid_map, tmp_path)
    frame = ethernet(trial.octets[at : at + 2] + b"tail", 0x88B6, VM2)
    (sent,) = underlay([frame], "blue", vnid_map, tmp_path)
    assert sent.octets[at : at + 2] == b"\xff\xff"
    with plugged(case) as wire:
        wire.send([sent.octets])
        assert received(wire.devices["blue"], 1) == [frame]
