"""Text and tables for a page: whatever comes from the service is text there, and nothing else."""

from __future__ import annotations

import html
from typing import Any

import polars as pl

from influtics_lab.errors import FrameError

_CELL = "max-width:34em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;text-align:"


class Html(str):
    """HTML that a notebook shows as such."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)

    def __html__(self) -> str:  # templates do not escape it
        return str(self)


def escape_html(text: object) -> str:
    """Write a text so that a page shows it as it is, and reads it in its own direction.

    Examples
    --------
    >>> escape_html("<b>5 & 6</b>")
    '<bdi>&lt;b&gt;5 &amp; 6&lt;/b&gt;</bdi>'
    """
    return f"<bdi>{html.escape(str(text))}</bdi>"


def suggest_polars(frame: object) -> str:
    """Return the line that makes a polars DataFrame of another frame."""
    if type(frame).__module__.startswith("pandas"):
        return "Write polars.from_pandas(frame)."
    return "Write frame.collect()." if isinstance(frame, pl.LazyFrame) else "Give a polars DataFrame."


def table(frame: pl.DataFrame, most: int = 50) -> Html:
    """Show a frame as a table of a page, in which a title is text: no markup, no formula, no other direction.

    Parameters
    ----------
    frame : polars.DataFrame
    most : int
        How many rows are shown; how many more there are is said.

    Returns
    -------
    Html
        Numbers to the right with thousands apart and at most four decimals; null is a dash.

    Raises
    ------
    FrameError
        If it is no polars DataFrame.

    Examples
    --------
    >>> print(table(pl.DataFrame({"title": ["=1+1 <b>"], "views": [1234]})))
    <table class="mathjax_ignore">...<bdi>=1+1 &lt;b&gt;</bdi>...<bdi>1,234</bdi>...</table>
    """
    if not isinstance(frame, pl.DataFrame):
        raise FrameError(f"table() shows a polars DataFrame; this is {type(frame).__name__}. {suggest_polars(frame)}")
    sides = [_CELL + ("right" if dtype.is_numeric() else "left") for dtype in frame.dtypes]
    rows = [_row("td", sides, [_words(value) for value in row]) for row in frame.head(most).iter_rows()]
    more = f"<caption>{frame.height - most:,} more are not shown</caption>" if frame.height > most else ""
    head = f"<thead>{_row('th', sides, frame.columns)}</thead>"
    return Html(f'<table class="mathjax_ignore">{more}{head}<tbody>{"".join(rows)}</tbody></table>')


def _row(tag: str, sides: list[str], texts: list[str]) -> str:
    cells = (f'<{tag} style="{side}">{escape_html(text)}</{tag}>' for side, text in zip(sides, texts, strict=True))
    return f"<tr>{''.join(cells)}</tr>"


def _words(value: Any) -> str:
    if value is None:
        return "\N{EN DASH}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{round(value, 4):,}" if number else str(value)
