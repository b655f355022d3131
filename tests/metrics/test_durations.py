from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.errors import FrameError
from influtics_lab.metrics._durations import DAY, HOUR, SECOND, name_duration, parse_duration, parse_gap


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("24h", 24 * HOUR),
        ("7d", 7 * DAY),
        ("2w", 14 * DAY),
        ("90m", 90 * 60 * SECOND),
        ("1s", SECOND),
        ("1d12h30m", DAY + 12 * HOUR + 1800 * SECOND),
        (timedelta(hours=36), 36 * HOUR),
        (timedelta(microseconds=1), 1),
        ("36525d", 36_525 * DAY),
    ],
)
def test_texts_and_timedeltas_give_microseconds(written: str | timedelta, expected: int) -> None:
    assert parse_duration("f", "window", written) == expected


@pytest.mark.parametrize(
    "written",
    ["", "24", "h", "24 h", " 24h", "24h ", "-24h", "1.5h", "24hours", "1mo", "24H", "٣h", "1e3h", "9" * 13 + "h"],
)
def test_other_texts_are_refused_with_what_is_allowed(written: str) -> None:
    with pytest.raises(FrameError, match=r'window_gain: window is .*; give a duration such as "24h", "7d" or "90m"'):
        parse_duration("window_gain", "window", written)


@pytest.mark.parametrize("thing", [24, 24.0, None, True, b"24h", ["24h"]])
def test_what_is_no_duration_is_refused(thing: object) -> None:
    with pytest.raises(FrameError, match=r"at_age: at_age is .*; give a duration"):
        parse_duration("at_age", "at_age", thing)


@pytest.mark.parametrize(
    "length", ["0h", "0d0h", timedelta(0), timedelta(hours=-1), "36526d", "999999999999w", timedelta.max, timedelta.min]
)
def test_no_length_a_negative_one_and_centuries_are_refused(length: str | timedelta) -> None:
    with pytest.raises(FrameError, match="longer than 0 and at most 100 years"):
        parse_duration("f", "window", length)


def test_no_largest_gap_is_none() -> None:
    assert parse_gap("f", None) is None
    assert parse_gap("f", "3d") == 3 * DAY
    with pytest.raises(FrameError, match="f: max_gap is '3 days'"):
        parse_gap("f", "3 days")


@pytest.mark.parametrize(
    ("length", "name"),
    [
        (timedelta(hours=1), "1h"),
        (timedelta(days=1), "24h"),
        (timedelta(days=2), "2d"),
        (timedelta(weeks=1), "7d"),
        (timedelta(hours=36), "36h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=90), "90s"),
        (timedelta(microseconds=1_500_000), "1500000us"),
    ],
)
def test_labels_are_days_if_several_else_the_largest_unit_that_fits(length: timedelta, name: str) -> None:
    assert name_duration(parse_duration("f", "window", length)) == name


@given(st.integers(1, 36_525 * DAY // SECOND))
def test_a_label_of_whole_seconds_reads_back_as_the_same_duration(seconds: int) -> None:
    assert parse_duration("f", "window", name_duration(seconds * SECOND)) == seconds * SECOND
