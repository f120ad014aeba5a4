"""`follow` on the command line: what it asks for, how it ends, and what it shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_process import Ended, dovetool
from followed import MS, later, sent
from frames import eth4, udp
from plain_capture import write_capture

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DEMO = SAMPLES / "demo"
TAPS = sorted((DEMO / "taps").iterdir())


def follow(*words: str | Path, stdin: bytes = b"") -> Ended:
    return dovetool("follow", *words, stdin=stdin)


def refused(*words: str | Path) -> str:
    ended = follow(*words)
    assert (ended.code, ended.stdout) == (2, b"")
    return ended.complaint


def test_one_capture_is_too_few(tmp_path: Path) -> None:
    assert "two places or more" in refused(TAPS[0])
    (tmp_path / "only.pcapng").write_bytes(TAPS[0].read_bytes())
    assert "two places or more" in refused(tmp_path)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert "named twice" in refused(TAPS[0], TAPS[1], TAPS[0])
    assert "No such file" in refused(TAPS[0], tmp_path / "none.pcap")
    assert "No such file" in refused(tmp_path / "none.pcap", TAPS[0])
    (tmp_path / "text").write_text("no capture")
    assert "text" in refused(TAPS[0], tmp_path / "text")
    (tmp_path / "empty").mkdir()
    assert "empty" in refused(TAPS[0], tmp_path / "empty")
    assert "--rejects" in refused(TAPS[0], "-", "--rejects", tmp_path / "lost.pcapng")
    assert "--rejects" in refused(TAPS[0], TAPS[1], "--rejects", TAPS[1])


def test_nothing_in_common(tmp_path: Path) -> None:
    one = write_capture(tmp_path / "one.pcap", sent([eth4(udp(b"one"), ident=1)]))
    other = write_capture(tmp_path / "other.pcap", sent([eth4(udp(b"other"), ident=2)]))
    assert "no packet in common" in refused(one, other)
    assert "no packet in common" in refused(one, write_capture(tmp_path / "none.pcap", []))


def test_a_damaged_one_after_its_results(tmp_path: Path) -> None:
    (tmp_path / "cut.pcapng").write_bytes(TAPS[1].read_bytes()[:-100])
    ended = follow(TAPS[0], tmp_path / "cut.pcapng", TAPS[2], "--json")
    assert ended.code == 3
    assert "cut.pcapng" in ended.complaint
    found = json.loads(ended.stdout)
    assert [each["frames"] for each in found["captures"]] == [15, 13, 13]
    assert found["hops"][0]["outside"] == 1


def test_strict_says_whether_something_was_lost() -> None:
    assert follow(*TAPS[:2]).code == 0
    assert follow(*TAPS[:2], "--strict").code == 1
    assert follow(*TAPS[1:], "-m", DEMO / "map.yaml", "--strict").code == 0


def test_a_folder_has_a_capture_for_each_place() -> None:
    found, same = follow(DEMO / "taps", "--json"), follow(*TAPS, "--json")
    assert found.stdout == same.stdout


def test_several_files_of_one_place(tmp_path: Path) -> None:
    frames = sent([eth4(udp(b"%d" % at), ident=at + 1) for at in range(30)])
    one = write_capture(tmp_path / "one.pcap", frames)
    (tmp_path / "two").mkdir()
    came = later(frames, MS, [4])
    for part in range(3):
        write_capture(tmp_path / "two" / f"{part}.pcap", came[part * 10 : part * 10 + 10])
    found = json.loads(follow(one, tmp_path / "two", "--json", "--rejects", tmp_path / "lost.pcapng").stdout)
    assert [each["name"] for each in found["captures"]] == [str(one), str(tmp_path / "two")]
    assert [(hop["seen"], hop["lost"]) for hop in found["hops"]] == [(30, 1)]
    assert (tmp_path / "lost.pcapng").exists()


def test_rejects_is_a_capture_even_if_nothing_was_lost(tmp_path: Path) -> None:
    lost = tmp_path / "lost.pcapng"
    assert follow(*TAPS[:2], "-m", DEMO / "map.yaml", "--rejects", lost, "--json").code == 0
    assert json.loads(dovetool("info", lost, "--json").stdout)["frames"] == 1
    assert follow(TAPS[1], TAPS[1].parent / "4-received.pcapng", "--rejects", lost, "--strict").code == 0
    assert json.loads(dovetool("info", lost, "--json").stdout)["frames"] == 0


def test_standard_input() -> None:
    piped = json.loads(follow("-", TAPS[1], "--json", stdin=TAPS[0].read_bytes()).stdout)
    plain = json.loads(follow(*TAPS[:2], "--json").stdout)
    assert piped["hops"][0] | {"from": ""} == plain["hops"][0] | {"from": ""}


@pytest.mark.parametrize("by", ["network", "pair", "flow"])
def test_groups_add_up_to_the_whole(by: str) -> None:
    found = json.loads(follow(*TAPS, "--json", "--by", by, "-m", DEMO / "map.yaml").stdout)
    for at, hop in enumerate(found["hops"]):
        for name in ("seen", "lost", "duplicated", "reordered", "misdelivered"):
            assert sum(group["hops"][at][name] for group in found["groups"]) == hop[name]
    names = {(group["vnid"], group["network"]) for group in found["groups"]}
    assert names == {(5001, "blue"), (5002, "red"), (5003, "ops")}


def test_names_of_captures_are_data(tmp_path: Path) -> None:
    strange = tmp_path / "\x1b[31m[bold]red.pcapng"
    strange.write_bytes(TAPS[1].read_bytes())
    shown = follow(TAPS[0], strange).stdout.decode()
    assert "\x1b" not in shown
    assert "\\x1b[31m[bold]red" in shown


def test_the_worst_groups_come_first_and_no_more_than_asked_for() -> None:
    found = json.loads(follow(*TAPS[:2], "--json", "--by", "flow", "--top", "2").stdout)
    assert [sum(hop["lost"] for hop in group["hops"]) for group in found["groups"]] == [1, 0]
    assert "more (--top 0 shows all)" in follow(*TAPS[:2], "--by", "flow", "--top", "2").stdout.decode()
