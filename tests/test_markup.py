"""Tables for a page."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from influtics_lab import errors
from influtics_lab.markup import Html, escape_html, table


def cells(frame: pl.DataFrame, most: int = 50) -> list[str]:
    return cells_of(table(frame, most))


def cells_of(shown: str) -> list[str]:
    return [part.partition("</bdi>")[0].replace("<wbr>", "") for part in shown.split("<bdi>")[1:]]


def test_cells_are_formatted_by_type() -> None:
    frame = pl.DataFrame(
        {
            "n": [1234567, None],
            "rate": [3.123456789, 0.5],
            "known": [True, False],
            "at": [datetime(2025, 6, 1, 12, tzinfo=UTC), None],
        }
    )
    dash = "\N{EN DASH}"
    assert cells(frame) == [
        *("n", "rate", "known", "at (UTC)"),
        *("1,234,567", "3.1235", "True", "2025-06-01 12:00:00"),
        *(dash, "0.5000", "False", dash),
    ]


def test_instants_are_shown_in_the_time_zone_that_the_column_names() -> None:
    frame = pl.DataFrame({"at": [datetime(2025, 3, 29, 23, 30, tzinfo=UTC), datetime(2025, 3, 30, 1, tzinfo=UTC)]})
    assert cells_of(table(frame, tz="Europe/Berlin")) == [
        "at (Europe/Berlin)", "2025-03-30 00:30:00", "2025-03-30 03:00:00"
    ]  # fmt: skip
    with pytest.raises(errors.ConfigError, match="table: tz is 'Mars', which is no time zone"):
        table(frame, tz="Mars")


def test_numbers_of_a_column_have_the_same_decimals() -> None:
    frame = pl.DataFrame({"rate": [5.0, 2.25, 0.123456, 1234.5], "cost": [Decimal("4170.00"), None, Decimal(3), None]})
    assert cells(frame.drop("cost")) == ["rate", "5.0000", "2.2500", "0.1235", "1,234"]
    assert cells(frame.select(pl.col("rate").head(2))) == ["rate", "5.00", "2.25"]
    assert cells(frame.select("cost"))[1:4] == ["4,170.00", "\N{EN DASH}", "3.00"]
    assert cells(pl.DataFrame({"n": [math.nan, math.inf, 1.5]})) == ["n", "nan", "inf", "1.5"]


@pytest.mark.parametrize(("value", "text"), [(999.12341, "999.1234"), (1000.5, "1,000"), (-197697.99, "-197,698")])
def test_large_numbers_have_no_decimals(value: float, text: str) -> None:
    assert cells(pl.DataFrame({"n": [value]})) == ["n", text]


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "</bdi><b>", "\"'&", "$x^2$", "=1+1", "\u202eabc"])
def test_title_is_escaped_in_its_own_direction(title: str) -> None:
    shown = table(pl.DataFrame({title: [title]}))
    assert "<script" not in shown
    assert "<b>" not in shown
    assert shown.count(escape_html(title)) == 2
    assert 'class="mathjax_ignore"' in shown


def test_hidden_rows_are_counted() -> None:
    frame = pl.DataFrame({"n": range(1_200)})
    assert "1,190 more are not shown" in table(frame, most=10)
    assert len(cells(frame, most=10)) == 1 + 10
    assert "more are not shown" not in table(frame, most=1_200)


def test_empty_frame_has_its_head() -> None:
    assert cells(pl.DataFrame({"n": []})) == ["n"]


def test_html_and_html_are_html_and_with_a_text_they_are_a_text() -> None:
    both = Html("<b>1</b>") + Html("<i>2</i>")
    assert (both, type(both)) == ("<b>1</b><i>2</i>", Html)
    mixed = Html("<b>1</b>") + "<2"
    assert (mixed, type(mixed)) == ("<b>1</b><2", str)  # so that a page escapes it


def test_notebook_shows_html_and_other_types_are_refused() -> None:
    shown = table(pl.DataFrame({"n": [1]}))
    assert shown._repr_html_() == shown
    with pytest.raises(errors.FrameError, match="this is dict"):
        table({"n": [1]})  # type: ignore[arg-type]
