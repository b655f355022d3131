"""From the executed notebook to one page that needs nothing else: no script, no link to elsewhere, no input."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from influtics_lab.errors import MissingExtraError

try:
    from nbconvert import HTMLExporter
except ImportError as error:
    raise MissingExtraError(
        f"A report needs {error.name}, which is not installed. Run: pip install 'influtics-lab[lab]'"
    ) from error

TEMPLATE: Final = Path(__file__).parent / "page.html.j2"
_FOOTER: Final = 90  # signs of the title below each printed page


def page(notebook: Any, title: str) -> bytes:
    """Make the page of an executed notebook: the same outputs give the same bytes.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    title : str
        What the window says: any text.

    Returns
    -------
    bytes
        HTML with a policy that forbids every script and request. Of a code cell only what it shows is left; what it
        wrote to standard error is not.
    """
    exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]  # nbconvert has no types
        template_file=str(TEMPLATE), exclude_anchor_links=True, embed_images=False
    )
    line = " ".join(title.split())
    short = line if len(line) <= _FOOTER else f"{line[: _FOOTER - 1]}…"
    facts = {"report": {"title": line, "footer": _in_style(short)}}
    text, _ = exporter.from_notebook_node(notebook, resources=facts)
    return str(text).strip().encode() + b"\n"


def _in_style(text: str) -> str:
    """Write a text into a string of a style sheet: nothing in it can end the string, or the sheet."""
    return "".join(sign if sign.isalnum() or sign == " " else f"\\{ord(sign):06x} " for sign in text)
