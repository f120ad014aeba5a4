"""What `dovetool.toml` and the environment say in the place of options that were not given.

Typer asks for the default of such an option; only then is a file looked for, so `--help` needs none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dovetool.capture.roles import SETTINGS, Roles
from dovetool.errors import DovetoolError, MapError, NotInMapError, SettingsError
from dovetool.settings import Settings, read

if TYPE_CHECKING:
    from pathlib import Path

_GROUPS, _HELP = ("map", "wireshark"), "help"
_WITHOUT_SETTINGS = ("completion", "extcap", "schema")
"""Wireshark, shells and editors call these from anywhere."""
MAP_ONLY_IF_ASKED = (("anonymise",), ("translate",), ("wireshark", "install"), ("wireshark", "profile"))
"""Commands that do other work with a map than without, or whose work outlasts the folder: only -m gives them one."""
_COLUMNS = (("export",),)
"""Commands whose columns are those of a setting; `inspect` asks for them itself, as its list has its own."""


class InForce:
    """The settings of the command that runs.

    Attributes:
        gave_map: the command works with a map that its command line does not name.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget those of a command that ran before."""
        self._settings, self.gave_map = None, False

    @property
    def settings(self) -> Settings:
        """What is in force.

        Raises:
            SettingsError: a file has mistakes.
        """
        if self._settings is None:
            self._settings = read(os.environ)
        return self._settings

    _settings: Settings | None
    gave_map: bool

    def roles(self) -> Roles:
        """Those of the files of the command: the settings that it goes by are one."""
        roles = Roles()
        roles.reads(SETTINGS, None if self._settings is None else self._settings.file)
        return roles

    def map_file(self) -> Path | None:
        """The map for a command that is given none."""
        path = self.settings.map_file
        self.gave_map = path is not None
        return path

    def decode_as(self) -> list[str] | None:
        """What `-d` has not said."""
        from dovetool.jobs.encapsulations import decode_as_selectors

        return self._checked("decode_as", lambda word: decode_as_selectors([word]))

    def columns(self) -> list[str] | None:
        """The columns of a table for which `-e` names none."""
        from dovetool.jobs.columns import columns_named

        return self._checked("columns", lambda word: columns_named([word], "columns"))

    def _checked(self, name: str, check: Callable[[str], object]) -> list[str] | None:
        setting = self.settings.all[name]
        words = list(setting.value) if isinstance(setting.value, tuple) else []
        for word in words:
            try:
                check(word)
            except DovetoolError as error:
                raise SettingsError([f"{setting.place}: {error}"]) from None
        return words or None

    def where_the_map_is_from(self, error: DovetoolError) -> list[str]:
        """A line for an error about a map that no option names."""
        if not self.gave_map or not isinstance(error, MapError | NotInMapError):
            return []
        setting = self.settings.all["map"]
        return [f"the map is {setting.value}, as {setting.place} says"]


IN_FORCE = InForce()


class Unasked:
    """A default that is not known before it is asked for; `--help` does not ask, and shows none."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask

    def __call__(self) -> object:
        """Ask now."""
        return self._ask()

    def __str__(self) -> str:
        return ""


class Defaults(dict[str, Any]):
    """What Typer asks for the defaults of a command, and, where it is one of several, for those of each."""

    def __init__(self, path: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._path = path

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  (of options of all kinds)
        """The default of an option, or the defaults of a command."""
        if not self._path or (self._path[0] in _GROUPS and len(self._path) == 1):
            return Defaults((*self._path, name)) if name != _HELP else default
        if self._path[0] in _WITHOUT_SETTINGS:
            return default
        return Unasked(self._defaults[name]) if name in self._defaults else default

    @property
    def _defaults(self) -> Mapping[str, Callable[[], object]]:
        found: dict[str, Callable[[], object]] = {"decode_as": IN_FORCE.decode_as}
        if self._path not in MAP_ONLY_IF_ASKED:
            found["map_file"] = IN_FORCE.map_file
        if self._path in _COLUMNS:
            found["columns"] = IN_FORCE.columns
        return found
