"""See whether an installed dovetool works: carry the sample from VM to VM, and look at it at every hop.

    python packaging/smoke.py [--compiled] [COMMAND ...]

COMMAND is how dovetool is started, `python -m dovetool` of this very Python where none is given. With --compiled, the
compiled core has to be there. Nothing but Python's own library is needed, and no file outside a temporary folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TUNNELS = 13
UNDERLAY = Path("demo", "taps", "3-underlay.pcapng")


def main(words: list[str]) -> int:
    """Do it; returns the exit code."""
    wants_core = words[:1] == ["--compiled"]
    program, *more = words[wants_core:] or [sys.executable, "-m", "dovetool"]
    command = [str(Path(shutil.which(program) or program).absolute()), *more]  # it is run in another folder
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=os.name == "nt") as folder:
        smoke = Smoke(command, Path(folder))
        smoke.version(wants_core=wants_core)
        smoke.demo()
        smoke.strip()
        smoke.stats()
        smoke.validate()
        smoke.trace()
        smoke.pipe()
    print(f"smoke test passed: {smoke.told}")
    return 0


class Smoke:
    """dovetool at work in a folder."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.command, self.folder = command, folder
        self.told = ""

    def run(self, *words: str | Path, given: bytes = b"") -> bytes:
        """What a command prints; it has to end well, and no traceback may be seen."""
        return self._done(words, given).stdout

    def summary(self, *words: str | Path) -> dict[str, Any]:
        """The summary of a command that writes a capture."""
        told: dict[str, Any] = json.loads(self._done((*words, "--summary", "json")).stderr)
        return told

    def _done(self, words: Sequence[str | Path], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            [*self.command, *map(str, words)], input=given, cwd=self.folder, capture_output=True, check=False
        )
        said = done.stderr.decode(errors="replace")
        if done.returncode or "Traceback" in said:
            raise SystemExit(f"{' '.join(map(str, words))}: ended with {done.returncode}\n{said}")
        return done

    def expect(self, what: str, found: object, wanted: object) -> None:
        """End with a line when something is not as it should be."""
        if found != wanted:
            raise SystemExit(f"{what}: {found!r}, not {wanted!r}")

    def version(self, *, wants_core: bool) -> None:
        """The version, and the engine."""
        version, engine = self.run("--version").decode().splitlines()
        self.told = f"{version}, {engine}"
        if wants_core:
            self.expect("engine", engine, "engine: compiled")

    def demo(self) -> None:
        """The sample comes with the package, and is carried from VM to VM."""
        self.run("demo", "--dir", "demo")
        self.expect("a capture of the underlay", (self.folder / UNDERLAY).is_file(), True)
        self.run("map", "check", Path("demo", "map.yaml"))

    def strip(self) -> None:
        """The inner frames, by way of a compressed file too."""
        counts = self.summary("strip", UNDERLAY, "inner.pcapng.gz")
        self.expect("frames that strip made", counts["frames_out"], TUNNELS)
        self.expect("frames that strip rejected", counts["rejected"], {})
        again = self.summary("strip", "inner.pcapng.gz", "again.pcapng")
        self.expect("frames that stay as they are", again["unchanged"], TUNNELS)

    def stats(self) -> None:
        """Sums by network."""
        told = json.loads(self.run("stats", UNDERLAY, "--by", "vnid", "--json"))
        self.expect("frames that stats counts", told["frames"], TUNNELS)
        self.expect("networks", sorted(group["vnid"] for group in told["groups"]), [5001, 5002, 5003])

    def validate(self) -> None:
        """The underlay obeys the map."""
        told = json.loads(self.run("validate", UNDERLAY, "-m", Path("demo", "map.yaml"), "--json"))
        self.expect("errors", told["errors"], 0)

    def trace(self) -> None:
        """The way of one frame."""
        told = json.loads(
            self.run("trace", Path("demo", "in.pcapng"), "--frame", "1", "-m", Path("demo", "map.yaml"), "--json")
        )
        self.expect("steps are shown", bool(told["steps"]), True)

    def pipe(self) -> None:
        """Through pipes, octet for octet as from file to file; here Windows must not touch line ends."""
        octets = (self.folder / UNDERLAY).read_bytes()
        self.run("strip", UNDERLAY, "piped.pcapng", "--summary", "none")
        self.expect(
            "a pipe gives what a file gets",
            self.run("strip", "-", "-", "--summary", "none", given=octets)
            == (self.folder / "piped.pcapng").read_bytes(),
            True,
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
