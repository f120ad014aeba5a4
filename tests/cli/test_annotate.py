"""`--annotate`: what each packet's comment says, as tshark reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_process import dovetool, names_in
from cli_traffic import MAP, block, pcap, pcapng
from frames import BROADCAST, VM1, VM2, VM4, VM5, tagged, underlay, vm_frame
from in_process import dovetool as summary_of
from plain_capture import read_capture
from tshark_fields import packet_comments

from dovetool.observe.annotate import Annotator
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe

OUTER = "VNID 5001, 192.0.2.1 -> 192.0.2.2 vxlan"
NAMED = "VNID 5001 (blue), tep1 -> tep2 vxlan"
TAGGED = "VNID 5001 (blue), dove"
COMMANDS = ("strip", "tag", "encap", "decap", "untag", "translate", "run")
DEMO = Path(__file__).resolve().parents[2] / "samples" / "demo"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    return tmp_path


def said(here: Path, frames: list[bytes], *words: str) -> list[list[str]]:
    """The comments that a command writes."""
    (here / "in.pcap").write_bytes(pcap(frames))
    command, *options = words
    summary_of(command, here / "in.pcap", here / "out.pcapng", "--annotate", *options)
    return packet_comments(here / "out.pcapng")


def test_strip(here: Path) -> None:
    frames = [
        underlay(vm_frame()),
        vm_frame(),
        underlay(underlay(vm_frame(), 7)),
        tagged(vm_frame()),
        underlay(tagged(vm_frame(), 9)),
    ]
    assert said(here, frames, "strip") == [
        [f"dovetool strip: {OUTER}; forwarded"],
        ["dovetool strip: no overlay; unchanged"],
        [f"dovetool strip: VNID 7, 192.0.2.1 -> 192.0.2.2 vxlan in {OUTER}; forwarded"],
        ["dovetool strip: VNID 5001, dove; forwarded"],
        [f"dovetool strip: VNID 9, dove in {OUTER}; forwarded"],
    ]


def test_each_hop(here: Path) -> None:
    words = ("-m", str(here / "map.yaml"))
    assert said(here, [vm_frame()], "tag", *words) == [[f"dovetool tag: {TAGGED}; forwarded"]]
    assert said(here, [tagged(vm_frame())], "tag", *words) == [[f"dovetool tag: {TAGGED}; unchanged"]]
    assert said(here, [tagged(vm_frame())], "encap", *words) == [[f"dovetool encap: {NAMED}; forwarded"]]
    assert said(here, [underlay(vm_frame())], "decap", *words) == [[f"dovetool decap: {NAMED}; forwarded"]]
    assert said(here, [tagged(vm_frame())], "untag", *words) == [[f"dovetool untag: {TAGGED}; forwarded"]]
    padded = bytearray(tagged(vm_frame()))
    padded[17] |= 1
    assert said(here, [bytes(padded)], "untag", *words) == [[f"dovetool untag: {TAGGED}; forwarded, nonzero-pad"]]


def test_a_tunnel_of_the_tenants_own(here: Path) -> None:
    """A VM's frame may be an overlay packet itself: the tag that comes on is told, and so is what lies in it."""
    frame = VM2 + VM1 + underlay(vm_frame(), 77)[12:]
    inner = "VNID 77, tep1 -> tep2 vxlan"
    words = ("-m", str(here / "map.yaml"))
    assert said(here, [frame], "tag", *words) == [[f"dovetool tag: {inner} in {TAGGED}; forwarded"]]
    assert said(here, [tagged(frame)], "encap", *words) == [[f"dovetool encap: {inner} in {NAMED}; forwarded"]]


def test_copies_tell_where_they_go(here: Path) -> None:
    assert said(here, [tagged(vm_frame(60, BROADCAST))], "encap", "-m", str(here / "map.yaml")) == [
        [f"dovetool encap: VNID 5001 (blue), tep1 -> {tep} vxlan; forwarded"] for tep in ("tep2", "tep3")
    ]


@pytest.mark.parametrize("to", ["geneve", "nvgre", "vxlan-gpe", "gretap"])
def test_translate_tells_what_was_lost_just_once(here: Path, to: str) -> None:
    lost = "" if to in {"geneve", "vxlan-gpe"} else ", lost source-port"
    found = said(here, [underlay(vm_frame()), vm_frame()], "translate", "--to", to)
    assert found == [
        [f"dovetool translate: {OUTER} to {to}; forwarded{lost}"],
        ["dovetool translate: no overlay; unchanged"],
    ]
    summary_of("translate", here / "in.pcap", here / "plain.pcapng", "--to", to)
    assert packet_comments(here / "plain.pcapng") == [["lost: source-port"] if lost else [], []]


def test_run_tells_each_stage_at_each_hop(here: Path) -> None:
    frames = [vm_frame(), vm_frame(60, VM4), vm_frame(60, VM5)]
    words = ("--taps", str(here / "taps"), "--split", str(here / "vms"), "-m", str(here / "map.yaml"))
    tag, untag = (f"dovetool {stage}: {TAGGED}; forwarded" for stage in ("tag", "untag"))
    encap, decap = (f"dovetool {stage}: {NAMED}; forwarded" for stage in ("encap", "decap"))
    local = f"dovetool encap: {TAGGED}; local"
    assert said(here, frames, "run", *words) == [[tag, encap, decap, untag], [tag, local, untag]]
    taps = here / "taps"
    assert packet_comments(taps / "1-vm.pcapng") == [[], [], []]
    assert packet_comments(taps / "2-tagged.pcapng") == [[tag], [tag]]
    assert packet_comments(taps / "3-underlay.pcapng") == [[tag, encap]]
    assert packet_comments(taps / "4-received.pcapng") == [[tag, encap, decap], [tag, local]]
    assert packet_comments(taps / "5-delivered.pcapng") == packet_comments(here / "out.pcapng")
    assert packet_comments(here / "vms" / "vm2.pcapng") == [[tag, encap, decap, untag]]


def test_frames_and_summary_are_those_without_packet_comments(tmp_path: Path) -> None:
    words = ("-m", DEMO / "map.yaml")
    plain = summary_of("run", DEMO / "in.pcapng", tmp_path / "plain.pcapng", *words)
    told = summary_of("run", DEMO / "in.pcapng", tmp_path / "told.pcapng", *words, "--annotate")
    assert {**plain, "seconds": 0} == {**told, "seconds": 0}
    assert read_capture(tmp_path / "told.pcapng") == read_capture(tmp_path / "plain.pcapng")
    assert all(len(texts) in {3, 4} for texts in packet_comments(tmp_path / "told.pcapng"))


def test_comments_that_are_there_stay(here: Path) -> None:
    frame = underlay(vm_frame())
    options = b"\1\0\3\0old\0" + bytes(4)
    packet = block(6, bytes(12) + len(frame).to_bytes(4, "little") * 2 + frame + bytes(-len(frame) % 4) + options)
    (here / "old.pcapng").write_bytes(pcapng([]) + packet)
    summary_of("strip", here / "old.pcapng", here / "out.pcapng", "--annotate", "-j", "2")
    assert packet_comments(here / "out.pcapng") == [["old", f"dovetool strip: {OUTER}; forwarded"]]
    summary_of("split", here / "old.pcapng", here / "d", "--by", "encap", "--annotate")
    assert packet_comments(here / "d" / "vxlan.pcapng") == [["old", f"dovetool split: {OUTER}; unchanged"]]


def test_rejects_have_their_reason_alone(here: Path) -> None:
    words = ("-m", str(here / "map.yaml"), "--rejects", str(here / "lost.pcapng"))
    assert said(here, [vm_frame(60, VM5), vm_frame()], "tag", *words) == [[f"dovetool tag: {TAGGED}; forwarded"]]
    assert packet_comments(here / "lost.pcapng") == [["policy-denied"]]


def test_a_comment_is_never_longer_than_pcapng_allows() -> None:
    text = Annotator(Observe(), Names()).sentence("tag", "\U0001f600" * 70_000, "forwarded")
    assert len(text.encode()) <= 65_535


@pytest.mark.parametrize("command", COMMANDS)
def test_pcap_has_no_place_for_packet_comments(here: Path, command: str) -> None:
    (here / "in.pcap").write_bytes(pcap([vm_frame()]))
    words = {"strip": [], "translate": ["--to", "geneve"]}.get(command, ["-m", "map.yaml"])
    before = names_in(here)
    for target in ("out.pcap", "-"):
        ended = dovetool(command, "in.pcap", target, "--annotate", *words, cwd=here)
        assert ended.code == 2
        assert (
            ended.complaint
            == f"--annotate writes comments, which pcap has no place for; name OUT .pcapng, not {target}"
        )
    assert names_in(here) == before


def test_the_form_is_in_the_help() -> None:
    for command in (*COMMANDS, "split"):
        shown = " ".join(dovetool(command, "--help").stdout.decode().split())
        assert "dovetool STAGE: VNID N (NETWORK), TEP -> TEP ENCAP; VERDICT" in shown
