"""The explorer without a browser or a kernel: set a control, look at the state, the texts and the picture's bytes."""

import base64
import io
import json
import random

import polars as pl
import pytest
from frames import HOSTILE, frame_of, many, reading
from matplotlib.image import imread

from influtics_lab import plots
from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.explore import VideoExplorer, VideoState
from influtics_lab.explore.state import PICTURES, SCALES, chosen
from influtics_lab.explore.words import choices, summary, videos_of
from influtics_lab.schema import COUNTS, FRAME, empty


@pytest.fixture(scope="module")
def frame():
    return many(9, 6)


@pytest.fixture
def explorer(frame):
    return VideoExplorer(frame)


def drawn_by(code, frame):
    names = {"frame": frame}
    exec(code, names)
    return names["png"]


def test_it_starts_with_the_largest_of_all(explorer):
    assert explorer.state == VideoState()
    assert imread(io.BytesIO(explorer.image.value)).shape == (500, 900, 4)
    assert explorer.status.value == "9 of 9 videos, 54 of 54 readings left"
    assert explorer.error is None


@pytest.mark.parametrize(
    ("control", "value", "field"),
    [
        ("platform", "YouTube", "platform"),
        ("search", "stretch", "search"),
        ("video", "v00003", "video_id"),
        ("count", "likes", "count"),
        ("picture", "velocity", "picture"),
        ("picture", "engagement", "picture"),
        ("scale", "log", "scale"),
    ],
)
def test_each_control_changes_its_part_of_the_state_and_the_picture(explorer, control, value, field):
    before = explorer.image.value
    getattr(explorer, control).value = value
    assert explorer.state == VideoState(**{field: value})
    assert explorer.image.value != before
    assert explorer.error is None


def test_the_picture_shows_the_videos_that_were_chosen(explorer, frame):
    explorer.platform.value = "YouTube"
    wanted = frame.filter(pl.col("platform") == "YouTube")
    assert explorer.image.value == plots.to_png(plots.plot_counts(wanted, top=5))
    assert explorer.status.value == "3 of 9 videos, 18 of 54 readings left"


def test_the_same_value_does_not_draw_again(explorer, monkeypatch):
    explorer.scale.value = "log"
    monkeypatch.setattr("influtics_lab.explore.video.picture", None)  # would fail if called
    explorer.scale.value = "log"
    explorer.show(explorer.state)
    assert explorer.error is None


def test_metrics_are_computed_once_for_each_count(explorer, monkeypatch):
    explorer.picture.value = "velocity"
    monkeypatch.setattr("influtics_lab.explore.video.growth", None)
    explorer.scale.value, explorer.platform.value = "log", "TikTok"
    assert explorer.error is None


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("scale", SCALES)
def test_code_gives_the_same_bytes(explorer, frame, picture, scale):
    explorer.show(VideoState(platform="TikTok", count="likes", picture=picture, scale=scale))
    assert drawn_by(explorer.code(), frame) == explorer.image.value


def test_code_gives_the_same_bytes_after_any_clicks(frame):
    dice, explorer = random.Random(7), VideoExplorer(frame)
    for _ in range(12):
        explorer.platform.value = dice.choice(["", "TikTok", "YouTube", "Instagram"])
        explorer.search.value = dice.choice(["", "", "STRETCH", "ext000", "'\"\\ \u202e"])
        explorer.video.value = dice.choice([key for _, key in explorer.video.options])
        explorer.picture.value, explorer.scale.value = dice.choice(PICTURES), dice.choice(SCALES)
        explorer.count.value = dice.choice(COUNTS)
        assert drawn_by(explorer.code(), frame) == explorer.image.value


def test_code_stays_on_public_names(explorer):
    explorer.show(VideoState(picture="velocity", platform="TikTok"))
    imports = [line for line in explorer.code().splitlines() if "import" in line]
    assert imports == ["import influtics_lab as lab", "import polars as pl", "from influtics_lab import plots"]
    assert "lab.growth" in explorer.code()


def test_the_state_goes_to_json_and_back(explorer):
    explorer.show(VideoState(search="안녕", count="likes", picture="velocity", scale="log"))
    assert VideoState.from_json(json.loads(json.dumps(explorer.state.to_json()))) == explorer.state


def test_show_sets_the_controls_too(explorer):
    explorer.show(VideoState(platform="YouTube", video_id="v00001", count="likes", scale="log"))
    shown = (explorer.platform.value, explorer.video.value, explorer.count.value, explorer.scale.value)
    assert shown == ("YouTube", "v00001", "likes", "log")


@pytest.mark.parametrize("wrong", [{"count": "shares"}, {"picture": "pie"}, {"scale": "cubic"}])
def test_a_state_that_cannot_be_is_refused(wrong):
    with pytest.raises(ConfigError, match="it can be"):
        VideoState(**wrong)


def test_a_state_of_something_else_is_refused(explorer):
    with pytest.raises(ConfigError, match="colour"):
        VideoState.from_json({"colour": "red"})
    with pytest.raises(ConfigError, match="this frame has Instagram, TikTok, YouTube"):
        explorer.show(VideoState(platform="Other"))


def test_the_list_of_videos_follows_the_other_choices(explorer):
    explorer.platform.value = "YouTube"
    assert [key for _, key in explorer.video.options] == ["", "v00001", "v00004", "v00007"]
    explorer.search.value = "no such title"
    assert [key for _, key in explorer.video.options] == [""]


def test_a_video_that_the_other_choices_leave_out_is_let_go(explorer):
    explorer.video.value = "v00001"
    explorer.platform.value = "TikTok"
    assert explorer.state == VideoState(platform="TikTok")
    assert explorer.video.value == ""


def test_nothing_left_is_told_in_the_picture_and_in_words(explorer):
    explorer.search.value = "no such title"
    assert explorer.error is None
    assert explorer.status.value == "0 of 9 videos, 0 of 54 readings left"
    assert "Nothing to show of views" in explorer.summary.value


def test_a_search_is_a_text_and_no_pattern(explorer):
    explorer.search.value = "$1 =sum(a1)"
    assert explorer.status.value.startswith("3 of 9 videos")


def test_an_error_is_shown_in_place_and_gone_with_the_next_picture(explorer, monkeypatch):
    def broken(*_):
        raise ValueError("<script>no</script>")

    with monkeypatch.context() as patch:
        patch.setattr("influtics_lab.explore.video.picture", broken)
        explorer.scale.value = "log"
    assert "Could not draw: &lt;script&gt;no&lt;/script&gt;" in explorer.status.value
    assert explorer.image.layout.visibility == "hidden"
    assert "ValueError" in explorer.error
    explorer.scale.value = "linear"
    assert explorer.error is None
    assert explorer.image.layout.visibility == "visible"


def test_a_hostile_title_is_escaped_in_words_and_plain_in_the_list(explorer):
    explorer.search.value = "sum"
    assert "&lt;b&gt;x&lt;/b&gt; $1 =SUM(A1) 안녕 🎧" in explorer.summary.value
    assert "<b>" not in explorer.summary.value
    assert explorer.video.options[1][0].startswith(HOSTILE)


def test_titles_that_are_alike_can_be_told_apart_in_the_list(frame):
    texts = [text for text, _ in choices(videos_of(frame.with_columns(title=pl.lit("same"), views=pl.lit(1))))]
    assert len(set(texts)) == len(texts) == 10


def test_of_many_videos_two_hundred_are_listed_and_the_others_found_by_search():
    frame = many(450, 1, titles=(None,))
    explorer = VideoExplorer(frame)
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


def test_engagement_needs_no_count(explorer):
    explorer.picture.value = "engagement"
    assert explorer.count.disabled
    explorer.picture.value = "counts"
    assert not explorer.count.disabled


def test_the_summary_says_what_the_picture_shows(frame):
    said = summary(chosen(frame, VideoState(video_id="v00000")), VideoState(video_id="v00000"))
    assert said == (
        "Views over time, 2025-07-01 to 2025-07-03 UTC, linear scale; 1 video and 6 readings are left. "
        "Morning stretch (TikTok, last 1.57M views)."
    )


def test_without_a_widget_the_picture_is_shown(explorer):
    bundle = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert base64.b64decode(bundle["image/png"]) == explorer.image.value


def test_controls_have_names_and_classes(explorer):
    for name in ("platform", "search", "video", "picture", "count", "scale"):
        control = getattr(explorer, name)
        assert control.description
        assert f"influtics-{name}" in control._dom_classes


def test_an_empty_frame_says_so():
    explorer = VideoExplorer(empty(FRAME))
    assert explorer.error is None
    assert explorer.status.value == "0 of 0 videos, 0 of 0 readings left"


def test_values_that_are_missing_are_no_error():
    frame = frame_of(reading(0, None), reading(0, 5, video_id="v2", platform=None, title="\u202e"))
    explorer = VideoExplorer(frame)
    for picture in PICTURES:
        explorer.picture.value = picture
        assert explorer.error is None


def test_a_frame_that_lacks_columns_is_refused(frame):
    with pytest.raises(MissingColumnError, match="VideoExplorer needs the column 'likes'"):
        VideoExplorer(frame.drop("likes"))
    with pytest.raises(FrameError, match="not a LazyFrame"):
        VideoExplorer(frame.lazy())


def test_the_frame_is_not_changed(frame):
    before = frame.clone()
    explorer = VideoExplorer(frame)
    explorer.picture.value = "velocity"
    assert frame.equals(before)
