"""Numbers in words: what is rounded stays true."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.campaign.charts.row_chart import format_brief
from influtics_lab.campaign.figures.figure_types import AT_LEAST, AT_MOST
from influtics_lab.campaign.figures.formatting import (
    format_count,
    format_deadline,
    format_money,
    format_percent,
    format_percentile,
    format_period,
)
from influtics_lab.campaign.figures.key_figure_types import CampaignFacts

MANY = st.floats(min_value=1e-9, max_value=1e12, allow_nan=False)
UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def read(text: str) -> float:
    found = re.search(r"([\d.,]+)([kMBT]?)", text)
    assert found is not None
    return float(found[1].replace(",", "")) * UNITS[found[2]]


@given(MANY)
def test_a_bound_is_still_one_when_it_is_rounded(value: float) -> None:
    slack = value * 1e-12
    assert read(format_percent(value, AT_LEAST)) <= value + slack
    assert read(format_count(value, AT_LEAST)) <= value <= read(format_count(value, AT_MOST))
    assert read(format_money(value, "EUR", AT_LEAST)) <= value + slack
    assert read(format_money(value, "EUR", AT_MOST)) >= value - slack
    assert read(format_brief(value + 1, bounded=True)) <= value + 1 + slack


def test_a_bound_of_a_loss_is_still_one_when_it_is_rounded() -> None:
    assert format_brief(-111_840_427, bounded=True) == f"at least {format_brief(-112_000_000, bounded=False)}"


@given(MANY)
def test_rounding_moves_little(value: float) -> None:
    for write in (format_percent, lambda one: format_money(one, None)):
        assert read(write(value)) == pytest.approx(value, rel=0.06, abs=1e-12)


@given(st.floats(min_value=0, max_value=100, exclude_max=True))
def test_what_is_below_100_is_never_written_as_100(value: float) -> None:
    assert "100" not in format_percent(value)
    assert "100" not in format_percentile(value)


def test_a_period_that_ends_within_a_day_says_when() -> None:
    start, end = "2025-06-02T06:15:00+00:00", "2025-06-06T10:30:00+00:00"
    about = CampaignFacts("June", None, "Asia/Kolkata", start, end, until=end, running=False)
    assert format_period(about).replace("\u00a0", " ") == "2 Jun 2025, 11:45 to 6 Jun 2025, 16:00"
    about = replace(about, start="2025-06-05T18:30:00+00:00", end="2025-06-06T18:30:00+00:00")
    assert format_period(about).replace("\u00a0", " ") == "6 Jun 2025"
    assert format_deadline("2025-06-06T18:30:00+00:00", "Asia/Kolkata").replace("\u00a0", " ") == "6 Jun 2025"
