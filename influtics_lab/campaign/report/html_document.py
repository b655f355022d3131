"""The whole page: one file without scripts, requests or inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.markup import Html

_LONGEST_FOOTER: Final = 90  # characters of the title below each printed page


def render_page(title: str, sections: Sequence[Html]) -> bytes:
    """Return the page as the bytes of an HTML file: the same bytes from the same sections.

    Parameters
    ----------
    title : str
        The window's title: any text.
    sections : sequence of Html

    Returns
    -------
    bytes
        HTML with a policy that forbids every script and request.
    """
    line = " ".join(title.split())
    short = line if len(line) <= _LONGEST_FOOTER else f"{line[: _LONGEST_FOOTER - 1]}…"
    return f"{render('html_document', title=line, footer=_css_text(short), sections=sections)}\n".encode()


def _css_text(text: str) -> Html:
    """Return a text for a string of a style sheet: no character in it can end the string or the sheet."""
    return Html("".join(char if char.isalnum() or char == " " else f"\\{ord(char):06x} " for char in text))
