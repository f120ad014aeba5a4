"""Network namespaces of Linux that a test makes for itself, and packet sockets in them. Needs root.

Nothing outside of them is touched: both ends of a link are made inside, and only a thread of the process enters.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import select
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

_CLONE_NEWNET = 0x40000000
_ETH_P_ALL = 3
_SOL_PACKET, _PACKET_AUXDATA = 263, 8
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_AUXDATA = struct.Struct("=IIIHHHH")  # struct tpacket_auxdata: status, len, snaplen, mac, net, vlan_tci, vlan_tpid
_VLAN_VALID, _VLAN_TPID_VALID = 0x10, 0x40
_OUTGOING = 4
_TIMESPEC = struct.Struct("=qq")
_LARGEST_FRAME = 1 << 17
_ROOM = 1 << 24

Answer = TypeVar("Answer")


class Seen(NamedTuple):
    """A frame that went by a device; `outgoing`: it was sent there."""

    ts_ns: int
    octets: bytes
    outgoing: bool


@dataclass(frozen=True)
class Namespace:
    """A network namespace by its name."""

    name: str

    def ip(self, *words: str) -> None:
        """Run iproute2's `ip` in it."""
        _ip("-netns", self.name, *words)

    def run(self, *words: str) -> str:
        """Run a program in it, to its success; the answer is what it says."""
        inside = ["ip", "netns", "exec", self.name, *words]
        return subprocess.run(inside, check=True, capture_output=True, text=True).stdout

    def add_device(self, name: str, *words: str) -> None:
        """Make a device; the test is skipped where the kernel has none of that kind."""
        try:
            self.ip("link", "add", name, *words)
        except subprocess.CalledProcessError as error:
            if "Unknown device type" in error.stderr or "not supported" in error.stderr:
                pytest.skip(f"this kernel cannot: ip link add {name} {' '.join(words)}: {error.stderr.strip()}")
            raise
        self.ip("link", "set", name, "addrgenmode", "none")

    def within(self, work: Callable[[], Answer]) -> Answer:
        """Call `work` in a thread that has entered the namespace; sockets that it makes belong there."""

        def enter() -> Answer:
            with Path("/var/run/netns", self.name).open("rb") as handle:
                if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"cannot enter network namespace {self.name}")
            return work()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(enter).result()

    @contextmanager
    def packet_socket(self, device: str) -> Iterator[socket.socket]:
        """A socket that sends and receives whole frames on a device; from now on it misses none."""

        def make() -> socket.socket:
            return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)

        with self.within(make) as tap:
            tap.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ROOM)
            tap.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
            tap.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            tap.bind((device, _ETH_P_ALL))
            tap.setblocking(False)
            yield tap


def received(tap: socket.socket, count: int, seconds: float = 60) -> list[bytes]:
    """The frames that came in by a device, until there are `count` of them, and whatever else waits by then."""
    frames: list[bytes] = []
    deadline = time.monotonic() + seconds
    while True:
        patience = max(deadline - time.monotonic(), 0) if len(frames) < count else 0
        if not select.select([tap], [], [], patience)[0]:
            return frames
        seen = _next(tap)
        if not seen.outgoing:
            frames.append(seen.octets)


def went_by(tap: socket.socket) -> list[Seen]:
    """The frames that went by a device in both directions, as far as nobody has taken them."""
    frames: list[Seen] = []
    while select.select([tap], [], [], 0)[0]:
        frames.append(_next(tap))
    return frames


def _next(tap: socket.socket) -> Seen:
    octets, notes, _, address = tap.recvmsg(_LARGEST_FRAME, 256)
    return Seen(_time_of(notes), _with_vlan_tag(octets, notes), address[2] == _OUTGOING)


def _time_of(notes: list[tuple[int, int, bytes]]) -> int:
    seconds, nanoseconds = next(
        _TIMESPEC.unpack(note) for level, kind, note in notes if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS)
    )
    return int(seconds) * 10**9 + int(nanoseconds)


def _with_vlan_tag(octets: bytes, notes: list[tuple[int, int, bytes]]) -> bytes:
    """Linux takes the outermost VLAN tag out of a frame and hands it over beside it; put it back."""
    for level, kind, note in notes:
        if (level, kind) == (_SOL_PACKET, _PACKET_AUXDATA):
            status, *_, tci, tpid = _AUXDATA.unpack_from(note)
            if status & _VLAN_VALID:
                tpid = tpid if status & _VLAN_TPID_VALID else 0x8100
                return octets[:12] + struct.pack("!HH", tpid, tci) + octets[12:]
    return octets


@contextmanager
def namespaces(count: int) -> Iterator[list[Namespace]]:
    """Fresh namespaces, gone in the end; the test is skipped, with the reason, where the system refuses them."""
    if os.geteuid() != 0:
        pytest.skip("needs root for network namespaces")
    if shutil.which("ip") is None:
        pytest.skip("needs ip of iproute2 for network namespaces")
    with ExitStack() as stack:
        made = [Namespace(f"dovetool-{os.getpid()}-{secrets.token_hex(3)}") for _ in range(count)]
        for namespace in made:
            stack.callback(_removed, namespace)
            _tried(namespace)
        yield made


def _tried(namespace: Namespace) -> None:
    """Make a namespace, and do in it what tests do: a container may have some of the rights for that, and not all."""
    try:
        _ip("netns", "add", namespace.name)
        namespace.ip("link", "set", "lo", "up")
        namespace.ip("link", "add", "try-a", "type", "veth", "peer", "name", "try-b")
        namespace.ip("link", "delete", "try-a")
        with namespace.packet_socket("lo"):
            pass
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.strip()}")
    except OSError as error:
        pytest.skip(f"no network namespaces here: {error}")


def _removed(namespace: Namespace) -> None:
    if Path("/var/run/netns", namespace.name).exists():
        _ip("netns", "delete", namespace.name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
