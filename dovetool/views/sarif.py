"""What `validate` found, in the format that code scanning services read: SARIF 2.1.0 (OASIS standard, 2020).

A capture has no lines. Locations of a finding are capture files, and each frame is a logical location in its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from urllib.parse import quote

from dovetool import __version__
from dovetool.analysis.findings import Entry
from dovetool.belonging.finding import Kind
from dovetool.belonging.rule import Severity
from dovetool.capture.names import name_of
from dovetool.capture.remote.location import Location
from dovetool.views.frame_places import frame_places
from dovetool.views.plain import printable
from dovetool.views.report import NO_MAP

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_PLACES = {kind.reason: place for place, kind in enumerate(Kind)}


def sarif(entries: list[Entry], sources: Sequence[Path], *, has_map: bool) -> bytes:
    """The SARIF log of captures."""
    driver = {
        "name": "dovetool",
        "semanticVersion": __version__,
        "version": __version__,
        "rules": [_rule(kind) for kind in Kind],
    }
    uris = [_uri(source) for source in sources]
    files: dict[str, tuple[int, str]] = {}
    for index, source in enumerate(sources):
        files.setdefault(name_of(source), (index, uris[index]))
    run: dict[str, object] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": uri}, "roles": ["analysisTarget"]} for uri in uris],
        "results": [_result(entry, files) for entry in entries],
    }
    if not has_map:
        run["invocations"] = [_without_map()]
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2).encode() + b"\n"


def _without_map() -> dict[str, object]:
    """What a run without a map left out: the rules that need one are off."""
    off = [{"descriptor": {"index": _PLACES[kind.reason], "id": kind.reason}} for kind in Kind if kind.needs_map]
    return {
        "executionSuccessful": True,
        "ruleConfigurationOverrides": [{**each, "configuration": {"enabled": False}} for each in off],
        "toolConfigurationNotifications": [{"level": "note", "message": {"text": NO_MAP}}],
    }


def _rule(kind: Kind) -> dict[str, object]:
    text = f"The frame {kind.rule.meaning}."
    return {
        "id": kind.reason,
        "name": "".join(word.capitalize() for word in kind.reason.split("-")),
        "shortDescription": {"text": text},
        "fullDescription": {"text": f"{text} It rests on: {kind.rule.source}."},
        "help": {"text": f"{text}\nIt rests on: {kind.rule.source}.\nTo leave it out: --ignore {kind.reason}"},
        "defaultConfiguration": {"level": _level(kind)},
    }


def _result(entry: Entry, files: Mapping[str, tuple[int, str]]) -> dict[str, object]:
    finding = entry.finding
    shown = frame_places(entry.places, entry.count)
    frames = f"frame {shown}" if entry.count == 1 and not entry.files else f"{entry.count} frames: {shown}"
    return {
        "ruleId": finding.kind.reason,
        "ruleIndex": _PLACES[finding.kind.reason],
        "level": _level(finding.kind),
        "message": {"text": f"{printable(entry.text)} ({frames})"},
        "occurrenceCount": entry.count,
        "locations": [_location(file, frames, files) for file, frames in groupby(entry.places, itemgetter(0))],
        "partialFingerprints": {"finding/v1": _fingerprint(entry)},
        "properties": {"source": finding.basis, "frames": [number for _, number in entry.places]},
    }


def _location(file: str, frames: Iterable[tuple[str, int]], files: Mapping[str, tuple[int, str]]) -> dict[str, object]:
    """A file, and the frames there; a single file need not be named."""
    index, uri = files.get(file) or next(iter(files.values()))
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri, "index": index}},
        "logicalLocations": [
            {"name": f"frame {number}", "fullyQualifiedName": f"frame.number=={number}", "kind": "element"}
            for _, number in frames
        ],
    }


def _level(kind: Kind) -> str:
    return "note" if kind.severity is Severity.INFO else str(kind.severity)


def _fingerprint(entry: Entry) -> str:
    """The same for the same finding in another capture, so that a service can tell old from new."""
    told = f"{entry.finding.kind.reason}\n{entry.finding.text}".encode(errors="backslashreplace")
    return hashlib.sha256(told).hexdigest()[:32]


def _uri(source: Path) -> str:
    """A URI reference; a relative path stays relative."""
    if str(source) == "-":
        return "stdin"
    if isinstance(source, Location):
        return quote(str(source), safe=":/?@%")
    encoded = quote(bytes(source), safe="/")
    return f"file://{encoded}" if source.is_absolute() else encoded
