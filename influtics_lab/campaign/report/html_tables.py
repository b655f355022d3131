"""Cells of the report's tables, texts from strangers, and references to definitions."""

from __future__ import annotations

import html
import unicodedata
from typing import Final, NamedTuple

from influtics_lab.campaign.figures.figure_definitions import DEFINITIONS
from influtics_lab.campaign.figures.figure_types import Figure, GroupRate, MoneyFigure, TotalFigure
from influtics_lab.campaign.figures.formatting import (
    COUNT,
    MONEY,
    NBSP,
    PERCENT,
    describe_missing,
    describe_reason,
    format_coverage,
    format_figure,
    format_interval,
    format_n_of,
    format_reasons,
)
from influtics_lab.language import translate
from influtics_lab.markup import Html, escape_html

LONGEST: Final = 56
DEFINITION_NUMBERS: Final = {definition.figure: place for place, definition in enumerate(DEFINITIONS, start=1)}
_ABBREVIATIONS: Final = frozenset({"cpm", "cpv", "cpe", "emv"})


class Cell(NamedTuple):
    """One cell of a table.

    Attributes
    ----------
    main, small : str
        Its text, and the small print below; `Html` where it is not to be escaped.
    kind : str
        ``text``, ``number``, or ``none`` for what is not available.
    span : int
        How many columns it fills.
    """

    main: str
    small: str = ""
    kind: str = "number"
    span: int = 1


def shorten_text(text: str | None, otherwise: str | None = None, limit: int = LONGEST) -> Html:
    r"""Return a text from strangers as HTML, shortened where it is long, with the whole text as its tooltip.

    Examples
    --------
    >>> print(shorten_text("<b> =1+1"))
    <bdi>&lt;b&gt; =1+1</bdi>
    >>> print(shorten_text("a\x00b\uffff"))
    <bdi>ab</bdi>
    >>> print(shorten_text("abcdef", limit=3))
    <bdi title="abcdef">abc…</bdi>
    """
    line = "".join(filter(_is_allowed, " ".join((text or "").split())))
    if not line.strip():
        return Html(f"<em>{html.escape(otherwise or translate('without a title'))}</em>")
    if len(line) <= limit:
        return Html(escape_html(line))
    return Html(f'<bdi title="{html.escape(line)}">{html.escape(line[:limit].rstrip())}…</bdi>')


def _is_allowed(char: str) -> bool:
    """Return whether HTML may hold a character: no control character, and no code point without a character."""
    return unicodedata.category(char) != "Cc" and ord(char) & 0xFFFE != 0xFFFE


def missing_cell(reason: str | None, small: str = "") -> Cell:
    """Return the cell of a figure that is not available: the reason, never 0."""
    return Cell(describe_reason(reason), small, "none")


def figure_cell(figure: Figure, unit: str, small: str = "") -> Cell:
    """Return the cell of a figure or of its bound, else why neither is available.

    Examples
    --------
    >>> figure_cell(Figure(4.5), "%").main.replace(NBSP, " "), figure_cell(Figure(None, "hidden"), "%").main
    ('4.50 %', 'hidden')
    """
    if figure.shown is None:
        return missing_cell(figure.reason)
    return Cell(format_figure(figure, unit).replace(" ", NBSP), small)


def allow_break(cell: Cell) -> Cell:
    """Return a cell that may break: a bound above its number, where a table has many columns."""
    return cell._replace(main=cell.main.replace(NBSP, " "))


def break_at_dots(text: str) -> Html:
    """Return a dotted name as HTML that may break behind its dots only.

    Examples
    --------
    >>> print(break_at_dots("metrics.cpm"))
    metrics.<wbr>cpm
    """
    return Html(html.escape(text).replace(".", ".<wbr>"))


def count_cell(figure: Figure, *, brief: bool = False) -> Cell:
    """Return the cell of a count, or of a sum with how many videos it is of and why others are missing."""
    if not isinstance(figure, TotalFigure):
        return figure_cell(figure, COUNT, describe_reason(figure.reason) if figure.reason else "")
    if figure.known is None:
        return missing_cell(figure.reason, format_reasons(figure.reasons) if len(figure.reasons) > 1 else "")
    return figure_cell(figure, COUNT, format_coverage(figure) + ("" if brief else describe_missing(figure)))


def money_cell(figure: MoneyFigure) -> Cell:
    """Return the cell of a spend, a price or a worth, with of how many videos it is."""
    if isinstance(figure, TotalFigure):
        return figure_cell(figure, MONEY, format_coverage(figure))
    return figure_cell(figure, MONEY)


def price_cell(price: MoneyFigure, counts: TotalFigure) -> Cell:
    """Return the cell of a price of a group; without one, why counts are missing, and of how many videos."""
    if price.shown is None and price.reason == "part_missing":
        return Cell(format_reasons(counts.reasons), "", "none")
    return money_cell(price)


def rate_cell(rate: GroupRate, estimator: str) -> Cell:
    """Return the cell of the rate of several videos, with its interval and how many videos have a rate."""
    figure = rate.estimators[estimator]
    interval = format_interval(rate, estimator) or describe_reason(figure.reason)
    return figure_cell(figure, PERCENT, f"{interval}; {format_n_of(rate.n, rate.of)}")


def figure_label(figure: str) -> str:
    """Return a figure's name in words."""
    return figure.upper() if figure in _ABBREVIATIONS else figure.replace("_pct", "").replace("_", " ")
