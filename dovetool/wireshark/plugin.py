"""Install the plugin and the names of a map's networks where Wireshark reads them, and remove them again."""

from __future__ import annotations

from pathlib import Path

from dovetool.wireshark import plugin_file
from dovetool.wireshark.files import Change, check_home, has_mark, put, remove
from dovetool.wireshark.folders import Folders
from dovetool.wireshark.names import NAMES_FILE, NetworkNames, names_text


def install(folders: Folders, names: NetworkNames | None) -> list[Change]:
    """Install for this user: the plugin and, where they are given, the names of networks by VNID.

    Raises:
        UsageError: a file cannot be written, or is not ours; there is no home folder.
    """
    check_home()
    changes = [_put_plugin(folders.personal_lua)]
    if names is not None:
        path = folders.personal_config / NAMES_FILE
        changes.append(put(path, names_text(names).encode(), has_mark))
    return changes


def install_for_all(folders: Folders) -> list[Change]:
    """Install the plugin for all users. Names are a user's own: Wireshark has no place for everybody's."""
    return [_put_plugin(folders.global_lua)]


def uninstall(folders: Folders) -> list[Change]:
    """Remove what `install` wrote for this user."""
    changes = (
        remove(folders.personal_lua / plugin_file.NAME, plugin_file.is_ours),
        remove(folders.personal_config / NAMES_FILE, has_mark),
    )
    return [change for change in changes if change is not None]


def uninstall_for_all(folders: Folders) -> list[Change]:
    """Remove what `install_for_all` wrote."""
    change = remove(folders.global_lua / plugin_file.NAME, plugin_file.is_ours)
    return [] if change is None else [change]


def _put_plugin(folder: Path) -> Change:
    return put(folder / plugin_file.NAME, plugin_file.content(), plugin_file.is_ours)
