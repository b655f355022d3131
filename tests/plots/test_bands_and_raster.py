"""Many videos: bands and rasters, and the few lines on top."""

import numpy as np
import polars as pl
import pytest
from frames import START, many, with_growth, with_rate
from matplotlib.collections import LineCollection

from influtics_lab.errors import ConfigError
from influtics_lab.plots import age_bands, curves, plot_cohorts, plot_counts, plot_engagement, plot_velocity, to_png
from influtics_lab.plots.bands_and_raster import count_cells
from influtics_lab.plots.legends import shade_cells

CROWD = 201  # one more than are drawn as lines
AGED = many(CROWD, 8).with_columns(age_hours=(pl.col("timestamp") - START).dt.total_seconds() / 3600)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def median_of(ax):
    return next(line for line in ax.get_lines() if line.get_color() == "#1f2328")


def own(ax):
    return [line for line in ax.get_lines() if line.get_markevery() is not None]


def test_up_to_200_videos_are_lines_and_more_are_not():
    few, crowd = plot_counts(many(200, 3)), plot_counts(many(CROWD, 3))
    thin = [
        len(a.get_segments()) for a in few.collections if isinstance(a, LineCollection) and a.get_gid() != "leaders"
    ]
    assert sum(thin) == 195
    assert not few.images
    assert crowd.images
    assert len(own(crowd)) == 5


def test_the_bands_that_are_drawn_are_those_of_age_bands():
    ax = plot_counts(AGED, by="age_hours", highlight=())
    bands = age_bands(AGED)
    bands = bands.filter(pl.col("n") >= 0.1 * bands["n"].max())
    line = median_of(ax)
    assert line.get_xdata().tolist() == bands["age_hours"].to_list()
    assert line.get_ydata() == pytest.approx(bands["p50"].to_numpy())
    outer, inner = (area.get_paths()[0].vertices for area in ax.collections[:2])
    assert outer[:, 1].max() == pytest.approx(bands["p90"].max())
    assert inner[:, 1].max() == pytest.approx(bands["p75"].max())


def test_bands_end_where_too_few_of_the_videos_are_left():
    old = AGED.filter(pl.col("video_id") == "v00000").with_columns(pl.col("age_hours") + 2000)
    line = median_of(plot_counts(pl.concat([AGED, old.with_columns(video_id=pl.lit("old"))]), by="age_hours"))
    assert line.get_xdata().max() < 100


def test_the_ends_of_the_bands_are_labelled_and_the_numbers_of_videos_stand_below_the_ages():
    ax = plot_cohorts(AGED, highlight=())
    to_png(ax)
    assert [text.split("  ")[0] for text in texts(ax) if "  " in text] == ["p10", "p25", "median", "p75", "p90"]
    assert any(label.get_text().endswith("\nn 201") for label in ax.get_xticklabels())
    assert ax.get_xlabel() == "hours since publication, and how many videos (n) are known then"


def test_the_largest_videos_are_named_or_those_asked_for():
    largest = plot_cohorts(AGED)
    assert sum("v0000" in text or "Morning" in text or "ext" in text for text in texts(largest)) >= 3
    asked = plot_cohorts(AGED, highlight=["v00100"])
    (line,) = own(asked)
    video = AGED.filter(video_id="v00100")
    assert line.get_ydata().tolist() == video["views"].to_list()
    assert line.get_xdata() == pytest.approx(video["age_hours"].to_numpy())
    assert own(plot_cohorts(AGED, highlight=())) == []


def test_a_line_that_was_asked_for_does_not_stretch_the_bands():
    old = AGED.filter(video_id="v00100").with_columns(pl.col("age_hours") * pl.Series([1, 1, 1, 1, 2, 40, 80, 90]))
    frame = pl.concat([AGED.filter(pl.col("video_id") != "v00100"), old], how="vertical_relaxed")
    end = age_bands(frame)["age_hours"].max()
    ax = plot_cohorts(frame, highlight=["v00100"])
    (line,) = own(ax)
    assert end < max(line.get_xdata()) <= 1.5 * end
    assert "1 line cut at 1.5 times the age of the bands" in " ".join(texts(ax)).replace("\n", " ")
    far = old.with_columns(pl.col("age_hours") + 9000)
    (line,) = own(plot_cohorts(pl.concat([frame.filter(pl.col("video_id") != "v00100"), far]), highlight=["v00100"]))
    assert line.get_xdata().tolist() == far["age_hours"].to_list()


def test_a_raster_counts_every_video_once_in_each_column():
    frame = AGED.with_columns(timestamp=pl.col("timestamp").dt.truncate("1h"))
    made = curves(frame, by="timestamp")
    ax = plot_counts(frame, highlight=())
    counted = count_cells(made, *ax.get_ylim(), "linear")
    assert counted.sum(axis=0).tolist() == made.known.tolist()
    assert f"{int(counted.max()):,} videos" in texts(ax)
    assert np.array_equal(np.unique(ax.images[0].get_array(), axis=1), np.unique(shade_cells(counted), axis=1))


def test_a_raster_has_its_rows_where_the_axis_has_them():
    flat = AGED.with_columns(views=pl.when(pl.col("video_id") == "v00003").then(100_000).otherwise(100))
    for scale in ("linear", "log"):
        ax = plot_counts(flat, scale=scale, highlight=())
        image = ax.images[0].get_array()
        rows = np.flatnonzero(image.any(axis=(1, 2)))
        for row, value in zip(rows, (100, 100_000), strict=True):
            share = ax.transAxes.inverted().transform(ax.transData.transform((ax.get_xlim()[0], value)))[1]
            assert row / len(image) <= share <= (row + 1) / len(image)


def test_named_velocities_are_steps_in_a_crowd_too():
    ax = plot_velocity(with_growth(AGED), by="age_hours", highlight=["v00000"])
    (line,) = own(ax)
    first = with_growth(AGED).filter(video_id="v00000")
    assert line.get_xdata()[:4] == pytest.approx(np.repeat(first["age_hours"].to_numpy()[:3], [1, 2, 1]))
    assert line.get_ydata()[:4] == pytest.approx(np.repeat(first["views_per_hour"].to_numpy()[1:3], 2))


@pytest.mark.parametrize(
    ("plot", "column", "by", "scale"),
    [
        (plot_counts, "views", "age_hours", "linear"),
        (plot_counts, "likes", "timestamp", "log"),
        (plot_engagement, "engagement_rate_pct", "age_hours", "linear"),
        (plot_velocity, "views_per_hour", "age_hours", "log"),
        (plot_cohorts, "views", "age_hours", "log"),
    ],
)
def test_curves_give_the_same_bytes_as_their_frame(plot, column, by, scale):
    frame = with_growth(with_rate(AGED))
    count = [column] if plot in {plot_counts, plot_cohorts} else []
    made = curves(frame, column, by=by, rank=column if plot is plot_counts else "views")
    direct = plot(frame, *count, by=by, scale=scale)
    assert to_png(plot(made, *count, by=by, scale=scale)) == to_png(direct)


@pytest.mark.slow
def test_a_choice_of_curves_returns_the_same_bytes_as_a_frame_of_the_chosen():
    ids = [f"v{v:05}" for v in range(0, CROWD, 3)]
    chosen = plot_cohorts(curves(AGED).only(ids))
    assert to_png(chosen) == to_png(plot_cohorts(AGED.filter(pl.col("video_id").is_in(ids))))


def test_curves_of_something_else_are_refused():
    made = curves(AGED, "likes")
    with pytest.raises(ConfigError, match="plot_cohorts draws views by age_hours, but these are curves of likes"):
        plot_cohorts(made)
    with pytest.raises(ConfigError, match="give the frame for lines or top"):
        plot_counts(made, "likes", by="age_hours", top=3)


def test_what_cannot_be_named_is_refused():
    with pytest.raises(ConfigError, match="highlight names 'nobody', which is no video_id of this frame"):
        plot_cohorts(AGED, highlight=["nobody"])
    with pytest.raises(ConfigError, match="highlight names 9 videos"):
        plot_counts(many(20), highlight=[f"v{v:05}" for v in range(9)])


def test_a_highlighted_video_is_named_among_few_too():
    ax = plot_counts(many(12), highlight=["v00011"])
    (line,) = ax.get_lines()
    assert line.get_ydata()[-1] == many(12).filter(video_id="v00011")["views"][-1]


@pytest.mark.parametrize(
    ("frame", "settings", "why"),
    [
        (AGED.clear(), {}, "There is no reading in this frame."),
        (AGED.with_columns(views=pl.lit(None, pl.Int64)), {}, "No reading in this frame has a value in both views"),
        (AGED.with_columns(views=pl.lit(0, pl.Int64)), {}, "All values of views are 0 or below"),
        (AGED.head(1), {"highlight": ()}, "At no age are 10 videos known."),
    ],
)
def test_an_empty_cohort_shows_the_reason(frame, settings, why):
    ax = plot_cohorts(frame, **settings)
    assert any(text.startswith(why) for text in texts(ax))
    assert not ax.axison
