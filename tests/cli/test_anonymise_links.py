"""`dovetool anonymise`: no address is left in headers of any link type, nor in packets that are looked through."""

from __future__ import annotations

from pathlib import Path

from capture_strategies import Packet, interface, section
from cli_process import dovetool
from frames import A1, A2, IP6_A1, IP6_A2, eth, eth4, ipv4, udp, underlay, vxlan
from link_frames import LINKS, MACS, PACKET4, UNREADABLE, Linked, nflog, pktap, ppi

_ADDRESSES = (A1, A2, bytes.fromhex("020000000099"), MACS[:6], MACS[6:], IP6_A1, IP6_A2, PACKET4[12:16], PACKET4[16:20])
_SHOWN = ("-e", "encaps,vnid,protocol,src_port,captured")


def anonymised(folder: Path, *frames: Linked) -> bytes:
    """What becomes of frames, each of an interface of its own; all that is no address is told as before."""
    source, target = folder / "in.pcapng", folder / "out.pcapng"
    packets = (Packet(frame.octets, number=number).emit() for number, frame in enumerate(frames))
    source.write_bytes(section("<") + b"".join(interface("<", each.link_type) for each in frames) + b"".join(packets))
    ended = dovetool("anonymise", source, target, "--key", "a key", "--summary", "none")
    assert (ended.code, ended.stderr) == (0, "")
    return target.read_bytes()


def shown(path: Path) -> list[str]:
    return dovetool("inspect", path, "--csv", *_SHOWN).stdout.decode().splitlines()


def test_every_link_type(tmp_path: Path) -> None:
    octets = anonymised(tmp_path, *LINKS.values())
    assert [address.hex() for address in _ADDRESSES if address in octets] == []
    assert shown(tmp_path / "out.pcapng") == shown(tmp_path / "in.pcapng")
    octets = anonymised(tmp_path, *UNREADABLE.values())
    assert [address.hex() for address in _ADDRESSES if address in octets] == []


def test_names_that_capturing_tells(tmp_path: Path) -> None:
    """Interfaces and processes of PKTAP, positions of PPI, and what netfilter logs beside the packet."""
    plain = pktap(1, underlay(eth4(udp(b"x"))))
    process = plain[:12] + b"en-secret".ljust(24, b"\0") + plain[36:56] + b"secretd" + plain[63:]
    octets = anonymised(
        tmp_path,
        Linked(258, process),
        Linked(192, ppi(1, underlay(eth4(udp(b"x"))), b"\x32\x75\x08\0a secret")),
        Linked(239, nflog((1, b"\x08\0\1\0"), (8, b"\0\6\0\0" + A1 + b"\0\0"), (10, b"secret\0"), (9, PACKET4))),
    )
    assert b"secret" not in octets
    assert A1 not in octets
    assert shown(tmp_path / "out.pcapng") == shown(tmp_path / "in.pcapng")


def test_packets_that_are_looked_through(tmp_path: Path) -> None:
    """Of users of GTP-U, behind labels of MPLS over UDP, and the Ethernet frame of a pseudowire."""
    packet = ipv4(udp(b"user"), src_ip=PACKET4[12:16])
    gtp = b"\x30\xff" + len(packet).to_bytes(2, "big") + bytes(4) + packet
    wire = bytes.fromhex("00010140 00000000") + eth(A1, A2, 0x0800, packet)
    frames = (
        eth4(udp(gtp, dst_port=2152)),
        eth4(udp(bytes.fromhex("00010140") + packet, dst_port=6635)),
        eth(MACS[:6], MACS[6:], 0x8847, wire),
    )
    octets = anonymised(tmp_path, *(Linked(1, frame) for frame in frames))
    assert [address.hex() for address in (A1, A2, MACS[:6], PACKET4[12:16]) if address in octets] == []
    assert octets.count(b"user") == 3
    assert shown(tmp_path / "out.pcapng") == shown(tmp_path / "in.pcapng")


def test_what_should_be_a_tunnel_and_cannot_be_read_is_cut(tmp_path: Path) -> None:
    """VXLAN without its flag, or cut, behind which may be a tenant's frame; and control messages of GTP."""
    no_flag = udp(b"\0" + vxlan(eth4(udp(b"secret")))[1:], dst_port=4789)
    octets = anonymised(
        tmp_path,
        Linked(1, eth4(no_flag)),
        Linked(1, eth4(udp(vxlan(A1 + A2)[:17], dst_port=4789))),
        Linked(1, eth4(udp(b"\x48\x20secret imsi", dst_port=2123))),
    )
    assert b"secret" not in octets
    assert [address.hex() for address in (A1, A2) if address in octets] == []
