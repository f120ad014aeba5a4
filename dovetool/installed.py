"""How dovetool came to be here, and so how what is missing is added; found out only when a message tells it.

Whoever packages dovetool writes into the file INSTALLER of its metadata who they are, as pip and uv do.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

_NAME = re.compile(r"[\w.-]*")
_PACKAGED: Mapping[str, str] = {
    "debian": "it comes with the package dovetool-extras",
    "docker": "build the image with --build-arg EXTRAS=compression,columns or the like",
}
"""How libraries are added where a package manager has put dovetool, by its name in INSTALLER."""
_MANAGERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "apt": ("apt install", {"tshark": "tshark", "wireshark": "wireshark", "": "wireshark-common"}),
    "dnf": ("dnf install", {"wireshark": "wireshark", "": "wireshark-cli"}),
    "zypper": ("zypper install", {"": "wireshark"}),
    "pacman": ("pacman -S", {"wireshark": "wireshark-qt", "": "wireshark-cli"}),
    "apk": ("apk add", {"tshark": "tshark", "wireshark": "wireshark", "": "wireshark-common"}),
    "brew": ("brew install", {"wireshark": "--cask wireshark-app", "": "wireshark"}),
    "choco": ("choco install", {"": "wireshark"}),
}
"""Package managers: how they are told to install, and which package has a program of Wireshark's; "" is any other."""


def how_to_add(library: str) -> str:
    """Say how to have a library of Python's where this dovetool runs: in most places by a command.

    Args:
        library: the name that registries have it by; which versions will do, the metadata of dovetool say.
    """
    installer = _installer()
    wanted = next((each for each in _requirements() if _NAME.findall(each)[0] == library), library)
    return _PACKAGED.get(installer) or _command(installer, wanted, sys.prefix)


def how_to_get(program: str) -> str:
    """Say how to have one of Wireshark's programs: by the package manager, where it is not an image."""
    if _installer() == "docker":
        return "build the image with --target with-tshark"
    for manager, (install, packages) in _MANAGERS.items():
        if shutil.which(manager):
            return f"{install} {packages.get(program, packages[''])}"
    return "it is a part of Wireshark"


def _installer() -> str:
    """Who installed dovetool, as their file says; empty: nobody did, and it runs from a folder of sources."""
    try:
        return (metadata.distribution("dovetool").read_text("INSTALLER") or "").strip()
    except metadata.PackageNotFoundError:
        return ""


def _requirements() -> list[str]:
    """What dovetool needs or can use, such as `pyarrow>=15`, without the conditions."""
    try:
        return [each.partition(";")[0].strip() for each in metadata.requires("dovetool") or ()]
    except metadata.PackageNotFoundError:
        return []


def _command(installer: str, wanted: str, prefix: str) -> str:
    """The command that adds a library to the environment at `prefix`."""
    if (Path(prefix) / "pipx_metadata.json").is_file():
        return _shown("pipx", "inject", Path(prefix).name, wanted)
    if installer == "uv":
        return _shown("uv", "pip", "install", "--python", prefix, wanted)
    if find_spec("pip") is None:
        return _shown("pip", "--python", sys.executable, "install", wanted)
    consent = _consent() if prefix == sys.base_prefix else []
    return _shown(sys.executable, "-m", "pip", "install", *consent, wanted)


def _consent() -> list[str]:
    """What pip has to be told of a Python that belongs to a distribution, as whoever installed dovetool told it."""
    import sysconfig  # noqa: PLC0415  (takes a while)

    marked = Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    return ["--break-system-packages"] if marked.is_file() else []


def _shown(*words: str) -> str:
    """A command as a shell takes it; Windows' shells know no other quotes than these."""
    if os.name == "nt":
        return " ".join(f'"{word}"' if re.search(r"[^\w.:\\/-]", word) else word for word in words)
    return shlex.join(words)
