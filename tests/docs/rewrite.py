"""Write the output in pages anew, where it has changed on purpose.

    PYTHONPATH=tests .venv/bin/python tests/docs/rewrite.py [PAGE...]

Without names, all pages. Look at the difference before you commit it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from documents import ROOT, STORIES
from page_story import rewritten

for page in sys.argv[1:] or STORIES:
    with TemporaryDirectory() as folder:
        (ROOT / page).write_text(
            rewritten(page, Path(folder), lambda text: sys.stdout.write(f"{text}\n")), encoding="utf-8"
        )
