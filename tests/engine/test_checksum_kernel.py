"""What Linux itself captures on a sending host: checksums that are left to the network card are no fault, and go on."""

from __future__ import annotations

import select
import socket
import time
from pathlib import Path

import pytest
from frames import summed
from in_process import dovetool, validated
from netns import Namespace, namespaces
from offloaded import word
from plain_capture import Captured, write_capture

pytestmark = pytest.mark.root

OUTGOING = 4
PORT = 7777
NOTHING_WRONG = {"checksum-offloaded"}


def plan(*, v6: bool) -> str:
    ends = ["2001:db8::1", "2001:db8::2"] if v6 else ["192.0.2.1", "192.0.2.2"]
    lines = ["version: 1", "networks: {blue: {vnid: 5001}}", "teps:"]
    lines += [
        f'  t{at}: {{ip: "{ends[at - 1]}", mac: "02:00:00:00:01:0{at}", encap: [vxlan], udp_checksum: full}}'
        for at in (1, 2)
    ]
    lines += ["switches:", *(f"  s{at}: {{tep: t{at}, ports: {{p: blue}}}}" for at in (1, 2)), "vms:"]
    lines += [f'  v{at}: {{mac: "02:00:00:00:00:0{at}", ip: [10.0.0.{at}], at: s{at}/p}}' for at in (1, 2)]
    return "\n".join(lines) + "\n"


def set_up(here: Namespace, there: Namespace, *, v6: bool) -> None:
    """Two hosts with a VXLAN device each, which sends checksums, and is the VM too."""
    here.add_device("u", "type", "veth", "peer", "name", "u", "netns", there.name)
    ends = ("2001:db8::1", "2001:db8::2") if v6 else ("192.0.2.1", "192.0.2.2")
    for at, host in enumerate((here, there), 1):
        host.ip("link", "set", "u", "address", f"02:00:00:00:01:0{at}", "up")
        host.ip("addr", "add", f"{ends[at - 1]}/{64 if v6 else 24}", "dev", "u", *(["nodad"] if v6 else []))
        way = ("local", ends[at - 1], "remote", ends[2 - at], "dstport", "4789", "dev", "u")
        sums = ("udp6zerocsumrx", "noudp6zerocsumtx") if v6 else ("udpcsum",)
        host.add_device("vx", "address", f"02:00:00:00:00:0{at}", "type", "vxlan", "id", "5001", *way, *sums)
        host.ip("link", "set", "vx", "up")
        host.ip("addr", "add", f"10.0.0.{at}/24", "dev", "vx")


def sent(here: Namespace, there: Namespace) -> list[bytes]:
    """What the first host's underlay device is handed to send while it talks TCP and UDP to the other."""

    def listening() -> socket.socket:
        listener = socket.socket()
        listener.bind(("10.0.0.2", PORT))
        listener.listen()
        return listener

    def talk() -> None:
        with socket.create_connection(("10.0.0.2", PORT), timeout=10) as stream:
            stream.sendall(b"some data, " * 10)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.sendto(b"a datagram", ("10.0.0.2", PORT))

    with here.packet_socket("u") as tap, there.within(listening):
        here.within(talk)
        return [frame for frame in outgoing(tap) if b"\x12\xb5" in frame[34:60]]  # to UDP port 4789


def outgoing(tap: socket.socket) -> list[bytes]:
    frames: list[bytes] = []
    deadline = time.monotonic() + 10
    while not any(b"a datagram" in frame for frame in frames):
        if not select.select([tap], [], [], max(deadline - time.monotonic(), 0))[0]:
            break
        octets, address = tap.recvfrom(1 << 17)
        frames += [octets] if address[2] == OUTGOING else []
    return frames


@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
def test_a_sending_host(v6: bool, tmp_path: Path) -> None:
    with namespaces(2) as (here, there):
        set_up(here, there, v6=v6)
        frames = sent(here, there)
    source = write_capture(tmp_path / "sent.pcap", [Captured(0, len(octets), octets) for octets in frames])
    (tmp_path / "map.yaml").write_text(plan(v6=v6))
    start = 54 if v6 else 34
    assert any(b"some data" in octets and not is_right(octets, start) for octets in frames)  # TCP, left to the card
    record = validated(source, tmp_path / "map.yaml")
    assert record["errors"] == 0
    assert {found["reason"] for found in record["findings"] if "checksum" in found["reason"]} == NOTHING_WRONG
    summary = dovetool("decap", source, tmp_path / "out.pcap", "-m", tmp_path / "map.yaml")
    assert summary["forwarded"] == len(frames)
    assert summary["notes"]["checksum-offloaded"] == sum(not is_right(octets, start) for octets in frames)


def is_right(octets: bytes, start: int) -> bool:
    """Say whether the outer UDP checksum adds up."""
    addresses = octets[start - 32 : start] if start == 54 else octets[start - 8 : start]
    pseudo = addresses + bytes((0, 17)) + (len(octets) - start).to_bytes(2, "big")
    return word(octets, start + 6) != 0 and summed(pseudo + octets[start:]) == 0xFFFF
