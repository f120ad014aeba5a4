"""No file plays two roles, whatever names lead to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dovetool.capture import roles as module
from dovetool.capture.roles import IN, MAP, OUT, Roles
from dovetool.errors import UsageError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file known by several names, and a pipe."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").write_bytes(b"in")
    (tmp_path / "hard").hardlink_to(tmp_path / "in")
    (tmp_path / "soft").symlink_to("in")
    (tmp_path / "sub").mkdir()
    (tmp_path / "folder").symlink_to("sub")
    (tmp_path / "dangling").symlink_to("sub/new")
    os.mkfifo(tmp_path / "fifo")
    return tmp_path


def begun() -> Roles:
    roles = Roles()
    roles.reads(IN, Path("in"))
    roles.reads(MAP, None)
    return roles


@pytest.mark.parametrize("name", ["in", "sub/../in", "hard", "soft", "folder/../in"])
@pytest.mark.usefixtures("here")
def test_a_file_that_is_read_is_not_written(name: str) -> None:
    with pytest.raises(UsageError, match=f"^--rejects {name}: needs a file of its own, and is IN too$"):
        begun().writes("--rejects", Path(name))


@pytest.mark.parametrize("name", ["in", "hard", "soft"])
@pytest.mark.usefixtures("here")
def test_the_output_may_be_the_input_and_nothing_else(name: str) -> None:
    roles = begun()
    roles.replaces(OUT, Path(name))
    with pytest.raises(UsageError, match="is OUT too"):
        roles.writes("--rejects", Path("in"))
    with pytest.raises(UsageError, match="is the map too"):
        only_map().replaces(OUT, Path(name))


def only_map() -> Roles:
    roles = Roles()
    roles.reads(MAP, Path("in"))
    return roles


@pytest.mark.parametrize("names", [("new", "sub/../new"), ("sub/new", "folder/new"), ("sub/new", "dangling")])
@pytest.mark.usefixtures("here")
def test_files_that_are_not_there_yet(names: tuple[str, str]) -> None:
    for first, second in (names, names[::-1]):
        roles = begun()
        roles.replaces(OUT, Path(first))
        with pytest.raises(UsageError, match=f"^--taps {second}: needs a file of its own, and is OUT too"):
            roles.writes("--taps", Path(second))


def test_a_folder_that_is_made_in_between(here: Path) -> None:
    roles = begun()
    roles.writes("--taps", Path("made/x"))
    (here / "made").mkdir()
    with pytest.raises(UsageError, match="is --taps too"):
        roles.creates("--split", Path("made/x"), overwrite=False)


@pytest.mark.usefixtures("here")
def test_names_that_differ_in_case(monkeypatch: pytest.MonkeyPatch) -> None:
    roles = begun()
    roles.replaces(OUT, Path("new"))
    roles.writes("--rejects", Path("New"))
    monkeypatch.setattr(module, "_folds_case", lambda _: True)
    roles = begun()
    roles.replaces(OUT, Path("new"))
    with pytest.raises(UsageError, match=r"^--rejects New: needs a file of its own, and is OUT too"):
        roles.writes("--rejects", Path("New"))


def test_whether_a_folder_has_case(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not module._folds_case(here)
    assert not module._folds_case(here / "sub")
    monkeypatch.setattr(Path, "samefile", lambda *_: True)  # as where IN leads to in
    assert module._folds_case(here)
    assert module._folds_case(here / "sub")


@pytest.mark.usefixtures("here")
def test_pipes_are_read_or_written_by_one() -> None:
    roles = Roles()
    roles.reads(IN, Path("fifo"))
    with pytest.raises(UsageError, match="is IN too"):
        roles.replaces(OUT, Path("fifo"))
    with pytest.raises(UsageError, match="is IN too"):
        roles.reads(MAP, Path("fifo"))


@pytest.mark.usefixtures("here")
def test_a_file_can_be_read_twice() -> None:
    roles = begun()
    roles.reads(MAP, Path("soft"))


def test_standard_streams() -> None:
    roles = Roles()
    roles.reads(IN, Path("-"))
    roles.replaces(OUT, Path("-"))
    with pytest.raises(UsageError, match=r"^standard input cannot be both the map and IN$"):
        roles.reads(MAP, Path("-"))
    with pytest.raises(UsageError, match=r"^--rejects -: needs a file of its own$"):
        roles.writes("--rejects", Path("-"))


def test_what_holds_nothing_can_have_several_roles() -> None:
    roles = Roles()
    roles.reads(IN, Path("/dev/null"))
    roles.replaces(OUT, Path("/dev/null"))
    roles.writes("--rejects", Path("/dev/null"))


@pytest.mark.parametrize("name", ["soft", "dangling", "fifo", "sub"])
@pytest.mark.usefixtures("here")
def test_what_is_no_plain_file_is_never_overwritten(name: str) -> None:
    with pytest.raises(UsageError, match=f"^--split {name}: is there already, and no plain file$"):
        Roles().creates("--split", Path(name), overwrite=True)


@pytest.mark.usefixtures("here")
def test_a_file_that_is_there() -> None:
    with pytest.raises(UsageError, match=r"^--split in: is there already; --overwrite replaces it$"):
        Roles().creates("--split", Path("in"), overwrite=False)
    Roles().creates("--split", Path("in"), overwrite=True)
    with pytest.raises(UsageError, match=r"^--split hard: needs a file of its own, and is IN too$"):
        begun().creates("--split", Path("hard"), overwrite=True)
