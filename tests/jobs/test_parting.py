"""A large capture worked on in parts becomes what it becomes as a whole, also where packets lie in two of them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from overlay_pieces import overlay_pieces
from parted import in_parts
from plain_capture import Captured, read_capture, write_capture, write_pcapng

from dovetool.engine.reassembly import Bounds
from dovetool.jobs.corpus_rewriting import Rejoining, Rewrite, added_up
from dovetool.jobs.corpus_seams import joined_up
from dovetool.jobs.encapsulations import decode_as_selectors
from dovetool.jobs.job import Files, Job
from dovetool.jobs.stripping import stripping
from dovetool.jobs.task import Outcome, Task
from dovetool.observe.names import Names

_SECOND = 10**9


@st.composite
def frames(draw: st.DrawFn, *, is_lossy: bool) -> list[Captured]:
    """Packets of several networks, in pieces or not, between each other; some pieces are missing, some come late."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=12))
    overlay, networks = st.integers(0, 3 if is_lossy else 0).map(lambda drawn: drawn < 3), st.sampled_from([1, 2, 3])
    packets = [overlay_pieces(at, size, draw(networks), is_overlay=draw(overlay)) for at, size in enumerate(sizes)]
    places = [(number + draw(st.integers(0, 4)), piece) for number, packet in enumerate(packets) for piece in packet]
    kept = [piece for _, piece in sorted(places, key=lambda each: each[0]) if not is_lossy or draw(st.integers(0, 6))]
    made, now = [], 1_800_000_000 * _SECOND
    for octets in kept:
        now += draw(st.sampled_from([1000, 1000, 1000, 31 * _SECOND if is_lossy else 1000]))
        made.append(Captured(now, len(octets), octets, interface=f"eth{octets[19] % 2}"))  # by the packet's number
    return made


def job(folder: Path, bounds: Bounds) -> Job:
    plan = stripping(decode_as_selectors(None), 0x88B5, 8, Names(None))
    return Job(plan, Files(folder, folder), bounds)


FORMATS = st.sampled_from([(".pcap", ".pcap"), (".pcap", ".pcapng"), (".pcapng", ".pcapng"), (".pcapng", ".pcap")])
LEADS = st.sampled_from([0, 0, 300, 800, 10_000])


def stripped(
    folder: Path, captured: list[Captured], octets: int, lead: int, formats: tuple[str, str], bounds: Bounds
) -> list[list[Path]]:
    """What comes out, and what is rejected, of the whole and of the parts; their counts are the same."""
    source = folder / f"in{formats[0]}"
    write_pcapng(source, captured) if formats[0] == ".pcapng" else write_capture(source, captured)
    rewrite = Rewrite(job(folder, bounds), knows_pieces=True)
    tasks = [
        Task(source, folder / f"{name}{formats[1]}", folder / f"{name}-lost.pcapng") for name in ("whole", "parts")
    ]
    expected, _ = rewrite(tasks[0])
    finished = in_parts(Rejoining(rewrite), rewrite, tasks[1], octets, lead)
    assert (finished.tallies, finished.total) == (expected.tallies, expected.total)
    finished.total.check()
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    return [[place for place in (task.target, task.rejects) if place is not None] for task in tasks]


@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])  # what fails is small, and takes files to run
@given(captured=frames(is_lossy=False), octets=st.integers(1, 1500), lead=LEADS, formats=FORMATS)
def test_octet_for_octet(captured: list[Captured], octets: int, lead: int, formats: tuple[str, str]) -> None:
    """However little is read of what is before a part."""
    with TemporaryDirectory() as folder:
        whole, parts = stripped(Path(folder), captured, octets, lead, formats, Bounds())
        assert [path.read_bytes() for path in parts] == [path.read_bytes() for path in whole]


@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])  # what fails is small, and takes files to run
@given(
    captured=frames(is_lossy=True),
    octets=st.integers(1, 1500),
    lead=LEADS,
    formats=FORMATS,
    bounds=st.sampled_from([Bounds(), Bounds(packets=2), Bounds(octets=6000)]),
)
def test_nothing_is_lost_or_doubled(
    captured: list[Captured], octets: int, lead: int, formats: tuple[str, str], bounds: Bounds
) -> None:
    """Of pieces that are given up, the place depends on how much a reader reads at a time, here as otherwise."""
    with TemporaryDirectory() as folder:
        whole, parts = stripped(Path(folder), captured, octets, lead, formats, bounds)
        assert [sorted(read_capture(path)) for path in parts] == [sorted(read_capture(path)) for path in whole]


@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])  # what fails is small, and takes files to run
@given(
    captured=st.booleans().flatmap(lambda is_lossy: frames(is_lossy=is_lossy)),
    cuts=st.lists(st.integers(0, 40), min_size=1, max_size=3),
    formats=FORMATS,
)
def test_captures_that_follow_each_other(captured: list[Captured], cuts: list[int], formats: tuple[str, str]) -> None:
    """They become what one capture of all would, also where a packet lies in three of them."""
    assume(captured)
    names = list(dict.fromkeys(frame.interface for frame in captured))
    ends = sorted({0, len(captured), *(min(cut, len(captured)) for cut in cuts)})
    with TemporaryDirectory() as name:
        folder = Path(name)
        rewrite = Rewrite(job(folder, Bounds()), knows_pieces=True)

        def task(what: str, part: list[Captured]) -> Task:
            source = folder / f"lan{formats[0]}{what}"  # as tcpdump names them
            if formats[0] == ".pcapng":
                write_pcapng(source, part, names)
            else:
                write_capture(source, part)
            return Task(source, folder / f"{what}-out{formats[1]}", folder / f"{what}-lost.pcapng")

        whole = task("whole", captured)
        expected, _ = rewrite(whole)
        tasks = [task(str(at), captured[begin:end]) for at, (begin, end) in enumerate(pairwise(ends))]
        outcomes = list(joined_up((Outcome(each, rewrite(each)[0]) for each in tasks), rewrite))
        assert [outcome.task for outcome in outcomes] == tasks
        results = [outcome.result for outcome in outcomes if outcome.result is not None]
        assert added_up(results).total == expected.total
        for at in ("target", "rejects"):
            made = [frame for each in tasks for frame in read_capture(getattr(each, at))]
            assert sorted(made) == sorted(read_capture(getattr(whole, at)))


def test_captures_that_do_not_follow_each_other(tmp_path: Path) -> None:
    """Pieces at the end of one are given up where the next one is of other minutes, or no part of the same capture."""
    first, last = (
        [Captured(1_800_000_000 * _SECOND + at, len(piece), piece, interface="eth0")]
        for at, piece in enumerate(overlay_pieces(1, 2, 1))
    )
    rewrite = Rewrite(job(tmp_path, Bounds()), knows_pieces=True)
    cases = [(0, "lan.pcap1"), (0, "other.pcap"), (-_SECOND, "lan.pcap1"), (31 * _SECOND, "lan.pcap1")]
    for number, (gap_ns, name) in enumerate(cases):
        tasks = []
        for what, part in (("lan.pcap0", first), (name, [last[0]._replace(ts_ns=last[0].ts_ns + gap_ns)])):
            folder = tmp_path / str(number)
            folder.mkdir(exist_ok=True)
            source = write_capture(folder / what, part)
            tasks.append(Task(source, folder / f"{what}-out.pcap", folder / f"{what}-lost.pcapng"))
        for _ in joined_up((Outcome(each, rewrite(each)[0]) for each in tasks), rewrite):
            pass
        assert tasks[0].rejects is not None
        assert len(read_capture(tasks[0].rejects)) == (number > 0)
