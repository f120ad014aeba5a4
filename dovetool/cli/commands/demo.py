"""`dovetool demo`."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from dovetool.analysis.frame_path import PathStep
    from dovetool.stages.stage import Stage

_INPUTS = ("map.yaml", "in.pcapng", "README.md")
_PIPE_WIDTH = 100

Keep = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        metavar="DIR",
        help="keep the map and a capture of each hop in this directory, which must be new or empty",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        epilog="Examples:\n\ndovetool demo\n\ndovetool demo --dir demo && wireshark demo/taps/3-underlay.pcapng"
    )(demo)


def demo(directory: Keep = None) -> int:
    """Show the way from VM to VM on a bundled sample.

    15 frames: two tenants with the same addresses, a broadcast, traffic that a policy allows or denies, and a VM that
    moves. A table shows what happened to each. With --dir, the map and the captures are there to try things with.
    """
    from tempfile import TemporaryDirectory

    with ExitStack() as stack:
        folder = _new_directory(directory or Path(stack.enter_context(TemporaryDirectory())))
        for name in _INPUTS:
            (folder / name).write_bytes((_sample() / name).read_bytes())
        code = _show(folder)
    _suggest(directory)
    return code


def _sample() -> Traversable:
    """The folder of the sample: inside the installed package, or beside it in a source tree."""
    from importlib import resources

    package = resources.files("dovetool")
    bundled = package / "samples" / "demo"
    return bundled if bundled.is_dir() else Path(str(package)).parent / "samples" / "demo"


def _new_directory(path: Path) -> Path:
    from dovetool.engine.file_names import make_directory
    from dovetool.errors import UsageError

    if next(make_directory(path).iterdir(), None) is not None:
        raise UsageError(f"--dir {path}: the directory is not empty; name a new one")
    return path


def _show(folder: Path) -> int:
    """Show map and frames, and carry the capture through all stages, with its summary."""
    from dovetool.cli.options import Rewriting
    from dovetool.cli.rewriting import Places, rewrite
    from dovetool.jobs.hops import delivery
    from dovetool.views.terminal import make_console
    from dovetool.views.tracing.journey import journey_table, map_in_short
    from dovetool.vnid_map import VnidMap
    from dovetool.vnid_map.file.load import load

    console = make_console(_PIPE_WIDTH)
    model = load(folder / "map.yaml")
    vnid_map = VnidMap.from_model(model)
    plan = delivery(vnid_map, name_receivers=True)
    for table in (
        *map_in_short(model),
        journey_table(vnid_map, _journeys(folder / "in.pcapng", plan.make_stages(True))),
    ):
        console.print(table)
        console.print()
    console.file.flush()
    asked = Rewriting([folder / "in.pcapng"], folder / "out.pcapng", rejects=folder / "rejects.pcapng")
    return rewrite(plan, asked, places=Places(folder / "taps"))


def _journeys(capture: Path, stages: Sequence[Stage]) -> list[list[PathStep]]:
    from dovetool.analysis.frame_path import journey
    from dovetool.analysis.single_frame import known_frames
    from dovetool.jobs.opening import open_capture

    with open_capture(capture) as reader:
        return [journey(known, stages) for known in known_frames(reader)]


def _program() -> str:
    """What runs this program when it is typed: its name where a shell finds it, else where it is."""
    started = Path(sys.argv[0])
    found = shutil.which("dovetool")
    is_here = started.name == "dovetool" and started.exists()
    if not is_here or (found is not None and Path(found).samefile(started)):
        return "dovetool"
    is_below = started.is_absolute() and started.is_relative_to(Path.cwd())
    return str(started.relative_to(Path.cwd()) if is_below else started)


def _suggest(kept: Path | None) -> None:
    """Three commands that work when they are typed one after the other."""
    from dovetool.views.plain import printable

    folder = kept or Path("demo")
    underlay, source, vnid_map = (
        shlex.quote(str(folder / name)) for name in ("taps/3-underlay.pcapng", "in.pcapng", "map.yaml")
    )
    program = shlex.quote(_program())
    look = f"{program} map show {vnid_map}" if kept else f"{program} demo --dir {folder}"
    strip = f"{program} strip {underlay} inner.pcapng"
    run = f"{program} run {source} delivered.pcapng -m {vnid_map} --split by-vm"
    typer.echo("\n".join(("Try next:", *(f"  {printable(line)}" for line in (look, strip, run)))))
