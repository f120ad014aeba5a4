"""Columns of frames as Arrow record batches, and the files that hold them. Here alone is pyarrow imported.

Frames are taken batch by batch, and made into arrays many at a time. Texts of which there are few (names,
encapsulations) are dictionary-encoded; `time` is a timestamp in ns, UTC.
"""

from pyarrow import RecordBatch, Table

from dovetool.analysis.arrow.cells_file import CellsFile, cells_in
from dovetool.analysis.arrow.columns import ArrowColumns
from dovetool.analysis.arrow.files import ArrowFile, ParquetFile
from dovetool.analysis.arrow.types import catalogue_text

__all__ = [
    "ArrowColumns",
    "ArrowFile",
    "CellsFile",
    "ParquetFile",
    "RecordBatch",
    "Table",
    "catalogue_text",
    "cells_in",
]
