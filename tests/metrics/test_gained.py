"""What videos gained in one window: hand-computed rows for each rule, then a count in plain Python."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import polars as pl
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from metrics.lines import close, gain
from metrics.plain_counts import polls, visible_readings
from metrics.readings import hours, readings
from polars.testing import assert_frame_equal

import influtics_lab as lab
from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics.gained import FELL, UNREAD, gained
from influtics_lab.metrics.gained_total import total_gained
from influtics_lab.schema import COUNTS, Instant

DAY = 24
END = ("end", 10 * DAY, 7)
"""A reading of another video, at which the window of a frame ends: day 10."""


def of_one(*points: tuple[float, int | None], published: float | None = None, **options: Any) -> tuple[Any, str]:
    """Value and status of a video with these (hour, views), beside another one that is read at day 10."""
    rows = readings(*(("a", hour, views) for hour, views in points), END)
    return _first(_published(rows, published), **options)


def _published(rows: pl.DataFrame, published: float | None) -> pl.DataFrame:
    instant = None if published is None else hours(published)
    return rows.with_columns(pl.lit(instant, dtype=Instant).alias("published_at"))


def _first(frame: pl.DataFrame, **options: Any) -> tuple[Any, str]:
    found = gained(frame, **options)
    return found.filter(video_id="a").select("views_gained_in_window", "views_gained_status").row(0)


def test_a_window_between_readings_is_interpolated_at_its_start() -> None:
    assert of_one((2 * DAY, 100), (4 * DAY, 300), (10 * DAY, 1000)) == (800.0, "exact")  # 200 at day 3


def test_a_window_that_begins_at_a_reading_needs_no_other() -> None:
    assert of_one((3 * DAY, 250), (10 * DAY, 1000)) == (750.0, "exact")


def test_a_video_published_in_the_window_counts_from_0() -> None:
    assert of_one((6 * DAY, 400), (10 * DAY, 1000), published=5 * DAY) == (1000.0, "exact")


@pytest.mark.parametrize("published", [3 * DAY, 10 * DAY])
def test_the_ends_of_the_window_are_inside(published: float) -> None:
    assert of_one((10 * DAY, 1000), published=published) == (1000.0, "exact")


def test_a_first_reading_inside_is_a_lower_bound_where_publication_is_unknown() -> None:
    assert of_one((6 * DAY, 400), (10 * DAY, 1000)) == (600.0, "at least")


def test_a_first_reading_inside_is_a_lower_bound_where_publication_is_before_the_window() -> None:
    assert of_one((6 * DAY, 400), (10 * DAY, 1000), published=1 * DAY) == (600.0, "at least")


def test_one_reading_inside_is_at_least_nothing() -> None:
    assert of_one((10 * DAY, 1000)) == (0.0, "at least")


def test_a_last_reading_within_the_slack_counts_as_at_the_end() -> None:
    slack = 7 * DAY / 10
    assert of_one((3 * DAY, 100), (10 * DAY - slack, 900)) == (800.0, "exact")
    assert of_one((3 * DAY, 100), (10 * DAY - slack - 0.1, 900)) == (800.0, "at least")


def test_the_slack_is_at_most_a_day() -> None:
    assert of_one((-30 * DAY, 100), (9 * DAY, 900), last="30d")[1] == "exact"
    assert of_one((-30 * DAY, 100), (9 * DAY - 0.1, 900), last="30d")[1] == "at least"


@pytest.mark.parametrize(("slack", "status"), [("48h", "exact"), (timedelta(hours=47), "at least"), ("0h", "at least")])
def test_the_slack_can_be_given(slack: Any, status: str) -> None:
    assert of_one((3 * DAY, 100), (8 * DAY, 900), slack=slack) == (800.0, status)


def test_a_new_video_that_is_no_longer_read_has_a_lower_bound() -> None:
    assert of_one((6 * DAY, 400), published=5 * DAY) == (400.0, "at least")


def test_a_fall_inside_makes_no_lower_bound() -> None:
    assert of_one((3 * DAY, 500), (5 * DAY, 400), (6 * DAY, 600)) == (None, FELL)
    assert of_one((5 * DAY, 500), (6 * DAY, 400), (10 * DAY, 600)) == (None, FELL)


def test_a_fall_across_the_start_lies_inside() -> None:
    assert of_one((2 * DAY, 500), (4 * DAY, 400), (6 * DAY, 600)) == (None, FELL)


def test_a_fall_before_the_window_changes_nothing() -> None:
    assert of_one((1 * DAY, 500), (3 * DAY, 400), (6 * DAY, 600)) == (200.0, "at least")


def test_an_exact_gain_can_be_negative() -> None:
    assert of_one((3 * DAY, 500), (10 * DAY, 400)) == (-100.0, "exact")


def test_without_a_visible_reading_inside_the_gain_is_unknown() -> None:
    assert of_one((1 * DAY, 500), (2 * DAY, 600)) == (None, UNREAD)
    assert of_one((5 * DAY, None), published=4 * DAY) == (None, UNREAD)


def test_hidden_views_are_no_reading() -> None:
    assert of_one((3 * DAY, 500), (6 * DAY, 700), (10 * DAY, 0)) == (200.0, "at least")


def test_the_window_ends_at_the_newest_reading_that_is_no_failed_poll() -> None:
    rows = readings(("a", 0, 100, 10, 1, 0), ("a", DAY, 300, 20, 1, 0), ("a", 2 * DAY, 0, 0, 0, 0), columns=COUNTS)
    found = gained(_published(rows, None), last="24h")
    assert found.select("window_start", "window_end").row(0) == (hours(0), hours(DAY))
    assert found.select("views_gained_in_window", "views_gained_status").row(0) == (200.0, "exact")


def test_the_window_can_end_earlier() -> None:
    rows = _published(readings(("a", 0, 0), ("a", DAY, 240), ("a", 2 * DAY, 720), ("b", 4 * DAY, 5)), None)
    found = gained(rows, last="24h", until=hours(36)).filter(video_id="a")  # from 120 to 480
    assert found.select("views_gained_in_window", "window_end").row(0) == (360.0, hours(36))


def test_without_a_reading_inside_an_earlier_window_the_gain_is_unknown() -> None:
    rows = _published(readings(("a", 0, 0), ("a", 9 * DAY, 720)), None)
    assert _first(rows, last="24h", until=hours(36)) == (None, UNREAD)


def test_until_after_the_newest_reading_raises() -> None:
    rows = _published(readings(("a", 0, 0)), None)
    for frame in (rows, rows.lazy()):
        with pytest.raises(FrameError, match="later than the newest reading, 2025-06-30T00:00:00"):
            gained(frame, until=hours(1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"until": datetime(2025, 6, 30)}, "give a datetime with a time zone"),  # what is wrong
        ({"until": "2025-06-30"}, "give a datetime with a time zone"),
        ({"last": "a week"}, "last is 'a week'"),
        ({"last": "1d", "slack": "2d"}, "longer than the window"),
        ({"slack": "soon"}, "slack is 'soon'"),
    ],
)
def test_options_that_cannot_be_used_raise(options: dict[str, Any], message: str) -> None:
    with pytest.raises(FrameError, match=message):
        gained(_published(readings(("a", 0, 0)), None), **options)


def test_a_missing_column_raises() -> None:
    with pytest.raises(MissingColumnError, match="published_at"):
        gained(readings(("a", 0, 0)).drop("published_at"))


def test_large_counts_are_right_to_the_unit() -> None:
    assert of_one((3 * DAY, 2**62), (10 * DAY, 2**62 + 1)) == (1.0, "exact")


def test_columns_of_the_video_stay() -> None:
    rows = _published(readings(("a", 0, 0), ("a", 1, 5)), None).with_columns(title=pl.lit("x"), creator=pl.lit("Ann"))
    found = gained(rows, "views", "likes", keep=["creator"])
    assert found.select("title", "creator").row(0) == ("x", "Ann")
    assert "timestamp" not in found.columns
    assert "views" not in found.columns
    assert found.columns[-7:] == [
        "window_start",
        "window_end",
        "views_gained_in_window",
        "views_gained_status",
        "likes_gained_in_window",
        "likes_gained_status",
        "views_gained_in_window_rule",
    ]


published_hours = st.none() | st.integers(-3, 8)


@pytest.mark.slow
@examples(50)
@given(
    polls(),
    st.fixed_dictionaries(dict.fromkeys("abc", published_hours)),
    st.integers(1, 6),
    st.none() | st.integers(0, 1),
    st.none() | st.floats(0, 1),
)
def test_gains_agree_with_a_count_in_plain_python(
    frame: pl.DataFrame, published: dict[str, int | None], length: int, slack: int | None, share: float | None
) -> None:
    born = {video: None if hour is None else hours(hour) for video, hour in published.items()}
    frame = frame.with_columns(
        published_at=pl.Series([born[video] for video in frame["video_id"]], dtype=Instant)
    ).sample(fraction=1, shuffle=True, seed=1)
    newest = _newest(frame)
    until = None if share is None or newest is None else hours(0) + (newest - hours(0)) * share
    found = gained(
        frame,
        *COUNTS,
        last=timedelta(hours=length),
        until=until,
        slack=None if slack is None else timedelta(hours=slack),
    )
    end = until or newest
    spare = timedelta(hours=length) / 10 if slack is None else timedelta(hours=slack)
    visible = visible_readings(frame)
    for row, count in product(found.iter_rows(named=True), COUNTS):
        points = [(at["timestamp"], at[count]) for at in visible[row["video_id"]] if at[count] is not None]
        value, status = gain(points, born[row["video_id"]], end, timedelta(hours=length), slack=spare)
        assert row[f"{count}_gained_status"] == status
        assert close(row[f"{count}_gained_in_window"], value, scale=3000)


def _newest(frame: pl.DataFrame) -> datetime | None:
    rows = frame.to_dicts()
    visible = visible_readings(frame)
    known = {(video, reading["timestamp"]): reading for video, found in visible.items() for reading in found}
    sound = [
        row["timestamp"]
        for row in rows
        if not (
            row["views"] == 0
            and known[row["video_id"], row["timestamp"]]["views"] is None
            and not any(row[count] for count in COUNTS[1:])
        )
    ]
    return max(sound, default=None)


@pytest.mark.slow
@examples(20)
@given(polls())
def test_lazy_equals_eager_and_order_of_rows_is_irrelevant(frame: pl.DataFrame) -> None:
    expected = gained(frame, *COUNTS, last="3h")
    assert_frame_equal(gained(frame.lazy(), *COUNTS, last="3h").collect(), expected)
    assert_frame_equal(gained(frame.reverse(), *COUNTS, last="3h"), expected)


def _gains(*rows: tuple[float | None, str]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"views_gained_in_window": pl.Float64, "views_gained_status": pl.String}, orient="row"
    )


@pytest.mark.parametrize(
    ("rows", "value", "status", "unknown"),
    [
        ([(5.0, "exact"), (-1.0, "exact")], 4.0, "exact", 0),
        ([(5.0, "exact"), (1.0, "at least")], 6.0, "at least", 0),
        ([(5.0, "exact"), (None, UNREAD)], 5.0, "at least", 1),
        ([(5.0, "exact"), (None, UNREAD), (None, FELL)], 5.0, "partly known", 2),
        ([(None, UNREAD)], None, "unknown", 1),
        ([], 0.0, "exact", 0),
    ],
)
def test_a_total_states_how_far_it_is_known(rows: list[Any], value: float | None, status: str, unknown: int) -> None:
    for gains in (_gains(*rows), _gains(*rows).lazy()):
        found = total_gained(gains)
        assert (found.value, found.status, found.videos, found.unknown) == (value, status, len(rows), unknown)


def test_the_gain_is_never_above_the_last_known_count_of_a_new_video() -> None:
    frame = lab.simulate(videos=60, seed=3).frame()
    found = gained(frame).filter(pl.col("published_at") >= pl.col("window_start"))
    known = frame.filter(pl.col("views") > 0).sort("timestamp").group_by("video_id").agg(pl.col("views").last())
    both = found.join(known, on="video_id").drop_nulls("views_gained_in_window")
    assert both.height > 0
    assert (both["views_gained_in_window"] <= both["views"]).all()
