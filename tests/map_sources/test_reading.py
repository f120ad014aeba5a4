"""Files, folders and standard input as documents: hosts by their folders, what is empty, what is broken."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from dovetool.errors import MapSourceError
from dovetool.map_sources.reading import Found, read


def written(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def hosts_of(found: Found) -> list[tuple[str, str]]:
    return [(Path(each.origin.file).name, each.origin.host) for each in found.documents]


def test_a_folder_is_a_host_and_so_are_folders_in_it(tmp_path: Path) -> None:
    written(tmp_path / "before", a="{}", b2="[1]", b10="words", **{".hidden": "{}"})
    written(tmp_path / "before" / "v2", c="{}")
    written(tmp_path / "before" / ".git", d="{}")
    found = read([str(tmp_path / "before")])
    assert hosts_of(found) == [("a", "before"), ("b2", "before"), ("b10", "before"), ("c", "v2")]
    assert [each.data for each in found.documents] == [{}, [1], None, {}]
    assert found.documents[2].text == "words"
    assert not any(each.is_named for each in found.documents)


def test_the_folder_of_here_has_the_name_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path / "v1", a="{}"))
    assert hosts_of(read(["."])) == [("a", "v1")]


def test_a_host_may_be_named(tmp_path: Path) -> None:
    folder = written(tmp_path / "x", a="{}", **{"b=c": "{}"})
    assert hosts_of(read([f"v1={folder / 'a'}", str(folder / "a"), f"v2={folder}"])) == [
        ("a", "v1"), ("a", ""), ("a", "v2"), ("b=c", "v2"),
    ]  # fmt: skip
    assert hosts_of(read([str(folder / "b=c")])) == [("b=c", "")]
    assert read([f"v1={folder / 'a'}"]).documents[0].is_named


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    folder = written(tmp_path / "v1", a="{}")
    (folder / "again").symlink_to(folder)
    (folder / "nowhere").symlink_to(folder / "not there")
    found = read([str(folder)])
    assert hosts_of(found) == [("a", "v1")]
    assert [Path(file).name for file in found.foreign] == ["nowhere"]


def test_what_is_no_text_or_no_file_is_left_out_of_a_folder(tmp_path: Path) -> None:
    folder = written(tmp_path / "v1", a="{}")
    (folder / "capture").write_bytes(bytes.fromhex("d4c3b2a1 02000400") + bytes(100))
    (folder / "long").write_bytes("ä".encode() * 5000)
    (folder / "cut").write_bytes(b"x" + "ä".encode() * 5000)
    os.mkfifo(folder / "pipe")
    found = read([str(folder)])
    assert [Path(file).name for file in found.foreign] == ["capture", "pipe"]
    assert [name for name, _ in hosts_of(found)] == ["a", "cut", "long"]


@pytest.mark.parametrize("text", ["", "\n", " \r\n\t", "% Can't open configuration file\n\n"])
def test_an_empty_output_is_counted(text: str, tmp_path: Path) -> None:
    found = read([str(written(tmp_path, a=text) / "a")])
    assert (found.documents, found.empty) == ([], [str(tmp_path / "a")])


@pytest.mark.parametrize(
    ("text", "data", "values"),
    [
        ("% a complaint\n\n{\"a\": 1}\n", {"a": 1}, 1),
        ('{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}], 2),
        ('[1]% none\n[2]\n% more\n[]', None, 0),
        ('[1]\n% none\n[2]\n% more\n[]', [[1], [2], []], 3),
        ("[{}, {}]", [{}, {}], 1),
        ('{"a": 123456789012345678901234567890123456789012345}', {"a": 1.2345678901234567e44}, 1),
    ],
)  # fmt: skip
def test_json_as_programs_print_it(text: str, data: object, values: int, tmp_path: Path) -> None:
    file = written(tmp_path, a=text) / "a"
    if not values:
        with pytest.raises(MapSourceError, match=r"line 1, column 4: not JSON"):
            read([str(file)])
        return
    (document,) = read([str(file)]).documents
    assert (document.data, document.values) == (data, values)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text('{"name": "blåbær"}', encoding=encoding)
    assert read([str(tmp_path / "a")]).documents[0].data == {"name": "blåbær"}
    assert read([str(tmp_path)]).documents[0].data == {"name": "blåbær"}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"a": 1,\n  b: 2}', "line 2, column 3"),
        ('{"a": {"b": [1, 2', "line 1, column 18: not JSON: Expecting ',' delimiter (the file ends there"),
        ("[" * 100_000, "nested too deep"),
        ("{'a': 1}", "line 1, column 2"),
    ],
)
def test_broken_json_is_an_error_with_its_place(text: str, where: str, tmp_path: Path) -> None:
    file = written(tmp_path, a=text) / "a"
    with pytest.raises(MapSourceError) as caught:
        read([str(file)])
    assert str(caught.value).startswith(f"{file}: {where}")
    if not text.startswith("{'"):
        with pytest.raises(MapSourceError):
            read([str(tmp_path)])


def test_text_that_begins_with_a_bracket_is_text_in_a_folder(tmp_path: Path) -> None:
    written(tmp_path, ini="[section]\nkey = 1\n", log="[10:00:01] up\n")
    assert [each.data for each in read([str(tmp_path)]).documents] == [None, None]


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in.pcap").write_bytes(bytes.fromhex("d4c3b2a1 02000400") + bytes(16))
    (tmp_path / "latin1").write_bytes(b'{"name": "bl\xe5"}')
    for name, what in [
        ("not there", "cannot be read: No such file or directory"),
        ("in.pcap", "found a capture; expected JSON or text in UTF-8"),
        ("latin1", "found the octet 0xe5 at octet 12; expected JSON or text in UTF-8"),
    ]:
        with pytest.raises(MapSourceError) as caught:
            read([str(tmp_path / name)])
        assert str(caught.value) == f"{tmp_path / name}: {what}"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps([1]).encode())))
    (document,) = read(["v1=-"]).documents
    assert (document.data, document.origin.file, document.origin.host) == ([1], "<stdin>", "v1")


def test_times_are_of_all_files_or_of_one_each(tmp_path: Path) -> None:
    written(tmp_path, a="{}", b="{}")
    files = [str(tmp_path / name) for name in "ab"]
    assert [each.origin.taken_ns for each in read(files).documents] == [None, None]
    assert [each.origin.taken_ns for each in read(files, [7]).documents] == [7, 7]
    assert [each.origin.taken_ns for each in read(files, [7, 8]).documents] == [7, 8]


def test_what_is_kept_of_each_object_is_asked_while_a_file_is_read(tmp_path: Path) -> None:
    """The inner ones first; files of a folder too."""
    (tmp_path / "a.json").write_text('{"x": {"y": 1}, "z": [{"y": 2}]}')
    for argument in (tmp_path, tmp_path / "a.json"):
        (document,) = read([str(argument)], reduce=sorted).documents
        assert document.data == ["x", "z"]
        (document,) = read([str(argument)], reduce=lambda value: value.get("y", value)).documents
        assert document.data == {"x": 1, "z": [2]}
