"""The output appears under its name only when it is whole, and says what went wrong when it cannot."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dovetool.capture.target import Target
from dovetool.errors import CaptureError


def write(path: Path, octets: bytes) -> None:
    with Target(path) as target:
        target.write(octets)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_the_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.pcap"
    with Target(path) as target:
        assert target.is_file
        target.write(b"first ")
        target.write(memoryview(b"second"))
        assert not path.exists()
    assert path.read_bytes() == b"first second"
    assert names(tmp_path) == ["out.pcap"]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.pcap"
    path.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt):
        give_up_half_way(path)
    assert path.read_bytes() == b"before"
    assert names(tmp_path) == ["out.pcap"]


def give_up_half_way(path: Path) -> None:
    with Target(path) as target:
        target.write(b"half")
        raise KeyboardInterrupt


def test_the_old_file_can_be_read_until_the_end(tmp_path: Path) -> None:
    """IN and OUT may be the same file."""
    path = tmp_path / "same.pcap"
    path.write_bytes(b"input")
    with path.open("rb") as source, Target(path) as target:
        target.write(source.read().upper())
    assert path.read_bytes() == b"INPUT"


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    real, link = tmp_path / "deep" / "real.pcap", tmp_path / "link.pcap"
    real.write_bytes(b"before")
    link.symlink_to(real)
    write(link, b"after")
    assert link.is_symlink()
    assert real.read_bytes() == b"after"
    assert names(real.parent) == ["real.pcap"]


def test_a_link_to_nothing_yet_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "link.pcap"
    link.symlink_to(tmp_path / "real.pcap")
    write(link, b"octets")
    assert link.is_symlink()
    assert (tmp_path / "real.pcap").read_bytes() == b"octets"


def test_the_mode_of_a_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.pcap"
    path.write_bytes(b"")
    path.chmod(0o640)
    write(path, b"octets")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_obeys_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "out.pcap", b"octets")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.pcap").stat().st_mode) == 0o640


def test_a_full_device_is_named() -> None:
    with pytest.raises(CaptureError, match=r"^cannot write /dev/full: No space left on device$"):
        write(Path("/dev/full"), b"octets")


def test_a_device_is_written_and_stays(tmp_path: Path) -> None:
    write(Path("/dev/null"), b"octets")
    assert Path("/dev/null").is_char_device()
    assert names(tmp_path) == []


@pytest.mark.parametrize("there", [True, False])
def test_a_forbidden_place_is_named(tmp_path: Path, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.pcap"
    if there:
        path.write_bytes(b"before")
        path.chmod(0o400)
    else:
        tmp_path.chmod(0o500)
    if os.geteuid() == 0:
        refuse_like_the_system(monkeypatch)
    with pytest.raises(CaptureError, match=rf"^cannot write {path}: Permission denied$"):
        write(path, b"octets")
    tmp_path.chmod(0o700)
    assert names(tmp_path) == (["out.pcap"] if there else [])


def refuse_like_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write everywhere, so let the two questions be answered as for others."""

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(os, "open", refuse)


@pytest.mark.parametrize("name", ["missing/out.pcap", "."])
def test_no_such_folder_and_a_folder_are_errors(tmp_path: Path, name: str) -> None:
    with pytest.raises(CaptureError, match=r"^cannot write .*(No such file|[Ii]s a directory)"):
        write(tmp_path / name, b"octets")
    assert names(tmp_path) == []


def test_a_name_that_becomes_a_folder_meanwhile_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "out.pcap"
    target = Target(path)
    target.write(b"octets")
    (path / "inside").mkdir(parents=True)
    with pytest.raises(CaptureError, match=f"cannot write {path}"):
        target.commit()
    assert names(tmp_path) == ["out.pcap"]


def test_a_reader_that_left_is_no_error_of_ours() -> None:
    """The path of a pipe, as a shell gives it for `>(command)`, is written directly."""
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError), Target(Path(f"/dev/fd/{writing}")) as target:
        target.write(b"octets")
    os.close(writing)
