"""List the libraries of an environment, each with its version and its licence, as their makers say."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path


def licence(library: Distribution) -> str:
    """What the metadata say, in one line."""
    told = library.metadata
    classifiers = [each.rpartition(" :: ")[2] for each in told.get_all("Classifier", []) if each.startswith("License")]
    expressions, texts = told.get_all("License-Expression", []), told.get_all("License", [])
    words: str = next(iter([*expressions, ", ".join(classifiers), *texts]), "") or "see its files"
    return words.splitlines()[0]


def main(environment: str) -> None:
    """List them."""
    (site,) = Path(environment).glob("lib/python3*/site-packages")
    for library in sorted(distributions(path=[str(site)]), key=lambda each: each.metadata["Name"].lower()):
        print(f"{library.metadata['Name']} {library.version}: {licence(library)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
