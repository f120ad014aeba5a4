"""`dovetool trace`: what it tells of a frame, as a tree and as JSON."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from cli_process import dovetool as command
from frames import BROADCAST, VM1, VM3, VM5, underlay, vm_frame
from gateway_map import MAP as GATEWAY_MAP
from plain_capture import write_frames
from trace_shown import DEMO, FIRST, object_of, of_many, plain, shown


def test_each_stage_tells_what_it_looked_up_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    """Frame 9: another network, by a policy, through a tunnel."""
    told = plain(shown(capsys, *FIRST, "--frame", 9))
    for words in (
        "frame 9 of",
        "82 octets, 2026-01-01T00:00:02Z, interface sw3/p2",
        "begins at tag: it has no tag, and its sender is a VM",
        "port sw3/p2 -> network ops (VNID 5003), behind tep3",
        "MAC 02:aa:00:00:00:02 in any network at 00:00:02 -> red-c at sw2/p4 (red, tep2)",
        "policy from ops to red -> allowed",
        "=> tag with VNID 5002 (red), priority 0: that is the target's network, and a policy lets ops reach it",
        "encapsulation of tep3 (vxlan) and tep2 (vxlan) -> vxlan",
        "=> VXLAN from tep3 (192.0.2.3) to tep2 (192.0.2.2), VNID 5002, UDP 61952 > 4789",
        "=> the tag comes off, and red-c at sw2/p4 gets it",
        "delivered to red-c at sw2/p4",
    ):
        assert words in told


def test_octets_are_marked_without_colour(capsys: pytest.CaptureFixture[str]) -> None:
    """+ for the tag that comes, - for the one that goes, and the rest by its length."""
    lines = [line.lstrip("│├└─ ").rstrip() for line in shown(capsys, *FIRST, "--frame", 3)]
    tag = lines[lines.index("82 -> 88 octets") : lines.index("encap at tep1")]
    assert [line[:36].rstrip() for line in tag[1:]] == [
        "0000  Ethernet  02 cc 00 00 00 0b 02",
        "+ 000c  DOVE tag  88 b5 00 01 38 90",
        "0012  EtherType 08 00",
        "... 68 octets unchanged: IPv4, ICMP,",
    ]
    assert sum(line.startswith("- 000c  DOVE tag  88 b5 00 01 38 90") for line in lines) == 2
    assert sum(line.startswith("+ 002a  VXLAN     08 00 00 00 00 13 89 00") for line in lines) == 1


def test_rejection_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 all the same, but for --strict."""
    told = plain(shown(capsys, *FIRST, "--frame", 11))
    assert "policy from ops to blue -> none, so it is denied" in told
    assert told.endswith("rejected by tag as policy-denied: no policy lets ops reach blue")
    shown(capsys, *FIRST, "--frame", 11, "--strict", code=1)
    shown(capsys, *FIRST, "--frame", 9, "--strict")


def test_a_policy_is_named_for_what_a_router_gets(capsys: pytest.CaptureFixture[str]) -> None:
    """The target is known by its IP address alone."""
    octets = object_of(capsys, *FIRST, "--frame", 11)["frame"]["octets"]
    words = ("trace", "--hex", "02ff00000001" + octets[12:], "-m", DEMO / "map.yaml", "--time", "2026-01-01T00:00:03Z")
    told = plain(shown(capsys, *words))
    assert "IP 10.1.0.12 in any network at 00:00:03 -> blue-c at sw3/p1 (blue, tep3)" in told
    assert told.endswith("rejected by tag as policy-denied: no policy lets ops reach blue")


def test_an_unknown_sender_is_told_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    told = plain(shown(capsys, "trace", "--hex", vm_frame().hex(), "-m", DEMO / "map.yaml"))
    expected = "as unknown-source: no VM has the sender's MAC address; --ingress names the port that it came in by"
    assert told.endswith(f"rejected by tag {expected}")


def test_an_unknown_target_stays_in_the_network_of_its_sender(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And is flooded or not, as the map says."""
    (tmp_path / "map.yaml").write_text(of_many(12))
    words = ("trace", "--hex", vm_frame(dst=b"\2\0\0\0\x99\x99").hex(), "-m", tmp_path / "map.yaml")
    told = plain(shown(capsys, *words))
    assert "nobody is known to have the target address, so it stays in the sender's network" in told
    assert told.endswith("rejected by encap as unknown-destination: no VM of the network has the address")
    (tmp_path / "map.yaml").write_text(of_many(12).replace("5001", "5001, unknown_unicast: flood"))
    assert "copy 11 of 11: to tep11 in VXLAN" in plain(shown(capsys, *words))


def test_changed_octets_go_and_come(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Congestion met in the underlay is marked in the inner packet (RFC 6040), and its checksum follows."""
    (tmp_path / "map.yaml").write_text(of_many(2))
    inner = vm_frame(60, b"\2\0\0\0\0\1", tos=1)
    words = ("trace", "--hex", underlay(inner, tos=3).hex(), "-m", tmp_path / "map.yaml")
    lines = [line.lstrip("│├└ ").removeprefix("── ") for line in shown(capsys, *words)]
    changed = [line[:30] for line in lines if line[8:12] == "IPv4"]
    assert "its ECN field becomes 3" in plain(lines)
    assert changed[1:3] == ["- 0040  IPv4      45 01 00 2e ", "+ 0014  IPv4      45 03 00 2e "]
    changes = object_of(capsys, *words)["steps"][0]["after"][0]["changes"]
    assert [(change["kind"], change.get("before"), change.get("after")) for change in changes[2:]] == [
        ("changed", "01", "03"),
        ("changed", "bc", "ba"),
    ]


def test_what_was_found_in_a_broken_frame_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = plain(shown(capsys, "trace", "--hex", "02 cc 00", "-m", DEMO / "map.yaml"))
    assert "rejected by tag as malformed: Ethernet at octet 12: needs 2 octets, 0 left" in told


def test_copies_are_branches(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, *FIRST, "--frame", 1)
    at = [number for number, line in enumerate(lines) if line.startswith("├── copy ")]
    assert [lines[number].rstrip() for number in at] == [
        "├── copy 1 of 2: to tep2 in VXLAN",
        "├── copy 2 of 2: to tep3 in VXLAN",
    ]
    assert "│   ├── decap at tep3" in [line.rstrip() for line in lines[at[1] :]]
    assert plain(lines).endswith("delivered to blue-b at sw2/p1, blue-c at sw3/p1")


def test_many_copies_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """More than 16; --all shows them."""
    (tmp_path / "map.yaml").write_text(of_many(40))
    words = ("trace", "--hex", vm_frame(60, BROADCAST, b"\2\0\0\0\0\0").hex(), "-m", tmp_path / "map.yaml")
    few, every = plain(shown(capsys, *words)), plain(shown(capsys, *words, "--all"))
    assert "copy 4 of 39: to tep4 in VXLAN" in few
    assert "copy 5 of 39" not in few
    assert "... 35 more copies (--all shows them)" in few
    assert "... 32 more look-ups (--all shows them)" in few
    assert "vm16 at sw16/p1 and 23 more" in few
    assert "copy 39 of 39: to tep39 in VXLAN" in every
    assert every.endswith("vm39 at sw39/p1")
    assert "(--all" not in every
    assert len(object_of(capsys, *words)["outcome"]["delivered"]) == 39


def test_json_has_the_whole_way(capsys: pytest.CaptureFixture[str]) -> None:
    answer = object_of(capsys, *FIRST, "--frame", 3)
    assert (answer["frame"]["number"], answer["frame"]["begins_at"]) == (3, "tag")
    assert [header["name"] for header in answer["frame"]["headers"]] == [
        *("Ethernet", "EtherType", "IPv4", "ICMP", "payload"),
    ]
    steps = answer["steps"]
    assert [(step["stage"], step["from"], step["verdict"]) for step in steps] == [
        ("tag", None, "forwarded"),
        ("encap", 0, "forwarded"),
        ("decap", 1, "forwarded"),
        ("untag", 2, "forwarded"),
    ]
    assert steps[0]["before"]["octets"] == steps[3]["after"][0]["octets"] == answer["frame"]["octets"]
    assert steps[0]["after"][0]["changes"] == [{"kind": "inserted", "after_at": 12, "after": "88b500013890"}]
    assert {"table": "encap_between", "question": "encapsulation of tep1 (vxlan) and tep2 (vxlan)"}.items() <= steps[1][
        "lookups"
    ][-1].items()
    assert answer["outcome"] == {
        "verdict": "delivered",
        "delivered": [{"vm": "blue-b", "port": "sw2/p1"}],
        "rejected": [],
    }
    denied = object_of(capsys, *FIRST, "--frame", 11)["outcome"]
    words = "no policy lets ops reach blue"
    assert denied["rejected"] == [{"stage": "tag", "reason": "policy-denied", "why": words}]
    assert (denied["verdict"], denied["delivered"]) == ("rejected", [])


def test_what_passes_a_gateway_is_said_to_pass_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From vm1 to vm3, whose end points share an encapsulation, and to vm5, which is behind the same one."""
    map_file = tmp_path / "map.yaml"
    text = GATEWAY_MAP.replace("tep1, ports: {p1: blue}", "tep1, ports: {p1: blue, p2: blue}") % "geneve"
    map_file.write_text(text + '  vm5: {mac: "02:00:00:00:00:0e", at: sw1/p2}\n')
    source = write_frames(tmp_path / "in.pcap", [vm_frame(60, VM3, VM1), vm_frame(60, VM5, VM1)])
    for number, sending in ((1, "VXLAN from tep1 (192.0.2.1) to tep3"), (2, "stays behind tep1")):
        steps = object_of(capsys, "trace", source, "--frame", number, "-m", map_file)["steps"]
        said = [(step["stage"], step["decision"]) for step in steps]
        assert [stage for stage, _ in said] == ["tag", "encap", "decap", "encap", "decap", "untag"]
        assert said[1][1].startswith(sending)
        assert [decision for _, decision in said[2:4]] == ["passes unchanged"] * 2


@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("number", [1, 3, 11, 12])
def test_lines_fit_and_say_the_same(
    width: int, number: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what a header says, which stands beside its octets where there is room, is left out where there is none."""
    monkeypatch.setenv("COLUMNS", "200")
    wide = shown(capsys, *FIRST, "--frame", number)
    monkeypatch.setenv("COLUMNS", str(width))
    lines = shown(capsys, *FIRST, "--frame", number)
    assert max(map(len, lines)) <= width
    told = [re.sub(r"(([0-9a-f]{2} )+) .*", r"\1", line) for line in wide]
    assert plain(told).split() == plain([re.sub(r"(([0-9a-f]{2} )+) .*", r"\1", line) for line in lines]).split()
    assert ("VNID 5001, priority 0" in "\n".join(line for line in lines if "+ 000c" in line)) == (
        width > 80 and number != 11
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal")
@pytest.mark.parametrize(("settings", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_is_for_terminals(settings: dict[str, str], coloured: bool) -> None:
    ended = command(*FIRST, "--frame", "3", settings={"FORCE_COLOR": "1", **settings})
    assert (b"\x1b[32m" in ended.stdout) == coloured
    assert b"+ 000c  DOVE tag  88 b5 00 01 38 90" in ended.stdout
    assert b"\x1b" not in command(*FIRST, "--frame", "3").stdout


def test_names_are_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Markup, letters from right to left, and 200 of them; an escape sequence in the name of an interface."""
    long = "n" * 200
    text = (DEMO / "map.yaml").read_text()
    for old, new in (
        ("blue-b", '"[red]b[/red]"'),
        ("tep2", long),
        ("blue:", '"\u05d0[/]":'),
        (": blue", ': "\u05d0[/]"'),
    ):
        text = text.replace(old, new)
    (tmp_path / "map.yaml").write_text(text)
    raw = (DEMO / "in.pcapng").read_bytes().replace(b"sw1/p1", b"\x1b[31mX"[:6])
    (tmp_path / "in.pcapng").write_bytes(raw)
    lines = shown(capsys, "trace", tmp_path / "in.pcapng", "-n", 4, "-m", tmp_path / "map.yaml")
    told = plain(lines)
    assert "[red]b[/red] at sw2/p1 (\u05d0[/], " in told
    assert "tag with VNID 5001 (\u05d0[/]), priority 0" in told
    assert told.replace(" ", "").count(long) > 3
    assert max(map(len, lines)) <= 100
    told = plain(shown(capsys, "trace", tmp_path / "in.pcapng", "-n", 3, "-m", tmp_path / "map.yaml"))
    assert "interface \\x1b[31m" in told
    assert "\x1b" not in told


def test_another_tpid_than_the_maps(capsys: pytest.CaptureFixture[str]) -> None:
    """The tag is written with it, and read with it."""
    tagged = object_of(capsys, *FIRST, "--frame", 3, "--tpid", "0x9999")["steps"][0]["after"][0]["octets"]
    assert tagged[24:28] == "9999"
    words = ("trace", "--hex", tagged, "-m", DEMO / "map.yaml", "--time", "2026-01-01T00:00:00Z")
    assert "begins at encap" in plain(shown(capsys, *words, "--tpid", "0x9999"))
    assert "begins at encap" not in plain(shown(capsys, *words))
