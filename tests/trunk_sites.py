"""Two hosts with a switch each, in network namespaces, and a recording of what went through them.

The switches are Open vSwitch's or Linux's (`trunk_switches.py`); the guests and their frames are those of
`trunk_network.py`.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from frames import TEP_MACS
from netns import Namespace, namespaces, went_by
from plain_capture import Captured, read_capture, write_capture, write_pcapng
from trunk_network import (
    GUESTS,
    STACKS,
    Guest,
    Sent,
    announcements,
    bad_frames,
    echo_request,
    good_frames,
    native_with_a_tag,
    others_tags,
    tags_in_tags,
)

Switch = Callable[[Namespace, int], AbstractContextManager[None]]
"""Sets up the switch and the tunnels of a host, by its number, with the ports that are there already."""

_PAUSE = 0.002  # seconds between frames, so that they keep their order, and what is learnt is learnt


class Recording(NamedTuple):
    """What guests sent and got, by SWITCH/PORT, and what was at the underlay's end of each host."""

    sent: list[Captured]
    delivered: list[Captured]
    underlay: dict[int, list[Captured]]

    @classmethod
    def read(cls, folder: Path) -> Recording:
        underlay = {site: read_capture(folder / f"underlay_{site}.pcap") for site in (1, 2)}
        return cls(read_capture(folder / "sent.pcapng"), read_capture(folder / "delivered.pcapng"), underlay)

    def write(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        write_pcapng(folder / "sent.pcapng", self.sent)
        write_pcapng(folder / "delivered.pcapng", self.delivered)
        for site, frames in self.underlay.items():
            write_capture(folder / f"underlay_{site}.pcap", frames)


def record(switch: Switch) -> Recording:
    """Have all guests speak to each other, once the switches have learnt where they are."""
    with _sites(switch) as (stacks, senders):
        for _ in range(3):
            _send(senders, announcements())
            time.sleep(0.3)
        with ExitStack() as stack:
            devices = [*senders.devices.items(), *senders.underlay.items()]
            taps = {line: stack.enter_context(place.packet_socket(name)) for line, (place, name) in devices}
            _send(senders, [*announcements(), *good_frames(), *others_tags()])
            _send(senders, [*bad_frames(), *native_with_a_tag(), *tags_in_tags()])
            for guest, place in stacks.items():
                _ping(place, next(each for each in STACKS if each.port == guest.port and each != guest))
            time.sleep(0.3)
            return _recorded(taps)


class _Senders(NamedTuple):
    """Where frames can be sent and seen: namespace and device by SWITCH/PORT, and by host in the underlay."""

    devices: dict[str, tuple[Namespace, str]]
    underlay: dict[str, tuple[Namespace, str]]
    sockets: dict[str, socket.socket]


@contextmanager
def _sites(switch: Switch) -> Iterator[tuple[dict[Guest, Namespace], _Senders]]:
    with namespaces(3 + len(STACKS)) as (first, second, raw, *others), ExitStack() as stack:
        _add_cable(first, second)
        stacks = dict(zip(STACKS, others, strict=True))
        devices = {}
        for guest in {guest.line: guest for guest in GUESTS}.values():
            place = stacks.get(guest, raw)
            _add_port(guest, (first, second)[guest.site - 1], place, has_stack=guest in stacks)
            devices[guest.line] = place, f"{guest.port}-{guest.site}"
        for site, host in ((1, first), (2, second)):
            stack.enter_context(switch(host, site))
        sockets = {line: stack.enter_context(place.packet_socket(name)) for line, (place, name) in devices.items()}
        yield stacks, _Senders(devices, {"1": (first, "under"), "2": (second, "under")}, sockets)


def _add_cable(first: Namespace, second: Namespace) -> None:
    first.add_device("under", "type", "veth", "peer", "name", "under", "netns", second.name)
    for site, host in ((1, first), (2, second)):
        _silence(host)
        host.ip("link", "set", "under", "address", TEP_MACS[site - 1].hex(":"), "addrgenmode", "none")
        host.ip("link", "set", "under", "mtu", "9000", "up")


def _add_port(guest: Guest, host: Namespace, place: Namespace, *, has_stack: bool) -> None:
    name = f"{guest.port}-{guest.site}"
    _silence(place)
    place.add_device(name, "type", "veth", "peer", "name", guest.port, "netns", host.name)
    place.ip("link", "set", name, "address", guest.mac.hex(":"))
    host.ip("link", "set", guest.port, "addrgenmode", "none", "up")
    if has_stack:
        place.ip("address", "add", ".".join(map(str, guest.ip)) + "/24", "dev", name)
    else:
        place.ip("link", "set", name, "arp", "off")
    place.ip("link", "set", name, "up")


def _silence(namespace: Namespace) -> None:
    """Of IPv6, Linux says things of its own accord."""

    def write() -> None:
        for which in ("all", "default"):
            Path(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6").write_text("1")

    if Path("/proc/sys/net/ipv6").exists():
        namespace.within(write)


def _send(senders: _Senders, frames: list[Sent]) -> None:
    for line, octets in frames:
        assert senders.sockets[line].send(octets) == len(octets)
        time.sleep(_PAUSE)


def _ping(place: Namespace, other: Guest) -> None:
    """Linux asks for the MAC address of another guest, and the two answer each other."""
    asking = place.within(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
    with asking:
        for number in range(3):
            asking.sendto(echo_request(7, number), (".".join(map(str, other.ip)), 0))
            time.sleep(0.05)


def _recorded(taps: dict[str, socket.socket]) -> Recording:
    sent: list[Captured] = []
    delivered: list[Captured] = []
    underlay: dict[int, list[Captured]] = {}
    for line, tap in taps.items():
        seen = [(each, Captured(each.ts_ns, len(each.octets), each.octets)) for each in went_by(tap)]
        if line in ("1", "2"):
            underlay[int(line)] = [frame for _, frame in seen]
            continue
        at_port = [(each.outgoing, frame._replace(interface=line)) for each, frame in seen]
        sent += (frame for is_sent, frame in at_port if is_sent)
        delivered += (frame for is_sent, frame in at_port if not is_sent)
    return Recording(sorted(sent), sorted(delivered), underlay)
