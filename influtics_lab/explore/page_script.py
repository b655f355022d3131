"""A script in the page of an explorer: states and descriptions for screen readers, and downloads by one click."""

from __future__ import annotations

from pathlib import Path

import anywidget

_FOLDER = Path(__file__).parent


class PageScript(anywidget.AnyWidget):
    """Runs ``page_script.js`` beside an explorer; it shows nothing.

    It sets ``aria-pressed`` of toggle buttons, makes the words below a picture its alternative text, and starts the
    download that a button made. Where it cannot run, everything else works as before.
    """

    _esm = (_FOLDER / "page_script.js").read_text(encoding="utf-8")
