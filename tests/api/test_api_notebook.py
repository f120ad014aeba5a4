"""The example notebook runs, and shows what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


@pytest.mark.filterwarnings("default")  # those of Jupyter's own libraries are not ours
def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for library in ("nbclient", "ipykernel", "pandas", "pyarrow"):
        pytest.importorskip(library, reason=f"{library} is not installed")
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    assert all(not cell.get("outputs") for cell in notebook.cells), "it is kept without what it shows"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    pages = [_shown(cell) for cell in notebook.cells if cell.cell_type == "code"]
    assert all(pages)
    said = ["tep1", "192.0.2.3", "VNI: 5002 (red)", "red-b", "policy-denied", "no policy", "10.1.0.11", "7"]
    for page, text in zip(pages, said, strict=True):
        assert text in page, page


def _shown(cell: Any) -> str:  # noqa: ANN401
    """What a notebook shows of a cell: HTML where there is any, else text."""
    data = [output.data for output in cell.outputs if output.output_type == "execute_result"]
    return "".join(each.get("text/html") or each.get("text/plain", "") for each in data)
