"""What standard error tells of jobs at work."""

from __future__ import annotations

from dovetool.cli.foreign import tell_unread
from dovetool.cli.progress import shown_progress
from dovetool.jobs.watch import Watch

WATCH = Watch(shown_progress, tell_unread)
