"""vl-convert: it has Vega, Vega-Lite and vega-embed with it, for a page, and draws without a browser."""

from __future__ import annotations

import vl_convert

from dovetool.pictures.html import THIN
from dovetool.pictures.ink import Spec

_SCALE = 2
_LOCALE = {"decimal": ".", "thousands": THIN, "grouping": [3], "currency": ["", ""]}


def drawing_script() -> str:
    """The script that draws specifications in a page: it defines `vegaEmbed`."""
    script: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub knows no default
    return script.replace("</script", "<\\/script")


def png(spec: Spec) -> bytes:
    """A specification as an image, twice as large as it says, for sharp screens; it asks no server for anything."""
    image: bytes = vl_convert.vegalite_to_png(
        spec, scale=_SCALE, format_locale=_LOCALE, allowed_base_urls=[], show_warnings=False
    )
    return image
