"""The head of the report's first page: the client's logo and colours."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.errors import ConfigError
from influtics_lab.markup import Html
from influtics_lab.plots.colours import is_readable_on_white

_MEDIA_TYPES: Final = {".png": "image/png", ".svg": "image/svg+xml"}
_HEADING: Final = "#1f2328"
_RULE: Final = "#c9d1da"


def read_logo(campaign: Campaign, folder: Path) -> str | None:
    """Return the client's logo as a data URI; None where the campaign file names none.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    if campaign.look.logo is None:
        return None
    path = folder / campaign.look.logo
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"look.logo: {path} cannot be read: {error.strerror}. Put it beside the file.") from None
    return f"data:{_MEDIA_TYPES[path.suffix.casefold()]};base64,{base64.b64encode(content).decode()}"


def render_title_and_logo(campaign: Campaign, figures: KeyFigures, logo: str | None, edition: str = "") -> Html:
    """Return the head of the first page, with the style sheet.

    A band has the client's first colour as it is; headings have it where it can be read on white, else they are black.
    Rules have the second colour.
    """
    colours = campaign.look.colours
    brand = colours[0] if colours else _RULE
    return render(
        "title_and_logo",
        figures=figures,
        edition=edition,
        logo=None if logo is None else Html(logo),
        brand_colour=brand,
        heading_colour=brand if is_readable_on_white(brand) else _HEADING,
        rule_colour=colours[min(1, len(colours) - 1)] if colours else _RULE,
    )
