"""The dashboard: one state decides for tiles, table and picture, and its figures are those of the public functions."""

import json
import re
from datetime import date, timedelta

import polars as pl
import pytest
from frames import HOSTILE, many

import influtics_lab as lab
from influtics_lab.errors import ConfigError
from influtics_lab.explore import Dashboard, Filters, QualityExplorer, QualityState, VideoState
from influtics_lab.explore.dashboard_figures import MOST_ROWS, build_tiles, find_gains, list_rows
from influtics_lab.explore.frame_source import FrameSource
from influtics_lab.schema import COUNTS


@pytest.fixture(scope="module")
def sample():
    return lab.sample_snapshot()


@pytest.fixture
def frame():
    return many(12, 30).with_columns(thumbnail_url=pl.lit("https://images.example/1.webp"))


def test_tiles_are_what_the_public_functions_return(sample):
    frame, tiles = sample.frame(), build_tiles(FrameSource(sample, "test"), Filters())
    for tile, window in zip(tiles[1:3], ("24h", "7d"), strict=True):
        now = lab.gained(frame, last=window)
        length = timedelta(hours=24 if window == "24h" else 168)
        before = lab.gained(frame, last=window, until=now["window_end"].max() - length)
        for text, gains in ((tile.value, now), (tile.change, before)):
            assert f"{lab.total_gained(gains).value:+,.0f}" in text
    assert tiles[0].value == f"{frame.pipe(lab.latest)['views'].sum():,}"
    groups = lab.compare(frame.with_columns(all=pl.lit("all")), by="all")
    assert tiles[3].value == f"{groups['engagement_rate_pooled_pct'][0]:.2f} %"


def test_the_change_is_that_of_videos_known_exactly_in_both_periods():
    frame = many(3, 60, titles=("a",)).with_columns(published_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")))
    source = FrameSource(frame, "test")
    now, before = (find_gains(source, Filters(), "24h", before=when) for when in (False, True))
    assert set(now["views_gained_status"]) == set(before["views_gained_status"]) == {"exact"}
    pct = 100 * (now["views_gained_in_window"].sum() / before["views_gained_in_window"].sum() - 1)
    assert f"▼ {-pct:.0f} % for the 3 known exactly in both" in build_tiles(source, Filters())[1].change


def test_gains_beyond_64_bits_are_not_available(sample):
    frame = sample.frame().with_columns(pl.lit(2**63 - 1).alias(count) for count in ("views", "likes", "comments"))
    assert "views gained" in build_tiles(FrameSource(frame, "test"), Filters())[1].name


@pytest.mark.slow
def test_filters_decide_for_tiles_table_and_picture(sample):
    dashboard = Dashboard(sample)
    dashboard.platform.value = "YouTube"
    dashboard.until.value = date(2025, 6, 20)
    names = {row["platform"] for row in dashboard.rows.rows}
    assert names == {"YouTube"}
    left = sample.frame().filter(pl.col("platform") == "YouTube", pl.col("timestamp") < date(2025, 6, 21))
    assert dashboard.rows.total == len(dashboard.rows.rows) == left["video_id"].n_unique()
    assert f">{left.pipe(lab.latest)['views'].sum():,}</div><div>total views" in dashboard.tiles.value
    assert "end at 2025-06-21 00:00 UTC" in dashboard.tiles.value
    assert dashboard.data["platform"].unique().to_list() == ["YouTube"]


@pytest.mark.slow
def test_a_row_that_is_chosen_is_drawn_and_the_other_way_round(sample):
    dashboard = Dashboard(sample)
    video = dashboard.rows.rows[3]["id"]
    dashboard.rows.selected = video
    assert dashboard.state.video_id == dashboard.video.value == video
    assert dashboard.data["video_id"].unique().to_list() == [video]
    dashboard.video.value = ""
    assert dashboard.rows.selected == ""


def test_rows_have_what_is_known_of_each_video(sample):
    rows = {row["id"]: row for row in list_rows(FrameSource(sample, "test"), Filters())}
    frame = sample.frame()
    gains = {row["video_id"]: row for row in lab.gained(frame, last="7d").iter_rows(named=True)}
    for video in frame.pipe(lab.latest).iter_rows(named=True):
        row = rows[video["video_id"]]
        assert row["views"] == video["views"]
        gain = gains[video["video_id"]]["views_gained_in_window"]
        assert row["gained"] == (None if gain is None else round(gain))
        assert (row["age"] is None) == (video["published_at"] is None)
        assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in row["spark"])
        assert len(row["spark"]) <= 25
    assert json.dumps(list(rows.values()))


@pytest.mark.slow
def test_creators_have_a_filter_and_a_column_where_the_frame_names_them(frame):
    first = pl.col("video_id") < "v00006"
    named = frame.with_columns(creator=pl.when(first).then(pl.lit("Ada")).otherwise(pl.lit("Bo")))
    dashboard = Dashboard(named)
    dashboard.creator.value = "Ada"
    assert {row["creator"] for row in dashboard.rows.rows} == {"Ada"}
    assert len(dashboard.rows.rows) == 6
    assert "pl.col(\"creator\") == 'Ada'" in dashboard.code()
    assert not hasattr(Dashboard(frame), "creator")


@pytest.mark.slow
def test_thumbnails_are_named_only_where_they_are_allowed(frame):
    assert {row["thumbnail"] for row in Dashboard(frame).rows.rows} == {""}
    assert {row["thumbnail"] for row in Dashboard(frame, thumbnails=True).rows.rows} == {
        "https://images.example/1.webp"
    }
    unsafe = frame.with_columns(thumbnail_url=pl.lit("javascript:alert(1)"))
    assert {row["thumbnail"] for row in Dashboard(unsafe, thumbnails=True).rows.rows} == {""}


def test_hostile_titles_are_text_in_every_html(frame):
    hostile = frame.with_columns(title=pl.lit("</script><script>alert(1)</script>" + HOSTILE))
    dashboard = Dashboard(hostile, VideoState(video_id="v00001"))
    for page in (dashboard._repr_mimebundle_()["text/html"], dashboard.page()):
        assert "<script>alert" not in page
        assert "<b>x" not in page
    assert dashboard.page().count("</script>") == 1


def test_the_page_needs_no_host(frame):
    page = Dashboard(frame, thumbnails=True).page()
    assert "images.example" not in page
    assert re.findall(r"""(?:src|href)=["']https?://""", page) == []
    assert "default-src 'none'" in page


@pytest.mark.slow
def test_more_videos_than_a_table_holds_are_counted():
    dashboard = Dashboard(many(MOST_ROWS + 5, 1))
    assert len(dashboard.rows.rows) == MOST_ROWS
    assert dashboard.rows.total == MOST_ROWS + 5


@pytest.mark.slow
def test_an_empty_selection_has_tiles_without_numbers(sample):
    dashboard = Dashboard(sample)
    dashboard.search.value = "no such title"
    assert dashboard.error is None
    assert dashboard.rows.rows == []
    assert "not available" in dashboard.tiles.value


def test_its_time_zone_decides_for_days_and_instants_and_is_in_the_code(sample):
    state = VideoState(Filters(since="2025-06-10", until="2025-06-20"))
    dashboard = Dashboard(sample, state, tz="America/Chicago")
    assert "end at 2025-06-21 00:00 America/Chicago" in dashboard.tiles.value
    assert "UTC" not in dashboard.tiles.value + dashboard.summary.value
    assert "2025-06-10 to 2025-06-20 America/Chicago" in dashboard.summary.value
    days = dashboard.data["timestamp"].dt.convert_time_zone("America/Chicago").dt.date()
    assert (days.min(), days.max()) == (date(2025, 6, 10), date(2025, 6, 20))
    names = {"snapshot": sample}
    exec(dashboard.code(), names)
    assert names["png"] == dashboard.png()
    assert names["data"].equals(dashboard.data)
    with pytest.raises(ConfigError, match="tz is 'Mars', which is no time zone here"):
        Dashboard(sample, tz="Mars")


def test_readings_are_drawn_in_the_zone_of_the_filters(sample):
    explorer = QualityExplorer(sample, state=QualityState(Filters(tz="Asia/Tokyo"), table="stale"))
    assert "tz='Asia/Tokyo'" in explorer.code()
    assert "Asia/Tokyo" in explorer.summary.value
    assert "last read (Asia/Tokyo)" in explorer.extra.value


@pytest.mark.parametrize("day", ["2025-06-30", "2025-07-01", "2025-07-02"])
def test_a_last_day_after_the_newest_counts_and_before_a_failed_poll_has_tiles(sample, day):
    frame = sample.frame().sort("timestamp")
    failed = {"timestamp": pl.col("timestamp") + timedelta(days=3)} | dict.fromkeys(COUNTS, pl.lit(0, pl.Int64))
    source = FrameSource(pl.concat([frame, frame.tail(1).with_columns(**failed)]), "Dashboard")
    whole = FrameSource(frame, "Dashboard")
    assert build_tiles(source, Filters(until=day)) == build_tiles(whole, Filters(until=day))
    assert find_gains(source, Filters(until=day), "7d").equals(find_gains(whole, Filters(), "7d"))


def test_rates_in_tiles_have_the_digits_that_tables_give_them() -> None:
    frame = many(6).with_columns(likes=(pl.col("views") * 0.1234).cast(pl.Int64), comments=pl.lit(0), reposts=pl.lit(0))
    tiles = [tile for tile in build_tiles(FrameSource(frame, "test"), Filters()) if tile.name.startswith("engagement")]
    assert [tile.value for tile in tiles] == ["12.3 %", "12.3 %"]
