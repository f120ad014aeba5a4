"""`dovetool trace`: which frame it takes, when, from where on, and what it says to bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_process import dovetool as command
from cli_traffic import pcap
from frames import VM1, VM2, tagged, underlay, vm_frame
from trace_shown import DEMO, FIRST, object_of, of_many, plain, shown

from dovetool import cli


def test_hex_takes_port_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    """The same octets are red's by another port; and at another time their sender is elsewhere."""
    octets = object_of(capsys, *FIRST, "--frame", 3)["frame"]["octets"]
    words = ("trace", "--hex", octets, "-m", DEMO / "map.yaml", "--time", "2026-01-01T00:00:05Z")
    blue, red = (object_of(capsys, *words, "--ingress", port) for port in ("sw1/p1", "sw1/p2"))
    assert [answer["outcome"]["delivered"][0]["vm"] for answer in (blue, red)] == ["blue-b", "red-b"]
    assert object_of(capsys, *words)["outcome"]["rejected"][0]["reason"] == "ambiguous-source"
    moved = object_of(capsys, *words[:-1], "2026-01-01T00:00:10+00:00", "--ingress", "sw1/p1")
    assert moved["outcome"]["rejected"][0]["reason"] == "source-spoofed"


def test_time_asks_what_would_have_been(capsys: pytest.CaptureFixture[str]) -> None:
    """A frame of a capture at another time than its own."""
    own = object_of(capsys, *FIRST, "--frame", 12)
    other = object_of(capsys, *FIRST, "--frame", 12, "--time", "2026-01-01T00:00:09.999999999Z")
    assert own["outcome"]["delivered"] == [{"vm": "blue-a", "port": "sw2/p3"}]
    assert other["outcome"]["delivered"] == [{"vm": "blue-a", "port": "sw1/p1"}]
    assert other["frame"]["time"] == "2026-01-01T00:00:09.999999999Z"


def test_an_absent_vm_is_said_to_come_and_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DEMO / "map.yaml").read_text().replace("at: sw2/p1}", "at: [{port: sw2/p1, from: 2026-01-01T00:00:20Z}]}")
    text = text.replace("at: sw2/p2}", "at: [{port: sw2/p2, until: 2026-01-01T00:00:00.001Z}]}")
    (tmp_path / "map.yaml").write_text(text)
    told = plain(shown(capsys, "trace", DEMO / "in.pcapng", "-n", 3, "-m", tmp_path / "map.yaml"))
    assert "02:cc:00:00:00:0b in blue at 00:00:00.002 -> none; from 2026-01-01T00:00:20Z on, blue-b at sw2/p1" in told
    told = plain(shown(capsys, "trace", DEMO / "in.pcapng", "-n", 7, "-m", tmp_path / "map.yaml"))
    assert "02:cc:00:00:00:0b in red at 00:00:01.002 -> none; until 2026-01-01T00:00:00.001Z, red-b at sw2/p2" in told


@pytest.mark.parametrize(
    ("frame", "stage"), [(vm_frame(), "tag"), (tagged(vm_frame()), "encap"), (underlay(vm_frame()), "decap")]
)
def test_from_names_the_stage(frame: bytes, stage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.pcap").write_bytes(pcap([frame]))
    (tmp_path / "map.yaml").write_text(of_many(12))
    words = ("trace", tmp_path / "in.pcap", "--frame", 1, "-m", tmp_path / "map.yaml")
    assert object_of(capsys, *words)["frame"]["begins_at"] == stage
    for other in ("tag", "encap", "decap", "untag"):
        answer = object_of(capsys, *words, "--from", other)
        assert answer["steps"][0]["stage"] == answer["frame"]["begins_at"] == other


def test_encap_and_decode_as(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DEMO / "map.yaml").read_text().replace("encap: [vxlan]", "encap: [vxlan, geneve]")
    (tmp_path / "map.yaml").write_text(text)
    told = plain(shown(capsys, "trace", DEMO / "in.pcapng", "-n", 3, "-m", tmp_path / "map.yaml", "--encap", "geneve"))
    assert "=> GENEVE from tep1" in told
    assert "encapsulation of tep1 (vxlan, geneve) and tep2 (vxlan, geneve), asked for geneve -> geneve" in told
    udp = underlay(vm_frame())[:36] + (4799).to_bytes(2, "big") + underlay(vm_frame())[38:]
    words = ("trace", "--hex", udp.hex(), "-m", tmp_path / "map.yaml", "--from", "decap")
    assert object_of(capsys, *words)["outcome"]["rejected"][0]["reason"] == "not-overlay"
    reasons = object_of(capsys, *words, "-d", "udp.port==4799,vxlan")["outcome"]["rejected"]
    assert reasons[0]["reason"] != "not-overlay"


def test_hex_and_captures_are_read_from_standard_input() -> None:
    ended = command("trace", "--hex", "-", "-m", DEMO / "map.yaml", "--json", stdin=b"0000: 02cc 00\n")
    assert (ended.code, json.loads(ended.stdout)["frame"]["octets"]) == (0, "02cc00")
    ended = command("trace", "-", "-n", "15", "-m", DEMO / "map.yaml", stdin=(DEMO / "in.pcapng").read_bytes())
    assert ended.stdout.decode().startswith("frame 15 of standard input: 82 octets")


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        (("--hex", "-"), b"\xff\x00\x80", "--hex: '\ufffd' is no hexadecimal digit"),
        (("--hex", "-"), b"00" * (1 << 20), "--hex: more than 1,048,576 characters are too many for a frame"),
        (("--hex", "-"), b"", "--hex: there are no octets in it"),
        (("-", "-n", "1"), b"", "standard input: empty, not a capture file"),
    ],
)
def test_bad_standard_input_is_one_line(words: tuple[str, ...], stdin: bytes, says: str) -> None:
    ended = command("trace", *words, "-m", DEMO / "map.yaml", stdin=stdin)
    assert (ended.code, ended.complaint) == (2, says)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "trace needs a frame: IN with --frame N, or --hex OCTETS"),
        ("in.pcap", "trace IN needs --frame N"),
        ("--frame 1", "trace needs a frame: IN with --frame N, or --hex OCTETS"),
        ("in.pcap --frame 1 --hex 00", "trace needs a frame: IN with --frame N, or --hex OCTETS, not both"),
        ("--hex 00 --frame 1", "--frame N is for IN, and not for --hex"),
        ("in.pcap --frame 3", "--frame 3: in.pcap has 2 frames"),
        ("one.pcap --frame 2", "--frame 2: one.pcap has 1 frame"),
        ("in.pcap --frame 0", "Invalid value for '--frame'"),
        ("--hex nothing", "--hex: 'n' is no hexadecimal digit"),
        ("--hex 0", "--hex: 1 hexadecimal digits make no whole octets"),
        ("--hex 00 --from nowhere", "'nowhere' is not one of 'tag', 'encap', 'decap', 'untag'"),
        ("--hex 00 --time noon", "--time noon: expected a time such as 2026-01-01T00:00:10Z (RFC 3339)"),
        ("--hex 00 --time 2026-01-01T00:00:00", "expected a time with its zone (add Z for UTC"),
        ("--hex 00 --ingress sw9/p9", "--ingress sw9/p9: the map has no such port; it has sw0/p1, sw1/p1"),
        ("--hex 00 --encap stt", "encapsulation 'stt' is read, not written"),
        ("--hex 00 -d 4799", "-d 4799: expected udp.port==N,ENCAPSULATION"),
        ("map.yaml --frame 1", "map.yaml: no pcap or pcapng file"),
        ("missing.pcap --frame 1", "missing.pcap"),
        ("--hex - -m -", "standard input cannot be both the map and the frame"),
    ],
)
def test_bad_input_is_one_line(
    words: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.yaml").write_text(of_many(2))
    (tmp_path / "in.pcap").write_bytes(pcap([vm_frame(60, VM2, VM1)] * 2))
    (tmp_path / "one.pcap").write_bytes(pcap([vm_frame()]))
    assert cli.run(["trace", "-m", "map.yaml", *words.split()]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("dovetool: ")
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_a_frame_before_the_damage_is_traced(tmp_path: Path) -> None:
    """And one behind it cannot be."""
    (tmp_path / "map.yaml").write_text(of_many(2))
    (tmp_path / "in.pcap").write_bytes(pcap([vm_frame(60, VM2, VM1)] * 3)[:-5])
    words = ("-m", "map.yaml", "--json")
    assert command("trace", "in.pcap", "-n", "2", *words, cwd=tmp_path).code == 0
    ended = command("trace", "in.pcap", "-n", "3", *words, cwd=tmp_path)
    assert ended.code == 3
    assert "after 2 good frames" in ended.complaint


def test_help_tells_of_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    told = plain(shown(capsys, "trace", "--help"))
    assert "0 the frame was traced, even if it was rejected; 1 --strict and it was" in told
