"""Bad use from Python: a TypeError for what is no such thing, else one clear line of a DovetoolError."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dovetool

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
IN, MAP = SAMPLES / "demo" / "in.pcapng", SAMPLES / "demo" / "map.yaml"
UNDERLAY = SAMPLES / "demo" / "taps" / "3-underlay.pcapng"


def opened(**options: Any) -> dovetool.Capture:  # noqa: ANN401
    return dovetool.open(UNDERLAY, **options)


USAGE: list[tuple[Callable[[], object], str]] = [
    (lambda: opened(depth=65), "depth=65: expected 1..64"),
    (lambda: opened(tpid=5), "tpid=5: expected an EtherType from 0x0600 to 0xFFFF"),
    (lambda: opened(decode_as="udp.port==4799,vxlam"), "did you mean vxlan?"),
    (lambda: opened().select(vnid="blue"), "vnid=blue: is no VNID (0..16777215), and names need a map (vnid_map=)"),
    (lambda: opened(vnid_map=MAP).select(vnid="bleu"), "vnid=bleu: is no VNID (0..16777215), and the map has no such"),
    (lambda: opened().select(frame="5-3"), "frame=5-3: the range ends before it begins"),
    (lambda: opened().select(from_="9", to="3"), "from_=9 is behind to=3"),
    (lambda: opened().select(ip="10.0.0"), "ip=10.0.0: expected an IPv4 or IPv6 address"),
    (lambda: list(opened().select(filter="no such filter")), "no such filter"),
    (lambda: list(opened().select(filter="arp\r\nfoo")), r"filter='arp\r\nfoo': "),
    (lambda: list(opened().select(filter="arp\0")), r"filter='arp\x00': has a NUL, which no argument of a program may"),
    (lambda: list(opened().select(filter="\ud800")), r"filter='\ud800': has a half of a character"),
    (lambda: list(opened().select(filter="a" * 200_000)), "is 200,000 octets long; expected 100,000 at most"),
    (lambda: opened().frame(99), "does not have so many frames"),
    (lambda: opened().frame(0), "number=0: expected 1.."),
    (
        lambda: opened().to_arrow("vnidd"),
        "columns=vnidd: there is no such column; dovetool.COLUMNS lists them",
    ),
    (lambda: opened().to_arrow("number,"), "columns=: there is no such column; dovetool.COLUMNS lists them"),
    (lambda: opened().to_arrow([]), "columns=[]: is empty, so it chooses nothing; None stands for all"),
    (lambda: opened().select(frame=[]), "frame=[]: is empty, so it chooses nothing"),
    (lambda: opened().select(vnid=()), "vnid=(): is empty, so it chooses nothing"),
    (lambda: opened().stats(by=[]), "by=[]: is empty"),
    (lambda: dovetool.validate(UNDERLAY, MAP, only=[]), "only=[]: is empty"),
    (lambda: dovetool.strip(UNDERLAY, jobs=-1), "jobs=-1: expected 0.."),
    (
        lambda: dovetool.Frame(b"abc", interface="a" * 70_000),
        "interface: has 70,000 octets; pcapng holds 65,535 at most",
    ),
    (
        lambda: dovetool.Frame(b"abc", interface="\udcff"),
        "interface: has a surrogate at 0, which UTF-8 has no form for",
    ),
    (lambda: dovetool.Frame(b"abc", comments=("", "\u20ac" * 22_000)), "comments: has 66,000 octets; pcapng holds"),
    (lambda: dovetool.Frame(b"abc", number=0), "number=0: expected 1.."),
    (lambda: dovetool.open([]), "an empty list names no capture"),
    (lambda: dovetool.open(""), "'': is no name of a file"),
    (lambda: dovetool.open([UNDERLAY, "no\0name"]), "'no\\x00name': is no name of a file"),
    (lambda: opened().stats(by="vnidd"), "by=vnidd: there is no such column"),
    (lambda: opened().stats(sort="size"), "sort=size: expected octets, frames"),
    (lambda: opened().stats(interval=0), "interval=0: expected seconds"),
    (
        lambda: dovetool.strip(UNDERLAY, tenant="vlan"),
        "tenant=vlan: give the VLAN of each network, as in vlan=5001",
    ),
    (lambda: dovetool.strip(UNDERLAY, tenant="vlam"), "tenant='vlam': expected 'interface', 'vlan', 'comment', 'none'"),  # type: ignore[call-overload]
    (lambda: dovetool.strip(UNDERLAY, fragment_memory=0), "fragment_memory=0: expected 1.."),
    (lambda: dovetool.strip(UNDERLAY, fragment_timeout=math.nan), "fragment_timeout=nan: expected seconds, 0..1e9"),
    (lambda: dovetool.strip(UNDERLAY, fragment_timeout=math.inf), "fragment_timeout=inf: expected seconds, 0..1e9"),
    (lambda: dovetool.strip(UNDERLAY, tpid=0x0800), "tpid=2048: expected an EtherType of its own (0x0800 is"),
    (lambda: dovetool.translate(UNDERLAY), "translate needs to=ENCAPSULATION, or a map (vnid_map=) and the gateway"),
    (lambda: dovetool.translate(UNDERLAY, to="vxlam"), "did you mean vxlan?"),
    (lambda: dovetool.decap(UNDERLAY, vnid_map=MAP, tep="tep9"), "tep=tep9: the map has no such TEP; it has tep1"),
    (lambda: dovetool.tag(IN, vnid_map=MAP, ingress="sw9/p1"), "ingress=sw9/p1: the map has no such port"),
    (lambda: dovetool.run(IN, vnid_map=MAP, taps="taps"), "taps: is for a capture that is written; name a target"),
    (lambda: dovetool.decap(UNDERLAY, vnid_map=MAP, checksums="never"), "checksums='never': expected 'verify'"),  # type: ignore[call-overload]
    (lambda: dovetool.validate(UNDERLAY, only="policy-denied"), "only=policy-denied: needs a map (vnid_map=)"),
    (lambda: dovetool.validate(UNDERLAY, MAP, grace="2"), "grace=2: expected a span of time such as 2s"),
    (lambda: dovetool.validate(UNDERLAY, MAP, learn="2s"), "learn: makes a map, and vnid_map gives one"),
    (lambda: dovetool.trace(IN, 16, MAP), "number=16:"),
    (lambda: dovetool.trace(IN, 1, MAP, begin_at="late"), "begin_at='late': expected 'tag'"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("call", "says"), USAGE, ids=[says[:30] for _, says in USAGE])
def test_usage(call: Callable[[], object], says: str) -> None:
    with pytest.raises(dovetool.DovetoolError, match=re.escape(says)) as raised:
        call()
    text = str(raised.value)
    assert isinstance(raised.value, ValueError) or "filter" in says
    assert "\n" not in text
    assert not re.search(r"(?<!\w)--?[a-zA-Z]", text), "it names an option of the command line"


TYPES: list[tuple[Callable[[], object], str]] = [
    (lambda: dovetool.open(17), "expected a path, or a file object in binary mode, not int"),  # type: ignore[arg-type]
    (lambda: dovetool.open(io.StringIO()), "was opened in text mode"),  # type: ignore[arg-type]
    (lambda: dovetool.open(UNDERLAY, 17), "vnid_map: expected a VnidMap"),  # type: ignore[arg-type]
    (lambda: opened().select(vnod=3), "vnod: no such keyword; frames are chosen by frame, from_"),  # type: ignore[call-arg]
    (lambda: opened().select(vnid=b"blue"), "expected text, a number"),
    (lambda: dovetool.tag(IN), "vnid_map: expected a VnidMap"),  # type: ignore[call-overload]
    (lambda: dovetool.strip(17), "expected a path, a file object, or frames"),  # type: ignore[call-overload]
    (lambda: list(dovetool.strip([17])), "a frame is made of bytes, not of int"),  # type: ignore[arg-type]
    (lambda: opened().frame("3"), "number='3': expected a whole number"),  # type: ignore[arg-type]
    (lambda: opened().frame(1.5), "number=1.5: expected a whole number"),  # type: ignore[arg-type]
    (lambda: dovetool.decap(UNDERLAY, vnid_map=MAP, tep=3), "tep=3: expected text, not int"),  # type: ignore[call-overload]
    (lambda: dovetool.encap(IN, vnid_map=MAP, encap=3), "encap=3: expected text, not int"),  # type: ignore[call-overload]
    (lambda: dovetool.run(IN, vnid_map=MAP, ingress=3), "ingress=3: expected text, not int"),  # type: ignore[call-overload]
    (lambda: dovetool.translate(UNDERLAY, to=3), "to=3: expected text, not int"),  # type: ignore[call-overload]
    (lambda: dovetool.validate(UNDERLAY, MAP, grace=2), "grace=2: expected text, not int"),  # type: ignore[arg-type]
    (lambda: dovetool.dedup(UNDERLAY, window=2), "window=2: expected text, not int"),  # type: ignore[call-overload]
    (lambda: dovetool.strip(UNDERLAY, jobs="2"), "jobs='2': expected a whole number"),  # type: ignore[call-overload]
    (lambda: dovetool.info(UNDERLAY, jobs=None), "jobs=None: expected a whole number"),  # type: ignore[arg-type]
    (
        lambda: dovetool.strip(UNDERLAY, fragment_memory="64"),  # type: ignore[call-overload]
        "fragment_memory='64': expected a whole number",
    ),
    (
        lambda: dovetool.decap(UNDERLAY, vnid_map=MAP, fragment_timeout="30"),  # type: ignore[call-overload]
        "fragment_timeout='30': expected seconds",
    ),
    (lambda: dovetool.Frame(b"abc", time_ns=1.7), "time_ns=1.7: expected a whole number"),  # type: ignore[arg-type]
    (lambda: dovetool.Frame(b"abc", number="x"), "number='x': expected a whole number"),  # type: ignore[arg-type]
    (lambda: dovetool.Frame(b"abc", comments="hello"), "comments='hello': expected a tuple of texts"),  # type: ignore[arg-type]
    (lambda: dovetool.Frame(b"abc", comments=(1,)), "comments=(1,): expected a tuple of texts"),  # type: ignore[arg-type]
    (lambda: dovetool.Frame(b"abc", interface=1), "interface=1: expected text"),  # type: ignore[arg-type]
    (lambda: dovetool.Frame("octets"), "a frame is made of bytes, not of str"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("call", "says"), TYPES, ids=[says[:30] for _, says in TYPES])
def test_types(call: Callable[[], object], says: str) -> None:
    with pytest.raises(TypeError, match=re.escape(says)):
        call()


@pytest.mark.parametrize(
    "options", [{"time_ns": -1}, {"time_ns": 1 << 63}, {"length": 2}, {"link_type": 1 << 16}], ids=str
)
def test_numbers_of_a_frame(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(options))}="):
        dovetool.Frame(b"abc", **options)  # type: ignore[arg-type]


def test_captures_and_maps_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(dovetool.CaptureError, match="No such file"):
        dovetool.open(tmp_path / "none.pcap")
    for names in (["x" * 5000], ["x" * 5000, str(UNDERLAY)]):
        with pytest.raises(dovetool.CaptureError, match="xxx"):
            dovetool.open(names)
    with pytest.raises(dovetool.CaptureError, match="no pcap or pcapng file"):
        dovetool.open(io.BytesIO(b"what is this? not a capture"))
    with pytest.raises(dovetool.MapError, match=r"map\.yaml:1:1: "):
        dovetool.open(UNDERLAY, _written(tmp_path / "map.yaml", "nothing: here"))
    with pytest.raises(dovetool.MapError, match="<string>:2:1: "):
        dovetool.VnidMap.loads("version: 1\nnothing: here\n")


def test_no_file_plays_two_roles(tmp_path: Path) -> None:
    source = tmp_path / "in.pcapng"
    source.write_bytes(UNDERLAY.read_bytes())
    vnid_map = _written(tmp_path / "map.yaml", MAP.read_text())
    with pytest.raises(dovetool.UsageError, match="needs a file of its own, and is IN too"):
        dovetool.strip(source, tmp_path / "out.pcapng", rejects=source)
    with pytest.raises(dovetool.UsageError, match="needs a file of its own, and is IN too"):
        dovetool.strip(source, rejects=source)
    with pytest.raises(dovetool.UsageError, match="needs a file of its own, and is the map too"):
        dovetool.decap(source, vnid_map=vnid_map, rejects=vnid_map)
    dovetool.strip(source, source)
    assert [frame.octets for frame in dovetool.open(source)] == [frame.octets for frame in dovetool.strip(UNDERLAY)]


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
