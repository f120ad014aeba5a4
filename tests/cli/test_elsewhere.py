"""Commands read captures from a bucket and from a web server, and write them to a bucket, as they do files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cli_process import Ended, dovetool
from s3_server import KEYS, S3Server, free_port, s3_server

SAMPLES = Path(__file__).parents[2] / "samples/demo"
UNDERLAY, MAP = SAMPLES / "taps/3-underlay.pcapng", SAMPLES / "map.yaml"
BUCKET = "captures"
_FAILS = """
import sys
from dovetool.capture.remote.location import place_of
from dovetool.capture.target import Target
with Target(place_of(sys.argv[1])) as target:
    for _ in range(20):
        target.write(bytes(1 << 20))
    raise SystemExit("given up")
"""


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        server.make_bucket(BUCKET)
        for name in ("lan/a_1.pcapng", "lan/a_2.pcapng", "lan/deeper/a_3.pcapng"):
            server.put(BUCKET, name, UNDERLAY.read_bytes())
        server.put(BUCKET, "lan/readme.txt", b"no capture")
        server.put(BUCKET, "nothing/readme.txt", b"no capture")
        yield server


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server of the folder, which gives no ranges."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def on(s3: S3Server, *words: str | Path, **settings: str) -> Ended:
    return dovetool(*words, settings={**s3.settings, **settings})


def test_octets_go_from_bucket_to_bucket_as_from_file_to_file(s3: S3Server, tmp_path: Path) -> None:
    assert dovetool("strip", UNDERLAY, tmp_path / "out.pcapng.gz").code == 0
    ended = on(s3, "strip", "s3://captures/lan/a_1.pcapng", "s3://captures/out.pcapng.gz", "--summary", "none")
    assert (ended.code, ended.stderr) == (0, "")
    assert s3.get(BUCKET, "out.pcapng.gz") == (tmp_path / "out.pcapng.gz").read_bytes()
    assert s3.unfinished(BUCKET) == []


@pytest.mark.parametrize(
    ("word", "same"),
    [
        ("s3://captures/lan/", 2),
        ("s3://captures/lan/*_[12].pcapng", 2),
        ("s3://captures/lan/a_2.pcapng", 1),
        ("--recursive s3://captures/lan", 3),
        ("s3://captures/lan/**/*.pcapng", 3),
    ],
)
def test_folders_and_patterns(s3: S3Server, tmp_path: Path, word: str, same: int) -> None:
    copies = [tmp_path / f"a_{number}.pcapng" for number in range(same)]
    for copy in copies:
        copy.write_bytes(UNDERLAY.read_bytes())
    told = on(s3, "stats", *word.split(), "--json")
    assert told.stderr == ""
    assert told.stdout == dovetool("stats", *copies, "--json").stdout


def test_frames_are_sorted_into_a_bucket(s3: S3Server, tmp_path: Path) -> None:
    assert dovetool("split", UNDERLAY, tmp_path / "split", "--by", "vnid").code == 0
    words = ("split", "s3://captures/lan/a_1.pcapng", "s3://captures/split", "--by", "vnid", "--summary", "none")
    assert on(s3, *words).code == 0
    for path in (tmp_path / "split").iterdir():
        assert s3.get(BUCKET, f"split/{path.name}") == path.read_bytes()
    again = on(s3, *words)
    assert again.code == 2
    assert again.complaint.endswith("is there already; --overwrite replaces it")
    assert on(s3, *words, "--overwrite").code == 0


def test_tables_reports_and_rejects(s3: S3Server, tmp_path: Path) -> None:
    source = "s3://captures/lan/a_1.pcapng"
    assert on(s3, "export", source, "s3://captures/frames.csv").code == 0
    assert s3.get(BUCKET, "frames.csv") == dovetool("export", UNDERLAY, "-", "--format", "csv").stdout
    for words in (f"-m {MAP}", f"-m {MAP} --only isolation-violation"):
        ours = on(s3, "validate", source, *words.split(), "--rejects", "s3://captures/wrong.pcapng")
        theirs = dovetool("validate", UNDERLAY, *words.split(), "--rejects", tmp_path / "wrong.pcapng")
        assert ours.code == theirs.code
        assert s3.get(BUCKET, "wrong.pcapng") == (tmp_path / "wrong.pcapng").read_bytes()


def test_what_is_not_whole_is_not_there(s3: S3Server) -> None:
    """More was written than fits into one part, so that some of it was sent."""
    command = [sys.executable, "-c", _FAILS, "s3://captures/half.bin"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, env=s3.settings)
    assert ended.stderr == "given up\n"
    assert "half.bin" not in s3.keys(BUCKET)
    assert s3.unfinished(BUCKET) == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("stats s3://captures/lan/b.pcapng", "s3://captures/lan/b.pcapng: no such file there"),
        ("stats s3://captures/lan/b*.pcapng", "s3://captures/lan/b*.pcapng: no such file there"),
        ("stats s3://elsewhere/b.pcapng", "s3://elsewhere/b.pcapng: The specified bucket does not exist"),
        (
            f"strip {UNDERLAY} s3://elsewhere/b.pcapng",
            "cannot write s3://elsewhere/b.pcapng: The specified bucket does not exist",
        ),
        (
            "stats s3://captures/nothing",
            "s3://captures/nothing: a folder without captures; --recursive looks into the folders in it, too",
        ),
        (
            f"strip {UNDERLAY} http://127.0.0.1:1/x.pcap",
            "cannot write http://127.0.0.1:1/x.pcap: such a server takes no files",
        ),
        ("stats unheard://of", "unheard://of: Protocol not known: unheard"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(s3: S3Server, words: str, complaint: str) -> None:
    ended = on(s3, *words.split())
    assert (ended.code, ended.complaint) == (2, complaint)


def test_a_store_whose_library_is_missing(s3: S3Server) -> None:
    pytest.importorskip("fsspec")
    ended = on(s3, "stats", "lakefs://repository/main/x.pcap")
    assert ended.code == 2
    assert ended.complaint.startswith("lakefs://repository/main/x.pcap: ")
    assert "lakefs" in ended.complaint.lower()


def test_without_credentials_and_without_a_server(s3: S3Server, tmp_path: Path) -> None:
    nobody = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    nobody |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "")
    ended = on(s3, "stats", "s3://captures/lan/a_1.pcapng", **nobody)
    assert ended.code == 2
    assert ended.complaint.startswith("s3://captures/lan/a_1.pcapng: no credentials")
    refused = {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}", "AWS_MAX_ATTEMPTS": "1"}
    ended = dovetool("stats", "s3://captures/lan/a_1.pcapng", settings=refused)
    assert ended.code == 2
    assert ended.complaint.startswith("s3://captures/lan/a_1.pcapng: Could not connect to the endpoint URL")


def test_secrets_of_urls_are_not_told(web: str, tmp_path: Path) -> None:
    """Neither by what goes wrong, nor by what is found, nor in names of interfaces."""
    for name in ("a.pcapng", "b.pcapng"):
        (tmp_path / name).write_bytes(UNDERLAY.read_bytes())
    (tmp_path / "cut.pcapng").write_bytes(UNDERLAY.read_bytes()[:-5])
    (tmp_path / "no.pcap").write_text("no capture")
    signed = "?X-Amz-Signature=SECRET/%2B&sig=SECRET"
    for name in ("missing.pcap", "no.pcap", "cut.pcapng"):
        ended = dovetool("stats", f"{web}/{name}{signed}")
        assert ended.stderr.splitlines()[-1].startswith(f"dovetool: {web}/{name}: ")
        assert "SECRET" not in ended.stderr
    ended = dovetool("stats", f"http://me:SECRET@127.0.0.1:{free_port()}/x.pcap{signed}")
    assert (ended.code, "SECRET" in ended.complaint) == (2, False)
    ended = dovetool("strip", UNDERLAY, f"{web}/x.pcap{signed}")
    assert ended.complaint == f"cannot write {web}/x.pcap: such a server takes no files"
    both = [f"{web}/{name}{signed}" for name in ("a.pcapng", "b.pcapng")]
    out = tmp_path / "out.pcapng"
    commands: tuple[tuple[str | Path, ...], ...] = (
        ("strip", *both, out, "--summary", "json"),
        ("info", *both, "--json"),
        ("validate", *both, "-m", MAP, "--json"),
        ("validate", *both, "-m", MAP, "--sarif", out.with_suffix(".sarif"), "--junit", out.with_suffix(".xml")),
        ("report", *both, "-m", MAP, "-o", out.with_suffix(".html")),
        ("inspect", *both, "--json"),
    )
    for words in commands:
        ended = dovetool(*words)
        assert "Usage" not in ended.stderr
        assert "SECRET" not in ended.stdout.decode() + ended.stderr
    made = [path for path in tmp_path.iterdir() if path.stem == "out"]
    assert len(made) == 4
    assert not [path for path in made if b"SECRET" in path.read_bytes()]
    assert f'"uri":"{web}/a.pcapng"' in out.with_suffix(".sarif").read_text().replace(" ", "")


def test_a_web_server(web: str, tmp_path: Path) -> None:
    """The file is longer than what is read at first."""
    path = tmp_path / "long.pcap"
    for name in ("once.pcapng", "twice.pcapng"):
        (tmp_path / name).write_bytes(UNDERLAY.read_bytes())
    path.write_bytes(UNDERLAY.read_bytes() * 300)  # sections may follow each other
    assert dovetool("stats", f"{web}/long.pcap?token=1", "--json").stdout == dovetool("stats", path, "--json").stdout
    two = dovetool("stats", f"{web}/once.pcapng", f"{web}/twice.pcapng", "--json")
    assert two.stdout == dovetool("stats", tmp_path / "once.pcapng", tmp_path / "twice.pcapng", "--json").stdout
    ended = dovetool("stats", f"{web}/missing.pcap")
    assert ended.code == 2
    assert "404" in ended.complaint
    ended = dovetool("stats", f"http://127.0.0.1:{free_port()}/x.pcap")
    assert ended.code == 2
    assert "Cannot connect to host" in ended.complaint
