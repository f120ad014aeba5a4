"""What writes a report: a page, and pictures as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

from dovetool.capture.roles import OUT, Roles
from dovetool.capture.stdio import STDIO
from dovetool.capture.target import Target
from dovetool.errors import CaptureError, UsageError
from dovetool.installed import how_to_add
from dovetool.pictures.album import Album, album
from dovetool.pictures.ink import PAPER, Spec
from dovetool.pictures.page import page
from dovetool.portrait.portrait import Portrait
from dovetool.values import dataclass

_PAGE, _PNG = "-o", "--png"


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes a portrait down.

    Attributes:
        page_file: where the page goes; None: there is none.
        folder: where the pictures go as files; None: there are none.
        draw_script: makes the script that draws in a page.
        draw_png: draws a specification.
    """

    page_file: Path | None
    folder: Path | None
    draw_script: Callable[[], str]
    draw_png: Callable[[Spec], bytes]

    @classmethod
    def of(cls, page_file: Path | None, folder: Path | None, roles: Roles) -> Self:
        """What options say; raises a UsageError where a file has a role already, or what draws is not installed."""
        if page_file is not None:
            if page_file == STDIO:
                roles.replaces(OUT, page_file)
            else:
                roles.writes(_PAGE, page_file)
        if folder is not None:
            for name in Album._fields:
                roles.writes(_PNG, folder / f"{name}.png")
        try:
            from dovetool.pictures.drawing import drawing_script, png  # noqa: PLC0415  (it may not be installed)
        except ImportError:
            raise UsageError(
                f"report needs vl-convert-python, which is not installed: {how_to_add('vl-convert-python')}"
            ) from None
        return cls(page_file, folder, drawing_script, png)

    def write(self, portrait: Portrait) -> None:
        """Write it; raises a CaptureError where that cannot be."""
        if self.page_file is not None:
            text = page(portrait, self.draw_script())
            with Target(self.page_file) as target:
                target.write(text.encode())
        if self.folder is not None:
            _make(self.folder)
            for picture in album(portrait, PAPER).pictures:
                image = self.draw_png(picture.alone())
                with Target(self.folder / f"{picture.name}.png") as target:
                    target.write(image)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CaptureError(f"cannot write {folder}: {error.strerror}") from error
