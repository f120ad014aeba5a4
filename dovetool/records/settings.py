"""Settings, as `config` tells of them."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class Setting(TypedDict):
    """A setting, and who said so."""

    value: str | list[str] | None
    source: Literal["environment", "file", "default"]
    place: str | None


class Settings(TypedDict):
    """`config --json`."""

    file: str | None
    """the dovetool.toml that was read"""
    settings: dict[str, Setting]
