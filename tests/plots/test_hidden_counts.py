from __future__ import annotations

import polars as pl
from draws import examples
from hypothesis import given
from metrics.plain_counts import last_known, polls, visible_readings
from metrics.readings import readings

from influtics_lab import plots
from influtics_lab.metrics import compare, latest
from influtics_lab.plots.ranking import select_last_values
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import mask_hidden


def aged(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(age_hours=pl.col("timestamp").dt.hour().cast(pl.Float64))


def test_bands_leave_out_hidden_views_instead_of_counting_them_as_zero() -> None:
    rows = [(f"v{n}", hour, 1000 + 100 * n, 9, 1, 1) for n in range(3) for hour in range(3)]
    failed = [("failed", 0, 5000, 9, 1, 1), ("failed", 1, 0, 0, 0, 0), ("failed", 2, 0, 0, 0, 0)]
    bands = plots.age_bands(aged(readings(*rows, *failed, columns=COUNTS)), "views", least=1)
    assert bands["n"].to_list() == [4, 3, 3]
    assert bands["p50"].to_list() == [1150, 1100, 1100]


@examples(25)
@given(frame=polls())
def test_a_ranking_of_readings_or_of_last_known_counts_shows_the_last_visible_values(frame: pl.DataFrame) -> None:
    expected = {video: last_known(rows, "likes")[0] for video, rows in visible_readings(frame).items()}
    known = {video: value for video, value in expected.items() if value is not None}
    for given_frame in (frame, latest(frame)):
        last = select_last_values(mask_hidden(given_frame, "likes"), "likes")
        assert dict(last.select("video_id", "value").rows()) == known


@examples(25)
@given(frame=polls())
def test_a_comparison_without_an_age_uses_the_last_reading_that_has_a_rate(frame: pl.DataFrame) -> None:
    rated = []
    for rows in visible_readings(frame).values():
        whole = [row for row in rows if row["views"] and None not in (row["likes"], row["comments"])]
        rated += [(row["likes"] + row["comments"], row["views"]) for row in whole[-1:]]
    group = compare(frame.with_columns(platform=pl.lit("TikTok")), resamples=100).row(0, named=True)
    assert group["n"] == len(rated)
    if rated:
        pooled = 100 * sum(engaged for engaged, _ in rated) / sum(views for _, views in rated)
        assert abs(group["engagement_rate_pooled_pct"] - pooled) < 1e-9 * max(pooled, 1)
