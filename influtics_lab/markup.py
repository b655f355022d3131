"""HTML of texts and tables for notebooks and pages: text from the service is escaped, and never markup."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import polars as pl
import polars.selectors as cs

from influtics_lab.errors import FrameError
from influtics_lab.time_zones import check_time_zone, convert_local_times

_TABLE: Final = "border-collapse:collapse;line-height:1.4"
_CELL: Final = "padding:2px 10px 2px 0;border-bottom:1px solid #c4cad2;max-width:34em;"
_HEAD: Final = "vertical-align:bottom;white-space:normal;"
_NUMBER: Final = "white-space:nowrap;"
_TEXT: Final = "overflow-wrap:break-word;white-space:normal;"
_WRAPPED: Final = "vertical-align:top;overflow-wrap:anywhere;min-width:4em;"
_MOST_COLUMNS: Final = 8  # a table with more may be wider than its page, and scrolls
_CAPTION: Final = "text-align:left;padding:4px 0;font-weight:600;white-space:nowrap"


class Html(str):
    """HTML that a notebook displays as such."""

    __slots__ = ()

    def __add__(self, other: str) -> str:
        """Return both, one after the other: HTML where both are."""
        joined = super().__add__(other)
        return Html(joined) if isinstance(other, Html) else joined

    def _repr_html_(self) -> str:
        return str(self)

    def __html__(self) -> str:  # Jinja2 does not escape what has this method
        return str(self)


def escape_html(text: object) -> str:
    """Return HTML that shows a text as it is, in its own reading direction.

    Examples
    --------
    >>> escape_html("<b>5 & 6</b>")
    '<bdi>&lt;b&gt;5 &amp; 6&lt;/b&gt;</bdi>'
    """
    return f"<bdi>{html.escape(str(text))}</bdi>"


def require_polars(frame: object, does: str) -> pl.DataFrame:
    """Return a frame of polars; raise FrameError for another one.

    Examples
    --------
    >>> require_polars([1], "table() shows")
    Traceback (most recent call last):
    ...
    influtics_lab.errors.FrameError: table() shows a polars DataFrame; this is list. Pass a polars DataFrame.
    """
    if not isinstance(frame, pl.DataFrame):
        raise FrameError(f"{does} a polars DataFrame; this is {type(frame).__name__}. {suggest_polars(frame)}")
    return frame


def suggest_polars(frame: object) -> str:
    """Return the line that makes a polars DataFrame of another frame."""
    if type(frame).__module__.startswith("pandas"):
        return "Write polars.from_pandas(frame)."
    return "Write frame.collect()." if isinstance(frame, pl.LazyFrame) else "Pass a polars DataFrame."


def render_table(
    rows: Iterable[Sequence[object]],
    head: Sequence[str] = (),
    *,
    caption: str = "",
    numeric: Collection[int] = (),
    wrap: bool = False,
) -> Html:
    """Return an HTML table in which every text is escaped.

    Parameters
    ----------
    rows : iterable of sequence
        The texts of the cells.
    head : sequence of str
        The names of the columns.
    caption : str
    numeric : collection of int
        The places of the columns that are aligned to the right, from 0.
    wrap : bool
        Align cells at their top, and break numbers like texts.

    Examples
    --------
    >>> print(render_table([("views", "1,234")], caption="Sample"))
    <table ...><caption ...>Sample</caption><tbody><tr><td ...><bdi>views</bdi></td>...</table>
    """

    def render_row(cells: Sequence[object], tag: str) -> str:
        return f"<tr>{''.join(render_cell(cell, tag, place in numeric) for place, cell in enumerate(cells))}</tr>"

    def render_cell(cell: object, tag: str, is_number: bool) -> str:
        shape = _HEAD if tag == "th" else _WRAPPED if wrap else _NUMBER if is_number else _TEXT
        text = escape_html(cell)
        if tag == "th" or wrap:
            text = text.replace("_", "_<wbr>")  # a long name of a column breaks there, so that the table fits
        return f'<{tag} style="{_CELL}{shape}text-align:{"right" if is_number else "left"}">{text}</{tag}>'

    title = f'<caption style="{_CAPTION}">{html.escape(caption)}</caption>' if caption else ""
    top = f"<thead>{render_row(head, 'th')}</thead>" if head else ""
    body = "".join(render_row(row, "td") for row in rows)
    return Html(f'<table class="mathjax_ignore" style="{_TABLE}">{title}{top}<tbody>{body}</tbody></table>')


def make_scrollable(content: str, label: str) -> Html:
    """Return HTML in a box that scrolls sideways, by keyboard too."""
    named = html.escape(label)
    return Html(f'<div tabindex="0" role="region" aria-label="{named}" style="overflow-x:auto">{content}</div>')


def table(frame: pl.DataFrame, most: int = 50, *, tz: str = "UTC") -> Html:
    """Return a frame as an HTML table, in which a title is only text: no markup, no formula, no other direction.

    Parameters
    ----------
    frame : polars.DataFrame
    most : int
        The largest number of rows; a caption counts the rows that are not shown.
    tz : str, default "UTC"
        The time zone in which instants are shown, such as ``"Europe/Berlin"``. The names of their columns name it.

    Returns
    -------
    Html
        Numbers to the right, with separators of thousands; those below 1,000 have as many decimals as their column
        needs, at most four, and larger ones none. Instants to the second; null is a dash.

    Raises
    ------
    FrameError
        If the frame is not a polars DataFrame.
    ConfigError
        If the time zone is not known.

    Examples
    --------
    >>> print(table(pl.DataFrame({"title": ["=1+1 <b>"], "views": [1234]})))
    <table class="mathjax_ignore"...><bdi>=1+1 &lt;b&gt;</bdi>...<bdi>1,234</bdi>...</table>
    """
    require_polars(frame, "table() shows")
    zone, hidden = check_time_zone("table: tz", tz), frame.height - most
    instants = cs.datetime(time_zone="*")
    frame = frame.with_columns(convert_local_times(instants.as_expr(), tz)).rename(
        {name: f"{name} ({zone})" for name in frame.select(instants).columns}
    )
    rows = zip(*(_format_column(column.to_list()) for column in frame.head(most)), strict=True)
    caption = f"{hidden:,} more are not shown" if hidden > 0 else ""
    shown = render_table(rows, frame.columns, caption=caption, numeric=numeric_places(frame))
    return make_scrollable(shown, f"table of {frame.columns[0]}") if frame.width > _MOST_COLUMNS else shown


def numeric_places(frame: pl.DataFrame) -> list[int]:
    """Return the places of the columns of numbers, from 0."""
    return [place for place, dtype in enumerate(frame.dtypes) if dtype.is_numeric()]


def _format_column(values: list[Any]) -> list[str]:
    """Return the texts of a column's cells; all its numbers below 1,000 have the same decimals."""
    small = [f"{value:.4f}".rstrip("0") for value in values if isinstance(value, float) and abs(value) < 1000]
    decimals = max((len(text.partition(".")[2]) for text in small), default=0)
    return [_format_cell(value, decimals) for value in values]


def _format_cell(value: Any, decimals: int) -> str:
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:,.{decimals if abs(value) < 1000 else 0}f}"
    return f"{value:,}" if isinstance(value, int | Decimal) and not isinstance(value, bool) else str(value)
