"""What is the quality explorer's own: marks, stale videos, and tables."""

from datetime import timedelta

import polars as pl
import pytest
from explore.clicks import same

import influtics_lab as lab
from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.explore import Filters, QualityExplorer, QualityState
from influtics_lab.explore.quality_explorer import MARKS
from influtics_lab.schema import COUNTS


@pytest.fixture(scope="module")
def snapshot():
    return lab.sample_snapshot()


@pytest.mark.slow
@pytest.mark.parametrize("marks", MARKS)
@pytest.mark.parametrize("which", ["all", "stale"])
def test_every_mark_is_code(snapshot, marks, which):
    same(QualityExplorer(snapshot, state=QualityState(marks=marks, which=which)), snapshot=snapshot)


@pytest.mark.slow
@pytest.mark.parametrize(("control", "value"), [("marks", "none"), ("which", "stale"), ("platform", "TikTok")])
def test_each_control_changes_the_picture(snapshot, control, value):
    explorer = QualityExplorer(snapshot)
    before = explorer.image.value
    explorer.controls[control].value = value
    assert explorer.image.value != before


@pytest.mark.slow
def test_stale_videos_are_those_not_read_in_the_last_days(snapshot):
    frame = snapshot.frame()
    last = frame.group_by("video_id").agg(pl.col("timestamp").max())
    wanted = last.filter(pl.col("timestamp") < frame["timestamp"].max() - timedelta(days=7))
    explorer = QualityExplorer(snapshot, state=QualityState(which="stale", stale_days=7))
    assert set(explorer.data["video_id"]) == set(wanted["video_id"])
    assert f"; {wanted.height} videos stale" in explorer.status.value


@pytest.mark.slow
def test_the_tables_count_what_is_left(snapshot):
    explorer = QualityExplorer(snapshot)
    reasons = snapshot.rejected.group_by("field", "reason").len()
    assert explorer.extra.value.count("<tr>") == 1 + reasons.height
    explorer.table.value = "flags"
    assert explorer.extra.value.count("<tr>") == 1 + 3
    explorer.platform.value = "TikTok"
    assert explorer.extra.value.count("<tr>") == 1 + 1
    explorer.table.value = "stale"
    assert "Videos not read in the last 3 days" in explorer.extra.value


def test_of_some_videos_only_their_own_rejected_values_are_counted(snapshot):
    explorer = QualityExplorer(snapshot, state=QualityState(Filters("TikTok"), marks="rejected"))
    ids = snapshot.videos.filter(pl.col("platform") == "TikTok")["video_id"]
    wanted = snapshot.rejected.filter(pl.col("video_id").is_in(ids.implode())).height
    assert f"Marked: {wanted} rejected value" in explorer.summary.value


def test_a_failed_poll_is_marked_counted_and_chosen(snapshot):
    frame = snapshot.frame()
    video = frame.filter(pl.col("views") > 0)["video_id"][-1]
    own = frame.filter(pl.col("video_id") == video)
    failed = own.tail(1).with_columns(
        pl.col("timestamp") + pl.duration(hours=6), *(pl.lit(0, pl.Int64).alias(count) for count in COUNTS)
    )
    explorer = QualityExplorer(pl.concat([own, failed]), state=QualityState(marks="failed_poll", table="flags"))
    assert "Marked: 1 failed poll." in explorer.summary.value
    assert "failed_poll" in explorer.extra.value.replace("<wbr>", "")
    explorer.flagged.value = True
    assert explorer.data["is_failed_poll"].to_list() == [False] * own.height + [True]


def test_a_frame_alone_has_nothing_rejected(snapshot):
    explorer = QualityExplorer(snapshot.frame())
    assert "Marked: 0 rejected values" in explorer.summary.value
    assert "rejected" not in explorer.code()


def test_what_makes_no_sense_is_refused(snapshot):
    with pytest.raises(ConfigError, match="its own rejected"):
        QualityExplorer(snapshot, snapshot.rejected)
    with pytest.raises(MissingColumnError, match="reason"):
        QualityExplorer(snapshot.frame(), snapshot.rejected.drop("reason"))
    with pytest.raises(FrameError, match="accepts a polars DataFrame, not a str"):
        QualityExplorer("snapshot")


def test_fixed_options_are_buttons_however_many_there_are(snapshot):
    marks = QualityExplorer(snapshot).marks
    assert type(marks).__name__ == "ToggleButtons"
    assert len(marks.options) == len(MARKS)
