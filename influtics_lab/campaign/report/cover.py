"""The report's first page: whose campaign it is, when it ran, and the answer."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from influtics_lab.campaign.figures.formatting import format_moment
from influtics_lab.campaign.figures.plain_formatting import period
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.report.html_tables import plain, short
from influtics_lab.campaign.report.summary_lines import Line, found_words
from influtics_lab.campaign.report.templates import FOLDER
from influtics_lab.errors import ConfigError
from influtics_lab.plots.colours import darken_colour
from influtics_lab.text_format import plural

STYLE: Final = FOLDER / "report.css"
_KINDS: Final = {".png": "image/png", ".svg": "image/svg+xml"}
_HEADING: Final = "#1f2328"


def logo_of(campaign: Campaign, folder: Path) -> str | None:
    """Give the client's logo as a data URI; None where the campaign file names none.

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
    return f"data:{_KINDS[path.suffix.casefold()]};base64,{base64.b64encode(content).decode()}"


def cover(campaign: Campaign, figures: Mapping[str, Any], logo: str | None) -> str:
    """Give the head of the first page, with the style sheet and the client's colours."""
    about, snapshot = figures["campaign"], figures["snapshot"]
    image = "" if logo is None else f'<img class="logo" height="56" alt="" src="{logo}">'
    client = "" if campaign.client is None else f'<p class="client">{short(campaign.client, limit=120)}</p>'
    running = " (still running)" if about["running"] else ""
    facts = [
        f"{period(about)}{running}, {about['time_zone']}",
        found_words(figures) or plural(figures["totals"]["videos"], "video"),
        f"as known on {format_moment(snapshot['as_of'], about['time_zone'])}" if snapshot["as_of"] else "no readings",
    ]
    said = " ".join(f"<span>{plain(fact)}{' ·' * (fact != facts[-1])}</span>" for fact in facts)
    return (
        f"{_style(campaign)}<header>{image}<div>{client}<h1>{short(campaign.name, limit=120)}</h1>"
        f'<p class="facts">{said}</p></div></header>'
    )


def _style(campaign: Campaign) -> str:
    """Give the style sheet; headings have the client's first colour, as dark as text must be, rules the second."""
    colours = campaign.look.colours
    heading = darken_colour(colours[0]) if colours else _HEADING
    rule = colours[min(1, len(colours) - 1)] if colours else "#c9d1da"
    own = f":root{{--heading:{heading};--rule:{rule}}}"
    return f"<style>{own}\n{STYLE.read_text(encoding='utf-8')}</style>"


def answer(lines: Sequence[Line]) -> str:
    """Give the answer: a line has what it is about, what there is to say, and what that is made of."""
    items = "".join(
        f'<div class="line"><dt>{plain(line.about)}</dt><dd><strong>{plain(line.headline)}</strong>'
        f"<span>{plain(line.text)}</span></dd></div>"
        for line in lines
    )
    return f'<dl class="answer">{items}</dl>'
