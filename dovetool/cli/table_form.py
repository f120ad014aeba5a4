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
    def suffixes(self) -> tuple[str, ...]:
        """What a file of it is called by."""
        return (".jsonl", ".ndjson") if self is TableForm.JSON_LINES else (f".{self}",)

    @property
    def is_binary(self) -> bool:
        """Pyarrow writes it, and people cannot read it."""
        return self in (TableForm.PARQUET, TableForm.ARROW)


def form_of(target: Path) -> TableForm:
    """What the suffix says, before that of a compression; standard output is CSV."""
    from dovetool.capture.writer import COMPRESSIONS

    if target == STDIO:
        return TableForm.CSV
    forms = {suffix: form for form in TableForm for suffix in form.suffixes}
    suffixes = [suffix for suffix in target.suffixes[-2:] if suffix not in COMPRESSIONS]
    form = forms.get(suffixes[-1]) if suffixes else None
    if form is None:
        raise UsageError(f"{target}: the suffix chooses the form, or --format; there is {', '.join(forms)}")
    return form


def refuse_twofold(target: Path, form: TableForm) -> None:
    """Raise a UsageError for a file that would be compressed although what is in it is."""
    from dovetool.capture.writer import COMPRESSIONS

    if form.is_binary and target.suffix in COMPRESSIONS:
        raise UsageError(f"{target}: {form} is not compressed once more; leave out {target.suffix}")
