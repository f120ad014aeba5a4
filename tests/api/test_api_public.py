"""What is public: it is written down, quick to import, typed, and its examples run."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import dovetool
import dovetool.api

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "python.md"
MODULES = ["dovetool", *(f"dovetool.api.{each.name}" for each in pkgutil.iter_modules(dovetool.api.__path__))]
SCRIPT = """
import io
from pathlib import Path
from typing import assert_type

import dovetool

vnid_map: dovetool.VnidMap = dovetool.VnidMap.load("map.yaml")
with dovetool.open(Path("in.pcapng"), vnid_map, tpid=0x88B5) as capture:
    for frame in capture.select(vnid=[5001, "blue"], filter="tcp", from_="+1"):
        assert_type(frame, dovetool.Frame)
        assert_type(frame.octets, bytes)
        assert_type(frame.inner.src_ip, str | None)
        assert_type(frame.verdict, tuple[str, ...] | None)
        assert_type(frame.overlays, tuple[dovetool.Overlay, ...])
    assert_type(capture.stats(by="pair").frames, int)
assert_type(dovetool.strip("in.pcap", "out.pcap", depth=3), dovetool.Summary)
assert_type(dovetool.strip(io.BytesIO(), io.BytesIO()), dovetool.Summary)
assert_type(dovetool.strip(capture), dovetool.Rewritten)
assert_type(dovetool.tag([b"octets"], vnid_map=vnid_map), dovetool.Rewritten)
assert_type(dovetool.tag("in.pcap", "out.pcap", "map.yaml", ingress="sw1/p1").rejected["local"], int)
assert_type(dovetool.validate("in.pcap", vnid_map).errors, tuple[dovetool.Finding, ...])
assert_type(dovetool.info("in.pcap")["files"][0]["frames"], int)
assert_type(dovetool.follow(["one.pcap", "two.pcap"], vnid_map)["hops"][0]["lost"], int)
assert_type(dovetool.dedup("in.pcap", "out.pcap", window="1s"), dovetool.Summary)
assert_type(dovetool.split("in.pcap", "networks", "vnid").files["blue.pcap"], int)
assert_type(dovetool.learn("in.pcap"), dovetool.VnidMap)
assert_type(dovetool.trace("in.pcap", 1, vnid_map).steps[0].after, tuple[bytes, ...])
try:
    dovetool.open("in.pcap")
except dovetool.CorruptCaptureError as error:
    assert_type(error.partial, object)
"""
WRONG = """
import dovetool

dovetool.strip("in.pcap", "out.pcap", tenant="nowhere")
dovetool.tag("in.pcap", "out.pcap")
dovetool.open("in.pcap").select(vnod=1)
dovetool.open("in.pcap").frame("1")
dovetool.split("in.pcap", "networks", "vlan")
"""


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert doctest.testmod(import_module(name)).failed == 0


def test_there_are_examples() -> None:
    assert sum(len(doctest.DocTestFinder().find(import_module(name))) for name in MODULES) > 40


def test_names_are_there_and_described() -> None:
    text = PAGE.read_text()
    for name in dovetool.__all__:
        value = getattr(dovetool, name)
        assert name in dir(dovetool)
        assert re.search(rf"`(?:dovetool\.)?{name}\b", text), f"{name} is not in docs/python.md"
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value)
    with pytest.raises(AttributeError, match="'dovetool' has no attribute 'no_such'"):
        dovetool.no_such  # noqa: B018


def test_public_members_are_described() -> None:
    """Each method and property of the classes has its line; attributes stand in that of their class."""
    classes = [value for name in dovetool.__all__ if inspect.isclass(value := getattr(dovetool, name))]
    for each in classes:
        for name, member in vars(each).items():
            if name.startswith("_") or not (inspect.isfunction(member) or isinstance(member, property)):
                continue
            documented = inspect.getdoc(member) or f"        {name}: " in (each.__doc__ or "")
            assert documented, f"{each.__name__}.{name}"


def test_import_is_quick() -> None:
    """It loads nothing, until a name is asked for."""
    code = "import sys; before = set(sys.modules); import dovetool; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    ours = [name for name in done.stdout.split() if name.startswith("dovetool")]
    assert ours == ["dovetool"]
    assert not {"numpy", "rich", "pydantic", "dpkt", "typer"} & set(done.stdout.split())
    code = "import sys, dovetool; dovetool.open('samples/demo/in.pcapng'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert not {"rich", "pydantic", "typer", "ruamel", "pyarrow", "pyshark"} & set(done.stdout.split())


def test_a_script_is_checked_by_mypy(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(SCRIPT)
    wrong.write_text(WRONG)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir", str(ROOT / ".mypy_cache")]
    command += ["--follow-imports", "silent"]  # as mypy does with what is installed
    done = subprocess.run([*command, right], check=False, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    done = subprocess.run([*command, wrong], check=False, capture_output=True, text=True, cwd=ROOT)
    lines = {int(found) for found in re.findall(r"wrong\.py:(\d+): error", done.stdout)}
    assert lines == {4, 5, 6, 7, 8}, done.stdout
