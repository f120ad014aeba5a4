"""What a folder and the environment say of how work is done: which file is read, and what is wrong with it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.errors import SettingsError
from dovetool.settings import Colour, Source, read
from dovetool.settings.file import find


def written(folder: Path, text: str) -> Path:
    file = folder / "dovetool.toml"
    file.write_text(text)
    return file


def test_nothing_said(tmp_path: Path) -> None:
    settings = read({"DOVETOOL_CONFIG": ""}, tmp_path)
    assert (settings.file, settings.map_file, settings.decode_as, settings.columns) == (None, None, (), ())
    assert settings.colour is Colour.AUTO
    assert {each.source for each in settings.all.values()} == {Source.DEFAULT}


def test_the_nearest_file_above_is_read(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (below / "dovetool.toml").mkdir()  # a folder is no file
    far, near = written(tmp_path, 'map = "far.yaml"'), written(tmp_path / "a", 'map = "near.yaml"')
    assert find(below) == near
    assert read({}, below).map_file == tmp_path / "a" / "near.yaml"
    assert read({}, tmp_path).file == far


def test_each_setting_has_its_line(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '# a comment: map = "no"\ncolour = "never"\n\n"map" = "m.yaml"\ndecode_as = [\n  "udp.port==1,vxlan",\n]\n',
    )
    settings = read({}, tmp_path)
    assert {name: each.place for name, each in settings.all.items()} == {
        "map": f"{file}:4",
        "decode_as": f"{file}:5",
        "columns": "",
        "colour": f"{file}:2",
    }
    assert settings.decode_as == ("udp.port==1,vxlan",)


def test_the_environment_comes_first(tmp_path: Path) -> None:
    written(tmp_path, 'map = "m.yaml"\ncolour = "always"')
    settings = read({"DOVETOOL_MAP": "other.yaml", "NO_COLOR": "1"}, tmp_path)
    assert (settings.map_file, settings.colour) == (Path("other.yaml"), Colour.NEVER)
    assert settings.all["map"].place == "DOVETOOL_MAP"
    assert read({"DOVETOOL_MAP": ""}, tmp_path).map_file is None
    assert read({"DOVETOOL_CONFIG": ""}, tmp_path).file is None
    named = tmp_path / "named"
    named.write_text('map = "m.yaml"')
    assert read({"DOVETOOL_CONFIG": str(named)}, tmp_path / "nowhere").map_file == tmp_path / "m.yaml"


def test_a_path_is_relative_to_the_file(tmp_path: Path) -> None:
    for text, path in (("../up.yaml", tmp_path / "../up.yaml"), ("/net/m.yaml", Path("/net/m.yaml"))):
        written(tmp_path, f'map = "{text}"')
        assert read({}, tmp_path).map_file == path


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("mpa = 1", ["1: there is no setting 'mpa'; there is map, decode_as, columns, colour; did you mean map?"]),
        ("[color]\nx = 1", ["1: there is no setting 'color'; there is map, decode_as, columns, colour;"]),
        ("\ndecode-as = []", ["2: there is no setting 'decode-as'; there is map, decode_as, columns, colour; did you"]),
        ("map = 1\ncolumns = 'time'", ["1: map: expected the path of", "2: columns: expected a list of texts; found"]),
        ("map = ''", ["1: map: expected the path of"]),
        ("columns = [1]", ["1: columns: expected a list of texts; found [1]"]),
        ("colour = 'red'", ['1: colour: expected "auto" or "always" or "never"; found \'red\'']),
        ("\nmap = ", ["2: not TOML: "]),
        ("columns = [", ["1: not TOML: "]),
        ("map = 'a'\nmap = 'b'\n", ["2:10: not TOML: "]),
    ],
)
def test_every_mistake_is_told_with_its_line(text: str, problems: list[str], tmp_path: Path) -> None:
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        read({}, tmp_path)
    assert len(caught.value.problems) == len(problems)
    for told, problem in zip(caught.value.problems, problems, strict=True):
        assert told.startswith(f"{file}:{problem}")


@pytest.mark.parametrize("octets", [b"\xff", b"columns = " + b"[" * 5000, b"map = " + b"9" * 5000, b"\x00"])
def test_what_is_no_text_is_an_error(octets: bytes, tmp_path: Path) -> None:
    (tmp_path / "dovetool.toml").write_bytes(octets)
    with pytest.raises(SettingsError, match=r"dovetool\.toml"):
        read({}, tmp_path)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file"):
        read({"DOVETOOL_CONFIG": str(tmp_path / "none")}, tmp_path)
    with pytest.raises(SettingsError, match="is no plain file"):
        read({"DOVETOOL_CONFIG": str(tmp_path)}, tmp_path)


@given(text=st.text("mapcol =[]{}\"'.#\n\\1", max_size=40))
def test_any_text_is_settings_or_a_settings_error(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text(text)
    with suppress(SettingsError):
        read({"DOVETOOL_CONFIG": str(file)})
