"""Tables to look things up in: whole texts, wrapped to the terminal's width, or a page in a notebook."""

from __future__ import annotations

import shutil
import textwrap
from typing import Final

import polars as pl

from influtics_lab.markup import Html, render_table

_WIDEST: Final = 100  # characters of a line that is easy to read
_INDENT: Final = 4


class ReferenceTable(pl.DataFrame):
    """A DataFrame of texts that shows all of them. Its first column names each row.

    Rows that are selected, filtered or sorted are an ordinary DataFrame again.
    """

    def __str__(self) -> str:
        width = min(shutil.get_terminal_size().columns, _WIDEST)
        return "\n".join(line for row in self.iter_rows(named=True) for line in _wrap_row(row, width))

    __repr__ = __str__

    def _repr_html_(self, **_: object) -> Html:
        return render_table(self.iter_rows(), self.columns, wrap=True)


def _wrap_row(row: dict[str, str], width: int) -> list[str]:
    """Return the first value as a line, and each other one that is not empty below it, indented."""
    (_, name), *fields = row.items()
    hanging = " " * (_INDENT + 2)
    return [name] + [
        line
        for field, text in fields
        if text
        for line in textwrap.wrap(f"{field}: {text}", width, initial_indent=" " * _INDENT, subsequent_indent=hanging)
    ]
