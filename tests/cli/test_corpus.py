"""Captures worked through one by one by other processes give what one file gives here, wherever they are."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from subprocess import Popen
from threading import Lock, Thread
from typing import Any, NamedTuple
from zlib import crc32

import pytest
from cli_process import PATIENCE, Ended, dovetool, names_in, process, started
from dask_cluster import DaskCluster, dask_cluster
from gateway_map import MAP as GATEWAY_MAP
from numbered_over import numbered_over
from overlay_pieces import overlay_pieces
from plain_capture import Captured, read_capture, write_capture
from s3_server import S3Server, free_port, s3_server

SAMPLES = Path(__file__).parents[2] / "samples/demo"
UNDERLAY, MAP = SAMPLES / "taps/3-underlay.pcapng", SAMPLES / "map.yaml"
_FILES, _ROUNDS, _ROUND_NS = 20, 2, 20 * 10**9
_BUCKET = "corpus"


class Corpus(NamedTuple):
    """A capture, and the same in parts that follow each other."""

    whole: Path
    parts: Path


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    one_round = read_capture(UNDERLAY)
    rounds = [
        [frame._replace(ts_ns=frame.ts_ns + number * _ROUND_NS) for frame in one_round]
        for number in range(_FILES * _ROUNDS)
    ]
    (folder / "parts").mkdir()
    for number in range(_FILES):
        frames = chain.from_iterable(rounds[number * _ROUNDS : (number + 1) * _ROUNDS])
        write_capture(folder / "parts" / f"lan_{number}.pcap", frames)
    return Corpus(write_capture(folder / "whole.pcap", chain.from_iterable(rounds)), folder / "parts")


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        server.make_bucket(_BUCKET)
        for part in corpus.parts.iterdir():
            server.put(_BUCKET, f"in/{part.name}", part.read_bytes())
        yield server


@pytest.fixture(scope="module")
def cluster(s3: S3Server) -> Iterator[DaskCluster]:
    with dask_cluster(s3.settings) as running:
        yield running


def parts_of(folder: Path) -> list[Path]:
    return [folder / f"lan_{number}.pcap" for number in range(_FILES)]


def report_of(ended: Ended) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(ended.stdout)
    report.pop("seconds", None)
    return report


def test_files_become_files(corpus: Corpus, cluster: DaskCluster, tmp_path: Path) -> None:
    assert dovetool("strip", corpus.whole, tmp_path / "whole.pcap").code == 0
    words = ("strip", corpus.parts, tmp_path / "out", "--scheduler", cluster.address, "--rejects", tmp_path / "lost")
    ended = dovetool(*words, "--summary", "json")
    assert ended.code == 0, ended.stderr
    made = [frame for part in parts_of(tmp_path / "out") for frame in read_capture(part)]
    assert made == read_capture(tmp_path / "whole.pcap")
    assert len(list((tmp_path / "lost").iterdir())) == _FILES
    summary = json.loads(ended.stderr)
    assert summary["frames_in"] == summary["forwarded"] == sum(summary["files"].values()) == len(made)
    (tmp_path / "out" / "lan_3.pcap").unlink()
    again = dovetool(*words, "--resume")
    assert again.code == 0
    assert again.stderr.endswith("1 captures done, 19 done before\n")


def test_packets_between_two_captures(cluster: DaskCluster, tmp_path: Path) -> None:
    """A rotated capture is cut between the pieces of a packet."""
    captured = [Captured(_ROUND_NS + at, len(piece), piece) for at, piece in enumerate(overlay_pieces(7, 3, vnid=5001))]
    (tmp_path / "in").mkdir()
    write_capture(tmp_path / "in" / "lan_00001_20260101000000.pcap", captured[:2])
    write_capture(tmp_path / "in" / "lan_00002_20260101000001.pcap", captured[2:])
    ended = dovetool("strip", tmp_path / "in", tmp_path / "out", "--scheduler", cluster.address)
    assert (ended.code, "whole in the second one" in ended.stderr) == (0, True)
    assert dovetool("strip", tmp_path / "in", tmp_path / "whole.pcap").code == 0
    assert read_capture(tmp_path / "out" / "lan_00001_20260101000000.pcap") == []
    assert (
        read_capture(tmp_path / "out" / "lan_00002_20260101000001.pcap") == read_capture(tmp_path / "whole.pcap") != []
    )


def test_a_rotated_capture_with_a_damaged_file(corpus: Corpus, cluster: DaskCluster, tmp_path: Path) -> None:
    """A packet may go on in it: nobody knows, and the other captures are done."""
    piece, _ = overlay_pieces(7, 2, vnid=5001)
    (tmp_path / "in").mkdir()
    write_capture(tmp_path / "in" / "lan_00001_20260101000000.pcap", [Captured(_ROUND_NS, len(piece), piece)])
    cut = tmp_path / "in" / "lan_00002_20260101000001.pcap"
    cut.write_bytes(parts_of(corpus.parts)[0].read_bytes()[:50])
    for name in ("other.pcap", "z.pcap"):
        (tmp_path / "in" / name).write_bytes(parts_of(corpus.parts)[0].read_bytes())
    ended = dovetool("strip", tmp_path / "in", tmp_path / "out", "--scheduler", cluster.address)
    assert (ended.code, [line for line in ended.stderr.splitlines() if "damaged" in line]) == (
        3,
        ["3 captures done, 1 failed or damaged"],
    )
    assert ended.stderr.splitlines()[-1].startswith(f"dovetool: {cut}: ")
    assert names_in(tmp_path / "out") == [f".{cut.name}.problem", *names_in(tmp_path / "in")]


def test_no_place_for_parts(corpus: Corpus, cluster: DaskCluster, tmp_path: Path) -> None:
    """A large file is worked on as a whole then, and other captures are done as ever."""
    given, out = tmp_path / "in", tmp_path / "out"
    given.mkdir()
    out.mkdir()
    for path in (corpus.whole, parts_of(corpus.parts)[0]):
        (given / path.name).write_bytes(path.read_bytes())
    in_the_way = out / f".ranges-{crc32(b'whole.pcap'):08x}"
    in_the_way.write_text("no folder")
    sharing = ("--scheduler", cluster.address, "--range-size", "20KB", "--summary", "none")
    ended = dovetool("strip", given, out, *sharing)
    assert (ended.code, ended.stderr, names_in(out)) == (0, "", [in_the_way.name, "lan_0.pcap", "whole.pcap"])
    assert dovetool("strip", corpus.whole, tmp_path / "alone.pcap", "--summary", "none").code == 0
    assert (out / "whole.pcap").read_bytes() == (tmp_path / "alone.pcap").read_bytes()


def test_a_large_file_in_parts(corpus: Corpus, cluster: DaskCluster, tmp_path: Path) -> None:
    """It becomes one file again, octet for octet, beside one that is not large, and nothing else is left."""
    small = corpus.parts / "lan_0.pcap"
    words = ("--scheduler", cluster.address, "--range-size", "9KB", "--summary", "json")
    ended = dovetool("strip", corpus.whole, small, tmp_path / "out", "--rejects", tmp_path / "lost", *words)
    assert ended.code == 0, ended.stderr
    assert [path.name for path in (tmp_path / "lost").iterdir() if path.name.startswith(".")] == []
    below = [path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*") if not path.is_dir()]
    assert sorted(path.name for path in below) == [small.name, corpus.whole.name]
    for path in below:
        alone = dovetool("strip", corpus.whole.parent / path, tmp_path / "alone.pcap", "--summary", "json")
        assert (tmp_path / "out" / path).read_bytes() == (tmp_path / "alone.pcap").read_bytes()
        assert json.loads(ended.stderr)["files"][str(tmp_path / "out" / path)] == json.loads(alone.stderr)["frames_out"]
    for counting in (("--by", "pair"), ("--by", "time"), ("--by", "vnid,src_ip")):
        shared = dovetool("stats", corpus.whole, "--json", *counting, *words[:4])
        assert (shared.code, shared.stderr) == (0, "")
        assert report_of(shared) == report_of(dovetool("stats", corpus.whole, "--json", *counting))
    for looking in (("-m", MAP), ()):
        shared = dovetool("validate", corpus.whole, "--json", *looking, *words[:4])
        assert shared.stderr == ""
        assert report_of(shared) == report_of(dovetool("validate", corpus.whole, "--json", *looking))


def test_networks_of_a_large_file(cluster: DaskCluster, tmp_path: Path) -> None:
    """Their interfaces are described where they are by one process, whatever part their first frames are in."""
    words = ("--scheduler", cluster.address, "--range-size", "700B", "--summary", "none")
    assert dovetool("strip", UNDERLAY, tmp_path / "out", "--rejects", tmp_path / "lost", *words).code == 0
    alone = (tmp_path / "alone.pcapng", "--rejects", tmp_path / "lost.pcapng", "--summary", "none")
    assert dovetool("strip", UNDERLAY, *alone).code == 0
    for made, expected in (("out", "alone.pcapng"), ("lost", "lost.pcapng")):
        assert (tmp_path / made / UNDERLAY.name).read_bytes() == (tmp_path / expected).read_bytes()


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_large_file_as_one_table(corpus: Corpus, cluster: DaskCluster, tmp_path: Path, form: str) -> None:
    """Octet for octet; nothing else is left, and what is there is not made again."""
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    words = ("export", corpus.whole, "--format", form, "-m", MAP, "-e", "all")
    sharing = ("--scheduler", cluster.address, "--range-size", "20KB")
    (tmp_path / "out").mkdir()
    table = tmp_path / "out" / f"{corpus.whole.name}.{form}"
    table.write_text("from an earlier run")
    ended = dovetool(*words, tmp_path / "out", *sharing)
    assert (ended.code, ended.stderr) == (0, "1 captures done\n")
    assert dovetool(*words, tmp_path / "alone").code == 0
    assert table.read_bytes() == (tmp_path / "alone").read_bytes()
    assert list((tmp_path / "out").iterdir()) == [table]
    ended = dovetool(*words, tmp_path / "out", *sharing, "--resume")
    assert (ended.code, ended.stderr) == (0, "0 captures done, 1 done before\n")


def contents(path: Path) -> dict[str, bytes]:
    """What a file holds, or those of a directory."""
    return {each.name: each.read_bytes() for each in path.iterdir()} if path.is_dir() else {"": path.read_bytes()}


def test_a_large_file_that_is_sorted(corpus: Corpus, cluster: DaskCluster, tmp_path: Path) -> None:
    """Each directory is that of one process; --resume does what is not whole, by what a run that was killed leaves."""
    words = ("--by", "tep", "--annotate", "--format", "pcapng", "-m", MAP)
    assert dovetool("split", corpus.whole, tmp_path / "alone", *words).code == 0
    alone, small = contents(tmp_path / "alone"), corpus.parts / "lan_0.pcap"
    sharing = ("--scheduler", cluster.address, "--range-size", "20KB")
    command = ("split", corpus.whole, small, tmp_path / "out", *words, *sharing)
    assert dovetool(*command).code == 0
    made, other = tmp_path / "out" / "whole.pcap", tmp_path / "out" / "parts" / "lan_0.pcap"
    assert contents(made) == alone
    assert names_in(tmp_path / "out") == ["parts", "whole.pcap"]
    assert names_in(other.parent) == ["lan_0.pcap"]
    assert dovetool(*command).complaint.endswith("--overwrite replaces the captures in them")
    ended = dovetool(*command, "--resume")
    assert (ended.code, ended.stderr) == (0, "0 captures done, 2 done before\n")
    first = made / min(alone)
    first.rename(made / f".{first.name}.01234567.part")
    for path in other.iterdir():
        path.unlink()
    ended = dovetool(*command, "--resume")
    assert (ended.code, ended.stderr.splitlines()[-1]) == (0, "2 captures done")
    assert contents(made) == alone
    assert contents(other) != {}


@pytest.mark.parametrize("words", ["strip --summary none", "export --format csv", "split --by vnid --summary none"])
def test_a_large_file_that_is_cut_short(corpus: Corpus, cluster: DaskCluster, tmp_path: Path, words: str) -> None:
    """What is good of it is written, and its end told as of the whole."""
    cut, (command, *options) = tmp_path / "cut.pcap", words.split()
    cut.write_bytes(corpus.whole.read_bytes()[:-7])
    alone = dovetool(command, cut, tmp_path / "alone.pcap", *options)
    sharing = ("--scheduler", cluster.address, "--range-size", "20KB")
    ended = dovetool(command, cut, tmp_path / "out", *options, *sharing)
    assert (ended.code, ended.stderr.splitlines()[-1]) == (3, alone.stderr.splitlines()[-1])
    assert ended.stderr.count("cut.pcap") == 1
    made, problem = sorted((tmp_path / "out").iterdir(), reverse=True)
    assert contents(made) == contents(tmp_path / "alone.pcap")
    assert problem.name == f".{made.name}.problem"


@pytest.mark.parametrize(
    "words",
    [
        "strip --summary none",
        "strip --summary none --range-size 2KB",
        "export --format csv",
        "export --format csv --range-size 2KB",
        "split --by vnid --summary none",
        "split --by vnid --summary none --range-size 2KB",
    ],
)
def test_going_on_after_damage(corpus: Corpus, cluster: DaskCluster, tmp_path: Path, words: str) -> None:
    """What was damaged is done again, and told, until it is no more: alone of all that is there."""
    good = parts_of(corpus.parts)[0].read_bytes()
    given, out, (command, *options) = tmp_path / "in", tmp_path / "out", words.split()
    given.mkdir()
    (given / "cut.pcap").write_bytes(good[:-7])
    (given / "good.pcap").write_bytes(good)
    run: tuple[str | Path, ...] = (command, given, out, *options, "--scheduler", cluster.address)
    told = dovetool(*run)
    assert (told.code, told.stderr.splitlines()[-1].partition(": ")[2].count("cut.pcap: ")) == (3, 1)
    again = dovetool(*run, "--resume")
    assert (again.code, again.stderr.splitlines()[-1]) == (3, told.stderr.splitlines()[-1])
    made, other = (path for path in sorted(out.iterdir()) if not path.name.startswith("."))
    (given / "cut.pcap").write_bytes(good)
    assert dovetool(*run, "--resume").code == 0
    assert [*contents(made).values()] == [*contents(other).values()]
    assert names_in(out) == [made.name, other.name]


def test_going_on_after_damage_in_a_bucket(corpus: Corpus, cluster: DaskCluster, s3: S3Server, tmp_path: Path) -> None:
    good = parts_of(corpus.parts)[0].read_bytes()
    (tmp_path / "cut.pcap").write_bytes(good[:-7])
    (tmp_path / "good.pcap").write_bytes(good)
    run = ("strip", tmp_path, "s3://corpus/damaged", "--scheduler", cluster.address, "--resume")

    def ends() -> tuple[int, str]:
        ended = dovetool(*run, settings=s3.settings)
        return ended.code, next(line for line in ended.stderr.splitlines() if "captures done" in line)

    assert ends() == (3, "1 captures done, 1 failed or damaged")
    assert b"cut.pcap: " in s3.get(_BUCKET, "damaged/.cut.pcap.problem")
    assert ends() == (3, "0 captures done, 1 done before, 1 failed or damaged")
    (tmp_path / "cut.pcap").write_bytes(good)
    assert ends() == (0, "1 captures done, 1 done before")
    assert ends() == (0, "0 captures done, 2 done before")


def test_what_fails_where_an_output_is_from_before(corpus: Corpus, cluster: DaskCluster, tmp_path: Path) -> None:
    """The output stays, and is no reason to take the capture for done."""
    for name in ("a.pcap", "b.pcap"):
        (tmp_path / name).write_bytes(parts_of(corpus.parts)[0].read_bytes())
    run: tuple[str | Path, ...] = (
        "strip",
        tmp_path / "a.pcap",
        tmp_path / "b.pcap",
        tmp_path / "out",
        "--scheduler",
        cluster.address,
    )
    assert dovetool(*run).code == 0
    (tmp_path / "b.pcap").write_text("no capture")
    for words in (run, (*run, "--resume")):
        ended = dovetool(*words)
        assert ended.code == 3
        assert ended.stderr.splitlines()[-1].startswith(f"dovetool: {tmp_path / 'b.pcap'}: ")
    assert read_capture(tmp_path / "out" / "b.pcap") == read_capture(tmp_path / "out" / "a.pcap")


@pytest.fixture(scope="module")
def large(corpus: Corpus) -> Path:
    """A capture that takes a while to be made a table of."""
    octets = corpus.whole.read_bytes()
    path = corpus.whole.with_name("large.pcap")
    path.write_bytes(octets[:24] + octets[24:] * 100)
    return path


def has_begun(folder: Path, work: Popen[bytes]) -> None:
    """Wait until somebody writes a part of a large file."""
    deadline = time.monotonic() + PATIENCE
    while not list(folder.glob(".ranges-*/*0-*")):
        assert work.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_workers_that_are_lost_with_parts(large: Path, cluster: DaskCluster, tmp_path: Path) -> None:
    sharing = ("--scheduler", cluster.address, "--range-size", "1500KB")
    workers = cluster.workers()
    with started("export", large, tmp_path, "--format", "csv", *sharing) as work:
        has_begun(tmp_path, work)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        assert work.communicate(timeout=PATIENCE) == (b"", b"1 captures done\n")
    assert names_in(tmp_path) == ["large.pcap.csv"]
    assert dovetool("export", large, tmp_path / "alone.csv").code == 0
    assert (tmp_path / "large.pcap.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()


def test_an_interrupted_run_leaves_no_parts(large: Path, tmp_path: Path) -> None:
    sharing = ("--workers", "1", "--range-size", "1500KB")
    with started("export", large, tmp_path, "--format", "csv", *sharing) as work:
        has_begun(tmp_path, work)
        work.send_signal(signal.SIGINT)
        assert work.communicate(timeout=PATIENCE) == (b"", b"")
    assert (work.returncode, names_in(tmp_path)) == (130, [])


def test_a_bucket_becomes_a_bucket(corpus: Corpus, cluster: DaskCluster, s3: S3Server, tmp_path: Path) -> None:
    words = ("--to", "geneve", "--summary", "none")
    assert dovetool("translate", corpus.whole, tmp_path / "whole.pcap", *words).code == 0
    ends = ("s3://corpus/in", "s3://corpus/out")
    ended = dovetool("translate", *ends, *words, "--scheduler", cluster.address, settings=s3.settings)
    assert (ended.code, ended.stderr) == (0, "")
    made = []
    for number in range(_FILES):
        path = tmp_path / "part.pcap"
        path.write_bytes(s3.get(_BUCKET, f"out/lan_{number}.pcap"))
        made += read_capture(path)
    assert made == read_capture(tmp_path / "whole.pcap")
    assert s3.unfinished(_BUCKET) == []


@pytest.mark.parametrize(
    "words",
    [
        f"stats -m {MAP} --by pair --json",
        "stats --by conversation --json",
        "stats --by time --json",
        "stats --by time --interval 7 --csv",
        f"stats -m {MAP} --by vnid,src_ip,encap --json --vnid 5001",
        f"validate -m {MAP} --json",
        "validate --json",
    ],
)
def test_sums_are_those_of_the_whole(corpus: Corpus, cluster: DaskCluster, s3: S3Server, words: str) -> None:
    command, *options = words.split()
    whole = dovetool(command, corpus.whole, *options)
    shared = dovetool(command, "s3://corpus/in", *options, "--scheduler", cluster.address, settings=s3.settings)
    assert (shared.code, shared.stderr) == (whole.code, "")
    if command == "validate":
        each = len(read_capture(UNDERLAY)) * _ROUNDS
        frames = {f"s3://corpus/in/lan_{number}.pcap": each for number in range(_FILES)}
        assert numbered_over(report_of(shared), frames) == report_of(whole)
    elif "--json" in options:
        assert report_of(shared) == report_of(whole)
    else:
        assert shared.stdout == whole.stdout


def test_what_files_are(corpus: Corpus, cluster: DaskCluster, tmp_path: Path) -> None:
    """Each by itself, in their order, with what is wrong with some."""
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(parts_of(corpus.parts)[0].read_bytes()[:500])
    (tmp_path / "no.pcap").write_text("no capture")
    files = (*parts_of(corpus.parts)[:3], cut, tmp_path / "no.pcap")
    alone = dovetool("info", *files, "--hash", "--json")
    shared = dovetool("info", *files, "--hash", "--json", "--scheduler", cluster.address)
    assert (shared.code, shared.stdout, shared.stderr) == (alone.code, alone.stdout, alone.stderr)
    assert shared.code == 3
    ended = dovetool("info", cut, "--scheduler", cluster.address)
    assert (ended.code, ended.stdout, ended.stderr) == (3, *dovetool("info", cut)[1:])


def test_tables_and_sorted_frames(corpus: Corpus, cluster: DaskCluster, tmp_path: Path) -> None:
    words = ("--scheduler", cluster.address)
    columns = ("-e", "time_ns,vnid,src_ip", "--format", "csv")
    assert dovetool("export", corpus.parts, tmp_path / "tables", *columns, *words).code == 0
    rows = [line for part in parts_of(tmp_path / "tables") for line in Path(f"{part}.csv").read_text().splitlines()[1:]]
    assert rows == dovetool("export", corpus.whole, "-", *columns).stdout.decode().splitlines()[1:]
    sorting = ("split", corpus.parts, tmp_path / "split", "--by", "vnid", "--summary", "none", *words)
    assert dovetool(*sorting).code == 0
    assert dovetool("split", corpus.whole, tmp_path / "whole", "--by", "vnid", "--summary", "none").code == 0
    for path in (tmp_path / "whole").iterdir():
        made = [frame for part in parts_of(tmp_path / "split") for frame in read_capture(part / path.name)]
        assert made == read_capture(path)
    assert dovetool(*sorting).complaint.endswith("--overwrite replaces the captures in them")
    assert dovetool(*sorting, "--overwrite").code == 0


def test_a_lost_worker_costs_nothing_but_its_tasks(corpus: Corpus, cluster: DaskCluster, tmp_path: Path) -> None:
    """While a worker waits for the rest of a capture, all workers are killed."""
    asked: list[str] = []
    lock = Lock()

    class Server(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            with lock:
                asked.append(self.path)
                if asked.count(self.path) == 1 and self.path == "/lan_7.pcap":
                    cluster.kill_workers()
                    return
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionError):  # who has asked is gone
                super().handle()

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, directory=str(corpus.parts))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        sources = [f"http://127.0.0.1:{server.server_port}/{path.name}" for path in parts_of(corpus.parts)]
        ended = dovetool("strip", *sources, tmp_path / "out", "--scheduler", cluster.address, "--summary", "none")
        server.shutdown()
        thread.join()
    assert (ended.code, ended.stderr) == (0, "")
    assert asked.count("/lan_7.pcap") == 2
    assert dovetool("strip", corpus.whole, tmp_path / "whole.pcap", "--summary", "none").code == 0
    made = [frame for part in parts_of(tmp_path / "out") for frame in read_capture(part)]
    assert made == read_capture(tmp_path / "whole.pcap")


def test_signed_urls(corpus: Corpus, cluster: DaskCluster, tmp_path: Path) -> None:
    """Outputs are named as the files are, without what signs their URLs, and nothing tells it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(corpus.parts))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        web = f"http://127.0.0.1:{server.server_port}"
        sources = [f"{web}/{name}.pcap?sig=SECRET/a.gz&id={name}" for name in ("lan_0", "lan_1", "lan_none")]
        ended = dovetool("strip", *sources, tmp_path / "out", "--scheduler", cluster.address, "--summary", "json")
        one = [f"{web}/lan_0.pcap?id={number}" for number in (1, 2)]
        twice = dovetool("strip", *one, tmp_path / "out", "--scheduler", cluster.address)
        server.shutdown()
        thread.join()
    assert (ended.code, names_in(tmp_path / "out")) == (3, ["lan_0.pcap", "lan_1.pcap"])
    assert ended.stderr.splitlines()[-1].startswith(f"dovetool: {web}/lan_none.pcap: 404")
    assert "SECRET" not in ended.stderr
    target = tmp_path / "out" / "lan_0.pcap"
    assert (twice.code, twice.complaint) == (2, f"OUT {target}: needs a file of its own, and is OUT too")


def test_workers_of_its_own_and_what_fails(corpus: Corpus, tmp_path: Path) -> None:
    """Whatever is wrong with some captures, the others are done; the failures come last."""
    parts = tmp_path / "parts"
    (parts / "deep").mkdir(parents=True)
    for path in parts_of(corpus.parts)[:3]:
        (parts / path.name).write_bytes(path.read_bytes())
    (parts / "deep" / "cut.pcap").write_bytes(parts_of(corpus.parts)[0].read_bytes()[:500])
    (parts / "no.pcap").write_text("no capture")
    ended = process("strip", parts, "out", "--recursive", "--workers", "2", cwd=tmp_path)
    assert ended.code == 3
    summed, *problems = ended.stderr.splitlines()[-3:]
    assert summed == "3 captures done, 2 failed or damaged"
    assert [line.split(": ")[1] for line in problems] == [str(parts / "deep/cut.pcap"), str(parts / "no.pcap")]
    made = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.pcap"))
    assert made == ["deep/cut.pcap", "lan_0.pcap", "lan_1.pcap", "lan_2.pcap"]
    ended = process("stats", parts / "no.pcap", "--workers", "1")
    assert ended.code == 2
    assert "no pcap or pcapng file" in ended.complaint


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("strip {parts} out.pcap --workers 2", "out.pcap: with --workers, OUT is a folder, in which each capture gets"),
        (
            "strip {parts} out --workers 2 --scheduler tcp://127.0.0.1:1",
            "--workers starts processes here, and",
        ),
        ("strip {parts} out --resume", "--resume belongs to --workers or --scheduler"),
        ("stats {parts} --range-size 1MB", "--range-size belongs to --workers or --scheduler"),
        ("time {parts} out --shift 1 --range-size 1MB --workers 2", "No such option: --range-size"),
        (f"run {{parts}} out -m {MAP} --range-size 1MB --workers 2", "No such option: --range-size"),
        ("stats {parts} --range-size much --workers 2", "--range-size much: expected a size such as 100MB"),
        ("strip - out --workers 2", "-: standard input is for one process; --workers shares out files"),
        ("stats {parts} --workers 2 --from +3", "--frame, --from and --to by number or with a plus sign count"),
        (
            "stats {parts} --workers 2 --dedup",
            "copies of a packet may be in two captures, which --workers does not see",
        ),
        (
            "strip {parts} out --workers 2 --dedup",
            "copies of a packet may be in two captures, which --workers does not see",
        ),
        ("dedup {parts} out --workers 2", "No such option: --workers"),
        ("dedup {parts} out --resume", "No such option: --resume"),
        ("anonymise {parts} out --key secret --scheduler tcp://127.0.0.1:1", "No such option: --scheduler"),
        ("validate {parts} --workers 2 --learn 1m", "--learn: learns from the first of all frames"),
        (
            "split {parts} out --by vnid --workers 2 --resume --overwrite",
            "--resume keeps what --overwrite replaces: say",
        ),
        (
            "split {parts} s3://corpus/out --by vnid --workers 2 --resume",
            "s3://corpus/out: --resume needs a directory he",
        ),
        ("export {parts} tables --workers 2", "tables: the suffix chooses the form, or --format; there is"),
    ],
)
def test_what_makes_no_sense(corpus: Corpus, tmp_path: Path, words: str, complaint: str) -> None:
    ended = dovetool(*(word.format(parts=corpus.parts) for word in words.split()), cwd=tmp_path)
    assert ended.code == 2
    assert ended.complaint.startswith(complaint)
    assert list(tmp_path.iterdir()) == []


def test_what_takes_several_stages_has_no_parts(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(GATEWAY_MAP % "geneve")
    words = ("-m", tmp_path / "map.yaml", "--workers", "2", "--range-size", "1MB")
    ended = dovetool("translate", corpus.parts, tmp_path / "out", *words)
    assert (ended.code, ended.complaint) == (2, "--range-size: here, translate has to work on each capture as a whole")


def test_workers_that_cannot_be_started(corpus: Corpus) -> None:
    """Dask needs a folder of its own for each; what the system says of it is one line."""
    settings = {"DASK_TEMPORARY_DIRECTORY": "/dev/null/workers"}
    ended = process("stats", corpus.parts, "--workers", "1", settings=settings)
    assert (ended.code, ended.stdout) == (2, b"")
    assert ended.complaint == "--workers 1: they cannot be started: /dev/null/workers: Not a directory"


def test_a_scheduler_that_is_not_there(corpus: Corpus, tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    ended = dovetool("stats", corpus.parts, "--scheduler", address)
    assert (ended.code, ended.complaint) == (2, f"--scheduler {address}: no scheduler of Dask's answers there")
