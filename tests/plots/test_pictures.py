"""What stands in the pictures: lines, texts and axes, read from the artists."""

from itertools import pairwise

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from frames import HOSTILE, START, frame_of, many, reading, with_growth, with_rate
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.plots import bundled_font, plot_counts, plot_engagement, plot_readings, plot_velocity, to_png
from influtics_lab.plots.colours import COLOURS
from influtics_lab.plots.labels import spread_places
from influtics_lab.schema import FRAME, empty

DAY_0 = START.timestamp() / 86_400
EVERY = {
    "plot_counts": plot_counts,
    "plot_velocity": lambda frame, **settings: plot_velocity(with_growth(frame), **settings),
    "plot_engagement": lambda frame, **settings: plot_engagement(with_rate(frame), **settings),
}
every_plot = pytest.mark.parametrize("plot", EVERY.values(), ids=EVERY)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_a_line_goes_through_the_readings_that_have_the_count():
    ax = plot_counts(frame_of(reading(0, 10), reading(6, None), reading(12, 30), reading(24, 40)))
    (line,) = ax.get_lines()
    assert line.get_xdata() == pytest.approx([DAY_0, DAY_0 + 0.5, DAY_0 + 1])
    assert list(line.get_ydata()) == [10, 30, 40]


@pytest.mark.slow
def test_the_order_of_rows_is_irrelevant():
    frame = many(4)
    assert to_png(plot_counts(frame)) == to_png(plot_counts(frame.sample(fraction=1, shuffle=True, seed=3)))


def test_velocity_is_a_step_over_each_interval():
    ax = plot_velocity(with_growth(frame_of(reading(0, 0), reading(12, 120), reading(36, 120 + 48))))
    (line,) = ax.get_lines()
    assert line.get_xdata() == pytest.approx([DAY_0, DAY_0 + 0.5, DAY_0 + 0.5, DAY_0 + 1.5])
    assert line.get_ydata() == pytest.approx([10, 10, 2, 2])


def test_velocity_leaves_a_gap_where_a_log_scale_has_no_place_for_an_interval():
    frame = with_growth(frame_of(*(reading(12 * i, views) for i, views in enumerate([0, 120, 120, 240]))))
    ax = plot_velocity(frame, scale="log")
    assert np.isnan(ax.get_lines()[0].get_ydata()).tolist() == [False, False, True, False, False]
    said = "1 video, 2 intervals, 1 at 0 or below not on this scale, measured over at least 15 minutes"
    assert said in texts(ax)


def test_velocity_over_age_uses_hours():
    frame = with_growth(frame_of(reading(0, 0), reading(12, 120))).with_columns(age_hours=pl.Series([5.0, 17.0]))
    assert plot_velocity(frame, by="age_hours").get_lines()[0].get_xdata() == pytest.approx([5, 17])


def test_engagement_is_drawn_as_computed_and_states_what_it_is():
    frame = frame_of(reading(0, 100), reading(6, 200)).with_columns(
        engagement_rate_pct=pl.Series([5.0, 4.0]), engagement_parts=pl.lit("likes+comments")
    )
    ax = plot_engagement(frame)
    assert list(ax.get_lines()[0].get_ydata()) == [5, 4]
    assert ax.get_ylabel() == "engagement rate (%)"
    assert "1 video, 2 readings, axis does not start at 0, (likes + comments) / views" in texts(ax)


@pytest.mark.parametrize(
    ("by", "wanted"),
    [("timestamp", "time of reading (UTC)"), ("age_hours", "hours since publication")],
)
def test_the_axes_name_their_units_and_the_time_zone(by, wanted):
    frame = many(2, 3).with_columns(age_hours=pl.lit(1.0) + pl.int_range(pl.len()))
    ax = plot_counts(frame, "likes", by=by)
    assert (ax.get_xlabel(), ax.get_ylabel()) == (wanted, "likes")


def test_platforms_have_their_own_colours_always():
    for frame in (many(3), many(3).reverse(), many(3).filter(pl.col("platform") == "YouTube")):
        drawn = {line.get_color() for line in plot_counts(frame).get_lines()}
        assert drawn == {COLOURS[name] for name in frame["platform"].unique()}


def test_a_platform_that_is_new_or_missing_is_drawn_too():
    frame = frame_of(reading(0, 1, platform="_New$"), reading(0, 1, video_id="v2", platform=None))
    said = [text.get_text() for text in plot_counts(frame).get_legend().get_texts()]
    assert said == ["_New$ (1)", "unknown platform (1)"]


@pytest.mark.slow
def test_few_videos_are_named_at_the_right_with_their_last_value():
    named = [text for text in texts(plot_counts(many(2))) if "  " in text]
    assert named == ["1.99M  Morning stretch", "996k  ext00001"]


def test_many_videos_are_thin_and_the_five_largest_named():
    ax = plot_counts(many(12))
    (*_,) = thin = [
        artist for artist in ax.collections if isinstance(artist, LineCollection) and artist.get_gid() != "leaders"
    ]
    assert sum(len(artist.get_segments()) for artist in thin) == 7
    assert len(ax.get_lines()) == 5
    assert "12 videos, 240 readings" in texts(ax)


def test_top_keeps_the_largest_and_states_of_how_many():
    ax = plot_counts(many(12), top=2)
    last = [line.get_ydata()[-1] for line in ax.get_lines()]
    assert sorted(last) == many(12).group_by("video_id").agg(pl.col("views").last())["views"].sort()[-2:].to_list()
    assert "the 2 largest of 12 videos, 40 readings" in texts(ax)


def test_a_video_that_is_off_the_scale_is_no_reason_to_speak_of_the_largest():
    frame = frame_of(reading(0, 5), reading(0, 0, video_id="v2"))
    assert "1 video, 1 reading, 1 at 0 or below not on this scale" in texts(plot_counts(frame, scale="log"))


def test_videos_without_a_value_are_counted():
    frame = frame_of(reading(0, 1), reading(0, None, video_id="v2"), reading(1, None))
    assert "1 video, 1 reading, 1 more without a value" in texts(plot_counts(frame))


@every_plot
def test_names_do_not_cover_each_other(plot):
    ax = plot(many(8))
    to_png(ax)
    names = [text for text in ax.texts if "  " in text.get_text()]
    boxes = sorted(map(Text.get_window_extent, names), key=lambda box: box.y0)  # Annotation's would hold the arrow
    assert len(boxes) == 8
    assert all(below.y1 <= above.y0 + 2 for below, above in pairwise(boxes))
    assert max(box.x1 for box in boxes) <= 900


def test_names_that_have_room_stay_at_their_line():
    assert spread_places([0.5, 0.1, 0.9], 0.05) == pytest.approx([0.5, 0.1, 0.9])
    assert spread_places([0.5, 0.5], 0.1) == pytest.approx([0.45, 0.55])
    assert spread_places([1.0, 1.0, 0.0], 0.1) == pytest.approx([0.9, 1.0, 0.0])


@every_plot
def test_a_hostile_title_is_text_and_nothing_else(plot):
    ax = plot(many(1, titles=(HOSTILE,)))
    title = next(text for text in ax.texts if ":" in text.get_text())
    assert "<b>x</b> $1 =SUM(A1)" in title.get_text()
    assert not title.get_parse_math()
    to_png(ax)


@every_plot
def test_the_same_frame_returns_the_same_bytes(plot):
    assert to_png(plot(many(9))) == to_png(plot(many(9)))


@every_plot
def test_the_users_own_settings_change_nothing_and_are_not_changed(plot):
    plain = to_png(plot(many(3)))
    with mpl.rc_context({"axes.facecolor": "black", "font.size": 30, "savefig.transparent": True, "lines.marker": "x"}):
        before = dict(mpl.rcParams)
        assert to_png(plot(many(3))) == plain
        assert dict(mpl.rcParams) == before


@every_plot
def test_an_empty_frame_returns_a_picture_with_the_reason(plot):
    ax = plot(empty(FRAME))
    assert "There is no reading in this frame." in texts(ax)
    assert not ax.axison


@pytest.mark.parametrize(
    ("frame", "settings", "why"),
    [
        (frame_of(reading(0, None)), {}, "No reading in this frame has a value in views."),
        (frame_of(reading(0, 0)), {"scale": "log"}, "The one value of views is 0 or below"),
        (
            frame_of(reading(0, 1)).with_columns(age_hours=pl.lit(None, pl.Float64)),
            {"by": "age_hours"},
            "No video in this frame has a known time of publication",
        ),
    ],
)
def test_a_picture_without_values_shows_the_reason(frame, settings, why):
    assert any(text.startswith(why) for text in texts(plot_counts(frame, **settings)))


@pytest.mark.parametrize(
    ("plot", "settings", "wanted"),
    [
        (plot_velocity, {}, 'frame.pipe(lab.growth, "views") adds it'),
        (plot_engagement, {}, "frame.pipe(lab.engagement_rate) adds it"),
        (plot_counts, {"by": "age_hours"}, "frame.pipe(lab.with_age) adds it"),
    ],
)
def test_a_missing_column_states_what_to_pipe(plot, settings, wanted):
    with pytest.raises(MissingColumnError) as told:
        plot(many(1), **settings)
    assert plot.__name__ in str(told.value)
    assert wanted in str(told.value)


def test_stats_alone_lack_the_names():
    with pytest.raises(MissingColumnError, match=r"'platform', 'title', .*Snapshot\.frame\(\)"):
        plot_counts(many(1).select("video_id", "timestamp", "views"))


@pytest.mark.parametrize("frame", [many(1).lazy(), [1, 2], None])
def test_what_is_no_polars_frame_is_refused(frame):
    with pytest.raises(FrameError, match="plot_counts accepts a polars DataFrame"):
        plot_counts(frame)


@pytest.mark.parametrize(
    "settings", [{"count": "shares"}, {"by": "created_at"}, {"scale": "cubic"}, {"top": 0}, {"top": True}, {"top": 1.5}]
)
def test_a_setting_that_is_not_allowed_is_named(settings):
    with pytest.raises(ConfigError, match=f"plot_counts: {next(iter(settings))} is "):
        plot_counts(many(1), **settings)


def test_given_axes_are_drawn_on_and_given_back():
    figure = Figure(layout="constrained")
    ax = figure.subplots()
    assert plot_counts(many(2), ax=ax) is ax
    assert len(ax.get_lines()) == 2


def test_the_background_is_opaque():
    assert plot_counts(many(1)).figure.get_facecolor() == (1, 1, 1, 1)


def test_axes_and_figure_show_themselves_in_a_notebook():
    ax = plot_counts(many(1))
    assert ax._repr_png_() == ax.figure._repr_png_() == to_png(ax)


def test_axes_without_a_figure_are_refused():
    ax = plot_counts(many(1))
    ax.remove()
    with pytest.raises(ConfigError, match="belong to no figure"):
        to_png(ax)


def test_one_reading_in_a_video_makes_a_dot():
    ax = plot_counts(many(1, 1))
    assert ax.get_lines()[0].get_marker() == "o"
    assert ax.get_xlim()[0] < ax.get_lines()[0].get_xdata()[0] < ax.get_xlim()[1]


def test_the_bundled_font_draws_without_any_other():
    with bundled_font():
        ax = plot_counts(many(3))
    assert {name for text in ax.texts for name in text.get_fontfamily()} == {"DejaVu Sans"}


@pytest.mark.parametrize("plot", [plot_counts, plot_engagement, plot_velocity, plot_readings], ids=lambda p: p.__name__)
def test_the_axis_of_time_is_in_the_zone_that_it_names(plot):
    frame = with_rate(with_growth(many(3)))
    assert plot(frame).get_xlabel() == "time of reading (UTC)"
    ax = plot(frame, tz="Asia/Tokyo")
    assert ax.get_xlabel() == "time of reading (Asia/Tokyo)"
    days = [tick for tick in ax.get_xticks() if (tick * 24 + 9) % 24 == 0]  # midnight in Tokyo
    assert days
    assert not [tick for tick in ax.get_xticks() if tick % 1 == 0]  # midnight in UTC
    with pytest.raises(ConfigError, match=f"{plot.__name__}: tz is 'Mars', which is no time zone here"):
        plot(frame, tz="Mars")


def test_an_axis_of_age_has_no_time_zone():
    frame = many(3).with_columns(tracked_age_hours=pl.lit(1.0))
    assert "Tokyo" not in plot_counts(frame, by="tracked_age_hours", tz="Asia/Tokyo").get_xlabel()


def test_a_title_of_the_users_replaces_the_written_one_in_its_place():
    ax = plot_counts(frame_of(reading(0, 1), reading(1, 5)))
    before = ax.written_title.get_window_extent()
    title = ax.set_title("Our three largest", color="#5b2a86")
    assert not ax.written_title.get_visible()
    assert title.get_color() == "#5b2a86"
    ax.figure.draw_without_rendering()
    after = title.get_window_extent()
    assert abs(after.x0 - before.x0) < 2
    assert abs(after.y0 - before.y0) < 4
