"""A column that a frame lacks is named or not needed, and platforms may be texts, categories or unknown."""

from __future__ import annotations

import math
import warnings

import polars as pl
import pytest
from metrics.engines.nasty import snapshot_and_nasty
from metrics.engines.registry import CASES
from metrics.readings import documented, readings
from polars.testing import assert_frame_equal

from influtics_lab import metrics
from influtics_lab.errors import DataQualityWarning, FrameError, MissingColumnError

FRAME = snapshot_and_nasty(3)
PLATFORM = pl.col("platform")
cases = pytest.mark.parametrize("label", CASES)
pytestmark = pytest.mark.filterwarnings("ignore::influtics_lab.DataQualityWarning")


@cases
def test_a_column_that_is_missing_is_named_or_not_needed(label: str) -> None:
    refused = {}
    for column in ("platform", "published_at", "created_at", "status", "views", "spend"):
        try:
            CASES[label](FRAME.drop(column))
        except MissingColumnError as error:
            refused[column] = error.missing
    assert refused == {column: (column,) for column in refused}


@cases
def test_platforms_may_be_categories(label: str) -> None:
    expected = CASES[label](FRAME)
    categories = CASES[label](FRAME.with_columns(PLATFORM.cast(pl.Categorical)))
    assert_frame_equal(categories, expected, categorical_as_str=True, check_dtypes=False)


@cases
def test_platforms_may_be_unknown(label: str) -> None:
    expected = CASES[label](FRAME.with_columns(pl.lit(None, pl.String).alias("platform")))
    assert CASES[label](FRAME.with_columns(pl.lit(None).alias("platform"))).columns == expected.columns


@pytest.mark.parametrize("label", ["forecast", "backtest", "rule_change_effect", "with_creator", "with_published"])
def test_platforms_that_are_no_text_are_refused(label: str) -> None:
    with pytest.raises(FrameError, match=r"platform is Int32; it must be String\. Cast it\."):
        CASES[label](FRAME.with_columns(platform=3))


@cases
def test_a_table_of_pyarrow_is_refused_with_what_makes_a_frame_of_it(label: str) -> None:
    with pytest.raises(FrameError, match=r"not a Table\. Write polars\.from_arrow\(frame\)\."):
        CASES[label](FRAME.to_arrow())


def test_ids_that_are_no_text_are_none_of_those_to_judge() -> None:
    frame = FRAME.with_columns(pl.col("video_id").rank("dense").cast(pl.Int64))
    with pytest.warns(DataQualityWarning, match="1 of 1 judged ids are of no video"):
        judged = metrics.multiple_of_usual(frame, creator="platform", age="tracked", judged=["a"])
    assert judged.is_empty()


def test_views_of_the_type_null_have_no_media_value() -> None:
    frame = documented().with_columns(views=None)
    assert metrics.emv(frame, {"views": 0.01})["emv"].to_list() == [None] * frame.height


def test_intervals_of_videos_with_one_view_beside_one_with_trillions_are_finite() -> None:
    rows = [(name, 0, 10**15 if name == "a" else 1, 1, 1) for name in "abcdef"]
    frame = readings(*rows, columns=("views", "likes", "comments")).with_columns(platform=pl.lit("TikTok"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = metrics.compare(frame, resamples=200)
    (row,) = table.to_dicts()
    assert math.isfinite(row["engagement_rate_pooled_low_pct"])
    assert math.isfinite(row["engagement_rate_pooled_high_pct"])
