from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from metrics.lines import close, line, points
from metrics.readings import frames, hours, readings
from polars.testing import assert_frame_equal

from influtics_lab import schema
from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics.resampling import resample

quick = examples(15)
huge = st.sampled_from([-(2**63), -1, 0, 1, 2**53, 2**62, 2**63 - 1]) | st.integers(-(2**63), 2**63 - 1)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "America/Sao_Paulo")


def span(first: datetime, last: datetime) -> pl.DataFrame:
    """Two readings, one view more each hour."""
    frame = readings(("a", 0, 0), ("a", 1, round((last - first) / timedelta(hours=1))))
    return frame.with_columns(pl.Series("timestamp", [first, last], dtype=schema.Instant))


def instants(frame: pl.DataFrame, zone: str = "UTC") -> list[datetime]:
    return frame["timestamp"].dt.convert_time_zone(zone).to_list()


def test_days_by_hand() -> None:
    rows = [("b", 12, 100, None), ("b", 36, 200, 10), ("b", 84, 600, 30), ("a", 48, 7, 1), ("c", 25, 1, 1)]
    frame = readings(*rows, columns=("views", "likes"))
    assert resample(frame).select("video_id", "timestamp", "views", "likes").rows() == [
        ("a", hours(48), 7.0, 1.0),
        ("b", hours(24), 150.0, None),
        ("b", hours(48), 300.0, 15.0),
        ("b", hours(72), 500.0, 25.0),
    ]


def test_the_grid_includes_a_first_and_a_last_reading_that_lie_on_it() -> None:
    out = resample(readings(("a", 0, 5), ("a", 24, 6), ("a", 48, 2**53 + 1)))
    assert out["timestamp"].to_list() == [hours(0), hours(24), hours(48)]
    assert out["views"].to_list() == [5.0, 6.0, float(2**53 + 1)]


def test_a_long_gap_leaves_its_instants_without_a_count() -> None:
    frame = readings(("a", 0, 0), ("a", 36, 36), ("a", 84, 84))
    assert resample(frame, max_gap="48h")["views"].to_list() == [0.0, 24.0, 48.0, 72.0]
    assert resample(frame, max_gap="47h")["views"].to_list() == [0.0, 24.0, None, None]


def test_a_count_that_is_missing_at_first_and_last_is_not_extrapolated() -> None:
    frame = readings(("a", 0, None), ("a", 30, 30), ("a", 50, 50), ("a", 80, None))
    assert resample(frame)["views"].to_list() == [None, None, 48.0, None]


def test_only_columns_of_the_video_come_along() -> None:
    frame = readings(("a", 0, 0), ("a", 30, 30)).with_columns(platform=pl.lit("TikTok"), views_gained=pl.lit(1))
    out = resample(frame)
    titled = [name for name in schema.dtypes(schema.FRAME) if name not in {"video_id", "timestamp", *schema.COUNTS}]
    assert out.columns == ["video_id", "timestamp", *schema.COUNTS, *titled]
    assert out["platform"].to_list() == ["TikTok"] * 2
    assert {out.schema[name] for name in schema.COUNTS} == {pl.Float64()}
    assert out.schema["timestamp"] == schema.Instant
    assert resample(frame.select("video_id", "timestamp", "likes")).columns == ["video_id", "timestamp", "likes"]


def test_days_of_23_and_25_hours() -> None:
    spring = resample(span(datetime(2025, 3, 28, 12, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)), tz="Europe/Berlin")
    assert [(at.month, at.day, at.hour) for at in instants(spring, "Europe/Berlin")] == [
        (3, 29, 0), (3, 30, 0), (3, 31, 0), (4, 1, 0),
    ]  # fmt: skip
    assert spring["views"].diff().to_list() == [None, 24.0, 23.0, 24.0]
    autumn = resample(span(datetime(2025, 10, 25, tzinfo=UTC), datetime(2025, 10, 28, tzinfo=UTC)), tz="Europe/Berlin")
    assert instants(autumn) == [datetime(2025, 10, 25, 22, tzinfo=UTC), *(
        datetime(2025, 10, day, 23, tzinfo=UTC) for day in (26, 27)
    )]  # fmt: skip
    assert autumn["views"].diff().to_list() == [None, 25.0, 24.0]


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        # Clocks went from 00:00 to 01:00: the day began with the leap.
        ("America/Sao_Paulo", datetime(2018, 11, 4, tzinfo=UTC), datetime(2018, 11, 4, 3, tzinfo=UTC)),
        # Clocks went from 01:00 back to 00:00: the day began at the first of the two midnights.
        ("America/Havana", datetime(2024, 11, 3, tzinfo=UTC), datetime(2024, 11, 3, 4, tzinfo=UTC)),
    ],
)
def test_a_midnight_that_is_skipped_or_comes_twice(zone: str, day: datetime, begins: datetime) -> None:
    out = resample(span(day - timedelta(hours=2), day + timedelta(hours=20)), tz=zone)
    assert instants(out) == [begins]


def test_a_day_that_has_begun_in_the_east_is_in_the_grid() -> None:
    ends = datetime(2025, 6, 29, 13, tzinfo=UTC), datetime(2025, 6, 30, 13, tzinfo=UTC)
    assert instants(resample(span(*ends), tz="Pacific/Auckland")) == [datetime(2025, 6, 30, 12, tzinfo=UTC)]
    assert instants(resample(span(*ends), tz="Pacific/Pago_Pago")) == [datetime(2025, 6, 30, 11, tzinfo=UTC)]


def test_a_day_that_a_zone_left_out_is_not_in_its_grid_twice() -> None:
    # Samoa had no 30 December 2011.
    out = resample(span(datetime(2011, 12, 28, tzinfo=UTC), datetime(2012, 1, 2, tzinfo=UTC)), tz="Pacific/Apia")
    local = [(at.day, at.hour) for at in instants(out, "Pacific/Apia")]
    assert local == [(28, 0), (29, 0), (31, 0), (1, 0), (2, 0)]


@pytest.mark.parametrize("zone", ZONES)
def test_weeks_begin_on_monday(zone: str) -> None:
    out = resample(span(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC)), "7d", tz=zone)
    assert {(at.weekday(), at.hour) for at in instants(out, zone)} == {(0, 0)}
    assert out.height == 52


def test_hours_are_elapsed_and_keep_their_distance_where_clocks_change() -> None:
    frame = span(datetime(2025, 3, 29, tzinfo=UTC), datetime(2025, 3, 31, tzinfo=UTC))
    out = resample(frame, "6h", tz="Europe/Berlin")
    assert {after - before for before, after in pairwise(instants(out))} == {timedelta(hours=6)}
    assert {at.hour for at in instants(out, "Europe/Berlin")} == {0, 6, 12, 18, 7, 13, 19, 1}
    half = resample(frame, "1h", tz="Asia/Kolkata")
    assert {at.minute for at in instants(half)} == {30}


def test_the_grid_does_not_depend_on_the_readings() -> None:
    frame = readings(*(("a", 7.3 * hour, hour) for hour in range(40)))
    for every in ("7h", "3d", "90m"):
        assert set(instants(resample(frame[11:30], every))) <= set(instants(resample(frame, every)))


@quick
@given(frame=frames(), every=st.sampled_from(["1h", "5h", "1d", "2d"]), zone=st.sampled_from(ZONES))
def test_counts_on_the_grid_are_those_of_a_plain_loop(frame: pl.DataFrame, every: str, zone: str) -> None:
    found = {(video, count): points(frame, video, count) for video in "abc" for count in schema.COUNTS}
    for row in resample(frame, every, max_gap="40h", tz=zone).iter_rows(named=True):
        for count in schema.COUNTS:
            expected = line(found[row["video_id"], count], row["timestamp"], timedelta(hours=40))
            assert close(row[count], expected, scale=1e6)


@quick
@given(frame=frames(), zone=st.sampled_from(ZONES))
def test_every_local_day_between_the_first_reading_and_the_last_begins_once(frame: pl.DataFrame, zone: str) -> None:
    ends = frame.group_by("video_id").agg(first=pl.col("timestamp").min(), last=pl.col("timestamp").max())
    expected = set()
    for video, first, last in ends.rows():
        day = first.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        while day <= last:
            if day >= first:
                expected.add((video, day.astimezone(UTC)))
            day = (day + timedelta(days=1)).replace(hour=0)
    assert sorted(expected) == resample(frame, tz=zone).select("video_id", "timestamp").rows()


@quick
@given(frame=frames())
def test_resampling_the_grid_again_changes_only_fractions_and_zeros_that_look_hidden(frame: pl.DataFrame) -> None:
    once = resample(frame)
    again = resample(once.with_columns(pl.col(schema.COUNTS).round().cast(pl.Int64)))
    hidden = {  # zeros that readings between two instants of the grid had shown to be true
        count: again[count].is_null() & (once[count].round() == 0) for count in schema.COUNTS
    }
    again = again.with_columns(
        pl.when(zero).then(once[count]).otherwise(again[count]).alias(count) for count, zero in hidden.items()
    )
    assert_frame_equal(again, once, abs_tol=0.5)


@quick
@given(frame=frames(), zone=st.sampled_from(ZONES))
def test_lazy_equals_eager_and_the_order_of_rows_is_irrelevant(frame: pl.DataFrame, zone: str) -> None:
    before = frame.clone()
    out, lazy = resample(frame, tz=zone), resample(frame.lazy(), tz=zone)
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect_schema() == out.schema
    assert lazy.collect().equals(out)
    assert resample(frame.reverse(), tz=zone).equals(out)
    assert frame.equals(before)


@quick
@given(frame=frames(huge))
def test_no_number_is_ever_nan_or_infinite(frame: pl.DataFrame) -> None:
    floats = resample(frame, "1h").select(schema.COUNTS)
    assert floats.select((pl.all().is_finite() | pl.all().is_null()).all()).row(0) == (True,) * 4


def test_no_rows_and_one_reading_give_the_same_columns() -> None:
    full = readings(("a", 0, 1), ("a", 30, 2))
    for part, rows in ((full.clear(), 0), (full.head(1), 1), (full.tail(1), 0)):
        assert resample(part).schema == resample(full).schema
        assert resample(part).height == rows
    nobody = full.with_columns(pl.lit(None, dtype=pl.String).alias("video_id"))
    assert resample(nobody).height == 0


@pytest.mark.parametrize("zone", ["Berlin", "Europe", "CEST+1", "", "../UTC", "/etc/localtime", None, 2])
def test_a_time_zone_that_does_not_exist_is_refused(zone: Any) -> None:
    with pytest.raises(
        FrameError, match=r"resample: tz is .*; give the IANA name of a time zone, such as 'Europe/Berlin'"
    ):
        resample(readings(("a", 0, 1)), tz=zone)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"every": "day"}, "resample: every is 'day'; give a duration"),
        ({"every": "0d"}, "resample: every is '0d'; it must be longer than 0"),
        ({"every": timedelta(milliseconds=1500)}, "resample: every is .*; it must be of whole seconds"),
        ({"max_gap": "a week"}, "resample: max_gap is 'a week'; give a duration"),
        ({"by": "channel"}, "resample needs the column 'channel'"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(FrameError, match=message):
        resample(readings(("a", 0, 1)), **parameters)


def test_a_frame_that_would_become_too_large_is_refused_before_it_is_made() -> None:
    many = readings(*((f"v{video}", end, 1) for video in range(300) for end in (0, 9000)))
    for frame in (many, many.lazy()):
        with pytest.raises(
            FrameError, match=r"would have 97,200,000 rows or more; it may have 50,000,000\. Choose a longer"
        ):
            resample(frame, "100s")
    apart = readings(("a", 0, 1), ("b", 20_000, 1))
    with pytest.raises(
        FrameError, match=r"the grid would have 72,000,000 instants between the first reading and the last"
    ):
        resample(apart, "1s")


def test_instants_beyond_the_calendar_are_refused() -> None:
    far = readings(("a", 0, 1)).with_columns(pl.lit(2**58).cast(schema.Instant).alias("timestamp"))
    with pytest.raises(FrameError, match="resample: a timestamp lies outside the years 1 to 9999"):
        resample(far, tz="Europe/Berlin")


def test_bad_frames_are_refused() -> None:
    frame = readings(("a", 0, 1))
    with pytest.raises(MissingColumnError, match=r"resample needs the column 'views'\. lab\.load_stats\(\)"):
        resample(frame.drop(schema.COUNTS))
    with pytest.raises(MissingColumnError, match="resample needs the column 'timestamp'"):
        resample(frame.drop("timestamp"))
    with pytest.raises(FrameError, match="likes is String; a count must be Int64"):
        resample(frame.with_columns(likes=pl.lit("1")))
    with pytest.raises(FrameError, match="the time zone of timestamp is None; it must be UTC"):
        resample(frame.with_columns(pl.col("timestamp").dt.replace_time_zone(None)))
    with pytest.raises(FrameError, match="resample: 1 reading comes twice"):
        resample(pl.concat([frame, frame]))
