"""Settings of the environment, of the nearest dovetool.toml, and where neither says anything, as they always are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dovetool.errors import SettingsError
from dovetool.settings.file import find, read_file
from dovetool.settings.setting import Colour, Setting, Settings, Source

CONFIG_VARIABLE, MAP_VARIABLE = "DOVETOOL_CONFIG", "DOVETOOL_MAP"
_DEFAULTS = (Setting("map", None), Setting("decode_as", ()), Setting("columns", ()), Setting("colour", Colour.AUTO))


def read(environ: Mapping[str, str], folder: Path | None = None) -> Settings:
    """Find out what is in force.

    Args:
        environ: the environment: DOVETOOL_MAP is a map (empty: none), DOVETOOL_CONFIG a file that is read in the place
            of the one that would be found (empty: none is), NO_COLOR and FORCE_COLOR as programs agree on.
        folder: where to look for a file first; None: the working folder.

    Raises:
        SettingsError: the file has mistakes, or DOVETOOL_CONFIG names one that is not there.
    """
    file = _file(environ, folder)
    said = {**(read_file(file) if file is not None else {}), **_from_environment(environ)}
    return Settings(file, {default.name: said.get(default.name, default) for default in _DEFAULTS})


def _file(environ: Mapping[str, str], folder: Path | None) -> Path | None:
    named = environ.get(CONFIG_VARIABLE)
    if named is None:
        return find(folder)
    if named and not Path(named).is_file():
        problem = "is no plain file" if Path(named).exists() else "there is no such file"
        raise SettingsError([f"{named}: {problem} ({CONFIG_VARIABLE} names it)"])
    return Path(named) if named else None


def _from_environment(environ: Mapping[str, str]) -> dict[str, Setting]:
    said = {}
    if MAP_VARIABLE in environ:
        path = Path(environ[MAP_VARIABLE]) if environ[MAP_VARIABLE] else None
        said["map"] = Setting("map", path, Source.ENVIRONMENT, MAP_VARIABLE)
    for variable, colour in (("FORCE_COLOR", Colour.ALWAYS), ("NO_COLOR", Colour.NEVER)):
        if environ.get(variable):
            said["colour"] = Setting("colour", colour, Source.ENVIRONMENT, variable)
    return said
