"""`dovetool split`: every frame of the input is in a capture, as it was, and in the right one."""

from __future__ import annotations

import resource
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_process import COMMAND, PATIENCE, dovetool, environment, names_in, started
from cli_traffic import MAP, STRANGER, Flavour, block, pcap, pcapng
from frames import VM1, VM2, VM5, tagged, underlay, vm_frame
from in_process import dovetool as summary_of
from plain_capture import SLL, Captured, read_capture, vxlan_of, write_capture
from tshark_fields import decoded, packet_comments

from dovetool import cli
from dovetool.capture import target_pool
from dovetool.capture.batch import Batch
from dovetool.capture.reader import CaptureReader
from dovetool.engine import split_writer as split
from dovetool.errors import CorruptCaptureError

TESTS = Path(__file__).resolve().parents[1]
DEMO, KERNEL = TESTS.parent / "samples" / "demo", TESTS / "kernel_data"
MANY = 4_000


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory with a map and a capture of three networks and other traffic."""
    (tmp_path / "map.yaml").write_text(MAP)
    frames = [
        underlay(vm_frame()),
        underlay(vm_frame(), 5002),
        vm_frame(),
        tagged(vm_frame(70)),
        underlay(vm_frame(80), 9),
    ]
    (tmp_path / "in.pcap").write_bytes(pcap(frames))
    return tmp_path


def files(directory: Path) -> dict[str, list[Captured]]:
    return {path.name: read_capture(path) for path in sorted(directory.iterdir())}


def lengths(directory: Path) -> dict[str, list[int]]:
    return {name: [len(frame.octets) for frame in frames] for name, frames in files(directory).items()}


def test_by_vnid(here: Path) -> None:
    summary_of("split", here / "in.pcap", here / "bare", "--by", "vnid")
    others = {"no-vnid.pcap": [60], "vnid-9.pcap": [130]}
    assert lengths(here / "bare") == {"vnid-5001.pcap": [110, 76], "vnid-5002.pcap": [110], **others}
    said = summary_of("split", here / "in.pcap", here / "named", "--by", "vnid", "-m", here / "map.yaml")
    assert lengths(here / "named") == {"blue.pcap": [110, 76], "red.pcap": [110], **others}
    assert said["files"] == {"blue.pcap": 2, "red.pcap": 1, "no-vnid.pcap": 1, "vnid-9.pcap": 1}
    assert [said[key] for key in ("frames_in", "forwarded", "unchanged", "replicas", "frames_out")] == [5, 5, 5, 0, 5]
    assert said["bytes_in"] == said["bytes_out"] == 110 * 2 + 60 + 76 + 130


def test_by_encap(here: Path) -> None:
    summary_of("split", here / "in.pcap", here / "d", "--by", "encap")
    assert lengths(here / "d") == {"vxlan.pcap": [110, 110, 130], "untagged.pcap": [60], "dove.pcap": [76]}


def test_by_tep(here: Path) -> None:
    said = summary_of("split", here / "in.pcap", here / "d", "--by", "tep")
    both = [110, 110, 130]
    assert lengths(here / "d") == {"192.0.2.1.pcap": both, "192.0.2.2.pcap": both, "no-tep.pcap": [60, 76]}
    assert [said[key] for key in ("forwarded", "replicas", "frames_out")] == [5, 3, 8]
    assert said["bytes_out"] == 2 * sum(both) + 60 + 76
    summary_of("split", here / "in.pcap", here / "named", "--by", "tep", "-m", here / "map.yaml")
    assert set(files(here / "named")) == {"tep1.pcap", "tep2.pcap", "no-tep.pcap"}


def test_by_vm(here: Path) -> None:
    frames = [
        underlay(vm_frame()),
        underlay(vm_frame(61, VM5, VM5), 5002),
        vm_frame(62, VM1, VM2),
        vm_frame(63, src=STRANGER),
    ]
    (here / "vms.pcap").write_bytes(pcap([*frames, vm_frame(64, STRANGER, STRANGER)[:20]]))
    said = summary_of("split", here / "vms.pcap", here / "d", "--by", "vm", "-m", here / "map.yaml")
    assert said["files"] == {"vm1.pcap": 2, "vm2.pcap": 3, "vm5.pcap": 1, "no-vm.pcap": 1}
    assert lengths(here / "d")["vm2.pcap"] == [110, 62, 63]


def test_rejects_by_reason(here: Path) -> None:
    frames = [vm_frame(60, src=STRANGER), vm_frame(61, VM5), vm_frame(62), vm_frame(63, VM5)]
    (here / "vms.pcap").write_bytes(pcap(frames))
    words = (here / "vms.pcap", here / "out.pcap", "-m", here / "map.yaml", "--rejects", here / "lost.pcapng")
    rejected = summary_of("run", *words)["rejected"]
    assert rejected == {"policy-denied": 2, "unknown-source": 1}
    summary_of("split", here / "lost.pcapng", here / "d", "--by", "reason")
    assert lengths(here / "d") == {"policy-denied.pcapng": [61, 63], "unknown-source.pcapng": [60]}
    summary_of("split", here / "in.pcap", here / "none", "--by", "reason")
    assert list(files(here / "none")) == ["no-reason.pcap"]
    comments = [packet_comments(path) for path in sorted((here / "d").iterdir())]
    assert comments == [[["policy-denied"]] * 2, [["unknown-source"]]]


def test_a_reason_among_other_comments(here: Path) -> None:
    def packet(*comments: bytes) -> bytes:
        options = b"".join(
            b"\1\0" + len(text).to_bytes(2, "little") + text + bytes(-len(text) % 4) for text in comments
        )
        frame = vm_frame()
        return block(6, bytes(12) + len(frame).to_bytes(4, "little") * 2 + frame + options + bytes(4))

    octets = pcapng([]) + packet(b"seen", b"not-overlay", b"Look here!") + packet(b"../evil") + packet()
    (here / "c.pcapng").write_bytes(octets)
    said = summary_of("split", here / "c.pcapng", here / "d", "--by", "reason")
    assert said["files"] == {"not-overlay.pcapng": 1, "no-reason.pcapng": 2}


def captures() -> Iterator[Path]:
    yield from sorted(KERNEL.rglob("*.pcap*"))
    yield from sorted((DEMO / "taps").iterdir())


@pytest.mark.parametrize("by", ["vnid", "encap", "reason"])
def test_no_frame_is_lost_or_changed(tmp_path: Path, by: str) -> None:
    """The files together are the input, and in each the frames are in their order."""
    for number, capture in enumerate(captures()):
        summary_of("split", capture, tmp_path / f"{number}", "--by", by)
        together = files(tmp_path / f"{number}")
        before = read_capture(capture)
        assert Counter(frame for frames in together.values() for frame in frames) == Counter(before), capture
        for frames in together.values():
            assert_in_order(frames, before)


def assert_in_order(frames: list[Captured], before: list[Captured]) -> None:
    rest = iter(before)
    assert all(frame in rest for frame in frames)


def test_ends_of_tunnels_agree_with_a_second_reader(tmp_path: Path) -> None:
    capture = KERNEL / "v4_3vni" / "underlay.pcap"
    expected: dict[str, list[Captured]] = {}
    for frame in read_capture(capture):
        overlay = vxlan_of(frame)
        ends = (
            [".".join(map(str, ip)) for ip in (overlay.src_ip, overlay.dst_ip)] if overlay is not None else ["no-tep"]
        )
        for name in ends:
            expected.setdefault(f"{name}.pcap", []).append(frame)
    summary_of("split", capture, tmp_path / "d", "--by", "tep")
    assert files(tmp_path / "d") == expected


def test_tshark_sees_one_network_a_file(tmp_path: Path) -> None:
    capture = KERNEL / "v4_3vni" / "underlay.pcap"
    summary_of("split", capture, tmp_path / "d", "--by", "vnid")
    assert len(names_in(tmp_path / "d")) == 4
    for vnid in (100, 200, 16777215):
        seen = decoded(tmp_path / "d" / f"vnid-{vnid}.pcap", "vxlan.vni")
        assert seen
        assert all(row["vxlan.vni"] == [str(vnid)] for row in seen)


def all_frames(path: Path) -> list[tuple[int, int, bytes, int, str]]:
    """Time, length, octets, link type and interface name of each frame, up to the first damage."""
    found = []
    with CaptureReader(path) as reader:
        try:
            for batch in reader:
                if isinstance(batch, Batch):
                    times = batch.ts_ns.tolist()
                    for row in range(len(batch)):
                        interface = batch.interfaces[int(batch.interface[row])]
                        where = (interface.link_type, interface.name)
                        found.append((times[row], int(batch.orig_len[row]), batch.frame(row), *where))
        except CorruptCaptureError:
            pass
    return found


@pytest.mark.parametrize("by", ["vnid", "tep", "reason"])
def test_captures_of_other_projects(corpus: Path, tmp_path: Path, by: str) -> None:
    """Also those that are damaged, of either byte order, of several sections, link types and kinds of packet blocks."""
    seen = 0
    for capture in sorted(corpus.glob("*.pcap*")):
        code = cli.run(["split", str(capture), str(tmp_path / capture.name), "--by", by, "--summary", "none"])
        assert code in (0, 2, 3)
        if code != 2:
            together = {frame for path in (tmp_path / capture.name).iterdir() for frame in all_frames(path)}
            assert together == set(all_frames(capture)), capture
            seen += 1
    assert seen > 50


def test_bounds_do_not_matter(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same files come out when little is held, made at once or open."""
    frames = [underlay(vm_frame(60 + number % 90), number % 37) for number in range(500)]
    (here / "many.pcap").write_bytes(pcap(frames))
    words = ("--by", "vnid", "--format", "pcapng")
    summary_of("split", here / "many.pcap", here / "roomy", *words)
    for module, name, bound in (
        (split, "_MOST_HELD", 999),
        (split, "_MOST_AT_ONCE", 700),
        (target_pool, "_MOST_OPEN", 2),
    ):
        monkeypatch.setattr(module, name, bound)
    summary_of("split", here / "many.pcap", here / "tight", *words)
    assert len(names_in(here / "tight")) == 37
    for name in names_in(here / "roomy"):
        assert (here / "tight" / name).read_bytes() == (here / "roomy" / name).read_bytes()


def test_sections_and_interfaces_go_where_their_frames_go(here: Path) -> None:
    named = block(1, b"\1\0\0\0\0\0\0\0\2\0\4\0eth7\0\0\0\0")
    frame = underlay(vm_frame(), 7)
    second = block(6, (1).to_bytes(4, "little") + bytes(8) + len(frame).to_bytes(4, "little") * 2 + frame)
    (here / "two.pcapng").write_bytes(pcapng([underlay(vm_frame(), 6)]) + named + second + pcapng([vm_frame()]))
    summary_of("split", here / "two.pcapng", here / "d", "--by", "vnid")
    found = files(here / "d")
    assert [(name, frame.interface) for name, frames in found.items() for frame in frames] == [
        ("no-vnid.pcapng", ""),
        ("vnid-6.pcapng", ""),
        ("vnid-7.pcapng", "eth7"),
    ]
    assert all((here / "d" / name).read_bytes().count(b"\x0a\x0d\x0d\x0a") == 1 for name in found)


def test_another_use_of_the_experimental_ethertype(here: Path) -> None:
    """Set pad bits: a tag only where the map has the network, as strip and the switches take it."""
    padded = bytearray(tagged(vm_frame()))
    padded[17] |= 1
    (here / "padded.pcap").write_bytes(pcap([bytes(padded), underlay(bytes(padded), 9)]))
    for by, found in (
        ("vnid", {"no-vnid.pcap": 1, "vnid-9.pcap": 1}),
        ("encap", {"untagged.pcap": 1, "vxlan.pcap": 1}),
    ):
        assert summary_of("split", here / "padded.pcap", here / by, "--by", by)["files"] == found
    said = summary_of("split", here / "padded.pcap", here / "d", "--by", "vnid", "-m", here / "map.yaml")
    assert said["files"] == {"blue.pcap": 2}


def test_formats_and_link_types(here: Path) -> None:
    write_capture(here / "sll.pcap", [Captured(1, 16, bytes(16), SLL)], SLL)
    summary_of("split", here / "sll.pcap", here / "kept", "--by", "vnid")
    assert files(here / "kept")["no-vnid.pcap"][0].link_type == SLL
    summary_of("split", here / "sll.pcap", here / "ng", "--by", "vnid", "--format", "pcapng")
    assert files(here / "ng")["no-vnid.pcapng"] == [Captured(1, 16, bytes(16), SLL)]
    summary_of("split", here / "ng" / "no-vnid.pcapng", here / "back", "--by", "vnid", "--format", "pcap")
    assert files(here / "back")["no-vnid.pcap"] == [Captured(1, 16, bytes(16), SLL)]
    sll = block(1, SLL.to_bytes(2, "little") + bytes(6))
    second = block(6, (1).to_bytes(4, "little") + bytes(8) + (16).to_bytes(4, "little") * 2 + bytes(16))
    (here / "both.pcapng").write_bytes(pcapng([vm_frame()]) + sll + second)
    ended = dovetool("split", "both.pcapng", "d", "--by", "vnid", "--format", "pcap", cwd=here)
    assert ended.code == 2
    both = "Ethernet (1) and Linux cooked capture (113)"
    assert ended.complaint == f"frames of link types {both} do not fit into one pcap file; pcapng takes them all"
    assert not (here / "d").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("in.pcap map.yaml --by vnid", "cannot make the directory map.yaml: File exists"),
        ("in.pcap none/d --by vnid", "cannot make the directory none/d: No such file or directory"),
        ("in.pcap - --by vnid", "split writes files: name a directory, not -"),
        ("none.pcap d --by vnid", "none.pcap: No such file or directory"),
        (
            "map.yaml d --by vnid",
            "map.yaml: no pcap or pcapng file; dovetool reads pcap and pcapng, plain or compressed",
        ),
        ("in.pcap d --by vm", "--by vm needs a map (-m) that says which VMs there are"),
        (
            "in.pcap d --by vnid --annotate",
            "--annotate writes comments, which pcap has no place for; use --format pcapng",
        ),
        ("in.pcap d --by vnid --tpid 5", "--tpid 5: expected an EtherType from 0x0600 to 0xFFFF, such as 0x88B5"),
        ("in.pcap d --by vnid -d 4799", "-d 4799: expected udp.port==N,ENCAPSULATION, as in -d udp.port==4799,vxlan"),
    ],
)
def test_what_cannot_be(here: Path, words: str, says: str) -> None:
    before = names_in(here)
    ended = dovetool("split", *words.split(), cwd=here)
    assert (ended.code, ended.complaint) == (2, says)
    assert names_in(here) == before


def test_other_numbers(here: Path) -> None:
    odd = underlay(vm_frame()).replace(b"\x12\xb5", (4799).to_bytes(2, "big"))
    (here / "odd.pcap").write_bytes(
        pcap([odd, tagged(vm_frame()).replace(b"\x88\xb5", b"\x88\xb6"), underlay(underlay(vm_frame()), 8)])
    )
    words = ("-d", "udp.port==4799,vxlan", "--tpid", "0x88B6", "--depth", "1")
    said = summary_of("split", here / "odd.pcap", here / "d", "--by", "vnid", *words)
    assert said["files"] == {"vnid-5001.pcap": 2, "vnid-8.pcap": 1}


def test_hostile_names(here: Path) -> None:
    names = ["../x", "n" * 300, "[red]x[/]", "blue", "BLUE", "CON", "no-vnid"]
    networks = ", ".join(f'"{name}": {{vnid: {100 + at}}}' for at, name in enumerate(names))
    (here / "odd.yaml").write_text(f"version: 1\nnetworks: {{{networks}}}\n")
    frames = [*(underlay(vm_frame(), 100 + at) for at in range(len(names))), vm_frame()]
    (here / "odd.pcap").write_bytes(pcap(frames))
    ended = dovetool("split", "odd.pcap", "d", "--by", "vnid", "-m", "odd.yaml", cwd=here)
    assert ended.code == 0
    stems = ["_x", "n" * 79 + "~~" + "n" * 79, "_red_x___", "blue", "BLUE~2", "_CON", "no-vnid", "no-vnid~2"]
    assert names_in(here / "d") == sorted(f"{stem}.pcap" for stem in stems)
    assert "_red_x___.pcap: 1" in ended.stderr
    assert (here / "d" / "no-vnid~2.pcap").read_bytes() == pcap([vm_frame()])


def test_many_networks_with_few_files_open(tmp_path: Path) -> None:
    flavour = Flavour()
    records = [flavour.record(underlay(vm_frame(), vnid)) for vnid in range(MANY)]
    (tmp_path / "in.pcap").write_bytes(flavour.head() + b"".join(records))
    ended = subprocess.run(
        [*COMMAND, "split", "in.pcap", "d", "--by", "vnid"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    )
    assert ended.returncode == 0, ended.stderr
    assert f"files: {MANY:,}\n".encode() in ended.stderr
    for vnid in range(MANY):
        assert (tmp_path / "d" / f"vnid-{vnid}.pcap").read_bytes() == flavour.head() + records[vnid]
    assert len(names_in(tmp_path / "d")) == MANY


def test_what_was_there_is_replaced_at_the_end(here: Path) -> None:
    (here / "d").mkdir()
    (here / "d" / "blue.pcap").write_bytes(b"old")
    (here / "d" / "blue.pcap").chmod(0o640)
    (here / "d" / "other.pcap").write_bytes(b"other")
    words = ("split", "in.pcap", "d", "--by", "vnid", "-m", "map.yaml", "--overwrite")
    limited = subprocess.run(
        [*COMMAND, *words],
        cwd=here,
        env=environment(COVERAGE_PROCESS_CONFIG=""),  # who may write 200 octets cannot write what was reached either
        capture_output=True,
        check=False,
        timeout=PATIENCE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)),
    )
    assert limited.returncode == 2
    assert limited.stderr.endswith(b".pcap: File too large\n")
    assert {path.name: path.read_bytes() for path in (here / "d").iterdir()} == {
        "blue.pcap": b"old",
        "other.pcap": b"other",
    }
    assert dovetool(*words, cwd=here).code == 0
    assert len(read_capture(here / "d" / "blue.pcap")) == 2
    assert (here / "d" / "blue.pcap").stat().st_mode & 0o777 == 0o640
    assert (here / "d" / "other.pcap").read_bytes() == b"other"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=str)
def test_a_split_that_is_interrupted(here: Path, number: int, code: int) -> None:
    """Of what was written to several files already, nothing stays, and neither does the directory."""
    records = b"".join(Flavour().record(underlay(vm_frame(1400), vnid)) for vnid in range(100))
    with (here / "long.pcap").open("wb") as file:
        file.write(Flavour().head() + records * (1 + (split._MOST_HELD + (4 << 20)) // len(records)))
        file.truncate(512 << 20)  # millions of empty frames
    before = names_in(here)
    process = started("split", "long.pcap", "d", "--by", "vnid", cwd=here)
    deadline = time.monotonic() + PATIENCE
    while len(list((here / "d").glob(".vnid-*.part"))) < 100:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=PATIENCE)
    assert (process.returncode, stderr, names_in(here)) == (code, b"", before)


def test_a_capture_that_is_cut(here: Path) -> None:
    """What came before the cut is split."""
    octets = (here / "in.pcap").read_bytes()
    (here / "cut.pcap").write_bytes(octets[:-7])
    ended = dovetool("split", "cut.pcap", "d", "--by", "vnid", "--summary", "none", cwd=here)
    assert ended.code == 3
    assert ended.complaint.startswith("cut.pcap: the file ends inside a record")
    assert lengths(here / "d") == {"vnid-5001.pcap": [110, 76], "vnid-5002.pcap": [110], "no-vnid.pcap": [60]}
    (here / "empty.pcap").write_bytes(Flavour().head())
    assert summary_of("split", here / "empty.pcap", here / "e", "--by", "encap")["files"] == {}
    assert names_in(here / "e") == []
