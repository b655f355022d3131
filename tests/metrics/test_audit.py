from __future__ import annotations

import json
import math
from typing import Any

import polars as pl
import pytest
from answers import SHARED, needs_shared
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from metrics.readings import frames, hours, readings
from polars.testing import assert_frame_equal

from influtics_lab import parse_pages
from influtics_lab.errors import DataQualityWarning, FrameError, MissingColumnError
from influtics_lab.metrics import engagement_rate
from influtics_lab.metrics.audit import audit_er
from influtics_lab.schema import COUNTS, Instant

CANDIDATES = ("first", "updated", "latest", "counts")


def audited(er: float | None, *rows: tuple[Any, ...], **columns: Any) -> dict[str, Any]:
    """The audit of one video that was updated at hour 1."""
    frame = readings(*rows, columns=COUNTS).with_columns(
        pl.lit(er, dtype=pl.Float64).alias("er_reported_pct"),
        pl.lit(hours(1), dtype=Instant).alias("stats_last_updated"),
        **{name: pl.lit(value, dtype=pl.Int64) for name, value in columns.items()},
    )
    return audit_er(frame).row(0, named=True)


ROWS = (("a", 0, 1000, 10, 0, 0), ("a", 1, 1000, 20, 0, 0), ("a", 2, 1000, 30, 0, 0))
BESIDE = {"latest_views": 1000, "latest_likes": 40, "latest_comments": 0, "latest_reposts": 0}


def test_each_candidate_has_its_rate_and_its_distance() -> None:
    row = audited(2.5, *ROWS, **BESIDE)
    assert [row[f"er_{name}_pct"] for name in CANDIDATES] == [1.0, 2.0, 3.0, 4.0]
    assert [row[f"er_{name}_distance_pct"] for name in CANDIDATES] == [1.5, 0.5, 0.5, 1.5]
    assert (row["er_reported_pct"], row["er_fits"]) == (2.5, None)


@pytest.mark.parametrize(("er", "which"), [(1.0, "first"), (2.0, "updated"), (3.0, "latest"), (4.0, "counts")])
def test_what_fits_in_every_cut_is_reported_in_every_cut(er: float, which: str) -> None:
    assert audited(er, *ROWS, **BESIDE)["er_fits"] == f"{which} raw; {which} truncated; {which} rounded"


@pytest.mark.parametrize(
    ("er", "fits"),
    [
        (100 * 2 / 300, "raw"),
        (0.66, "truncated"),
        (0.67, "rounded"),
        (0.661, "near"),
        (0.68, None),
    ],
)
def test_the_cut_is_reported(er: float, fits: str | None) -> None:
    found = audited(er, ("a", 0, 300, 2, 0, None))["er_fits"]
    assert found == (fits and f"first {fits}; latest {fits}")


def test_the_tolerance_is_a_parameter() -> None:
    frame = readings(("a", 0, 100, 5, 0, 0), columns=COUNTS).with_columns(er_reported_pct=pl.lit(5.4))
    assert audit_er(frame)["er_fits"].to_list() == [None]
    assert audit_er(frame, tolerance=0.5)["er_fits"].to_list() == ["first near; latest near"]


def test_nothing_reported_fits_nothing_but_has_rates() -> None:
    row = audited(None, *ROWS)
    assert (row["er_first_pct"], row["er_first_distance_pct"], row["er_fits"]) == (1.0, None, None)


def test_readings_without_a_rate_are_passed_over_and_hidden_counts_have_none() -> None:
    row = audited(1.0, ("a", 0, None, 5, 0, 0), ("a", 1, 1000, 10, 0, 0), ("a", 2, 1000, 0, 0, 0), **BESIDE)
    assert [row[f"er_{name}_pct"] for name in CANDIDATES] == [1.0, 1.0, 1.0, 4.0]
    hidden = audited(1.0, ("a", 0, 2000, 0, 20, 0), latest_views=2000, latest_likes=0, latest_comments=20)
    assert [hidden[f"er_{name}_pct"] for name in CANDIDATES] == [None] * 4


def test_reposts_are_left_out_of_the_counts_only_where_a_video_never_reports_them() -> None:
    beside = {**BESIDE, "latest_reposts": None}
    assert audited(4.0, ("a", 0, 1000, 10, 0, None), **beside)["er_counts_pct"] == 4.0
    assert audited(4.0, ("a", 0, 1000, 10, 0, 1), **beside)["er_counts_pct"] is None


@examples(15)
@given(frame=frames(st.integers(0, 10**6)), er=st.none() | st.floats(0, 100))
def test_one_row_for_each_video_and_the_rates_are_those_of_engagement_rate(frame: pl.DataFrame, er: float) -> None:
    given_er = frame.with_columns(pl.lit(er, dtype=pl.Float64).alias("er_reported_pct"))
    out = audit_er(given_er)
    assert sorted(out["video_id"]) == sorted(set(frame["video_id"]))
    rates = engagement_rate(frame).drop_nulls("engagement_rate_pct").sort("timestamp")
    ends = rates.group_by("video_id").agg(
        pl.col("engagement_rate_pct").first().alias("er_first_pct"),
        pl.col("engagement_rate_pct").last().alias("er_latest_pct"),
    )
    known = out.drop_nulls("er_first_pct").select(ends.columns)
    assert_frame_equal(known, ends, check_row_order=False)
    assert_frame_equal(audit_er(given_er.lazy()).collect(), out)


def test_what_is_missing_or_of_another_type_is_reported() -> None:
    frame = readings(*ROWS, columns=COUNTS)
    with pytest.raises(MissingColumnError, match="er_reported_pct"):
        audit_er(frame.drop("er_reported_pct"))
    with pytest.raises(FrameError, match="er_reported_pct is String; it must be a number"):
        audit_er(frame.with_columns(er_reported_pct=pl.lit("4")))
    with pytest.raises(FrameError, match="tolerance is -1"):
        audit_er(frame, tolerance=-1)


@needs_shared
def test_what_the_audit_returns_for_the_documented_videos() -> None:
    answer = json.loads((SHARED / "endpoint" / "documented_response.json").read_bytes())
    with pytest.warns(DataQualityWarning):
        frame = parse_pages([answer]).frame()
    rates = engagement_rate(frame).sort("timestamp")["engagement_rate_pct"].round(5).to_list()
    assert rates == [10.57796, 10.57781, 3.33974]
    first, second = (
        audit_er(frame).filter(which).row(0, named=True)
        for which in (pl.col("er_reported_pct") < 5, pl.col("er_reported_pct") > 5)
    )
    assert first["er_fits"] == "first raw; updated raw; latest raw"
    assert round(first["er_counts_pct"], 5) == 3.19595
    assert second["er_fits"] == "first truncated; updated truncated; latest truncated; counts truncated"
    assert round(second["er_latest_distance_pct"], 5) == 0.00781
    print(f"\n{first}\n{second}")


@pytest.mark.parametrize("er", [math.nan, math.inf, -math.inf])
def test_a_reported_rate_that_is_no_finite_number_is_none(er: float) -> None:
    row = audited(er, *ROWS, **BESIDE)
    assert row["er_reported_pct"] is row["er_first_distance_pct"] is row["er_fits"] is None
    assert row["er_first_pct"] == 1.0


def test_rows_without_a_video_are_no_video() -> None:
    frame = readings(("a", 0, 1000, 10, 0, 0), (None, 0, 1000, 10, 0, 0), columns=COUNTS)
    assert audit_er(frame)["video_id"].to_list() == ["a"]


def test_columns_of_videos_stay_and_those_asked_for() -> None:
    frame = readings(("a", 0, 1000, 10, 0, 0), columns=COUNTS).with_columns(creator=pl.lit("c"), other=pl.lit(1))
    out = audit_er(frame.with_columns(platform=pl.lit("TikTok")), keep=["creator"])
    assert out.select("platform", "creator").row(0) == ("TikTok", "c")
    assert out.columns.count("er_reported_pct") == 1
    assert "other" not in out.columns
    with pytest.raises(FrameError, match="audit_er adds er_fits itself"):
        audit_er(frame.with_columns(er_fits=pl.lit("x")), keep=["er_fits"])


@pytest.mark.parametrize("tolerance", [None, "1", -1, True, math.nan])
def test_a_tolerance_that_is_no_number_is_refused(tolerance: Any) -> None:
    with pytest.raises(FrameError, match=r"audit_er: tolerance is .*; it must be a number, 0 or more\."):
        audit_er(readings(columns=COUNTS), tolerance=tolerance)
