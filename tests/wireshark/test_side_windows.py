"""Wireshark's side on Windows, as far as that can be told elsewhere."""

from __future__ import annotations

from pathlib import PureWindowsPath

import pytest
from wireshark_side import TAGGED, needs_tshark

from dovetool.wireshark import private_run
from dovetool.wireshark.errors import NotLoadedError, ProgramError
from dovetool.wireshark.folders import parse_folders
from dovetool.wireshark.packets import packets
from dovetool.wireshark.tshark import matching_frames


def test_the_folders_of_wireshark_are_told_by_tshark() -> None:
    said = (
        "Temp:\tC:\\Users\\me\\AppData\\Local\\Temp\r\n"
        "Personal configuration:\tC:\\Users\\me\\AppData\\Roaming\\Wireshark\r\n"
        "Personal Lua Plugins:\tC:\\Users\\me\\AppData\\Roaming\\Wireshark\\plugins\r\n"
        "Global Lua Plugins:\tC:\\Program Files\\Wireshark\\plugins\r\n"
        "Personal Extcap path:\tC:\\Users\\me\\AppData\\Roaming\\Wireshark\\extcap\r\n"
    )
    folders = parse_folders(said, "tshark -G folders")
    config = PureWindowsPath(str(folders.personal_config))
    assert config == PureWindowsPath("C:/Users/me/AppData/Roaming/Wireshark")
    assert PureWindowsPath(str(folders.personal_lua)).parent == config
    assert PureWindowsPath(str(folders.global_lua)) == PureWindowsPath("C:/Program Files/Wireshark/plugins")


@needs_tshark
def test_tshark_is_started_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """With our plugin and nobody's settings, as by the launcher."""
    expected = list(matching_frames(TAGGED, "dove.vnid == 5001"))
    monkeypatch.setattr(private_run, "IS_WINDOWS", True)
    try:
        assert list(matching_frames(TAGGED, "dove.vnid == 5001")) == expected
        names = {5001: "blue"}
        assert list(matching_frames(TAGGED, 'overlay.network == "blue"', names=names)) == expected
    except NotLoadedError as error:
        assert "as root it ignores Lua plugins" in str(error)  # noqa: PT017  (either of the two is right)


@needs_tshark
def test_pyshark_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_run, "IS_WINDOWS", True)
    with pytest.raises(ProgramError, match="--engine tshark: not supported on Windows yet"):
        packets(TAGGED, [1])
