"""Fixtures that many tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of captures that other projects test with: `$DOVETOOL_CORPUS`, else beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "captures"
    folder = Path(os.environ.get("DOVETOOL_CORPUS", default))
    if not folder.is_dir():
        pytest.skip(f"no corpus of captures at {folder}; set DOVETOOL_CORPUS")
    return folder
