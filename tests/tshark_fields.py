"""tshark, as a second reader of what dovetool writes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

_CHECKED = ("ip.check_checksum:TRUE", "udp.check_checksum:TRUE", "tcp.check_checksum:TRUE")
_TUNNELS = ("udp.ignore_ipv6_zero_checksum:TRUE",)  # RFC 6935 allows it for tunnels
GOOD, ABSENT = "1", "3"
"""Values of `udp.checksum.status` and its like."""

Decoded = dict[str, list[str]]


def decoded(capture: Path, *fields: str, decode_as: str | None = None) -> list[Decoded]:
    """For each frame the fields asked for, with all their occurrences: the outer one first.

    All checksums are verified, nobody's preferences and plugins are loaded, and no frame may be malformed.
    """
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    words = ["-T", "fields", "-E", "occurrence=a", "-E", "aggregator=;"]
    words += ["-d", decode_as] if decode_as is not None else []
    for preference in (*_CHECKED, *_TUNNELS):
        words += "-o", preference
    for field in ("_ws.malformed", *fields):
        words += "-e", field
    lines = [line.split("\t") for line in _said(capture.read_bytes(), *words).splitlines()]
    assert not any(line[0] for line in lines), "malformed"
    return [
        {field: text.split(";") if text else [] for field, text in zip(fields, line[1:], strict=True)} for line in lines
    ]


def packet_comments(capture: Path) -> list[list[str]]:
    """The comments of each packet."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    words = ("-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|", "-e", "frame.comment")
    return [line.split("|") if line else [] for line in _said(capture.read_bytes(), *words).splitlines()]


@cache
def _said(octets: bytes, *words: str) -> str:
    """What tshark says of a capture: the same each time, and both engines, and several tests, make the same ones."""
    with tempfile.TemporaryDirectory(prefix="dovetool-tshark-") as folder:
        capture = Path(folder, "capture")
        capture.write_bytes(octets)
        settings = {**os.environ, "WIRESHARK_CONFIG_DIR": str(capture.with_name("no-such-folder"))}
        command = ("tshark", "-n", "-r", str(capture), *words)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=settings)
    assert done.returncode == 0, done.stderr
    return done.stdout
