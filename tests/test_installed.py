"""What is missing is added by the way that dovetool came by: a command that this very installation understands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from dovetool import installed
from dovetool.installed import how_to_add, how_to_get

ROOT = Path(__file__).resolve().parents[1]
METADATA = """Metadata-Version: 2.4
Name: dovetool
Version: 1
Provides-Extra: columns
Requires-Dist: pyshark>=0.6
Requires-Dist: pyarrow>=15; extra == "columns"
"""


class Installation:
    """Metadata of dovetool in a folder that comes first, and the environment that it seems to be in."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._monkeypatch = folder, monkeypatch
        self.metadata = folder / "dovetool-1.dist-info"
        self.metadata.mkdir()
        (self.metadata / "METADATA").write_text(METADATA)
        monkeypatch.syspath_prepend(str(folder))

    def by(self, installer: str) -> None:
        (self.metadata / "INSTALLER").write_text(f"{installer}\n")

    def at(self, prefix: Path) -> None:
        self._monkeypatch.setattr(sys, "prefix", str(prefix))


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return Installation(tmp_path, monkeypatch)


def test_pip_of_this_python_is_named_with_the_versions_that_will_do(ours: Installation, tmp_path: Path) -> None:
    ours.by("pip")
    ours.at(tmp_path)
    assert shlex.split(how_to_add("pyarrow")) == [sys.executable, "-m", "pip", "install", "pyarrow>=15"]
    assert shlex.split(how_to_add("pyshark"))[-1] == "pyshark>=0.6"


def test_uv_is_told_the_environment(ours: Installation, tmp_path: Path) -> None:
    ours.by("uv")
    ours.at(tmp_path / "a b")
    assert how_to_add("pyarrow") == f"uv pip install --python '{tmp_path}/a b' 'pyarrow>=15'"


def test_pipx_keeps_an_environment_by_name(ours: Installation, tmp_path: Path) -> None:
    ours.by("pip")
    place = tmp_path / "venvs" / "dovetool-next"
    place.mkdir(parents=True)
    (place / "pipx_metadata.json").touch()
    ours.at(place)
    assert how_to_add("pyarrow") == "pipx inject dovetool-next 'pyarrow>=15'"


def test_without_a_pip_in_the_environment_another_one_is_told_of_it(
    ours: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours.by("pip")
    monkeypatch.setattr(installed, "find_spec", lambda _: None)
    assert how_to_add("pyarrow") == f"pip --python {sys.executable} install 'pyarrow>=15'"


@pytest.mark.parametrize("is_marked", [False, True])
def test_a_python_of_the_distribution_wants_consent(
    ours: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_marked: bool
) -> None:
    ours.by("pip")
    if is_marked:
        (tmp_path / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert ("--break-system-packages" in how_to_add("pyarrow")) == is_marked


def test_a_package_of_debian_or_an_image_names_no_pip(ours: Installation) -> None:
    ours.by("debian")
    assert how_to_add("pyarrow") == "it comes with the package dovetool-extras"
    ours.by("docker")
    assert how_to_add("pyarrow").startswith("build the image with --build-arg EXTRAS=")
    assert how_to_get("tshark") == "build the image with --target with-tshark"


def test_sources_that_are_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert shlex.split(how_to_add("pyarrow")) == ["pip", "--python", sys.executable, "install", "pyarrow"]


def test_windows_has_quotes_of_its_own(ours: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours.by("uv")
    ours.at(tmp_path)
    monkeypatch.setattr(sys, "prefix", r"C:\Program Files\dovetool")
    monkeypatch.setattr(installed, "os", type("Windows", (), {"name": "nt"}))
    monkeypatch.setattr(installed, "Path", Path)
    assert how_to_add("pyarrow") == r'uv pip install --python "C:\Program Files\dovetool" "pyarrow>=15"'


def test_the_command_of_a_real_environment_is_understood_there(tmp_path: Path) -> None:
    """pip takes it, and finds that what dovetool needs is asked for; nothing is fetched."""
    venv.create(tmp_path / "venv", with_pip=True)
    code = f"import sys; sys.path.append({str(ROOT)!r}); import dovetool.installed as of; print(of.how_to_add('pip'))"
    python = tmp_path / "venv" / "bin" / "python"
    command = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, env={}).stdout
    done = subprocess.run([*shlex.split(command), "--no-index"], capture_output=True, text=True, check=False, env={})
    assert (done.returncode, done.stderr) == (0, "")
    assert str(tmp_path / "venv") in done.stdout


@pytest.mark.parametrize(
    ("manager", "program", "command"),
    [
        ("apt", "tshark", "apt install tshark"),
        ("apt", "editcap", "apt install wireshark-common"),
        ("dnf", "tshark", "dnf install wireshark-cli"),
        ("brew", "wireshark", "brew install --cask wireshark-app"),
        ("choco", "tshark", "choco install wireshark"),
    ],
)
def test_the_package_manager_that_is_here_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manager: str, program: str, command: str
) -> None:
    (tmp_path / manager).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert how_to_get(program) == command


def test_nobody_else_tells_how_to_install() -> None:
    """A command that stands elsewhere in the code is wrong for some."""
    command = re.compile(r"\b(?:pipx? install|apt(?:-get)? install|brew install|dovetool\[\w)")
    sources = [path for path in (ROOT / "dovetool").rglob("*.py") if path.name != "installed.py"]
    assert len(sources) > 100
    assert [str(path) for path in sources if command.search(path.read_text())] == []
