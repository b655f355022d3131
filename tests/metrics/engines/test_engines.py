from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from draws import examples
from hypothesis import given
from metrics.engines import kinds
from metrics.engines.registry import CASES, NO_METRIC
from metrics.readings import FUNCTIONS, documented, frames, readings
from polars.testing import assert_frame_equal

from influtics_lab import metrics, schema
from influtics_lab.errors import DataQualityWarning, FrameError
from influtics_lab.metrics import growth

ACROSS_VIDEOS = frozenset(
    {
        "compare",
        "compare_pairs",
        "benchmark",
        "gained",
        "multiple_of_usual",
        "hit_rate",
        "concentration",
        "forecast",
        "backtest",
        "rule_change_effect",
    }
)

cases = pytest.mark.parametrize("label", CASES)
every = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


def test_every_public_metric_is_tested_on_every_engine() -> None:
    assert set(metrics.__all__) - NO_METRIC == {label.split()[0] for label in CASES}


@cases
def test_no_rows_give_the_same_columns(label: str, frame: pl.DataFrame) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # an instant was given for a video that is not there
        out = CASES[label](frame.clear())
    assert out.schema == CASES[label](frame).schema
    assert out.height == 0


@cases
def test_the_frame_that_was_given_is_unchanged(label: str, frame: pl.DataFrame) -> None:
    before = frame.clone()
    CASES[label](frame)
    assert frame.equals(before)
    assert frame.schema == before.schema


@cases
def test_buckets_of_videos_put_together_are_the_whole(label: str, frame: pl.DataFrame, path: Path) -> None:
    if label.split(maxsplit=1)[0] in ACROSS_VIDEOS:
        pytest.skip("what it says of a video depends on the others")
    bucket = pl.col("video_id").hash() % 3
    parts = [CASES[label](pl.scan_parquet(path).filter(bucket == number)).collect() for number in range(3)]
    assert kinds.difference(pl.concat(parts), CASES[label](frame), in_order=False) < 1e-12


@pytest.mark.parametrize(
    "engine", ["polars lazy", *(pytest.param(name, marks=pytest.mark.slow) for name in ("pandas", "DuckDB"))]
)
@cases
def test_engines_equal_polars(engine: str, label: str, frame: pl.DataFrame, path: Path) -> None:
    readings = kinds.given(engine, frame, path)
    out = CASES[label](readings)
    assert type(out) is type(readings)
    found, expected = kinds.back(out), CASES[label](frame)
    assert kinds.difference(found, expected, in_order=engine in kinds.IN_ORDER) < 1e-9


@pytest.mark.slow
@every
@examples(8)
@given(frame=frames(min_size=1))
def test_pandas_with_arrow_types_equals_polars(function: Callable[[Any], Any], frame: pl.DataFrame) -> None:
    expected = function(frame)
    out = function(arrow(frame))
    assert isinstance(out, pd.DataFrame)
    found = pl.from_pandas(out).select(expected.columns).cast(expected.schema)
    assert_frame_equal(found, expected, rel_tol=1e-12)


@pytest.mark.slow
def test_pandas_equals_polars_where_floats_no_longer_hold_every_whole_number() -> None:
    large = 2**53 + 1
    frame = readings(*(("a", day * 24, large + 7 * day, large, 3, 1) for day in range(3)), columns=schema.COUNTS)
    for function in (growth, metrics.engagement_rate, metrics.summarize, metrics.flag_counters):
        found, expected = pl.from_pandas(function(arrow(frame))), function(frame)
        assert_frame_equal(found.select(expected.columns).cast(expected.schema), expected, check_exact=True)


def test_pandas_is_checked_as_polars_is() -> None:
    frame = arrow(documented())
    with pytest.raises(FrameError, match="1 reading comes twice"):
        growth(pd.concat([frame, frame.tail(1)]))
    with pytest.raises(FrameError, match="views is Float64"):
        growth(frame.astype({"views": "float64"}))


def arrow(frame: pl.DataFrame) -> pd.DataFrame:
    return frame.to_pandas(use_pyarrow_extension_array=True)
