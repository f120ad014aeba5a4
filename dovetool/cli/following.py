"""One `follow`: its job is carried out, and what came of it is shown."""

from __future__ import annotations

from dovetool.cli.exit_code import ExitCode
from dovetool.cli.showing import show
from dovetool.following.following import By
from dovetool.jobs.following import FollowJob
from dovetool.views.following.follow import FollowTables
from dovetool.views.following.follow_json import write_json

_MOST_ROWS = 20


def carry_out(job: FollowJob, by: str, top: int | None, *, as_json: bool, strict: bool) -> int:
    """Do it; returns the exit code."""
    followed, damages = job.carry_out()
    most = (None if as_json else _MOST_ROWS) if top is None else top
    following = followed.summed_up(By(by), most or None)
    if as_json:
        write_json(following)
    else:
        show(FollowTables(following).shown)
    if damages:
        raise damages[0]
    return ExitCode.FINDINGS if strict and following.lost else ExitCode.DONE
