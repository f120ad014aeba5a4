"""dovetool report: a page, and pictures as files."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import sys
from pathlib import Path

import pytest
from cli_process import dovetool, names_in

from dovetool.installed import how_to_add

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
UNDERLAY, MAP = SAMPLES / "demo" / "taps" / "3-underlay.pcapng", SAMPLES / "demo" / "map.yaml"
MIXED = SAMPLES / "strip-mixed" / "in.pcap"
needs_vl_convert = pytest.mark.usefixtures("vl_convert")


@pytest.fixture
def vl_convert() -> None:
    pytest.importorskip("vl_convert", reason="vl-convert-python is not installed (extra report)")


@needs_vl_convert
def test_findings_are_no_failure(tmp_path: Path) -> None:
    """The page is whole, the same each time, and its policy allows what stands in it and nothing else."""
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    for page in pages:
        ended = dovetool("report", UNDERLAY, "-m", MAP, "-o", page)
        assert (ended.code, ended.stderr, ended.stdout) == (0, "", b"")
    text = pages[0].read_text()
    assert text == pages[1].read_text()
    assert pages[0].stat().st_size < 8 << 20
    assert "unsafe" not in (policy := re.findall(r'Policy" content="([^"]*)"', text)[0])
    bodies = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    bodies += re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in bodies]
    assert re.findall(r"sha256-([^']*)", policy) == hashes
    assert re.sub(r"'sha256-[^']*'", "#", policy) == (
        "default-src 'none'; script-src # #; style-src #; base-uri 'none'; form-action 'none'"
    )


@needs_vl_convert
def test_pictures_as_files(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "pictures"
    ended = dovetool("report", UNDERLAY, "-m", MAP, "--png", folder)
    assert (ended.code, ended.stderr) == (0, "")
    assert names_in(folder) == ["moves.png", "ports.png", "rate.png", "sizes.png", "teps.png", "vms.png"]
    for path in folder.iterdir():
        octets = path.read_bytes()
        assert octets[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack("!II", octets[16:24])
        assert width > 500
        assert height > 100


@needs_vl_convert
def test_packets_are_followed(tmp_path: Path) -> None:
    """The page has a section, the folder a picture; without the option there is neither."""
    page, folder = tmp_path / "report.html", tmp_path / "png"
    ended = dovetool("report", UNDERLAY.parent, "--follow", "-m", MAP, "-o", page, "--png", folder)
    assert (ended.code, ended.stderr) == (0, "")
    text = page.read_text()
    assert '<section id="hops"' in text
    assert "<li>1-vm &gt; 2-tagged: lost frame 11 of 1-vm</li>" in text
    assert "hops.png" in names_in(folder)
    assert dovetool("report", UNDERLAY.parent, "-m", MAP, "-o", page).code == 0
    assert 'href="#hops"' not in page.read_text()


@needs_vl_convert
@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((UNDERLAY,), "follow needs captures of two places or more, in the order in which packets come by"),
        ((UNDERLAY, "-"), "--follow reads captures twice; each has to be a file"),
        ((UNDERLAY.parent, "--vnid", "5001"), "--follow is about all packets: --vnid cannot choose some"),
    ],
)
def test_what_cannot_be_followed(words: tuple[str | Path, ...], complaint: str, tmp_path: Path) -> None:
    ended = dovetool("report", *words, "--follow", "-o", tmp_path / "report.html", stdin=MIXED.read_bytes())
    assert (ended.code, ended.complaint) == (2, complaint)
    assert names_in(tmp_path) == []


@needs_vl_convert
def test_standard_input_and_output() -> None:
    ended = dovetool("report", "-", "-o", "-", stdin=MIXED.read_bytes())
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.startswith(b"<!doctype html>")
    assert b"<title>dovetool report: standard input</title>" in ended.stdout


@needs_vl_convert
def test_a_damaged_capture_is_told_up_to_the_damage(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(MIXED.read_bytes()[:-9])
    ended = dovetool("report", cut, MIXED, "-o", tmp_path / "report.html")
    assert ended.code == 3
    text = (tmp_path / "report.html").read_text()
    assert f"<strong>Damaged: </strong>{ended.complaint}" in text
    assert text.count("Damaged: ") == 1


@needs_vl_convert
@pytest.mark.parametrize("capture", ["empty", "foreign"])
def test_little_to_draw(capture: str, tmp_path: Path) -> None:
    """A capture without frames, or with none in tunnels, makes a page too."""
    source = tmp_path / "in.pcap"
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    frame = bytes(12) + b"\x88\xcc" + bytes(50)
    record = struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame
    source.write_bytes(head + (record if capture == "foreign" else b""))
    ended = dovetool("report", source, "-o", tmp_path / "report.html", "--png", tmp_path / "png")
    assert (ended.code, ended.stderr) == (0, "")
    assert "No tunnel" in (tmp_path / "report.html").read_text()


@needs_vl_convert
def test_what_is_left_out_is_not_in_the_page(tmp_path: Path) -> None:
    folder = SAMPLES / "two-tenants"
    source = folder / "taps" / "3-underlay.pcapng"
    page = tmp_path / "report.html"
    assert dovetool("report", source, "-m", folder / "map.yaml", "--vnid", "blue", "-o", page).code == 0
    text = re.sub(r'<script type="module">.*?</script>|<style>.*?</style>', "", page.read_text(), flags=re.DOTALL)
    assert "--vnid blue" in text
    assert not re.search(r"\bred\b", text)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((MIXED,), "report: say where the page goes (-o report.html), or the pictures (--png DIR)"),
        ((MIXED, "-o", MIXED), f"-o {MIXED}: needs a file of its own, and is IN too"),
        (
            (MIXED, "-o", "{dir}/r.html", "-m", "nowhere.yaml"),
            "nowhere.yaml: cannot be read: No such file or directory",
        ),
        (("nowhere.pcap", "-o", "{dir}/r.html"), "nowhere.pcap: No such file or directory"),
        ((MIXED, "-o", "{dir}/r.html", "--from", "+3", "--to", "+2"), "--from +3 is behind --to +2"),
        (
            (MIXED, "-o", "{dir}/rate.png", "--png", "{dir}"),
            "--png {dir}/rate.png: needs a file of its own, and is -o too",
        ),
    ],
)
def test_what_cannot_be(words: tuple[str | Path, ...], complaint: str, tmp_path: Path) -> None:
    """One line, and nothing is left behind."""
    ended = dovetool("report", *(str(word).format(dir=tmp_path) for word in words))
    assert (ended.code, ended.complaint) == (2, complaint.format(dir=tmp_path))
    assert names_in(tmp_path) == []


def test_without_what_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line says what to install, before the capture is read."""
    monkeypatch.delitem(sys.modules, "dovetool.pictures.drawing", raising=False)
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    ended = dovetool("report", "-", "-o", tmp_path / "report.html")
    assert ended.code == 2
    assert (
        ended.complaint == f"report needs vl-convert-python, which is not installed: {how_to_add('vl-convert-python')}"
    )
    assert names_in(tmp_path) == []


@needs_vl_convert
def test_a_full_disk(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.symlink_to("/dev/full")
    ended = dovetool("report", MIXED, "-o", target)
    assert (ended.code, ended.complaint) == (2, f"cannot write {target}: No space left on device")
