"""One `validate`: its job is carried out, and what was found is shown and written."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.audit.audit import Audit
from dovetool.audit.form_audit import FormAudit
from dovetool.belonging.rule import Severity
from dovetool.capture.target import Target
from dovetool.cli.exit_code import ExitCode
from dovetool.jobs.opening import inputs_of
from dovetool.jobs.validating import ValidateJob
from dovetool.values import dataclass
from dovetool.views.report import show_json, show_report

if TYPE_CHECKING:
    from dovetool.analysis.findings import Report
    from dovetool.errors import CorruptCaptureError
    from dovetool.jobs.corpus import Corpus


@dataclass(frozen=True, slots=True)
class Validating:
    """What `validate` was asked to do.

    Attributes:
        job: what is looked at.
        as_json: JSON in place of the table.
        sarif: where the SARIF log goes.
        junit: where the XML of JUnit goes.
        failing: the severities that make the exit code 1.
        has_map: frames are held against a map, be it one that was learnt.
        corpus: the captures one by one; None: this process reads them as one.
    """

    job: ValidateJob
    as_json: bool = False
    sarif: Path | None = None
    junit: Path | None = None
    failing: frozenset[Severity] = frozenset({Severity.ERROR})
    has_map: bool = False
    corpus: Corpus | None = None

    def _found(self, audit: Audit | FormAudit) -> tuple[Report, CorruptCaptureError | None]:
        if self.corpus is None:
            return self.job.carry_out(audit)
        from dovetool.cli.corpora import audit_each

        return audit_each(self.corpus, self.job, audit)

    def carry_out(self, audit: Audit | FormAudit) -> int:
        """Do it; returns the exit code."""
        self.job.claim({"--sarif": self.sarif, "--junit": self.junit})
        inputs = inputs_of(self.job.source)
        title = inputs.name if inputs.single is None else str(inputs.single)
        began, has_map = time.monotonic(), self.has_map
        with ExitStack() as stack:
            sarif_target = stack.enter_context(Target(self.sarif)) if self.sarif is not None else None
            junit_target = stack.enter_context(Target(self.junit)) if self.junit is not None else None
            report, damage = self._found(audit)
            entries, seconds = report.found(), time.monotonic() - began
            if sarif_target is not None:
                from dovetool.views.sarif import sarif

                sarif_target.write(sarif(entries, inputs.paths, has_map=has_map))
            if junit_target is not None:
                from dovetool.views.junit import junit

                junit_target.write(junit(entries, title, self.failing, seconds, has_map=has_map))
        (show_json if self.as_json else show_report)(report, entries, seconds, has_map=has_map)
        if damage is not None:
            raise damage
        fails = any(entry.finding.kind.severity in self.failing for entry in entries)
        return ExitCode.FINDINGS if fails else ExitCode.DONE
