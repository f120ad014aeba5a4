"""What is installed: with the compiled core where there is a compiler, and without it where there is none."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from sysconfig import get_config_var

import pytest
from wheels import ROOT, build_wheel, with_short_core

from dovetool import __version__
from dovetool.core import MODULES
from dovetool.wireshark import plugin_file

SOURCE = ROOT / "samples" / "strip-mixed" / "in.pcap"
STRIPPED = SOURCE.with_name("out.pcap")
HERE = ROOT / "dovetool" / "core"
HAS_STABLE_ABI = sys.implementation.name == "cpython" and not get_config_var("Py_GIL_DISABLED")
needs_compiler = pytest.mark.skipif(not list(HERE.glob("*.so")), reason="the core is not compiled here")


class Installed:
    """dovetool out of a wheel; what it depends on is where the tests have it."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        self.folder = folder
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)

    def run(self, *words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run python with these words; dovetool is found here, and nowhere else."""
        place = {"PYTHONPATH": str(self.folder), **settings}
        command = (sys.executable, *map(str, words))
        return subprocess.run(command, env=place, cwd=self.folder, capture_output=True, text=True, check=False)

    def strip(self, **settings: str) -> str:
        """What strip, to its success, says on standard error."""
        target = self.folder / "out.pcap"
        done = self.run("-m", "dovetool", "strip", SOURCE, target, "--summary", "none", **settings)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert target.read_bytes() == STRIPPED.read_bytes()
        return done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is built for installing."""
    return build_wheel(tmp_path_factory.mktemp("wheel"), CFLAGS="-O0")  # compiled sooner


@pytest.fixture(scope="module")
def compiled(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(wheel, tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="module")
def pure(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """What is installed where the compiler fails; that the modules it fails at are translated, `compiled` shows."""
    source = with_short_core(tmp_path_factory.mktemp("source"))
    return Installed(build_wheel(tmp_path_factory.mktemp("wheel"), source, CC="false"), tmp_path_factory.mktemp("pure"))


def test_each_module_of_the_core_is_known_and_has_a_stub() -> None:
    found = {path.stem for path in HERE.glob("*.py")} - {"__init__"}
    assert found == set(MODULES) == {path.stem for path in HERE.glob("*.pyi")}


@needs_compiler
def test_a_wheel_carries_the_compiled_core(compiled: Installed) -> None:
    assert compiled.strip() == ""
    done = compiled.run("-m", "dovetool", "--version")
    assert done.stdout == f"dovetool {__version__}\nengine: compiled\n"


@needs_compiler
@pytest.mark.skipif(not HAS_STABLE_ABI, reason="this Python has no stable ABI")
def test_one_wheel_serves_each_python_from_the_oldest_on(wheel: Path, compiled: Installed) -> None:
    """It says so, and no module of the core is for this Python alone."""
    _, _, python, abi, _ = wheel.stem.split("-", 4)
    assert (python, abi) == ("cp311", "abi3")
    modules = [path.name for path in (compiled.folder / "dovetool" / "core").glob("*.so")]
    assert sorted(modules) == sorted(f"{name}.abi3.so" for name in MODULES)


@needs_compiler
def test_the_pure_engine_can_be_chosen(compiled: Installed) -> None:
    assert compiled.strip(DOVETOOL_PURE="1") == ""
    done = compiled.run("-m", "dovetool", "--version", DOVETOOL_PURE="1")
    assert done.stdout == f"dovetool {__version__}\nengine: pure Python (DOVETOOL_PURE is set)\n"
    assert compiled.run("-m", "dovetool", "--version", DOVETOOL_PURE="0").stdout.endswith("engine: compiled\n")


def test_without_a_compiler_all_works_and_one_line_says_why_it_is_slow(pure: Installed) -> None:
    (line,) = pure.strip().splitlines()
    assert line.startswith(
        f"dovetool: the slower pure Python engine runs, as dovetool.core.{MODULES[0]} is not compiled"
    )
    assert pure.strip(DOVETOOL_PURE="1") == ""


def test_without_a_compiler_only_work_on_a_capture_is_said_to_be_slow(pure: Installed) -> None:
    done = pure.run("-m", "dovetool", "--version")
    assert done.stdout.splitlines()[1] == f"engine: pure Python (dovetool.core.{MODULES[0]} is not compiled)"
    assert [done.stderr, pure.run("-m", "dovetool", "--help").stderr] == ["", ""]


def test_what_is_not_compiled_is_not_imported(pure: Installed) -> None:
    """Not even where there is Cython, which would run it, very slowly."""
    code = "import sys, dovetool.core; print(dovetool.core.COMPILED, 'dovetool.core.records' in sys.modules)"
    assert pure.run("-c", code).stdout == "False False\n"


def test_a_core_for_another_machine_is_none(pure: Installed) -> None:
    strange = pure.folder / "dovetool" / "core" / f"{MODULES[0]}{EXTENSION_SUFFIXES[0]}"
    strange.write_bytes(b"compiled elsewhere")
    try:
        (line,) = pure.strip().splitlines()
    finally:
        strange.unlink()
    assert str(strange) in line


def test_a_wheel_holds_the_plugin(wheel: Path) -> None:
    """The plugin and the launcher are beside the modules that look for them there."""
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("dovetool/wireshark/dove.lua") == plugin_file.content()
        assert "dovetool/wireshark/launch.py" in archive.namelist()


def test_a_wheel_holds_the_sample(wheel: Path, tmp_path: Path) -> None:
    """The map and the capture are where demo looks for them."""
    installed = Installed(wheel, tmp_path / "site")
    sample = installed.folder / "dovetool" / "samples" / "demo" / "map.yaml"
    sample.write_text(sample.read_text().replace("blue-b", "from-the-wheel"))
    done = installed.run("-m", "dovetool", "demo")
    assert done.returncode == 0, done.stderr
    assert "from-the-wheel" in done.stdout
