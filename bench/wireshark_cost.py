"""What dove.lua costs: CPU time of tshark without it, with the tag's dissector alone, and with the post-dissector.

    .venv/bin/python -m bench.wireshark_cost --frames 200000 --runs 5

The runs take turns, and the least of each counts. Without the script nobody looks into a tagged frame, so what tagged
traffic is compared with is the same traffic without the tags.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.captures import FILE_HEADER, RECORD, SHAPES, write_capture
from bench.network import vnid_of_mac
from bench.room import make_folder
from dovetool.wire import DoveTag, vnid

_LUA = Path(__file__).parents[1] / "dovetool" / "wireshark" / "dove.lua"
_TAG_OFFSET = 12
_NOBODY = "65534"


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to run tshark: its name in the table, the capture it reads, its options."""

    name: str
    capture: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """Something that tshark is asked to print."""

    name: str
    options: tuple[str, ...] = ()


VIEWS = (View("summary"), View("-T fields", ("-T", "fields", "-e", "frame.number", "-e", "ip.src", "-e", "udp.port")))


def write_tagged(source: Path, target: Path) -> None:
    """The frames of `source` with the tags of their networks."""
    octets, networks = source.read_bytes(), vnid_of_mac()
    tags = {mac: DoveTag(vnid(network)).emit() for mac, network in networks.items()}
    at, parts = len(FILE_HEADER), [FILE_HEADER]
    while at < len(octets):
        seconds, fraction, length, _ = RECORD.unpack_from(octets, at)
        at += RECORD.size + length
        frame = octets[at - length : at]
        tag = tags[frame[6:_TAG_OFFSET]]
        length += len(tag)
        parts += RECORD.pack(seconds, fraction, length, length), frame[:_TAG_OFFSET], tag, frame[_TAG_OFFSET:]
    target.write_bytes(b"".join(parts))


def tshark_command() -> list[str]:
    """tshark, or `$DOVETOOL_TSHARK`; as an ordinary user, as newer ones load no script of root's."""
    if chosen := os.environ.get("DOVETOOL_TSHARK"):
        return shlex.split(chosen)
    as_user = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
    return [*(as_user if os.geteuid() == 0 else []), "tshark"]


def cpu_seconds(command: Sequence[str], home: Path) -> float:
    """User and system time of a run, which must end well."""
    settings = {**os.environ, "HOME": str(home), "WIRESHARK_CONFIG_DIR": str(home)}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=settings, cwd=home
    ) as process:
        assert process.stderr is not None
        complaint = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or "Lua" in complaint:
        raise SystemExit(f"{shlex.join(command)}: {complaint}")
    return usage.ru_utime + usage.ru_stime


def modes(lua: Path) -> list[Mode]:
    """Without the script, with the tag alone, with all of it, on traffic without and with tags."""
    script = ("-X", f"lua_script:{lua}")
    tag_only = (*script, "-o", "dove.overlay:FALSE")
    return [
        Mode("no script", "untagged"),
        Mode("tag alone, untagged traffic", "untagged", tag_only),
        Mode("all, untagged traffic", "untagged", script),
        Mode("tag alone, tagged traffic", "tagged", tag_only),
        Mode("all, tagged traffic", "tagged", script),
    ]


def measure(folder: Path, frames: int, runs: int) -> dict[tuple[str, str], float]:
    """(View, mode) -> the least CPU seconds of some runs."""
    write_capture(folder / "untagged", SHAPES["imix"], frames)
    write_tagged(folder / "untagged", folder / "tagged")
    lua = folder / "dove.lua"
    lua.write_bytes(_LUA.read_bytes())
    for path in folder.iterdir():
        path.chmod(0o644)
    tshark = [*tshark_command(), "-n", "-r"]
    (folder / "none").write_bytes(FILE_HEADER)
    cpu_seconds([*tshark, str(folder / "none"), "-X", f"lua_script:{lua}", "-Y", "dove.vnid"], folder)  # it is loaded
    least: dict[tuple[str, str], float] = {}
    for _ in range(runs):
        for view in VIEWS:
            for mode in modes(lua):
                seconds = cpu_seconds([*tshark, str(folder / mode.capture), *mode.options, *view.options], folder)
                key = view.name, mode.name
                least[key] = min(seconds, least.get(key, seconds))
    return least


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.wireshark_cost", description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=200_000, help="frames of each capture (%(default)s)")
    parser.add_argument(
        "--runs", type=int, default=5, help="runs of each kind, of which the least counts (%(default)s)"
    )
    options = parser.parse_args()
    folder, _ = make_folder(options.frames * 900)
    with folder as name:
        Path(name).chmod(0o777)
        least = measure(Path(name), options.frames, options.runs)
    print(f"CPU seconds of tshark for {options.frames:,} frames, the least of {options.runs} runs")
    for (view, mode), seconds in least.items():
        print(f"{view:<10} {mode:<28} {seconds:7.2f}  x {seconds / least[view, 'no script']:.2f}")


if __name__ == "__main__":
    main()
