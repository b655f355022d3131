"""Pictures of frames that are not as loaded: ids and titles of numbers, nulls in keys, counts without a type."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import matplotlib.pyplot as plt
import polars as pl
import pytest
from frames import many

import influtics_lab as lab
from influtics_lab import plots
from influtics_lab.errors import FrameError

FRAME = lab.sample_snapshot().frame().filter(pl.col("video_id").rank("dense") <= 4)
PICTURES: dict[str, Callable[[pl.DataFrame], Any]] = {
    "counts": plots.plot_counts,
    "ranking": plots.plot_ranking,
    "readings": plots.plot_readings,
    "small": plots.plot_small_multiples,
}
NULL = pl.when(pl.int_range(pl.len()) % 5 > 0)


@pytest.fixture(autouse=True)
def close_figures() -> Any:
    yield
    plt.close("all")


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize("column", ["title", "platform", "external_video_id"])
def test_names_may_be_numbers(draw: Callable[[pl.DataFrame], Any], column: str) -> None:
    assert draw(FRAME.with_columns(pl.lit(4).alias(column))).figure is not None


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_views_of_the_type_null_are_drawn_as_none(draw: Callable[[pl.DataFrame], Any]) -> None:
    assert draw(FRAME.with_columns(views=None)).figure is not None


@pytest.mark.parametrize(
    ("draw", "column"),
    [
        (lambda frame: plots.curves(lab.with_age(frame)), "video_id"),
        (plots.plot_small_multiples, "video_id"),
        (plots.plot_readings, "timestamp"),
    ],
)
def test_nulls_in_keys_are_refused(draw: Callable[[pl.DataFrame], Any], column: str) -> None:
    frame = FRAME.with_columns(NULL.then(column).alias(column))
    nulls = frame[column].null_count()
    text = rf"the column '{column}' is null in {nulls} rows\. Write frame\.drop_nulls\('{column}'\)\."
    with pytest.raises(FrameError, match=text):
        draw(frame)
    assert draw(frame.drop_nulls(column)) is not None


def test_a_ranking_of_values_without_instants_is_refused() -> None:
    with pytest.raises(FrameError, match=r"plot_ranking: .* no timestamp"):
        plots.plot_ranking(FRAME.with_columns(timestamp=pl.lit(None, FRAME.schema["timestamp"])))


def test_publication_that_is_a_text_is_refused() -> None:
    with pytest.raises(FrameError, match="the column 'published_at' holds String, not instants"):
        plots.plot_posting_times(lab.latest(FRAME).with_columns(published_at=pl.lit("2025")))


def test_a_table_shows_numbers_that_are_not_finite() -> None:
    shown = str(lab.table(pl.DataFrame({"x": [float("nan"), float("inf"), 1.5]})))
    assert re.findall(r"<td[^>]*><bdi>(.*?)</bdi></td>", shown) == ["nan", "inf", "1.5"]


def test_invented_costs_need_platforms_and_ids() -> None:
    with pytest.raises(FrameError, match="sample_costs needs the column 'platform'"):
        lab.sample_costs(FRAME.drop("platform"))
    with pytest.raises(FrameError, match=r"accepts a polars DataFrame; this is LazyFrame\. Write frame\.collect\(\)"):
        lab.sample_costs(FRAME.lazy())  # type: ignore[arg-type]
    assert lab.sample_costs(FRAME.with_columns(platform=3)).is_empty()


@pytest.mark.slow
@pytest.mark.parametrize("year", [1, 9999])
def test_a_reading_at_an_end_of_the_calendar_is_drawn_in_every_zone(year: int) -> None:
    at = datetime(1, 1, 1, tzinfo=UTC) if year == 1 else datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    frame = many(8)
    odd = frame.tail(1).with_columns(timestamp=pl.lit(at, frame.schema["timestamp"]))
    both = pl.concat([frame, odd]).sort("video_id", "timestamp")
    for zone in ("Pacific/Apia", "Etc/GMT+12"):
        pictures = [
            plots.plot_counts(both, tz=zone),
            plots.plot_counts(both, tz=zone, highlight=[odd["video_id"][0]]),
            plots.plot_counts(both, tz=zone, show="raster"),
            plots.plot_small_multiples(both, tz=zone),
            plots.plot_readings(both, tz=zone),
            plots.plot_readings(both, tz=zone, rows=1),
            plots.plot_ranking(both, tz=zone),
            plots.plot_ranking(both.pipe(lab.growth, "views"), "views_gained", tz=zone),
            plots.plot_ranking(both.pipe(lab.gained, last="7d"), "views_gained_in_window", tz=zone),
        ]
        assert all(plots.to_png(ax) for ax in pictures)


def test_panels_of_groups_without_anything_to_draw_say_why() -> None:
    zeros = many(3).with_columns(views=pl.lit(0, pl.Int64))
    for panel in ("video_id", "platform"):
        ax = plots.plot_small_multiples(zeros, panel=panel, scale="log")
        assert ax.texts[-1].get_text() == "All values of views are 0 or below: a log scale cannot show them."
    mixed = pl.concat([zeros.filter(pl.col("platform") == "TikTok"), many(3).filter(pl.col("platform") != "TikTok")])
    drawn = plots.plot_small_multiples(mixed, panel="platform", scale="log").child_axes
    assert sum("no value above 0" in [text.get_text() for text in ax.texts] for ax in drawn) == 1
    apart = many(70, readings=1).with_columns(
        platform=pl.lit("TikTok"), timestamp=pl.col("timestamp") + pl.duration(days=pl.int_range(pl.len()))
    )
    ax = plots.plot_small_multiples(apart, panel="platform")
    assert ax.texts[-1].get_text() == "At no time are 10 videos of a group known."
