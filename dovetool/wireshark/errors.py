"""What can go wrong with Wireshark's programs."""

from __future__ import annotations

from dovetool.errors import CaptureError, DovetoolError, UsageError


class ProgramError(DovetoolError):
    """A program of Wireshark's, or a library that drives it, is not there, too old, or does not do its work."""


class NotLoadedError(ProgramError):
    """tshark runs and ignores the plugin, so that nothing it says about tags can be believed."""


class FilterError(UsageError):
    """Wireshark refuses a display filter.

    Attributes:
        explanation: all that Wireshark says, with the lines that mark the place.
    """

    def __init__(self, text: str, explanation: str) -> None:
        shown = text if text.isprintable() else ascii(text)
        super().__init__(f"-Y {shown}: {explanation.splitlines()[0]}")
        self.text, self.explanation = text, explanation


class DamagedCaptureError(CaptureError):
    """tshark cannot read a capture to its end; the frames before that point were looked at."""

    exit_code = 3
