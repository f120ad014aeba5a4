"""One `validate`'s work: open everything, hold the capture against the map, show and write what was found."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.reader import CaptureReader
from dovetool.capture.source import STDIO
from dovetool.capture.target import Target
from dovetool.capture.writer import create_pcapng
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.progress import shown_progress
from dovetool.errors import UsageError
from dovetool.pipeline.offenders import Offenders
from dovetool.pipeline.validation import Validation, validate
from dovetool.stages.audit import Audit
from dovetool.stages.finding import KINDS, Kind
from dovetool.stages.rule import Severity
from dovetool.views.junit import junit
from dovetool.views.report import show_json, show_report
from dovetool.views.sarif import sarif


@dataclass(frozen=True, slots=True)
class ValidateJob:
    """What `validate` was asked to do.

    Attributes:
        source: the capture.
        map_file: the map.
        kinds: what to look for.
        as_json: JSON in place of the table.
        sarif: where the SARIF log goes.
        junit: where the XML of JUnit goes.
        rejects: where the offending frames are kept.
        failing: the severities that make the exit code 1.
    """

    source: Path
    map_file: Path
    kinds: frozenset[Kind]
    as_json: bool = False
    sarif: Path | None = None
    junit: Path | None = None
    rejects: Path | None = None
    failing: frozenset[Severity] = frozenset({Severity.ERROR})

    def carry_out(self, audit: Audit) -> int:
        """Do it; returns the exit code."""
        self._check()
        began = time.monotonic()
        with CaptureReader(self.source) as reader, ExitStack() as stack:
            sarif_target = stack.enter_context(Target(self.sarif)) if self.sarif is not None else None
            junit_target = stack.enter_context(Target(self.junit)) if self.junit is not None else None
            kept = stack.enter_context(CaptureTarget(self.rejects)) if self.rejects is not None else None
            offenders = Offenders(create_pcapng(kept.write, reader)) if kept is not None else None
            validation = Validation(audit, offenders, self.kinds)
            with shown_progress("validate", reader.size) as progress:
                damage = validate(reader, validation, progress)
            entries, seconds = validation.report.found(), time.monotonic() - began
            if sarif_target is not None:
                sarif_target.write(sarif(entries, self.source))
            if junit_target is not None:
                junit_target.write(junit(entries, self.source, self.failing, seconds))
        (show_json if self.as_json else show_report)(validation.report, entries, seconds)
        if damage is not None:
            raise damage
        fails = any(entry.finding.kind.severity in self.failing for entry in entries)
        return ExitCode.FINDINGS if fails else ExitCode.DONE

    def _check(self) -> None:
        """Every file of its own: nothing is written into another, nor over the capture or the map."""
        named = {"--sarif": self.sarif, "--junit": self.junit, "--rejects": self.rejects}
        taken = {os.path.realpath(self.source), os.path.realpath(self.map_file)}
        for option, path in named.items():
            if path is None:
                continue
            if path == STDIO or os.path.realpath(path) in taken:
                raise UsageError(f"{option} {path}: needs a file of its own")
            taken.add(os.path.realpath(path))


def chosen_kinds(only: list[str] | None, ignore: list[str] | None) -> frozenset[Kind]:
    """The kinds of findings that `--only` and `--ignore` leave."""
    wanted = _named("--only", only) if only else frozenset(Kind)
    return wanted - _named("--ignore", ignore)


def _named(option: str, words: list[str] | None) -> frozenset[Kind]:
    names = [name.strip() for word in words or () for name in word.split(",") if name.strip()]
    for name in names:
        if name not in KINDS:
            raise UsageError(f"{option} {name}: no such reason; there is {', '.join(KINDS)}")
    return frozenset(KINDS[name] for name in names)
