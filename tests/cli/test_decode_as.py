"""`-d`: Wireshark's grammar, its ranges, and either port."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_process import dovetool as run_dovetool
from frames import eth, eth4, ipv4, udp, vxlan
from in_process import dovetool
from plain_capture import read_capture, write_frames
from tshark_fields import decoded
from ways import CARRIED, over4

from dovetool import cli
from dovetool.wireshark.decode_as import decode_as_arguments

INNER = eth4(udp())


def between(src_port: int, dst_port: int, payload: bytes = b"") -> bytes:
    """VXLAN, or something else, between two UDP ports."""
    return eth(
        b"\2" + bytes(5),
        b"\2" + bytes(4) + b"\1",
        0x0800,
        ipv4(udp(payload or vxlan(INNER), src_port=src_port, dst_port=dst_port)),
    )


def stripped(tmp_path: Path, frames: list[bytes], *options: str) -> list[bool]:
    """Which frames lose their tunnel."""
    source = write_frames(tmp_path / "in.pcap", frames)
    dovetool("strip", source, tmp_path / "out.pcap", *options)
    return [frame.octets == INNER for frame in read_capture(tmp_path / "out.pcap")]


PORTS = [65329, 65330, 65331, 65332]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("udp.port==65330,vxlan", [False, True, False, False]),
        ("udp.port==65330-65331,vxlan", [False, True, True, False]),
        ("udp.port==65330:2,vxlan", [False, True, True, False]),
        ("udp.port == 0xff32 : 3 , vxlan", [False, True, True, True]),
        ("udp.port==65331-65331,VXLAN", [False, False, True, False]),
    ],
)
@pytest.mark.parametrize("side", ["destination", "source"])
def test_ranges_and_either_port(word: str, found: list[bool], side: str, tmp_path: Path) -> None:
    """As tshark has it."""
    frames = [between(50000, port) if side == "destination" else between(port, 50000) for port in PORTS]
    assert stripped(tmp_path, frames, "-d", word) == found
    fields = decoded(tmp_path / "in.pcap", "vxlan.vni", decode_as=word.replace(" ", "").lower())
    assert [bool(frame["vxlan.vni"]) for frame in fields] == found


def test_a_registered_port_as_source_needs_a_sound_header(tmp_path: Path) -> None:
    """Port 4789 is a host's own choice as well; what fits in every respect is VXLAN, as tshark has it too."""
    reserved = vxlan(INNER)[:3] + b"\1" + vxlan(INNER)[4:]
    strange = vxlan(INNER)[:20] + b"\x12\x34" + vxlan(INNER)[22:]
    frames = [
        between(4789, 50000),
        between(4789, 50000, reserved),
        between(4789, 50000, strange),
        between(4789, 53, b"query"),
    ]
    assert stripped(tmp_path, frames) == [True, False, False, False]
    shown = dovetool("strip", tmp_path / "in.pcap", tmp_path / "out.pcap")
    assert (shown["rejected"], shown["unchanged"]) == ({}, 3)


def test_other_tables(tmp_path: Path) -> None:
    """An IP protocol, and a table that an encapsulation has two of."""
    frames = [
        over4(b"\x30\0" + INNER, 200),
        CARRIED["L2TPv3"][1](INNER),
        over4(udp(b"\0\3\0\0\0\0\0\7" + INNER, dst_port=1702), 17),
    ]
    words = ("-d", "ip.proto==200,etherip", "-d", "udp.port==1702,l2tpv3")
    assert stripped(tmp_path, frames, *words) == [True, True, True]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("udp.port==65331-65330,vxlan", "65331-65330 holds no number; expected as in 65330-65331 or 65330:2"),
        ("udp.port==65330:0,vxlan", "65330:0 holds no number"),
        ("udp.port==65330-65536,vxlan", "65536 is not in 1..65535"),
        ("udp.port==65535:2,vxlan", "65536 is not in 1..65535"),
        ("ip.proto==256,etherip", "256 is not in 1..255"),
        ("udp.port==97,etherip", "etherip is selected by ip.proto, not by udp.port"),
        ("gre.proto==97,l2tpv3", "l2tpv3 is selected by udp.port or ip.proto, not by gre.proto"),
        ("sctp.port==97,vxlan", "sctp.port is no table that chooses an encapsulation; there is udp.port, tcp.port"),
        ("udp.port==65330-,vxlan", "expected udp.port==N,ENCAPSULATION"),
        ("udp.port==65330,vxlan,more", "expected udp.port==N,ENCAPSULATION"),
    ],
)
def test_what_is_refused(word: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_frames(tmp_path / "in.pcap", [INNER])
    assert cli.run(["strip", str(source), str(tmp_path / "out.pcap"), "-d", word]) == 2
    assert f"-d {word}: {text}" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out.pcap").exists()


def test_wireshark_is_told_of_ranges() -> None:
    """Neighbours go together."""
    told = decode_as_arguments(["udp.port==65330-65332,vxlan", "udp.port==65333,geneve", "ip.proto==200,etherip"])
    assert told[1::2] == [
        "udp.port==8472,vxlan",
        "udp.port==65330-65332,vxlan",
        "udp.port==65333,geneve",
        "ip.proto==200,etherip",
    ]


def test_where_no_frame_had_an_overlay_it_says_how_to_name_ports(tmp_path: Path) -> None:
    source, target = write_frames(tmp_path / "in.pcap", [between(50000, 4799)]), tmp_path / "out.pcap"
    hint = "no overlay was found; name other ports than the registered ones with -d, as in -d udp.port==4799,vxlan"
    assert hint in run_dovetool("strip", source, target).stderr
    assert hint not in run_dovetool("strip", source, target, "-d", "udp.port==4799,vxlan").stderr
    write_frames(source, [])
    assert hint not in run_dovetool("strip", source, target).stderr
