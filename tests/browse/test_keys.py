"""What the browser shows, and what its keys do; frames and groups are those of inspect and stats."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from browsers import MAP, ROOT, UNDERLAY, Hand, browse
from plain_capture import read_capture

from dovetool import cli
from dovetool.browse.detail_tree import DetailTree
from dovetool.browse.octets_view import OctetsView
from dovetool.browse.row_list import RowList
from dovetool.browse.statistics_screen import StatisticsScreen

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def said(*words: str | Path) -> str:
    """What a command prints."""
    output = io.StringIO()
    with redirect_stdout(output):
        assert cli.run(list(map(str, words))) == 0
    return output.getvalue()


def numbers_of(*words: str) -> list[int]:
    """The numbers of the frames that inspect chooses."""
    return list(map(int, said("inspect", UNDERLAY, "-m", MAP, *words, "-e", "number", "--tsv").split()[1:]))


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (40, 10)])
def test_list_is_that_of_inspect(size: tuple[int, int]) -> None:
    """At 200 columns, it has the columns of inspect, and the same in them."""
    listed = said("inspect", UNDERLAY, "-m", MAP, "--no-pager").splitlines()

    async def act(hand: Hand) -> None:
        heads, *rows = (line.strip("▌ ").rstrip("▁▂▃▄▅▆▇ ").split() for line in hand.lines[2:20])
        assert heads[0] == "No."
        assert rows[0][0] == "1"
        if size == (200, 60):
            assert heads == listed[0].split()
            assert rows == [line.split() for line in listed[2:19]]

    browse(act, size=size)


def test_nothing_is_drawn_while_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that is left open takes no time of the processor."""
    drawn: list[object] = []

    async def act(hand: Hand) -> None:
        await hand.pilot.pause(0.5)
        monkeypatch.setattr(hand.app, "_display", lambda *given: drawn.append(given))
        await hand.pilot.pause(0.5)
        assert drawn == []
        await hand.press("j")
        assert drawn

    browse(act)


def test_keys_of_less_move() -> None:
    async def act(hand: Hand) -> None:
        for key, row in (("j", 1), ("down", 2), ("k", 1), ("G", 69), ("up", 68), ("g", 0), ("end", 69), ("home", 0)):
            await hand.press(key)
            assert hand.frames.row == row, key
        await hand.press("space")
        page = hand.frames.row
        assert page is not None
        assert page > 3
        await hand.press("b")
        assert hand.frames.row == 0
        await hand.press("f8")
        assert hand.frames.row == 1

    browse(act)


def test_go_to_frame() -> None:
    async def act(hand: Hand) -> None:
        await hand.press("ctrl+g")
        await hand.write("42")
        assert hand.frames.row == 41
        assert "42 of 70" in hand.text
        await hand.press("colon")
        await hand.write("71")
        assert "no frame 71" in hand.text
        assert hand.frames.row == 41

    browse(act)


def test_panes_are_in_step() -> None:
    """Of the part under the cursor of the detail the octets are marked; an octet leads to its part."""

    async def act(hand: Hand) -> None:
        tree, octets = hand.app.browser.query_one(DetailTree), hand.app.browser.query_one(OctetsView)
        await hand.press("enter")
        assert tree.has_focus
        await hand.press("j", "j", "j", "j", "enter", "j", "j", "j", "j", "j", "j")
        await hand.pilot.pause(0.1)
        assert octets.border_title == "Octets: 3 at 0x002e"
        assert tree.cursor_node is not None
        assert str(tree.cursor_node.label) == "VNI: 100 (blue)"
        await hand.press("f8", "f8", "f8", "f8", "f8")
        await hand.pilot.pause(0.2)
        assert str(tree.cursor_node.label) == "VNI: 200 (red)"
        octets.post_message(OctetsView.Chosen(0x0C))
        await hand.pilot.pause(0.2)
        assert str(tree.cursor_node.label).startswith("Type: IPv4")
        assert octets.border_title == "Octets: 2 at 0x000c"

    browse(act, size=(160, 50))


def test_octets_by_mouse() -> None:
    async def act(hand: Hand) -> None:
        octets = hand.app.browser.query_one(OctetsView)
        await hand.pilot.click(octets, offset=(6 + 3 * 6, 1 + 0))  # the border is a line
        await hand.pilot.pause(0.2)
        tree = hand.app.browser.query_one(DetailTree)
        assert tree.cursor_node is not None
        assert str(tree.cursor_node.label).startswith("Source: 02:00:5e:10:00:01")
        await hand.pilot.click(hand.frames, offset=(20, 4))  # a border, and a line of heads
        assert hand.frames.row == 2
        await hand.pilot.click(hand.frames, offset=(20, 4), times=2)
        await hand.pilot.pause(0.1)
        assert tree.has_focus

    browse(act, size=(160, 50))


@pytest.mark.parametrize(
    "line", ["--vnid red", "--vnid 100 --ip 10.0.0.2", "--tep tep1 --vm blue-2", "--mac 02:aa:00:00:00:01 --from 20"]
)
def test_filter_takes_the_options_of_inspect(line: str) -> None:
    async def act(hand: Hand) -> None:
        await hand.filter(line)
        assert hand.shown == numbers_of(*line.split())
        assert 0 < len(hand.shown) < 70
        await hand.press("escape")
        assert len(hand.shown) == 70

    browse(act)


@pytest.mark.parametrize(
    ("line", "column", "values"),
    [
        ("vnid=200", "vnid", {200}),
        ("protocol=TCP,UDP", "protocol", {"TCP", "UDP"}),
        ("src_ip=10.0.0.1 ttl=64", "ttl", {64}),
        ("protocol!=TCP,UDP,ICMP,ICMPv6", "protocol", {"ARP"}),
        ("end=10.0.0.1 verdict=ok protocol=TCP", "protocol", {"TCP"}),
    ],
)
def test_filter_takes_any_column(line: str, column: str, values: set[object]) -> None:
    records = json.loads(said("inspect", UNDERLAY, "-m", MAP, "-e", f"number,{column}", "--json"))
    having = [record["number"] for record in records if record[column] in values]

    async def act(hand: Hand) -> None:
        await hand.filter(line)
        assert hand.shown
        assert set(hand.shown) <= set(having)
        if line.count("=") == 1:
            assert hand.shown == having

    browse(act)


def test_filter_takes_two_ends_or_all_others() -> None:
    columns = "number,src_ip,dst_ip"
    records = json.loads(said("inspect", UNDERLAY, "-m", MAP, "-e", columns, "--json"))
    ends = {"10.0.0.1", "10.0.0.2"}
    talk = [record["number"] for record in records if {record["src_ip"], record["dst_ip"]} == ends]

    async def act(hand: Hand) -> None:
        await hand.filter("between=10.0.0.1,10.0.0.2")
        assert hand.shown == talk
        await hand.filter("between!=10.0.0.2,10.0.0.1")
        assert hand.shown == [record["number"] for record in records if record["number"] not in talk]
        assert 0 < len(talk) < len(records)

    browse(act)


@needs_tshark
@pytest.mark.parametrize("line", ["overlay.vnid == 200 && icmp", "-Y icmp --vnid red"])
def test_filter_asks_tshark(line: str) -> None:
    async def act(hand: Hand) -> None:
        await hand.filter(line)
        assert hand.shown == numbers_of("-Y", "overlay.vnid == 200 && icmp")

    browse(act)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("--vnid nope", "the map has no such network"),
        ("--nope 1", "No such option"),
        ("vnid=1 ttk=64", "there is no such column; -e help lists them; did you mean ttl?"),
        ("vnid=1 nothing", "expected an option, as --vnid 5001, or a column and a value, as ttl=64"),
        ("between=10.0.0.1", "expected two ends"),
        ("-Y 'icmp", "No closing quotation"),
        pytest.param("no.such.field == 1", "no.such.field", marks=needs_tshark),
    ],
)
def test_errors_are_shown_in_the_bar(line: str, error: str) -> None:
    async def act(hand: Hand) -> None:
        await hand.filter(line)
        await hand.until(lambda: error in hand.error)
        assert " ".join(error.split()[:2]) in " ".join(hand.text.split())

    browse(act)


def test_follow_a_conversation_across_networks() -> None:
    """Two tenants have the same addresses; the second time, only one of them is left."""
    request = numbers_of("--ip", "10.0.0.2", "--vnid", "100")
    pings = [number for number in request if "ICMP " in said("inspect", UNDERLAY, "-m", MAP, "--frame", str(number))]

    async def act(hand: Hand) -> None:
        hand.frames.cursor = pings[0] - 1
        await hand.press("f")
        await hand.until(lambda: hand.frames.chosen.looked_at == 70)
        both = hand.shown
        await hand.pilot.pause(0.15)
        await hand.press("f")
        await hand.until(lambda: hand.frames.chosen.looked_at == 70)
        assert hand.shown == pings
        assert set(hand.shown) < set(both)

    browse(act)


@pytest.mark.parametrize("word", ["Echo (ping) reply", "blue-2", "0x84440d", "x:0a 00 00 02", '"tenant-vni-200"'])
def test_find(word: str) -> None:
    """The hits are those that the list or the octets have, and behind the last comes the first again."""
    frames = read_capture(UNDERLAY)
    listed = said("inspect", UNDERLAY, "-m", MAP, "--no-pager").splitlines()[2:]
    wanted = {"0x84440d": b"\x84\x44\x0d", "x:0a 00 00 02": bytes([10, 0, 0, 2]), '"tenant-vni-200"': b"tenant-vni-200"}
    if word in wanted:
        hits = [row for row, frame in enumerate(frames) if wanted[word] in frame.octets]
    else:
        hits = [row for row, line in enumerate(listed) if word in line]

    async def act(hand: Hand) -> None:
        await hand.press("slash")
        await hand.write(word)
        for row in (*[hit for hit in hits if hit > 0][:3],):
            await hand.until(lambda row=row: hand.frames.row == row)  # type: ignore[misc]  # mypy does not see the default
            await hand.press("n")
        if not hits:
            await hand.until(lambda: "not found" in hand.text)

    browse(act)


def test_marked_frames_are_written(tmp_path: Path) -> None:
    target = tmp_path / "marked.pcapng"

    async def act(hand: Hand) -> None:
        for row in (3, 17, 18):
            hand.frames.cursor = row
            await hand.press("m")
        assert "3 marked" in hand.text
        await hand.press("w")
        assert "Write 3 marked frames to:" in hand.text
        await hand.write(str(target))
        await hand.until(lambda: "3 frames written" in hand.text)

    browse(act, size=(200, 30))
    frames, written = read_capture(UNDERLAY), read_capture(target)
    assert [frame.octets for frame in written] == [frames[row].octets for row in (3, 17, 18)]
    assert said("inspect", target, "-e", "interface", "--tsv").split()[1:] == ["tep2", "tep2", "tep1"]


def test_nothing_is_written_over_without_asking(tmp_path: Path) -> None:
    target = tmp_path / "there.pcap"
    target.write_bytes(b"precious")

    async def act(hand: Hand) -> None:
        await hand.filter("--vnid red")
        await hand.press("w")
        await hand.write(str(target))
        assert "is there already" in hand.text
        await hand.press("escape")
        assert target.read_bytes() == b"precious"
        await hand.press("w")
        await hand.write(str(target))
        await hand.press("enter")
        await hand.until(lambda: "frames written" in hand.text)

    browse(act, size=(200, 30))
    assert len(read_capture(target)) == len(numbers_of("--vnid", "red"))


@pytest.mark.parametrize("source", ["IN", "MAP"])
def test_input_is_not_written_over(source: str, tmp_path: Path) -> None:
    capture, map_file = (Path(shutil.copy(path, tmp_path)) for path in (UNDERLAY, MAP))
    target = capture if source == "IN" else map_file
    before = target.read_bytes()

    async def act(hand: Hand) -> None:
        await hand.press("w")
        await hand.write(str(target))
        assert "needs a file of its own" in hand.text

    browse(act, capture, map_file=map_file, size=(200, 30))
    assert target.read_bytes() == before


@pytest.mark.parametrize("by", ["vnid", "pair", "conversation", "tep", "vm", "encap"])
def test_groups_are_those_of_stats_and_can_be_shown_alone(by: str) -> None:
    """Each group of the statistics has the frames and octets that stats counts, and as many are shown by its filter."""
    groups: list[dict[str, Any]] = json.loads(said("stats", UNDERLAY, "-m", MAP, "--by", by, "--json"))["groups"]

    async def act(hand: Hand) -> None:
        for at, group in enumerate(groups[:6]):
            await hand.press("s")
            screen = hand.app.screen
            assert isinstance(screen, StatisticsScreen)
            screen.action_by(by)
            await hand.until(lambda: _rows_of(hand) == len(groups))
            if not at:
                line = hand.lines[3 + at]
                assert f"{group['octets']:,}" in line
                assert f"{group['frames']:,}" in line
            screen.query_one(RowList).cursor = at
            await hand.press("enter")
            chosen = hand.frames.chosen
            await hand.until(lambda chosen=chosen: chosen.looked_at == 70)  # type: ignore[misc]
            assert not hand.error
            assert len(hand.shown) == group["frames"], group
            await hand.press("escape")

    browse(act, size=(200, 40))


def _rows_of(hand: Hand) -> int:
    return len(hand.app.screen.query_one(RowList))


def test_groups_count_what_is_shown() -> None:
    async def act(hand: Hand) -> None:
        await hand.filter("--vnid red")
        count = len(hand.shown)
        await hand.press("s", "2")
        await hand.until(lambda: f"{count:,} frames" in hand.text)
        await hand.press("1")
        await hand.until(lambda: f"1 group, {count:,} frames" in hand.text)

    browse(act, size=(120, 40))


def test_trace_is_that_of_the_command() -> None:
    traced = said("trace", UNDERLAY, "--frame", "17", "-m", MAP)
    steps = [line.strip("│├└─ ") for line in traced.splitlines() if "=> " in line]

    async def act(hand: Hand) -> None:
        hand.frames.cursor = 16
        await hand.press("t")
        assert steps
        for step in steps[:2]:
            assert step in hand.text
        await hand.press("q")
        assert hand.app.screen is hand.app.browser

    browse(act, size=(200, 60))


def test_trace_needs_a_map() -> None:
    async def act(hand: Hand) -> None:
        await hand.press("t")
        assert "a trace needs a map" in hand.text

    browse(act, map_file=None)


def test_columns_are_chosen() -> None:
    """By -e, and inside: what was there keeps its place."""

    async def act(hand: Hand) -> None:
        assert hand.lines[2].split() == ["No.", "ttl", "Info"]
        await hand.press("c", "j", "space", "enter")
        await hand.pilot.pause(0.1)
        assert hand.lines[2].split() == ["No.", "Info"]

    browse(act, columns=("number", "ttl", "info"))


def test_help_lists_what_keys_do() -> None:
    async def act(hand: Hand) -> None:
        await hand.press("question_mark")
        assert "one down, one up" in hand.text
        await hand.press("escape")
        assert "one down, one up" not in hand.text

    browse(act)


def test_a_pane_alone() -> None:
    async def act(hand: Hand) -> None:
        await hand.press("z")
        assert "Octets" not in hand.text
        assert "15 " in hand.text
        await hand.press("z")
        assert "Octets" in hand.text

    browse(act)


def test_starts_with_a_filter() -> None:
    async def act(hand: Hand) -> None:
        await hand.until(lambda: len(hand.shown) == 35)

    browse(act, line="vnid=200")
    assert len(numbers_of("--vnid", "200")) == 35


@pytest.mark.parametrize("number", [17, 42])
def test_detail_is_that_of_inspect(number: int) -> None:
    """The whole tree, line by line."""
    printed = said("inspect", UNDERLAY, "-m", MAP, "--frame", str(number), "-V", "--no-pager").splitlines()

    async def act(hand: Hand) -> None:
        hand.frames.cursor = number - 1
        await hand.press("enter", "E", "z")
        await hand.pilot.pause(0.2)
        tree = hand.app.browser.query_one(DetailTree)
        labels = [str(node.label).strip() for layer in tree.root.children for node in (layer, *layer.children)]
        expected = [line.strip() for line in printed[1:] if line.strip()]
        assert sorted(labels) == sorted(line.strip("[]") if line.startswith("[Map") else line for line in expected)

    browse(act, size=(120, 60))


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """Neither markup nor control codes."""
    evil = r"[red]x[/] \[b] ]8;;"
    map_file = tmp_path / "map.yaml"
    text = MAP.read_text().replace("blue-1:", f"{json.dumps(evil)}:").replace("  blue:", f"  {json.dumps('[b]n[/]')}:")
    map_file.write_text(text.replace(": blue", f": {json.dumps('[b]n[/]')}").replace("/blue", "/blue"))

    async def act(hand: Hand) -> None:
        assert "[red]x[/]" in hand.text
        await hand.press("s")
        await hand.until(lambda: "[b]n[/]" in hand.text)
        await hand.press("escape", "t")
        await hand.pilot.pause(0.1)
        assert "[b]n[/]" in hand.text

    browse(act, UNDERLAY, map_file=map_file, size=(220, 60))


def test_empty_and_cut_captures(tmp_path: Path) -> None:
    empty, cut = tmp_path / "empty.pcap", tmp_path / "cut.pcapng"
    empty.write_bytes((ROOT / "samples/strip-mixed/in.pcap").read_bytes()[:24])
    cut.write_bytes(UNDERLAY.read_bytes()[:-10])

    async def nothing(hand: Hand) -> None:
        assert "no frames" in hand.text
        await hand.press("j", "G", "f", "m", "t", "enter", "s")

    async def most(hand: Hand) -> None:
        assert "1 of 69" in hand.text
        assert "the file ends inside a block" in hand.text

    browse(nothing, empty)
    browse(most, cut, size=(160, 30))


def test_ctrl_c_is_130() -> None:
    async def act(hand: Hand) -> None:
        await hand.press("ctrl+c")

    assert browse(act) == 130
