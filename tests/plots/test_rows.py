"""The raster of readings and the small multiples, read from their artists."""

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from frames import HOSTILE, START, frame_of, many, reading
from matplotlib.collections import LineCollection
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.plots import age_bands, plot_readings, plot_small_multiples, to_png
from influtics_lab.plots.colours import LOOKS
from influtics_lab.plots.legends import shade_cells
from influtics_lab.plots.reading_heatmap import MARKS, REJECTED, count_cells, draw_readings
from influtics_lab.plots.reading_times import collect_reading_times
from influtics_lab.schema import FLAGS, FRAME, dtypes, empty
from influtics_lab.schema import REJECTED as REJECTED_TABLE

DAY_0 = START.timestamp() / 86_400
TWO = frame_of(
    reading(6, 1, video_id="late", title="late", platform="YouTube"), reading(0, 1, title="early"),
    reading(12, 2, title="early"),
)  # fmt: skip


def texts(ax):
    return [text.get_text() for text in ax.texts]


def held(ax, frame):
    """How many readings a raster counts, if its cells are coloured by them."""
    counted = count_cells(collect_reading_times(frame, ()), *ax.get_xlim())
    assert np.array_equal(ax.images[0].get_array(), shade_cells(counted))
    return counted.sum()


def keyed(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def rejected(*rows):
    columns = dtypes(REJECTED_TABLE)
    filled = [
        {**dict.fromkeys(columns), "video_id": video, "field": field, "raw_timestamp": raw, "raw_value": "1"}
        for video, field, raw in rows
    ]
    return pl.DataFrame(filled, schema=columns)


def marks(ax, mark):
    """Where a mark stands: (x, row)."""
    found = [line for line in ax.get_lines() if line.get_marker() == mark.marker and line.get_color() == mark.colour]
    return [(float(x), float(y)) for line in found for x, y in line.get_xydata()]


EVERY = {
    "readings": lambda: plot_readings(TWO.with_columns(is_burst=pl.lit(value=True))),
    "raster": lambda: plot_readings(many(50), rows=10),
    "multiples": lambda: plot_small_multiples(many(7)),
    "groups": lambda: plot_small_multiples(many(9), panel="platform", scale="log"),
}
every_picture = pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)


@every_picture
def test_the_same_frame_returns_the_same_bytes(draw):
    assert to_png(draw()) == to_png(draw())


@every_picture
def test_the_users_own_settings_change_nothing_and_are_not_changed(draw):
    plain = to_png(draw())
    with mpl.rc_context({"axes.facecolor": "black", "image.cmap": "jet", "font.size": 30}):
        before = dict(mpl.rcParams)
        assert to_png(draw()) == plain
        assert dict(mpl.rcParams) == before


# readings ---------------------------------------------------------------------------------------------------------


def test_each_video_is_a_row_in_the_order_of_its_first_reading():
    ax = plot_readings(TWO)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["early", "late"]
    assert ax.get_ylim() == (1.5, -0.5)


def test_each_reading_is_a_mark():
    ax = plot_readings(TWO)
    drawn = {
        tuple(path.vertices.mean(axis=0).round(6).tolist())
        for artist in ax.collections[1:]
        for path in artist.get_paths()
    }
    assert drawn == {(round(DAY_0, 6), 0.0), (round(DAY_0 + 0.5, 6), 0.0), (round(DAY_0 + 0.25, 6), 1.0)}
    assert keyed(ax) == ["TikTok (2)", "YouTube (1)"]


def test_flags_are_marked_and_counted():
    ax = plot_readings(TWO.with_columns(is_purge=pl.Series([True, None, False]), is_burst=pl.Series([False] * 3)))
    assert marks(ax, MARKS["is_purge"]) == [(pytest.approx(DAY_0 + 0.25), 1.0)]
    assert keyed(ax)[2:] == ["purge (1)", "burst (0)"]


def test_every_flag_has_a_mark_and_is_drawn():
    assert set(MARKS) == set(FLAGS)
    ax = plot_readings(TWO.with_columns(pl.Series([False, True, False]).alias(flag) for flag in FLAGS))
    assert all(len(marks(ax, mark)) == 1 for mark in MARKS.values())
    assert "failed poll (1)" in keyed(ax)


def test_rejected_values_stand_at_their_instant_or_at_the_right():
    ax = plot_readings(
        TWO,
        rejected(
            ("v1", "stats.views", "2025-07-01 12:30:00+00"), ("v1", "stats.likes", "2025-07-01 12:30:00+00"),
            ("late", "stats.views", "2025-06-31 12:00:00+00"), ("gone", "stats.views", "2025-07-01 12:30:00+00"),
            ("v1", "created_at", None),
        ),
    )  # fmt: skip
    assert marks(ax, REJECTED) == [(pytest.approx(DAY_0 + 4 / 24), 0.0), (1.012, 1.0)]
    assert keyed(ax)[-1] == "rejected (4)"
    said = " ".join(texts(ax)).replace("\n", " ")
    assert "1 rejected value of videos without a reading not shown" in said
    assert "marks right of the axis: the timestamp is no instant" in said


def test_many_videos_become_a_raster_that_holds_every_reading():
    frame = many(50)
    ax = plot_readings(frame, rows=10)
    assert held(ax, frame) == frame.height
    assert ax.get_ylabel() == "videos, in the order of their first readings"
    assert "50 videos, 1,000 readings" in texts(ax)


def test_a_raster_of_thousands_keeps_every_reading_too():
    ids = pl.DataFrame({"video_id": [f"v{i:04}" for i in range(1_000)]})
    frame = many(1, 3).drop("video_id").join(ids, how="cross")
    assert held(plot_readings(frame), frame) == 3_000


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_choice_of_readings_that_are_ready_is_drawn_as_a_frame_of_them(shuffled):
    frame = many(60, 9).with_columns(is_burst=pl.int_range(pl.len()) % 7 == 0, is_purge=pl.lit(None, pl.Boolean))
    frame = frame.sample(fraction=1, shuffle=True, seed=3) if shuffled else frame
    kept = (pl.int_range(frame.height, eager=True) % 3 != 0) & (frame["video_id"] != frame["video_id"][0])
    made = collect_reading_times(frame, MARKS).only(kept.to_numpy())
    assert to_png(draw_readings(made, None)) == to_png(plot_readings(frame.filter(kept)))
    assert made.videos["n"].sum() == kept.sum()
    no_flags = draw_readings(made.marking(["is_purge"]), None)
    assert to_png(no_flags) == to_png(plot_readings(frame.filter(kept).drop("is_burst")))


def test_readings_in_utc_and_hostile_titles_as_text():
    ax = plot_readings(frame_of(reading(0, 1, title=HOSTILE)))
    assert ax.get_xlabel() == "time of reading (UTC)"
    (label,) = ax.get_yticklabels()
    assert label.get_text().startswith("<b>x</b> $1 =SUM(A1)")
    assert not label.get_parse_math()
    assert date2num(START) == pytest.approx(DAY_0)


def test_readings_of_nothing_say_why_and_bad_input_is_named():
    assert texts(plot_readings(empty(FRAME)))[-1] == "There is no reading in this frame."
    with pytest.raises(ConfigError, match="plot_readings: rows is 0"):
        plot_readings(TWO, rows=0)
    with pytest.raises(MissingColumnError, match=r"plot_readings \(rejected\) needs the columns 'video_id', 'field'"):
        plot_readings(TWO, pl.DataFrame({"raw_timestamp": ["x"]}))


# small multiples --------------------------------------------------------------------------------------------------


def heads(ax):
    return [tuple(text.get_text() for text in panel.texts) for panel in ax.child_axes]


def test_each_video_has_a_panel_the_largest_first():
    ax = plot_small_multiples(many(3))
    last = many(3).group_by("video_id", maintain_order=True).last()
    ends = [panel.get_lines()[0].get_ydata().tolist() for panel in ax.child_axes]
    assert ends == [[views] for views in last["views"]]
    assert heads(ax)[:2] == [("Morning stretch", "1.99M"), ("ext00001", "996k")]


def test_the_other_videos_stand_behind_in_grey():
    ax = plot_small_multiples(many(3))
    for panel in ax.child_axes:
        behind, own = (artist for artist in panel.collections if isinstance(artist, LineCollection))
        assert (len(behind.get_segments()), len(own.get_segments())) == (2, 1)


@pytest.mark.slow
def test_all_panels_have_the_same_axes_and_say_units_once():
    ax = plot_small_multiples(many(5), columns=2)
    assert len({(panel.get_xlim(), panel.get_ylim()) for panel in ax.child_axes}) == 1
    assert "time of reading (UTC)" in texts(ax)
    lefts = [panel.yaxis.get_tick_params()["labelleft"] for panel in ax.child_axes]
    assert lefts == [True, False, True, False, True]


def test_only_the_largest_have_a_panel_and_the_picture_states_of_how_many():
    ax = plot_small_multiples(many(9), top=4)
    assert len(ax.child_axes) == 4
    assert any(text.startswith("the 4 largest of 9 videos") for text in texts(ax))


def test_groups_have_a_panel_each_with_all_their_videos():
    ax = plot_small_multiples(many(9), panel="platform")
    assert heads(ax) == [("Instagram", "3 videos"), ("TikTok", "3 videos"), ("YouTube", "3 videos")]
    colours = [panel.collections[-1].get_colors()[0, :3].tolist() for panel in ax.child_axes]
    assert colours == [list(mpl.colors.to_rgb(LOOKS[name].colour)) for name in ("Instagram", "TikTok", "YouTube")]
    assert [len(panel.collections[-1].get_segments()) for panel in ax.child_axes] == [3, 3, 3]


def test_large_groups_are_bands_as_age_bands_returns_them():
    frame = many(70, 5).with_columns(
        platform=pl.lit("TikTok"), age_hours=(pl.col("timestamp") - START).dt.total_seconds() / 3600
    )
    (panel,) = plot_small_multiples(frame, panel="platform", by="age_hours").child_axes
    (median,) = panel.get_lines()
    assert median.get_ydata() == pytest.approx(age_bands(frame)["p50"].to_numpy())
    assert np.isfinite(median.get_ydata()).all()


def test_given_axes_hold_the_panels():
    ax = Figure().subplots()
    assert plot_small_multiples(many(2), ax=ax) is ax
    assert len(ax.child_axes) == 2


@pytest.mark.slow
def test_hostile_titles_and_a_missing_group_are_text():
    frame = many(2, titles=(HOSTILE,)).with_columns(campaign=pl.lit(None, pl.String))
    assert heads(plot_small_multiples(frame))[0][0].startswith("<b>x</b> $1")
    assert heads(plot_small_multiples(frame, panel="campaign")) == [("no campaign", "2 videos")]


def test_multiples_of_nothing_say_why_and_bad_input_is_named():
    nothing = plot_small_multiples(many(2).with_columns(views=pl.lit(0, pl.Int64)), scale="log")
    assert "All values of views are 0 or below" in texts(nothing)[-1]
    unread = plot_small_multiples(many(2).with_columns(views=pl.lit(None, pl.Int64)))
    assert "value in views" in texts(unread)[-1]
    with pytest.raises(ConfigError, match="plot_small_multiples: columns is 0"):
        plot_small_multiples(many(1), columns=0)
    with pytest.raises(MissingColumnError, match=r"lab\.with_age"):
        plot_small_multiples(many(1), by="age_hours")
    with pytest.raises(FrameError, match="holds String, not numbers"):
        plot_small_multiples(many(1), "title")


def test_the_panels_are_in_the_zone_that_their_axis_names():
    ax = plot_small_multiples(many(2), tz="Asia/Tokyo")
    assert "time of reading (Asia/Tokyo)" in [text.get_text() for text in ax.texts]
    days = [tick for tick in ax.child_axes[0].get_xticks() if (tick * 24 + 9) % 24 == 0]  # midnight in Tokyo
    assert days
    assert plot_small_multiples(many(2)).texts[0].get_text() == "time of reading (UTC)"
    with pytest.raises(ConfigError, match="plot_small_multiples: tz is 'Mars', which is no time zone here"):
        plot_small_multiples(many(2), tz="Mars")


def test_panels_on_a_log_scale_count_what_they_cannot_show():
    frame = pl.concat([many(2), many(1).with_columns(video_id=pl.lit("none"), views=pl.lit(None, pl.Int64))])
    zero = frame.with_columns(views=pl.when(pl.int_range(pl.len()) == 0).then(0).otherwise("views"))
    words = [text.get_text() for text in plot_small_multiples(zero, scale="log").texts]
    assert any("1 more without a value, 1 at 0 or below not on this scale" in text for text in words)
