"""`dovetool wireshark install`, `uninstall` and `status`: what they write, take away, and say."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from cli_process import Ended, dovetool
from wireshark_side import (
    HOSTILE,
    TAGGED,
    command,
    files_in,
    lines_of,
    map_of,
    needs_tshark,
    new_home,
    program,
    tshark,
)

from dovetool.wireshark import plugin_file
from dovetool.wireshark.folders import Folders, parse_folders

pytestmark = needs_tshark

VERSION = plugin_file.version_in(plugin_file.content())
ROOT = Path(__file__).resolve().parents[2]
PLUGIN, NAMES = ".local/lib/wireshark/plugins/dove.lua", ".config/wireshark/dovetool_vnids.txt"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return new_home(tmp_path / "home")


def folder_of(home: dict[str, str]) -> Path:
    return Path(home["HOME"])


def shown_names(home: dict[str, str]) -> list[str]:
    done = tshark(home, "-r", TAGGED, "-T", "fields", "-e", "dove.vnid", "-e", "overlay.network")
    assert done.returncode == 0, done.stderr
    return sorted({line for line in done.stdout.splitlines() if line.strip()})


def test_install_makes_tshark_know_the_tag_and_uninstall_undoes_it(home: dict[str, str], tmp_path: Path) -> None:
    folder = folder_of(home)
    (folder / ".config" / "wireshark").mkdir(parents=True)
    (folder / ".config" / "wireshark" / "preferences").write_text("# mine\n")
    before = files_in(folder)
    names = map_of(tmp_path / "map.json", {"blue": 5001, "red one": 5002})
    said = lines_of(home, "install", "-m", names)
    assert said == [
        f"{folder / PLUGIN}: written",
        f"{folder / NAMES}: written",
        "To undo this: dovetool wireshark uninstall",
    ]
    assert shown_names(home) == ["5001\tblue", "5002\tred one", "5003\t"]
    assert lines_of(home, "uninstall") == [f"{folder / PLUGIN}: removed", f"{folder / NAMES}: removed"]
    assert files_in(folder) == before
    assert lines_of(home, "uninstall") == ["nothing was installed"]


def test_installing_again_changes_nothing(home: dict[str, str], tmp_path: Path) -> None:
    names = map_of(tmp_path / "map.json", {"blue": 5001})
    lines_of(home, "install", "-m", names)
    before = files_in(folder_of(home))
    plugin, written, _ = lines_of(home, "install", "-m", names)
    assert plugin.endswith(": up to date")
    assert written.endswith(": up to date")
    assert files_in(folder_of(home)) == before
    lines_of(home, "install")
    assert files_in(folder_of(home)) == before, "without a map the names stay"
    assert lines_of(home, "install", "-m", map_of(names, {"green": 5001}))[1].endswith(": written")
    assert shown_names(home)[0] == "5001\tgreen"


def test_an_older_copy_is_replaced(home: dict[str, str]) -> None:
    plugin = folder_of(home) / PLUGIN
    plugin.parent.mkdir(parents=True)
    plugin.write_bytes(plugin_file.content().replace(VERSION.encode(), b"0.0.1"))
    assert "another version than" in command(home, "status").stdout.decode()
    lines_of(home, "install")
    assert plugin.read_bytes() == plugin_file.content()


@pytest.mark.parametrize("which", [PLUGIN, NAMES])
def test_other_peoples_files_are_left_alone(which: str, home: dict[str, str], tmp_path: Path) -> None:
    path = folder_of(home) / which
    path.parent.mkdir(parents=True)
    path.write_text("5001\tmine\n")
    ended = command(home, "install", "-m", map_of(tmp_path / "map.json", {"blue": 5001}))
    assert ended.code == 2
    assert ended.complaint == f"{path} was not written by dovetool: move it away first"
    said = lines_of(home, "uninstall")
    assert f"{path}: left alone, as dovetool did not write it" in said
    assert path.read_text() == "5001\tmine\n"


def test_names_are_data(home: dict[str, str], tmp_path: Path) -> None:
    """Whatever a name looks like, it is a name: it comes out of the filter that it went in by."""
    names = {name: 5001 + index for index, name in enumerate(HOSTILE)}
    lines_of(home, "install", "-m", map_of(tmp_path / "map.json", names))
    done = tshark(home, "-r", TAGGED, "-T", "fields", "-e", "overlay.network")
    assert done.returncode == 0, done.stderr
    assert {line for line in done.stdout.splitlines() if line} == set(HOSTILE[:3])
    assert not (tmp_path / "x").exists()
    content = (folder_of(home) / NAMES).read_text().splitlines()
    assert content[1:] == [f"{vnid}\t{name}" for name, vnid in names.items()]


def test_a_hundred_thousand_names(home: dict[str, str], tmp_path: Path) -> None:
    names = {f"network {vnid}": vnid for vnid in range(1, 100_001)}
    lines_of(home, "install", "-m", map_of(tmp_path / "map.json", names))
    assert (folder_of(home) / NAMES).read_text().count("\n") == 100_001
    assert shown_names(home) == [f"{vnid}\tnetwork {vnid}" for vnid in (5001, 5002, 5003)]


def test_no_home(tmp_path: Path) -> None:
    ended = command({**new_home(tmp_path / "home"), "HOME": str(tmp_path / "none")}, "install")
    assert (ended.code, ended.complaint.split(",")[0]) == (2, f"the home folder {tmp_path / 'none'} is not there")
    assert not (tmp_path / "none").exists()
    assert files_in(tmp_path / "home") == {}


def test_home_is_not_set(tmp_path: Path) -> None:
    """The system knows the home of a user whose settings do not tell; `status` writes nothing."""
    ended = command({"XDG_CONFIG_HOME": str(tmp_path)}, "status")
    script = f'unset HOME; exec {shutil.which("tshark")} "$@"'
    unset = command(program(tmp_path / "bin", "tshark", script), "status")
    assert ended.code in (0, 1)
    assert unset.code in (0, 1)


def test_a_file_in_the_place_of_the_folder(home: dict[str, str]) -> None:
    folder = (folder_of(home) / PLUGIN).parent
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")
    ended = command(home, "install")
    assert ended.code == 2
    assert ended.complaint.startswith(f"cannot write {folder / 'dove.lua'}: ")
    assert folder.read_text() == "in the way"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(home: dict[str, str]) -> None:
    folder = (folder_of(home) / PLUGIN).parent
    folder.mkdir(parents=True)
    folder.chmod(0o555)
    ended = command(home, "install")
    assert (ended.code, ended.complaint) == (2, f"cannot write {folder / 'dove.lua'}: Permission denied")


def for_all(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """The real tshark, but for the folder that it says is for all users."""
    folder = tmp_path / "global"
    script = f"""if [ "$1$2" = -Gfolders ]; then
      {shutil.which("tshark")} "$@" | sed 's|^\\(Global Lua Plugins:\\).*|\\1 {folder}|'
    else exec {shutil.which("tshark")} "$@"; fi"""
    return {**new_home(tmp_path / "home"), **program(tmp_path / "bin", "tshark", script)}, folder


def test_install_for_all_users(tmp_path: Path) -> None:
    home, folder = for_all(tmp_path)
    assert lines_of(home, "install", "--system") == [
        f"{folder / 'dove.lua'}: written",
        "To undo this: dovetool wireshark uninstall --system",
    ]
    assert (folder / "dove.lua").read_bytes() == plugin_file.content()
    assert (folder / "dove.lua").stat().st_mode & 0o777 == 0o644
    assert lines_of(home, "uninstall") == ["nothing was installed"]
    assert lines_of(home, "uninstall", "--system") == [f"{folder / 'dove.lua'}: removed"]
    assert files_in(tmp_path / "home") == {}


def test_names_are_not_for_all_users(tmp_path: Path) -> None:
    home, folder = for_all(tmp_path)
    ended = command(home, "install", "--system", "-m", map_of(tmp_path / "map.json", {"blue": 5001}))
    assert (ended.code, ended.complaint.split(":")[0]) == (2, "--system with --map")
    assert not folder.exists()


def test_a_bad_map_installs_nothing(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("version: 3\n")
    assert command(home, "install", "-m", tmp_path / "map.yaml").code == 2
    assert files_in(folder_of(home)) == {}


def test_status_before_and_after(home: dict[str, str], tmp_path: Path) -> None:
    ended = command(home, "status")
    assert (ended.code, ended.stderr) == (1, "")
    rows = rows_of(ended)
    assert rows["tshark loads it"] == "no"
    assert rows["note"] == "the plugin is not installed: dovetool wireshark install"
    assert rows["plugin of this dovetool"] == VERSION
    lines_of(home, "install", "-m", map_of(tmp_path / "map.json", {"blue": 5001}))
    rows = rows_of(command(home, "status"))
    assert rows["tshark loads it"] == f"yes: {folder_of(home) / PLUGIN} ({VERSION})"
    assert rows["names file"] == str(folder_of(home) / NAMES)
    assert rows["profile"] == "none"
    assert "note" not in rows
    assert command(home, "status").code == 0


def rows_of(ended: Ended) -> dict[str, str]:
    rows = (line.partition(":") for line in ended.stdout.decode().splitlines())
    return {label: text.strip() for label, _, text in rows}


def test_status_tells_of_a_second_copy(home: dict[str, str]) -> None:
    """In a folder of another version, which tshark loads first: it wins, and is the wrong one."""
    old = (folder_of(home) / PLUGIN).with_name("3.6") / "dove.lua"
    old.parent.mkdir(parents=True)
    old.write_bytes(plugin_file.content().replace(VERSION.encode(), b"0.0.1"))
    lines_of(home, "install")
    said = command(home, "status").stdout.decode()
    assert "there are 2 copies" in said
    assert f"{old} (0.0.1)" in said


def test_status_as_root_with_a_tshark_that_ignores_root(home: dict[str, str], tmp_path: Path) -> None:
    """tshark 4.4 and later load no plugin of root's; this one says it is one, and loads none."""
    real = shutil.which("tshark")
    script = f"""case "$1" in --version) echo 'TShark (Wireshark) 4.4.2.';;
      -G) exec {real} "$@";; *) HOME=/nonexistent exec {real} "$@";; esac"""
    settings = {**home, **program(tmp_path / "bin", "tshark", script)}
    lines_of(settings, "install")
    ended = command(settings, "status")
    notes = [line for line in ended.stdout.decode().splitlines() if line.startswith("note: ")]
    assert ended.code == 1
    expected = "as root, tshark 4.4 and later ignore Lua plugins" if os.geteuid() == 0 else "tshark ignores the plugin"
    assert notes[0].startswith(f"note: {expected}")


@pytest.mark.parametrize("words", [["install"], ["uninstall"], ["status"], ["profile"], ["open", str(TAGGED)]])
def test_without_tshark(words: list[str], home: dict[str, str], tmp_path: Path) -> None:
    ended = command({**home, "PATH": str(tmp_path)}, *words)
    assert ended.code == 2
    assert "is not installed: it is a part of Wireshark" in ended.complaint
    assert files_in(folder_of(home)) == {}


def test_a_tshark_that_is_too_old_gets_nothing(home: dict[str, str], tmp_path: Path) -> None:
    ended = command({**home, **program(tmp_path / "bin", "tshark", "echo TShark 3.6.2")}, "install")
    assert ended.code == 2
    assert "dovetool needs 4.0 or later" in ended.complaint
    assert files_in(folder_of(home)) == {}


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        (
            (
                "Temp:\t/tmp\nPersonal configuration:\t/home/u/.config/wireshark\n"
                "Personal Lua Plugins:\t/home/u/.local/lib/wireshark/plugins\n"
                "Global Lua Plugins:\t/usr/lib/x86_64-linux-gnu/wireshark/plugins\n"
                "Extcap path:\t/usr/lib/x86_64-linux-gnu/wireshark/extcap\n"
            ),
            Folders(
                Path("/home/u/.config/wireshark"),
                Path("/home/u/.local/lib/wireshark/plugins"),
                Path("/usr/lib/x86_64-linux-gnu/wireshark/plugins"),
                Path("/home/u/.config/wireshark/extcap"),
                Path("/usr/lib/x86_64-linux-gnu/wireshark/extcap"),
            ),
        ),
        (
            (
                "Personal configuration:\tC:\\Users\\A B\\AppData\\Roaming\\Wireshark\r\n"
                "Personal Lua Plugins:\tC:\\Users\\A B\\AppData\\Roaming\\Wireshark\\plugins\r\n"
                "Global Lua Plugins:\tC:\\Program Files\\Wireshark\\plugins\r\n"
                "Personal Extcap path:\tC:\\Users\\A B\\AppData\\Roaming\\Wireshark\\extcap\r\n"
                "Global Extcap path:\tC:\\Program Files\\Wireshark\\extcap\r\n"
            ),
            Folders(
                Path("C:\\Users\\A B\\AppData\\Roaming\\Wireshark"),
                Path("C:\\Users\\A B\\AppData\\Roaming\\Wireshark\\plugins"),
                Path("C:\\Program Files\\Wireshark\\plugins"),
                Path("C:\\Users\\A B\\AppData\\Roaming\\Wireshark\\extcap"),
                Path("C:\\Program Files\\Wireshark\\extcap"),
            ),
        ),
        (
            (
                "Personal configuration:\t/Users/u/.config/wireshark\n"
                "Personal Lua Plugins:\t/Users/u/.local/lib/wireshark/plugins\n"
                "Global Lua Plugins:\t/Applications/Wireshark.app/Contents/PlugIns/wireshark\n"
                "Personal Extcap path:\t/Users/u/.local/lib/wireshark/extcap\n"
                "Global Extcap path:\t/Applications/Wireshark.app/Contents/MacOS/extcap\n"
            ),
            Folders(
                Path("/Users/u/.config/wireshark"),
                Path("/Users/u/.local/lib/wireshark/plugins"),
                Path("/Applications/Wireshark.app/Contents/PlugIns/wireshark"),
                Path("/Users/u/.local/lib/wireshark/extcap"),
                Path("/Applications/Wireshark.app/Contents/MacOS/extcap"),
            ),
        ),
    ],
    ids=["Linux", "Windows", "macOS"],
)
def test_folders_of_each_system(text: str, folders: Folders) -> None:
    assert parse_folders(text, "tshark -G folders") == folders


@pytest.mark.parametrize("command", ["install", "uninstall", "status", "profile", "open"])
def test_help_has_an_example(command: str) -> None:
    ended = dovetool("wireshark", command, "--help")
    assert ended.code == 0
    assert f"dovetool wireshark {command}" in ended.stdout.decode()
