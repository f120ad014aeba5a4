"""Run dovetool as `python -m dovetool`."""

from dovetool.cli import main

main()
