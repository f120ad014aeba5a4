"""Releases: what the CHANGELOG says of them, and what the script refuses to make one of."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dovetool import __version__

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
_PART = re.compile(r"^## \[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)$", re.MULTILINE)


def test_parts_of_the_changelog_go_from_what_is_unreleased_down_to_the_first_release() -> None:
    headings = re.findall(r"^## .*$", CHANGELOG, re.MULTILINE)
    parts = [(*map(int, numbers), day) for *numbers, day in _PART.findall(CHANGELOG)]
    assert headings[0] == "## [Unreleased]"
    assert len(parts) == len(headings) - 1
    assert parts == sorted(parts, reverse=True)
    assert ".".join(map(str, parts[0][:3])) == __version__


def test_kinds_of_changes_are_those_of_keep_a_changelog() -> None:
    kinds = set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


class Repository:
    """A repository with what the script looks at before it begins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("packaging/release.sh", "dovetool/__init__.py"):
            (folder / name).parent.mkdir()
            shutil.copy(ROOT / name, folder / name)
        self.changelog("- maps: one more key.", "## [0.1.0] - 2026-11-26\n- maps: there.")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    def git(self, *words: str) -> None:
        subprocess.run(("git", *words), cwd=self.folder, check=True)

    def commit(self) -> None:
        self.git("add", ".")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "as it is")

    def changelog(self, unreleased: str, *parts: str) -> None:
        text = "\n\n".join(["# Changelog", f"## [Unreleased]\n{unreleased}", *parts])
        (self.folder / "CHANGELOG.md").write_text(text + "\n")

    def refusal(self, version: str) -> str:
        """The line in which the script refuses; it may have changed nothing."""
        command = ("sh", "packaging/release.sh", version)
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert (done.returncode > 0, done.stdout) == (True, "")
        self.git("diff", "--exit-code", "HEAD")
        (line,) = done.stderr.splitlines()
        return line


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_release_has_a_version_of_three_numbers(repository: Repository) -> None:
    assert repository.refusal("1.2") == "a version is X.Y.Z, and not 1.2"


def test_a_release_is_made_of_main(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "other")
    assert repository.refusal("0.3.0") == "releases are made of main"


def test_a_release_has_nothing_that_is_not_committed(repository: Repository) -> None:
    (repository.folder / "new").touch()
    assert repository.refusal("0.3.0") == "there are changes that are not committed"


def test_a_release_is_made_once(repository: Repository) -> None:
    repository.git("tag", "v0.3.0")
    assert repository.refusal("0.3.0") == "v0.3.0 is there already"


def test_a_release_tells_what_is_new(repository: Repository) -> None:
    repository.changelog("", "## [0.1.0] - 2026-11-26\n- maps: there.")
    repository.commit()
    assert repository.refusal("0.3.0") == "CHANGELOG.md tells nothing under Unreleased"


def test_a_release_tells_it_in_one_place(repository: Repository) -> None:
    repository.changelog("- maps: more.", "## [0.3.0] - 2026-11-26\n- maps: there.")
    repository.commit()
    assert repository.refusal("0.3.0") == "CHANGELOG.md has entries under Unreleased and under 0.3.0"
