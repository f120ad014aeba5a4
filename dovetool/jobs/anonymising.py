"""Anonymising planned: a key is read, frames get other addresses, and all else that tells of somebody goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.errors import CaptureError, UsageError
from dovetool.installed import how_to_add
from dovetool.jobs.plan import Plan

if TYPE_CHECKING:
    from dovetool.capture.open_capture import OpenCapture
    from dovetool.engine.pipeline import Choices
    from dovetool.frame.selectors import Selectors
    from dovetool.pseudonyms.pseudonyms import Pseudonyms
    from dovetool.stages.anonymising.anonymise import Anonymise

KEY_FILE = "--key-file"
_MOST_OF_KEY = 1 << 20
_LINE_ENDS = (b"\r\n", b"\n")


def pseudonyms_of(key: str | None, key_file: Path | None) -> Pseudonyms:
    """Those of a key, which is a text or the content of a file, but for a line end behind it.

    Raises:
        UsageError: there is none, or there are two, or one is too long; or a library is missing.
        CaptureError: the file cannot be read.
    """
    if (key is None) == (key_file is None):
        raise UsageError("anonymise needs a key: --key TEXT or --key-file FILE, one of the two")
    secret = _key_in(key_file) if key_file is not None else (key or "").encode(errors="surrogateescape")
    if not secret:
        raise UsageError("the key is empty")
    try:
        from dovetool.pseudonyms.pseudonyms import Pseudonyms
    except ImportError:
        need = f"anonymise needs cryptography, which is not installed: {how_to_add('cryptography')}"
        raise UsageError(need) from None
    return Pseudonyms(secret)


def _key_in(file: Path) -> bytes:
    """The content of a key file; the line end that editors and `echo` put at its end is none of the key."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_OF_KEY + 1)
    except OSError as error:
        raise CaptureError(f"{file}: {error.strerror}") from error
    if len(content) > _MOST_OF_KEY:
        raise UsageError(f"--key-file {file}: is longer than 1 MiB; expected a key")
    end = next((end for end in _LINE_ENDS if content.endswith(end)), b"")
    return content.removesuffix(end)


def anonymous_stage(selectors: Selectors, tpid: int, pseudonyms: Pseudonyms, *, cuts: bool) -> Anonymise:
    """The stage that gives frames other addresses."""
    from dovetool.stages.anonymising.anonymise import Anonymise

    return Anonymise(pseudonyms, selectors, tpid, cuts)


def anonymity(stage: Anonymise, pseudonyms: Pseudonyms, *, keeps_comments: bool) -> Plan:
    """Give frames other addresses, interfaces other names, and take off all else that tells of somebody."""

    def bare(reader: OpenCapture) -> OpenCapture:
        from dovetool.capture.bare_reader import BareReader

        return BareReader(reader, lambda name: _interface_name(name, pseudonyms), keeps_comments=keeps_comments)

    return Plan("anonymise", lambda _: [stage], keeps_link=True, as_they_are=True, reading=bare)


def cuts_of(stage: Anonymise) -> Choices:
    """Of frames, what the stage does not understand or is not to keep is cut off before it sees them."""
    from dovetool.engine.pipeline import Choices
    from dovetool.engine.shortening import Shortening

    return Choices(before=Shortening(stage.keep).shortened)


def _interface_name(name: str, pseudonyms: Pseudonyms) -> str:
    """SWITCH/PORT and what follows, word by word; a switch and its ports keep belonging together."""

    def other(word: str) -> str:
        *above, last = word.split("/")
        return "/".join([*map(pseudonyms.name, above), port_name(last, pseudonyms)])

    return " ".join(map(other, name.split(" ")))


def port_name(name: str, pseudonyms: Pseudonyms) -> str:
    """The other name of a port, with the VLAN that may stand behind it."""
    base, dot, vlan = name.rpartition(".")
    return f"{pseudonyms.name(base)}.{vlan}" if dot and vlan.isdecimal() else pseudonyms.name(name)
