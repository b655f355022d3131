"""The report's Jinja2 templates: they own its headings, its prose and its HTML, and escape every value."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from influtics_lab.errors import MissingExtraError
from influtics_lab.markup import Html

FOLDER: Final = Path(__file__).parent / "templates"


def render(name: str, **values: object) -> Html:
    """Render a template.

    Parameters
    ----------
    name : str
        Its file's name, without ``.html.j2``.
    **values
        What it shows. Text is escaped; `Html` is not. A name that the template uses and lacks is an error.

    Returns
    -------
    Html

    Raises
    ------
    MissingExtraError
        If Jinja2 is not installed.
    """
    return Html(_environment().get_template(f"{name}.html.j2").render(values))


@cache
def _environment() -> Any:
    try:
        jinja2 = importlib.import_module("jinja2")
    except ImportError:
        text = "The report's page needs Jinja2. Install the extra: pip install 'influtics-lab[lab]'"
        raise MissingExtraError(text) from None
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
