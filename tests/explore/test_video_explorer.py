"""What is the video explorer's own: the largest or one, its list of videos, and its pictures."""

import polars as pl
import pytest
from explore.clicks import run, same
from frames import HOSTILE, frame_of, many, reading

from influtics_lab import plots
from influtics_lab.explore import Filters, VideoExplorer, VideoState
from influtics_lab.explore.explorer_state import PICTURES
from influtics_lab.explore.selection_text import list_choices, summarise_videos
from influtics_lab.explore.video_explorer import ACROSS, SCALES
from influtics_lab.schema import COUNTS


@pytest.fixture(scope="module")
def frame():
    return many(9, 6)


@pytest.fixture
def explorer(frame):
    return VideoExplorer(frame)


@pytest.fixture(scope="module")
def shared(frame):
    """Return an explorer for tests that show a state of their own first."""
    return VideoExplorer(frame)


def test_it_starts_with_the_largest_of_all(explorer):
    assert explorer.state == VideoState()
    assert explorer.data["video_id"].unique().sort().to_list() == [f"v0000{n}" for n in range(5)]
    assert "; the 5 largest are drawn" in explorer.status.value


def test_the_largest_are_those_with_the_largest_last_value_that_is_left():
    frame = pl.concat(frame_of(reading(0, v, video_id=f"v{v}"), reading(9, 20 - v, video_id=f"v{v}")) for v in range(9))
    explorer = VideoExplorer(frame)
    assert explorer.data["video_id"].unique().sort().to_list() == ["v0", "v1", "v2", "v3", "v4"]
    explorer.show(VideoState(Filters(until="2025-06-30")))
    assert explorer.data.is_empty()
    same(explorer, frame=frame)


@pytest.mark.parametrize(
    ("control", "value"),
    [("video", "v00003"), ("count", "likes"), ("picture", "velocity"), ("picture", "engagement"), ("across", "age"),
     ("scale", "log")],
)  # fmt: skip
def test_each_control_changes_the_picture(explorer, control, value):
    before = explorer.image.value
    getattr(explorer, control).value = value
    assert explorer.image.value != before
    assert explorer.error is None


def test_the_picture_shows_the_videos_that_were_chosen(explorer, frame):
    explorer.platform.value = "YouTube"
    assert explorer.image.value == plots.to_png(plots.plot_counts(frame.filter(pl.col("platform") == "YouTube")))
    assert "3 of 9 videos, 18 of 54 readings left" in explorer.status.value


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("across", ACROSS)
@pytest.mark.parametrize("scale", SCALES)
def test_every_picture_is_code(shared, frame, picture, across, scale):
    shared.show(VideoState(Filters("TikTok", count="likes"), picture=picture, across=across, scale=scale))
    same(shared, frame=frame)


def test_growth_is_of_all_readings_before_some_are_left_out(shared, frame):
    shared.show(VideoState(Filters(since="2025-07-03"), "v00000", "velocity"))
    assert shared.data["views_gained"].null_count() == 0
    assert run(shared, frame=frame)["data"].equals(shared.data)


def test_the_list_of_videos_follows_the_other_choices(explorer):
    explorer.platform.value = "YouTube"
    assert [key for _, key in explorer.video.options] == ["", "v00001", "v00004", "v00007"]
    explorer.search.value = "no such title"
    assert [key for _, key in explorer.video.options] == [""]


def test_a_video_that_the_filters_leave_out_is_dropped(explorer):
    explorer.video.value = "v00001"
    explorer.platform.value = "TikTok"
    assert explorer.state == VideoState(Filters("TikTok"))
    assert explorer.video.value == ""


def test_equal_titles_get_their_ids_in_the_list(frame):
    alike = summarise_videos(frame.with_columns(title=pl.lit("same"), views=pl.lit(1)))
    texts = [text for text, _ in list_choices(alike, "all")]
    assert len(set(texts)) == len(texts) == 10


def test_of_many_videos_two_hundred_are_listed_and_the_others_found_by_search():
    explorer = VideoExplorer(many(450, 1, titles=(None,)))
    assert len(explorer.video.options) == 201
    assert explorer.video.options[0][0] == "the 5 largest (listed: 200 of 450; search for others)"
    explorer.search.value = "ext00449"
    assert [key for _, key in explorer.video.options] == ["", "v00449"]
    explorer.show(VideoState(video_id="v00301"))
    assert explorer.video.value == "v00301"


def test_the_buttons_go_through_the_list_and_around_its_ends(explorer):
    explorer.platform.value = "YouTube"
    seen = []
    for button in (explorer.next, explorer.next, explorer.previous, explorer.previous, explorer.previous):
        button.click()
        seen.append(explorer.state.video_id)
    assert seen == ["v00001", "v00004", "v00001", None, "v00007"]


def test_many_platforms_are_a_list_and_few_are_buttons(explorer):
    frame = pl.concat(many(1).with_columns(video_id=pl.lit(str(i)), platform=pl.lit(f"P{i}")) for i in range(9))
    assert type(VideoExplorer(frame).platform).__name__ == "Dropdown"
    assert type(explorer.platform).__name__ == "ToggleButtons"


def test_where_no_status_is_known_there_is_none_to_choose(explorer):
    assert "status" not in explorer.controls


@pytest.mark.slow
def test_engagement_needs_no_count(explorer):
    explorer.picture.value = "engagement"
    assert explorer.count.disabled
    explorer.picture.value = "counts"
    assert not explorer.count.disabled


def test_the_summary_describes_the_picture(shared):
    shared.show(VideoState(video_id="v00000"))
    assert (
        "Views over time, 2025-07-01 to 2025-07-03 UTC, linear scale; 1 video, 6 values. "
        "Morning stretch (TikTok, last 1.57M views)."
    ) in shared.summary.value


def test_the_summary_names_what_is_counted_as_engagement(shared):
    shared.show(VideoState(picture="engagement"))
    said = "Engagement rate, (likes + comments + reposts where reported) / views over time"
    assert said in shared.summary.value


def test_a_hostile_title_is_plain_in_the_list(explorer):
    explorer.search.value = "sum"
    assert "&lt;b&gt;x&lt;/b&gt; $1 =SUM(A1) 안녕 🎧" in explorer.summary.value
    assert explorer.video.options[1][0].startswith(HOSTILE)


@pytest.mark.slow
def test_values_that_are_missing_are_no_error():
    frame = frame_of(reading(0, None), reading(0, 5, video_id="v2", platform=None, title="\u202e"))
    explorer = VideoExplorer(frame)
    for picture in PICTURES:
        for count in COUNTS:
            explorer.picture.value, explorer.count.value = picture, count
            assert explorer.error is None
            same(explorer, frame=frame)
