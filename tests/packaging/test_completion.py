"""The files of completion lie where shells load them by themselves from, and are those that dovetool prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = {"bash": "bash/dovetool", "zsh": "zsh/_dovetool", "fish": "fish/dovetool.fish"}


def test_there_is_one_for_each_shell(tmp_path: Path) -> None:
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = ("sh", str(ROOT / "packaging" / "completion.sh"), str(tmp_path), sys.executable)
    subprocess.run(command, check=True, env=settings)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*")} == set(FILES.values())
    for shell, file in FILES.items():
        printing = (sys.executable, "-m", "dovetool", "completion", shell)
        printed = subprocess.run(printing, capture_output=True, check=True, env=settings).stdout
        assert (tmp_path / file).read_bytes() == printed
        assert b"dovetool" in printed
    assert (tmp_path / FILES["zsh"]).read_text().startswith("#compdef dovetool")
