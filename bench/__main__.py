"""Command line of the benchmark: `python -m bench --help`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.captures import SHAPES
from bench.measure import ToolError
from bench.peers import ENCAP_VARIANTS, STRIP_VARIANTS
from bench.room import make_folder, needed
from bench.session import Result, Session, say
from bench.table import as_json, show

_LONGER = 4
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_JOBS = ("tag", "encap", *ENCAP_VARIANTS, "stats", "validate", "export", "browse", "python", "strip", *STRIP_VARIANTS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure dovetool beside other tools.")
    parser.add_argument("--frames", type=_positive, default=2_000_000, help="frames of each capture (%(default)s)")
    parser.add_argument("--runs", type=_positive, default=5, help="runs of each tool that count (%(default)s)")
    parser.add_argument("--jobs", type=_names(_JOBS), default=_JOBS, help=f"of {','.join(_JOBS)}; comma between")
    parser.add_argument("--captures", type=_names(SHAPES), default=tuple(SHAPES), help=f"of {','.join(SHAPES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there too")
    parser.add_argument("--quick", action="store_true", help="leave out start-up time, longer files, new flows")
    ours = str(Path(sys.executable).with_name("dovetool"))
    parser.add_argument("--dovetool", default=ours, metavar="PROGRAM", help="another dovetool to measure")
    return parser.parse_args()


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _names(known: Any) -> Any:  # noqa: ANN401  (argparse asks for a function of a string)
    def names(text: str) -> tuple[str, ...]:
        chosen = tuple(text.split(","))
        if unknown := set(chosen) - set(known):
            raise argparse.ArgumentTypeError(f"no such thing: {', '.join(sorted(unknown))}")
        return chosen

    return names


def _extras(session: Session, frames: int) -> dict[str, Any]:
    """Start-up time, memory on a longer file, and what captures of new flows cost."""
    say("start-up time, memory on a longer file, captures of new flows")
    ours, python = session.start_up()
    once, longer = session.strip_memory(SHAPES["imix"], frames, _LONGER)
    print(f"dovetool --help: {ours * 1e3:.0f} ms (python -c pass: {python * 1e3:.0f} ms)")
    print(f"dovetool strip, memory: {once / 1e6:.0f} MB for {frames:,} frames, {longer / 1e6:.0f} MB for {_LONGER}x")
    costs = []
    for cost in session.new_flows():
        print(cost.line)
        costs.append(asdict(cost))
    return {
        "new_flows": costs,
        "help_seconds": ours,
        "python_seconds": python,
        "strip_memory_octets": once,
        f"strip_memory_octets_{_LONGER}x": longer,
    }


def _run(options: argparse.Namespace) -> int:
    shapes = [SHAPES[name] for name in options.captures]
    space = needed([*shapes, SHAPES["imix"]], options.frames, _LONGER)
    folder, where = make_folder(space)
    with folder as name:
        say(f"captures {where}, at most {space / 1e9:.1f} GB")
        session = Session(Path(name), [options.dovetool], options.runs)
        results = [result for shape in shapes for result in session.run(shape, options.frames, set(options.jobs))]
        results.sort(key=lambda result: _JOBS.index(result.job))
        machine = f"{os.cpu_count()} processors, Python {platform.python_version()}, captures {where}"
        runs = "1 run" if options.runs == 1 else f"the median of {options.runs} runs"
        show(results, f"{options.frames:,} frames, {runs}; {machine}")
        extras = {} if options.quick else _extras(session, options.frames)
    if options.json:
        _write_json(options.json, results, {"frames": options.frames, "runs": options.runs, "machine": machine}, extras)
    return 1 if any(result.error for result in results) or not results else 0


def _write_json(path: Path, results: list[Result], about: dict[str, Any], extras: dict[str, float]) -> None:
    rows = [as_json(result, results) for result in results]
    path.write_text(json.dumps(about | {"results": rows} | extras, indent=2) + "\n")


def _stop(number: int, _frame: object) -> None:
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)  # a second Ctrl-C must not keep the captures
    sys.exit(128 + number)


def main() -> int:
    """Run it; the captures are removed on a signal too."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, _stop)
    try:
        return _run(_arguments())
    except ToolError as error:
        say(f"bench: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
