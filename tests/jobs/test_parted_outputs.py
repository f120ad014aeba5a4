"""Tables, and frames that are sorted, of a large capture in parts are what they are of the whole, octet for octet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from capture_strategies import Packet, interface, option, section, simple
from cli_process import names_in
from cli_traffic import pcap
from frames import underlay, vm_frame
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from overlay_pieces import overlay_pieces
from parted import in_parts
from plain_capture import SLL

from dovetool.analysis.frame_selection import Window
from dovetool.analysis.frame_summary import Sight
from dovetool.cli.exporting import ExportEach, ExportingParts, Table
from dovetool.cli.table_form import TableForm
from dovetool.errors import UsageError
from dovetool.jobs.corpus_rewriting import Rejoining, Rewrite
from dovetool.jobs.corpus_splitting import SplitEach, SplittingParts
from dovetool.jobs.encapsulations import decode_as_selectors
from dovetool.jobs.job import Files, Job
from dovetool.jobs.looking import Looking
from dovetool.jobs.selection import frame_filter
from dovetool.jobs.split_by import Format, SplitBy
from dovetool.jobs.splitting import SplitJob
from dovetool.jobs.stripping import stripping
from dovetool.jobs.task import Task
from dovetool.observe.names import Names
from dovetool.observe.observe import Detail

FRAMES = [
    *(underlay(vm_frame(60), vnid) for vnid in (1, 2, 3)),
    underlay(underlay(vm_frame(), 2), 1),
    *overlay_pieces(7, 2, 3),
    vm_frame(),
]
WHOLE = [frame for frame in FRAMES if frame not in overlay_pieces(7, 2, 3)]
COMMENTS = st.sampled_from([b"local", b"policy-denied", b"much to say", b"?"])


@st.composite
def captures(draw: st.DrawFn, frames: Sequence[bytes] = FRAMES) -> bytes:
    """Frames of several networks, in pcapng sections with interfaces that are described between them, some alike."""
    made, now = b"", 1_800_000_000 * 10**6
    for _ in range(draw(st.integers(1, 3))):
        order, interfaces = draw(st.sampled_from("<>")), 0
        made += section(order)
        for _ in range(draw(st.integers(1, 9))):
            if not interfaces or not draw(st.integers(0, 3)):
                made += interface(order, options=option(2, draw(st.sampled_from([b"eth0", b"eth1"])), order))
                interfaces += 1
            octets, now = draw(st.sampled_from(frames)), now + 1
            said = option(1, draw(COMMENTS), order)
            packet = Packet(octets, None, now, draw(st.integers(0, interfaces - 1)), said, order).emit()
            plain = Packet(octets, None, now, 0, b"", order).emit()
            made += draw(st.sampled_from([packet, plain, simple(octets, len(octets), order)]))
    return made


def exporting(source: Path, form: TableForm, *, by_layer: bool, vnids: list[str] | None) -> ExportEach:
    looking = Looking.of(source, None, None, None, 8)
    table = Table.of(source, form, ["all"], by_layer=by_layer, raw=form.is_binary and by_layer)
    wanted = frame_filter(looking.names, vnids, None, None, None, None, None)
    sight = Sight(looking.observe(wanted.detail, later=Detail.ALL), looking.names, None, wanted)
    return ExportEach(table, looking, sight, Window(), None, (), None)


@contextmanager
def small_groups() -> Iterator[None]:
    """Rows of several parts are in one group."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("dovetool.analysis.arrow.files._ROW_GROUP", 5)
        patched.setattr("dovetool.analysis.arrow.files._BATCH", 3)
        patched.setattr("dovetool.analysis.arrow.columns._MOST_CHARACTERS", 11)
        yield


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])  # what fails is small, and takes files to run
@given(
    capture=captures(),
    octets=st.integers(1, 1500),
    form=st.sampled_from(TableForm),
    by_layer=st.booleans(),
    vnids=st.sampled_from([None, None, ["2"]]),
)
def test_a_table(capture: bytes, octets: int, form: TableForm, by_layer: bool, vnids: list[str] | None) -> None:
    """In all forms, with all columns, also where a row group goes from one part into the next."""
    if form.is_binary:
        pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    with TemporaryDirectory() as name, small_groups() if form.is_binary else nullcontext():
        source, folder = Path(name) / "in.pcapng", Path(name) / "out"
        source.write_bytes(capture)
        folder.mkdir()
        each = exporting(source, form, by_layer=by_layer, vnids=vnids)
        whole, parts = (Task(source, folder / f"{what}.{form}") for what in ("whole", "parts"))
        each(whole)
        in_parts(ExportingParts(each), each, parts, octets)
        made = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert made == dict.fromkeys((f"parts.{form}", f"whole.{form}"), made[f"whole.{form}"])


MAP = """
version: 1
networks: {blue: {vnid: 1}, BLUE: {vnid: 2}, no-vnid: {vnid: 3}}
"""


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])  # what fails is small, and takes files to run
@given(
    capture=st.one_of(captures(), st.lists(st.sampled_from(FRAMES)).map(pcap)),
    octets=st.integers(1, 1500),
    by=st.sampled_from([SplitBy.VNID, SplitBy.TEP, SplitBy.ENCAP, SplitBy.REASON]),
    to=st.sampled_from([None, *Format]),
    annotate=st.booleans(),
)
def test_sorted_frames(capture: bytes, octets: int, by: SplitBy, to: Format | None, annotate: bool) -> None:
    """By all keys, into files of names that differ in case alone, of several sections."""
    with TemporaryDirectory() as name:
        source, vnid_map = Path(name) / "in.pcapng", Path(name) / "map.yaml"
        source.write_bytes(capture)
        vnid_map.write_text(MAP)
        looking = Looking.of(source, vnid_map, None, None, 8)
        each = SplitEach(SplitJob(looking, by, to, annotate and to is Format.PCAPNG))
        whole, parts = (Task(source, Path(name) / what) for what in ("whole", "parts"))
        expected, _ = each(whole)
        made = in_parts(SplittingParts(each), each, parts, octets)
        assert made == expected
        assert names_in(Path(name)) == ["in.pcapng", "map.yaml", "parts", "whole"]
        files = [
            {path.name: path.read_bytes() for path in (Path(name) / what).iterdir()} for what in ("whole", "parts")
        ]
        assert files[0] == files[1]


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])  # what fails is small, and takes files to run
@given(capture=captures(WHOLE), octets=st.integers(1, 1500))
def test_stripped_frames(capture: bytes, octets: int) -> None:
    """With an interface for each network, described before the first frame of a section that it is of."""
    with TemporaryDirectory() as name:
        source = Path(name) / "in.pcapng"
        source.write_bytes(capture)
        plan = stripping(decode_as_selectors(None), 0x88B5, 8, Names(None))
        rewrite = Rewrite(Job(plan, Files(source, source)), knows_pieces=True)
        whole, parts = (Path(name) / "whole.pcapng", Path(name) / "parts.pcapng")
        expected, _ = rewrite(Task(source, whole))
        made = in_parts(Rejoining(rewrite), rewrite, Task(source, parts), octets)
        assert made.total == expected.total
        assert parts.read_bytes() == whole.read_bytes()


def test_parts_with_frames_of_other_kinds(tmp_path: Path) -> None:
    """What does not fit into pcap files of one capture does not do so in parts, be they of one kind each."""
    source = tmp_path / "in.pcapng"
    interfaces = section("<") + interface("<") + interface("<", SLL)
    source.write_bytes(interfaces + Packet(FRAMES[0]).emit() + Packet(bytes(16), number=1).emit())
    each = SplitEach(SplitJob(Looking.of(source, None, None, None, 8), SplitBy.VNID, Format.PCAP))
    with pytest.raises(UsageError) as of_whole:
        each(Task(source, tmp_path / "whole"))
    with pytest.raises(UsageError) as of_parts:
        in_parts(SplittingParts(each), each, Task(source, tmp_path / "parts"), 1)
    assert str(of_parts.value) == str(of_whole.value)
    assert not {"whole", "parts"} & {*names_in(tmp_path)}
