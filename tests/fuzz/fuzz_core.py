"""Give the compiled core random and hostile blocks, columns and options: it refuses them with a ValueError, or does
what the plain twins do.

    PYTHONPATH=tests:tests/core python tests/fuzz/fuzz_core.py --seconds 600 --seed 1 --target find

It shows most where the core watches its own steps: `make test-asan`. Without --target, each is run for so long. What
breaks something is told by the seed and the number of the round, and the program ends with exit code 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable

from find_target import find
from make_target import make
from walk_target import walk

TARGETS: dict[str, Callable[[random.Random], int]] = {"walk": walk, "find": find, "make": make}


def run(target: str, seconds: float, seed: int, first: int) -> int:
    """Fuzz for so long, at least one round; returns the number of crashes. Each round has a seed of its own."""
    number, executions, began = first, 0, time.monotonic()
    while number == first or time.monotonic() - began < seconds:
        try:
            executions += TARGETS[target](random.Random(f"{seed} {number}"))
        except Exception:
            sys.stderr.write(f"{traceback.format_exc()}{target}: seed {seed}, --first {number}\n")
            return 1
        number += 1
    took = time.monotonic() - began
    sys.stdout.write(f"{target}: {executions:,} executions in {took:.0f} s, seed {seed}: no crash\n")
    sys.stdout.flush()
    return 0


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the round to begin with")
    parser.add_argument("--target", choices=TARGETS)
    options = parser.parse_args()
    chosen = [options.target] if options.target else list(TARGETS)
    return max(run(target, options.seconds, options.seed, options.first) for target in chosen)


if __name__ == "__main__":
    sys.exit(main())
