from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.api.field_values import read_counts, read_instants, reject_count


def read(text: str) -> tuple[str | None, str | None]:
    values, reasons = read_instants(pl.Series([text]))
    return values.dt.strftime("%Y-%m-%d %H:%M:%S%.6f")[0], reasons[0]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-06-30 08:26:03.730104+00", "2025-06-30 08:26:03.730104"),
        ("2025-06-30 08:26:03.73+00", "2025-06-30 08:26:03.730000"),
        ("2025-06-30 08:26:03+00", "2025-06-30 08:26:03.000000"),
        ("2025-06-30T08:25:29.97727+00:00", "2025-06-30 08:25:29.977270"),
        ("2025-06-30T08:25:29Z", "2025-06-30 08:25:29.000000"),
        ("2025-06-30 08:26:03+05:30", "2025-06-30 02:56:03.000000"),
        ("2025-06-30 08:26:03-0330", "2025-06-30 11:56:03.000000"),
        ("2024-02-29 00:00:00+00", "2024-02-29 00:00:00.000000"),
        ("2025-06-30 08:26:03.7301049999999999999+00", "2025-06-30 08:26:03.730104"),  # cut, never rounded
    ],
)
def test_an_instant_is_read_in_utc_whatever_its_spelling(text: str, instant: str) -> None:
    assert read(text) == (instant, None)


@pytest.mark.parametrize(
    "text",
    [
        "2025-06-31 08:26:03.730104+00",
        "2025-02-29 08:26:03+00",
        "2025-06-30 24:00:00+00",
        "2025-06-30 23:59:60+00",
        "2025-06-30 08:26:03+24:00",
        "2025-06-30 08:26:03.+00",
        "2025-06-30 08:26+00",
        "30.06.2025 08:26:03+00",
        " 2025-06-30 08:26:03+00",
        "2025-06-30 08:26:03+00\n",
        "12025-06-30 08:26:03+00",
        "9999-12-31 23:59:59-01",
        "0001-01-01 00:00:00+01",
        "1751271963",
        "",
    ],
)
def test_invalid_dates_are_rejected_with_their_reason(text: str) -> None:
    assert read(text) == (None, "bad_timestamp")


def test_an_instant_without_an_offset_is_not_guessed() -> None:
    assert read("2025-06-30 08:26:03.5") == (None, "no_offset")
    assert read("2025-06-30T08:26:03") == (None, "no_offset")


@given(
    st.datetimes(min_value=dt.datetime(1, 1, 3), max_value=dt.datetime(9999, 12, 29)),
    st.integers(-23 * 60, 23 * 60),
    st.sampled_from([" ", "T"]),
)
def test_instants_agree_with_the_standard_library(naive: dt.datetime, minutes: int, between: str) -> None:
    moment = naive.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    values, reasons = read_instants(pl.Series([moment.isoformat(sep=between)]))
    assert (values[0], reasons[0]) == (moment.astimezone(dt.UTC), None)


@pytest.mark.slow
@given(st.text())
def test_no_text_raises(text: str) -> None:
    value, reason = read(text)
    assert (value is None) == (reason is not None)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (0, None),
        (12.0, None),
        (2**63 - 1, None),
        (float(2**53 - 1), None),
        (float(2**53), "out_of_range"),  # 9007199254740993.0 comes as this, too
        (-0.0, None),
        (12.5, "not_a_count"),
        ("12", "not_a_count"),
        (True, "not_a_count"),
        ([1], "not_a_count"),
        ({"a": 1}, "not_a_count"),
        (-1, "negative"),
        (-1.0, "negative"),
        (2**63, "out_of_range"),
        (1.8446744073709552e19, "out_of_range"),
        (float(2**53) + 2, "out_of_range"),
    ],
)
def test_counts_are_whole_numbers_from_0_within_64_bits(value: object, reason: str | None) -> None:
    assert reject_count(value) == reason
    values, reasons = read_counts([7, value, None])
    assert values.to_list() == [7, None if reason else int(value), None]  # type: ignore[call-overload]  # drawn above
    assert reasons == ({1: reason} if reason else {})
