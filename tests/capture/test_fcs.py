"""Frame check sequences that a capture declares are taken off, and nothing that is written declares one."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from capture_strategies import Packet, interface, old_packet, option, section, simple
from frames import eth4, udp, underlay
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import dovetool
from plain_capture import Captured, read_capture
from second_opinion import blocks, stored, tshark
from small_network import network_map_file

from dovetool import cli
from dovetool.capture.batch import Batch
from dovetool.capture.reader import CaptureReader

FCS = b"\xfc\x5f\xc5\xfc"
INNER = [eth4(udp(bytes([number]) * 20)) for number in range(3)]
FRAMES = [*map(underlay, INNER), eth4(udp(b"no overlay"))]
PRESENT = 0x0400_0000
FLAGS, HASH, COMMENT, FCSLEN = 2, 3, 1, 13
INBOUND = 1


def pcap(frames: list[tuple[bytes, int]], word: int, order: str = "<") -> bytes:
    head = struct.pack(order + "IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, word)
    return head + b"".join(
        struct.pack(order + "IIII", 1, number, len(octets), length) + octets
        for number, (octets, length) in enumerate(frames)
    )


def flags(octets: int, order: str) -> bytes:
    return option(FLAGS, struct.pack(order + "I", octets << 5 | INBOUND), order)


def frames_of(path: Path) -> list[tuple[bytes, int]]:
    """Octets and length on the wire, as the reader hands them out."""
    with CaptureReader(path) as reader:
        batches = [
            [(block.frame(row), int(block.orig_len[row])) for row in range(len(block))]
            for block in reader
            if isinstance(block, Batch)
        ]
    return [frame for frames in batches for frame in frames]


def whole(frames: list[bytes]) -> list[tuple[bytes, int]]:
    return [(octets, len(octets)) for octets in frames]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("word", "octets"),
    [(2 << 28 | PRESENT, 4), (1 << 28 | PRESENT, 2), (4 << 28 | PRESENT, 4), (2 << 28, 0), (PRESENT, 0)],
)
def test_a_pcap_header_tells_words(order: str, word: int, octets: int, tmp_path: Path) -> None:
    """Words of 16 bits, where the bit says that there are some; a 4 is meant as octets."""
    path = tmp_path / "in.pcap"
    path.write_bytes(pcap([(frame + FCS[:octets], len(frame) + octets) for frame in FRAMES], word | 1, order))
    assert frames_of(path) == whole(FRAMES)


@pytest.mark.parametrize(("missing", "left"), [(0, 0), (1, 0), (3, 0), (4, 0), (5, 1), (40, 36)])
def test_a_cut_frame_has_lost_part_or_all_of_it(missing: int, left: int, tmp_path: Path) -> None:
    path, frame = tmp_path / "in.pcap", FRAMES[0]
    octets = (frame + FCS)[: len(frame) + len(FCS) - missing]
    path.write_bytes(pcap([(octets, len(frame) + len(FCS))], 2 << 28 | PRESENT | 1))
    assert frames_of(path) == [(frame[: len(frame) - left], len(frame))]


def test_a_frame_may_be_shorter_than_what_it_should_end_in(tmp_path: Path) -> None:
    path = tmp_path / "in.pcap"
    path.write_bytes(pcap([(b"", 0), (b"abc", 3), (b"abcd", 4), (b"abcde", 0)], 2 << 28 | PRESENT | 1))
    assert frames_of(path) == [(b"", 0), (b"", 0), (b"", 0), (b"a", 1)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("told", "octets"), [(4, 4), (2, 2), (32, 4), (16, 2), (0, 0)])
def test_an_interface_tells_octets_or_bits(order: str, told: int, octets: int, tmp_path: Path) -> None:
    path, with_fcs = tmp_path / "in.pcapng", [frame + FCS[:octets] for frame in FRAMES]
    raw = section(order) + interface(order, options=option(FCSLEN, bytes([told]), order) + bytes(4))
    raw += b"".join(Packet(frame, order=order).emit() for frame in with_fcs)
    path.write_bytes(
        raw + simple(with_fcs[0], len(with_fcs[0]), order) + old_packet(Packet(with_fcs[1], order=order), 7)
    )
    assert frames_of(path) == whole([*FRAMES, *FRAMES[:2]])


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_packet_overrides_its_interface(order: str, tmp_path: Path) -> None:
    """Each packet for itself; flags that tell nothing, and what is no flags, leave it to the interface."""
    plain, telling = interface(order), interface(order, options=option(FCSLEN, b"\4", order) + bytes(4))
    frame, many = FRAMES[0], option(COMMENT, b"x", order) * 40
    packets = [
        Packet(frame + FCS, number=1, order=order),
        Packet(frame + FCS[:2], number=1, options=flags(2, order), order=order),
        Packet(frame + FCS, number=1, options=flags(0, order), order=order),
        Packet(frame + FCS, number=1, options=option(FLAGS, b"", order), order=order),
        Packet(frame, number=0, options=flags(0, order), order=order),
        Packet(frame + FCS, number=0, options=option(COMMENT, b"seen", order) + flags(4, order), order=order),
        Packet(frame + FCS, number=0, options=many + flags(4, order) + bytes(4), order=order),
    ]
    path, out = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    path.write_bytes(section(order) + plain + telling + b"".join(packet.emit() for packet in packets))
    assert frames_of(path) == whole([frame] * len(packets))
    assert cli.run(["inspect", str(path), "-w", str(out)]) == 0
    written = [block.body[20 + len(frame) + -len(frame) % 4 :] for block in blocks(out.read_bytes()) if block.kind == 6]
    assert written == [
        b"",
        flags(0, order),
        flags(0, order),
        option(FLAGS, b"", order),
        flags(0, order),
        option(COMMENT, b"seen", order) + flags(0, order),
        many + flags(0, order) + bytes(4),
    ]


packets = st.lists(
    st.tuples(
        st.integers(0, 2),  # interface
        st.one_of(st.none(), st.integers(0, 15)),  # what its flags tell, if it has any
        st.booleans(),  # other options
        st.binary(max_size=20),
        st.integers(0, 9),  # octets that capturing cut
    ),
    max_size=12,
)


@settings(deadline=None)
@given(st.sampled_from("<>"), st.tuples(*[st.sampled_from([0, 2, 4, 32])] * 3), packets)
def test_whatever_is_declared(
    order: str, told: tuple[int, int, int], found: list[tuple[int, int | None, bool, bytes, int]]
) -> None:
    """Each frame by itself: as much as was said goes off its end on the wire, and of what was captured what is left."""
    raw = section(order) + b"".join(
        interface(order, options=option(FCSLEN, bytes([each]), order) if each else b"") for each in told
    )
    expected = []
    for number, own, has_comment, octets, cut in found:
        options = (option(COMMENT, b"c", order) if has_comment else b"") + (b"" if own is None else flags(own, order))
        raw += Packet(octets, len(octets) + cut, number=number, options=options, order=order).emit()
        wire = max(len(octets) + cut - (own or {32: 4}.get(told[number], told[number])), 0)
        expected.append((octets[:wire], wire))
    assert frames_of(stored(raw)) == expected


def test_a_hash_of_what_is_gone_goes_too(tmp_path: Path) -> None:
    path, out, hashed = tmp_path / "in.pcapng", tmp_path / "out.pcapng", option(HASH, b"\2abcd", "<")
    packets = [Packet(FRAMES[3] + FCS, options=flags(4, "<") + hashed), Packet(FRAMES[3], options=hashed)]
    path.write_bytes(section("<") + interface("<") + b"".join(packet.emit() for packet in packets))
    assert dovetool("strip", path, out)["unchanged"] == 2
    size = 20 + len(FRAMES[3]) + -len(FRAMES[3]) % 4
    assert [block.body[size:] for block in blocks(out.read_bytes()) if block.kind == 6] == [flags(0, "<"), hashed]


@pytest.fixture(params=["pcap", "iflen", "flags"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """FRAMES, each with a frame check sequence, declared in one of three ways."""
    octets = [frame + FCS for frame in FRAMES]
    if request.param == "pcap":
        path = tmp_path / "in.pcap"
        path.write_bytes(pcap(whole(octets), 2 << 28 | PRESENT | 1))
        return path
    path, told = tmp_path / "in.pcapng", request.param == "iflen"
    raw = section("<") + interface("<", options=option(FCSLEN, b"\4", "<") if told else b"")
    path.write_bytes(raw + b"".join(Packet(each, options=b"" if told else flags(4, "<")).emit() for each in octets))
    return path


def assert_declares_none(path: Path) -> None:
    """Neither to a reader of a few lines, nor to tshark, which shows an FCS wherever it finds one declared."""
    raw = path.read_bytes()
    if raw[:4] == b"\n\r\r\n":
        for block in blocks(raw):
            at = 8 if block.kind == 1 else 20 + -(-int.from_bytes(block.body[12:16], "little") // 4) * 4
            if block.kind in (1, 6):
                assert option(FCSLEN, b"\4", "<") not in block.body[at:]
                assert flags(4, "<") not in block.body[at:]
    else:
        assert struct.unpack_from("<I", raw, 20)[0] == 1
    assert set(tshark(path, "eth.fcs", "_ws.malformed")) <= {("", "")}


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_strip(source: Path, suffix: str, tmp_path: Path) -> None:
    """What passes unchanged loses it too, and is counted as unchanged."""
    out = tmp_path / f"out.{suffix}"
    summary = dovetool("strip", source, out)
    assert (summary["unchanged"], summary["notes"]) == (1, {"fcs-removed": 4})
    octets = sum(map(len, FRAMES))
    assert (summary["bytes_in"], summary["bytes_out"]) == (octets, sum(map(len, (*INNER, FRAMES[3]))))
    assert [frame.octets for frame in read_capture(out)] == [*INNER, FRAMES[3]]
    assert [frame.orig_len for frame in read_capture(out)] == [len(frame) for frame in (*INNER, FRAMES[3])]
    assert_declares_none(out)


def test_all_that_is_written(source: Path, tmp_path: Path) -> None:
    """Rejected frames, taps, chosen, offending and sorted frames."""
    map_file, folder = network_map_file(tmp_path / "map.json"), tmp_path / "out"
    folder.mkdir()
    decap = dovetool("decap", source, folder / "d.pcap", "-m", map_file, "--rejects", folder / "rejects.pcapng")
    run = dovetool("run", source, folder / "r.pcap", "-m", map_file, "--taps", folder / "taps")
    split = dovetool("split", source, folder / "by", "--by", "vnid")
    translated = dovetool("translate", source, folder / "t.pcap", "--to", "geneve")
    assert all(each["notes"]["fcs-removed"] == 4 for each in (decap, run, split, translated))
    assert run["stages"][0]["notes"] == {"fcs-removed": 4}
    assert all("fcs-removed" not in stage["notes"] for stage in run["stages"][1:])
    assert cli.run(["inspect", str(source), "-w", str(folder / "chosen.pcap")]) == 0
    assert [frame.octets for frame in read_capture(folder / "chosen.pcap")] == FRAMES
    assert [frame.octets for frame in read_capture(folder / "taps" / "1-vm.pcapng")] == FRAMES
    assert [frame.octets for frame in read_capture(folder / "rejects.pcapng")] == [FRAMES[3]]
    cli.run(["validate", str(source), "-m", str(map_file), "--rejects", str(folder / "offending.pcapng")])
    for path in folder.rglob("*.pcap*"):
        assert_declares_none(path)


def test_what_is_shown(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No trailer, and lengths without it."""
    import json

    assert cli.run(["inspect", str(source), "-V", "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [(each["length"], each["captured"]) for each in found] == [(len(frame), len(frame)) for frame in FRAMES]
    assert not any(layer["name"] == "trailer" for each in found for layer in each["layers"])
    assert cli.run(["validate", str(source), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


def test_a_file_without_one_is_copied_as_it_is(tmp_path: Path) -> None:
    source, out = tmp_path / "in.pcap", tmp_path / "out.pcap"
    frames = [Captured(10**18, len(frame), frame) for frame in FRAMES]
    source.write_bytes(pcap([(frame.octets, frame.orig_len) for frame in frames], 1))
    assert dovetool("translate", source, out, "--to", "vxlan")["notes"] == {}
    assert out.read_bytes() == source.read_bytes()
