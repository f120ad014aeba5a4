"""The order of things: make a capture, let the tools do a job on it in turns, check what they wrote, go on."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.captures import Shape, repeat_capture, write_capture, write_mixture
from bench.checks import ANY, Contents, contents, counted_by_walking
from bench.measure import Measured, ToolError, measure
from bench.network import write_map
from bench.new_flows import Cost, new_flows
from bench.peers import ENCAP_VARIANTS, MIXED, OTHERS, STRIP_VARIANTS, Job, Kind, Tool, jobs

_VARIANTS = {*ENCAP_VARIANTS, *STRIP_VARIANTS}
_VARIANTS_ON = "imix"
"""The one capture that other encapsulations are measured on, to save time."""


@dataclass
class Result:
    """What one tool took for one job on one capture.

    Attributes:
        job: name of the job.
        capture: name of the capture's shape.
        tool: who did it.
        frames: frames of the capture.
        octets: octets of these frames.
        seconds: time of each run.
        start_up: seconds that are no work: counted for a tool that works on a part only, else 0.
        memory: octets of memory at most.
        error: why the tool is out of the contest.
    """

    job: str
    capture: str
    tool: Tool
    frames: int
    octets: int
    seconds: list[float] = field(default_factory=list)
    start_up: float = 0.0
    memory: int = 0
    error: str = ""

    @property
    def worked_on(self) -> int:
        """Frames that the tool was given."""
        return min(self.tool.frames or self.frames, self.frames)

    @property
    def duration(self) -> float:
        """Seconds for the whole capture: the median, scaled up if the tool was given a part."""
        return max(statistics.median(self.seconds) - self.start_up, 1e-9) * self.frames / self.worked_on

    def add(self, measured: Measured) -> None:
        """Count one more run."""
        self.seconds.append(measured.seconds)
        self.memory = max(self.memory, measured.memory)


class Session:
    """The benchmark in one folder, which holds three captures at most at a time."""

    def __init__(self, folder: Path, dovetool: Sequence[str], runs: int) -> None:
        self.folder = folder
        self.dovetool = dovetool
        self.runs = runs
        self.jobs = jobs(dovetool)
        write_map(folder / "map.yaml")

    def run(self, shape: Shape, frames: int, wanted: set[str]) -> list[Result]:
        """Do the wanted jobs on a new capture."""
        if shape.name != _VARIANTS_ON and wanted & _VARIANTS:
            say(f"{shape.name}: other encapsulations are measured on {_VARIANTS_ON} only")
            wanted = wanted - _VARIANTS
        write_capture(self._path("plain"), shape, frames)
        plain = contents(self._path("plain"))
        results: list[Result] = []
        for job in self.jobs.values():
            if job.source == "vxlan" and self._path("plain").exists():
                if wanted & set(STRIP_VARIANTS):
                    self._make_others(plain)
                self._path("plain").unlink()
            if tools := job.chosen(wanted):
                results += self._contest(job, tools, shape, plain)
            if job.makes == "stripped" or (job.makes and not self._make_next(job)):
                break
        for form in ("plain", "tagged", "vxlan", *OTHERS, MIXED):
            self._path(form).unlink(missing_ok=True)
        return results

    def _make_others(self, plain: Contents) -> None:
        """The capture in other encapsulations, by way of translation, and the mixture."""
        for form, added in OTHERS.items():
            words = ("translate", str(self._path("vxlan")), str(self._path(form)), "--to", form, "--summary", "none")
            measure([*self.dovetool, *words])
            if contents(self._path(form), added).digest != plain.digest:
                raise ToolError(f"no capture in {form}: translate wrote other frames than it was given")
        write_mixture([self._path(form) for form in ("vxlan", *OTHERS, "plain")], self._path(MIXED))

    def strip_memory(self, shape: Shape, frames: int, times: int) -> tuple[int, int]:
        """Octets of memory that `strip` needs for a capture, and for one that is longer so many times."""
        write_capture(self._path("plain"), shape, frames)
        try:
            self._make_next(self.jobs["tag"])
            if not self._make_next(self.jobs["encap"]):
                raise ToolError("no capture to strip")
            self._path("plain").unlink()
            repeat_capture(self._path("vxlan"), self._path("long"), times)
            strip = self.jobs["strip"].tools[0]
            return self._once(strip, "vxlan", sample=True).memory, self._once(strip, "long", sample=True).memory
        finally:
            for form in ("plain", "vxlan", "long", "target"):
                self._path(form).unlink(missing_ok=True)

    def start_up(self, runs: int = 11) -> tuple[float, float]:
        """Median seconds of `dovetool --help`, and of the interpreter alone."""
        commands = [[*self.dovetool, "--help"], [sys.executable, "-c", "pass"]]
        times = [[measure(command).seconds for command in commands] for _ in range(runs)]
        ours, floor = (statistics.median(column) for column in zip(*times, strict=True))
        return ours, floor

    def new_flows(self) -> Iterator[Cost]:
        """What captures cost in which each frame is of a new flow."""
        return new_flows(self.folder, self.dovetool, self.runs)

    def _path(self, form: str) -> Path:
        return self.folder / f"{form}.pcap"

    def _once(self, tool: Tool, source: str, *, frames: int | None = None, sample: bool = False) -> Measured:
        """Run a tool; its output is new each time."""
        target = self._path("target")
        target.unlink(missing_ok=True)
        places = {form: str(self._path(form)) for form in ("plain", "target")}
        places |= {"source": str(self._path(source)), "map": str(self.folder / "map.yaml")}
        wanted = frames if frames is not None else tool.frames or 0
        return measure(tool.arguments(places, wanted), sample=sample)

    def _make_next(self, job: Job) -> bool:
        """Make the input of the next job, and give back the room of what it is made from."""
        try:
            self._once(job.tools[0], job.source)
        except ToolError as error:
            say(f"{job.name}: {error}; the jobs after it are left out")
            return False
        self._path("target").rename(self._path(job.makes))
        if job.source != "plain":
            self._path(job.source).unlink()
        return True

    def _contest(self, job: Job, tools: Sequence[Tool], shape: Shape, plain: Contents) -> list[Result]:
        """Warm each tool up, check its output, then let them take turns."""
        results = []
        for tool in tools:
            if not tool.is_installed():
                say(f"{tool.command[0]} is not installed")
                continue
            source = contents(self._path(tool.reads or job.source))
            result = Result(job.name, shape.name, tool, source.frames, source.octets)
            results.append(result)
            try:
                self._warm_up(result, job, plain)
            except ToolError as error:
                result.error = str(error)
                say(f"{job.name}, {shape.name}: {tool.name}: {error}")
        fit = [result for result in results if not result.error]
        for run in range(self.runs):
            say(f"{job.name}, {shape.name}: run {run + 1} of {self.runs}")
            for result in fit:
                result.add(self._once(result.tool, result.tool.reads or job.source))
        self._path("target").unlink(missing_ok=True)
        return results

    def _warm_up(self, result: Result, job: Job, plain: Contents) -> None:
        """Run once without counting the time, but for the memory and the output."""
        tool = result.tool
        result.memory = self._once(tool, tool.reads or job.source, sample=True).memory
        if tool.counts is not None:
            found = tool.counts(self._path("target"))
            right = counted_by_walking(self._path(job.source), result.worked_on)
            if found not in (right, {ANY: right.total()}):
                raise ToolError("counted other frames than there are")
        else:
            self._check_frames(result, plain)
        if tool.frames is not None:
            result.start_up = self._once(tool, job.source, frames=0 if tool.counts is None else 1).seconds

    def _check_frames(self, result: Result, plain: Contents) -> None:
        """Compare what a tool wrote with what it was given."""
        tool = result.tool
        found = contents(self._path("target"), tool.added)
        if found.frames != result.worked_on:
            raise ToolError(f"wrote {found.frames} frames, not {result.worked_on}")
        if tool.added is not None and found.digest != plain.digest:
            raise ToolError("wrote other frames than it was given")


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


def best_peer(results: Sequence[Result], of: Result) -> Result | None:
    """The fastest peer at the same job on the same capture."""
    return min(_rivals(results, of, Kind.PEER), key=lambda result: result.duration, default=None)


def vxlan(results: Sequence[Result], of: Result) -> Result | None:
    """Our own run on VXLAN of what a variant does on another encapsulation."""
    return next(iter(_rivals(results, of, Kind.OURS)), None)


def floor(results: Sequence[Result], of: Result) -> Result | None:
    """The run of `cp` on the same capture."""
    return next(iter(_rivals(results, of, Kind.FLOOR)), None)


def _rivals(results: Sequence[Result], of: Result, kind: Kind) -> list[Result]:
    same = [result for result in results if (result.job, result.capture) == (of.job, of.capture)]
    return [result for result in same if result.tool.kind is kind and not result.error]
