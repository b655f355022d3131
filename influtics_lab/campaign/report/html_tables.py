"""Pieces of a page: cells, tables, notes and pictures as HTML, in which every text is only text."""

from __future__ import annotations

import base64
import html
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from matplotlib.axes import Axes

from influtics_lab.campaign.figures.figure_definitions import DEFINITIONS, Definition
from influtics_lab.campaign.figures.figure_types import AT_LEAST
from influtics_lab.campaign.figures.formatting import (
    NBSP,
    describe_reason,
    format_count,
    format_n_of,
    format_percent,
    format_reasons,
)
from influtics_lab.campaign.figures.plain_formatting import (
    interval_words,
    lacking_words,
    money_words,
    sum_words,
    summed_of,
)
from influtics_lab.markup import escape_html
from influtics_lab.plots.canvas import to_svg
from influtics_lab.plots.font_text import clean_text

LONGEST: Final = 56
_LISTED: Final = 20
_DASH: Final = "\N{EN DASH}"
_NUMBERS: Final = {definition.figure: place for place, definition in enumerate(DEFINITIONS, start=1)}


class Cell(NamedTuple):
    """One cell of a table.

    Attributes
    ----------
    main, small : str
        HTML: what it says, and below it how it is to be taken.
    kind : str
        ``text``, ``number``, or ``none`` for what is not known.
    span : int
        How many columns it fills.
    """

    main: str
    small: str = ""
    kind: str = "number"
    span: int = 1


def short(text: str | None, otherwise: str = "without a title", limit: int = LONGEST) -> str:
    r"""Write a text from strangers as HTML, cut where it is long, with the whole of it to be pointed at.

    Examples
    --------
    >>> short("<b> =1+1")
    '<bdi>&lt;b&gt; =1+1</bdi>'
    >>> short("a\x00b\uffff")
    '<bdi>ab</bdi>'
    >>> short("abcdef", limit=3)
    '<bdi title="abcdef">abc…</bdi>'
    """
    line = "".join(filter(_is_sign, " ".join((text or "").split())))
    if not line.strip():
        return f"<em>{html.escape(otherwise)}</em>"
    if len(line) <= limit:
        return escape_html(line)
    return f'<bdi title="{html.escape(line)}">{html.escape(line[:limit].rstrip())}…</bdi>'


def _is_sign(sign: str) -> bool:
    """Say whether a page may hold a sign: no control character, and none that is no character at all."""
    return unicodedata.category(sign) != "Cc" and ord(sign) & 0xFFFE != 0xFFFE


def plain(text: str) -> str:
    """Write our own words as HTML."""
    return html.escape(text, quote=False)


def words(text: str, small: str = "") -> Cell:
    """Give a cell of our own words."""
    return Cell(plain(text), plain(small), "text")


def missing(reason: str | None, small: str = "") -> Cell:
    """Give a cell for what is not known: why, never 0."""
    return Cell(plain(describe_reason(reason)), plain(small), "none")


def count(figure: Mapping[str, Any], *, brief: bool = False) -> Cell:
    """Give the cell of a count, or of a sum of counts: ``at least`` where it is not known of all videos.

    Examples
    --------
    >>> total = {"value": None, "reason": "part_missing", "known": 1200, "n": 3, "of": 4, "reasons": {"hidden": 1}}
    >>> total |= {"bounds": {}, "is_bound": True}
    >>> count(total).main.replace(NBSP, " "), count(total).small
    ('at least 1,200', '3 of 4 videos; not known: hidden (1)')
    """
    if "known" not in figure:
        if figure["value"] is None and figure.get("at_least") is not None:
            return Cell(
                format_count(figure["at_least"], AT_LEAST).replace(" ", NBSP), plain(describe_reason(figure["reason"]))
            )
        return missing(figure["reason"]) if figure["value"] is None else Cell(format_count(figure["value"]))
    if figure["known"] is None:
        return missing(figure["reason"], format_reasons(figure["reasons"]) if len(figure["reasons"]) > 1 else "")
    lacking = "" if brief else lacking_words(figure)
    return Cell(sum_words(figure).replace(" ", NBSP), plain(summed_of(figure) + lacking))


def money(figure: Mapping[str, Any], currency: str | None) -> Cell:
    """Give the cell of a price, a spend or a worth, with its bound where some counts are not known."""
    n = format_n_of(figure["n"], figure["of"]) if "n" in figure else ""
    text = money_words(figure, currency)
    return missing(figure["reason"]) if text is None else Cell(plain(text.replace(" ", NBSP)), n)


def rate(rates: Mapping[str, Any], estimator: str) -> Cell:
    """Return the cell of a rate of several videos: its interval, and of how many videos it is."""
    figure, counted = rates[estimator], format_n_of(rates["n"], rates["of"])
    if figure["value"] is None:
        return missing(figure["reason"])
    if figure["low"] is None:
        return Cell(format_percent(figure["value"]), f"{counted}; {describe_reason(figure['reason'])}")
    return Cell(format_percent(figure["value"]), f"{interval_words(rates, estimator)}; {counted}")


def share(figure: Mapping[str, Any]) -> Cell:
    """Give the cell of a percentage of one video."""
    return missing(figure["reason"]) if figure["value"] is None else Cell(format_percent(figure["value"]))


def note(*figures: str) -> str:
    """Refer to the definitions of figures."""
    links = (f'<a href="#definition-{_NUMBERS[name]}">{_NUMBERS[name]}</a>' for name in figures)
    return f'<sup class="ref">{", ".join(links)}</sup>'


def footnotes(*figures: str) -> str:
    """Write the definitions of figures, each with the number that `note` gives it."""
    ordered = sorted(set(figures), key=_NUMBERS.__getitem__)
    return f'<ol class="footnotes">{"".join(_footnote(definition_named(name)) for name in ordered)}</ol>'


def definition_named(figure: str) -> Definition:
    """Give the definition of a figure."""
    return DEFINITIONS[_NUMBERS[figure] - 1]


def _footnote(one: Definition) -> str:
    null = "" if one.null in {"never", "not known"} else f" Not known: {plain(one.null)}."
    return (
        f'<li value="{_NUMBERS[one.figure]}"><b>{plain(label_of(one.figure))}</b>: {plain(one.formula)}'
        f" ({plain(one.unit)}).{null} <i>{plain(one.source)}</i></li>"
    )


def label_of(figure: str) -> str:
    """Give what a figure is called in words."""
    capitals = {"cpm", "cpv", "cpe", "emv"}
    return figure.upper() if figure in capitals else figure.replace("_pct", "").replace("_", " ")


def grid(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, name: str, caption: str = "") -> str:
    """Write a table; the first cell of a row is its name.

    Parameters
    ----------
    head : sequence of str
        HTML of the columns' names.
    rows : iterable of sequence of Cell
    name : str
        What the table is called in the style sheet.
    caption : str
        HTML.
    """
    every = list(rows)
    kinds = [_kind(place, every) for place in range(len(head))]
    top = "".join(f'<th scope="col" class="{kind}">{text}</th>' for text, kind in zip(head, kinds, strict=True))
    body = "".join(f"<tr>{_row(row)}</tr>" for row in every)
    said = f"<caption>{caption}</caption>" if caption else ""
    return f'<table class="{name} mathjax_ignore">{said}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _kind(place: int, rows: Sequence[Sequence[Cell]]) -> str:
    """Say whether a column is of numbers: the first is of names."""
    whole = (row for row in rows if all(cell.span == 1 for cell in row))
    return "number" if place and any(row[place].kind in {"number", "none"} for row in whole) else "text"


def _row(cells: Sequence[Cell]) -> str:
    first, *others = (f"{cell.main}{f'<small>{cell.small}</small>' if cell.small else ''}" for cell in cells)
    rest = (_cell(cell, text) for cell, text in zip(cells[1:], others, strict=True))
    return f'<th scope="row">{first}</th>{"".join(rest)}'


def _cell(cell: Cell, text: str) -> str:
    span = f' colspan="{cell.span}"' if cell.span > 1 else ""
    return f'<td class="{cell.kind}"{span}>{text}</td>'


def why_empty(drawn: Axes) -> str | None:
    """Give what a picture says in its place where there is nothing to draw."""
    return None if drawn.axison else drawn.texts[-1].get_text()


def picture(drawn: Axes, alt: str, caption: str) -> str:
    """Write a picture with what is to be seen in words, for those who cannot see it, and a caption.

    Parameters
    ----------
    drawn : matplotlib.axes.Axes
    alt : str
        Text.
    caption : str
        HTML.
    """
    data = base64.b64encode(to_svg(drawn)).decode()
    said = html.escape(clean_text(alt))
    return (
        f'<figure><img alt="{said}" src="data:image/svg+xml;base64,{data}"><figcaption>{caption}</figcaption></figure>'
    )


def paragraph(*sentences: str) -> str:
    """Write our own sentences as a paragraph."""
    return f"<p>{plain(' '.join(sentence for sentence in sentences if sentence))}</p>"


def bullets(title: str, texts: Sequence[str]) -> str:
    """Write texts, as HTML, as a list with a title; nothing where there are none."""
    shown = [*texts[:_LISTED], *([f"… and {len(texts) - _LISTED:,} more"] if len(texts) > _LISTED else [])]
    items = "".join(f"<li>{text}</li>" for text in shown)
    return f"<h3>{title}</h3><ul>{items}</ul>" if texts else ""


def dash(text: str | None) -> Cell:
    """Give a cell for a text that may not be there."""
    return Cell(_DASH if text is None else short(text), kind="text")
