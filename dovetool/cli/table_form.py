"""How a table is written; the options know no more of it, so this loads next to nothing."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from dovetool.capture.stdio import STDIO
from dovetool.errors import UsageError


class TableForm(StrEnum):
    """How a table is written."""

    PARQUET = "parquet"
    ARROW = "arrow"
    CSV = "csv"
    TSV = "tsv"
    JSON_LINES = "jsonl"

    @property
    def is_binary(self) -> bool:
        """Pyarrow writes it, and people cannot read it."""
        return self in (TableForm.PARQUET, TableForm.ARROW)


def form_of(target: Path) -> TableForm:
    """What the suffix says; standard output is CSV."""
    if target == STDIO:
        return TableForm.CSV
    forms = {f".{form}": form for form in TableForm}
    if target.suffix not in forms:
        raise UsageError(f"{target}: the suffix chooses the form, or --format; there is {', '.join(forms)}")
    return forms[target.suffix]
