"""Pictures of groups, of rankings, of posting times and of the audit, read from their artists."""

from datetime import UTC, datetime, timedelta

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from frames import HOSTILE, frame_of, many, reading
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import influtics_lab as lab
from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.plots import plot_comparison, plot_er_audit, plot_posting_times, plot_ranking, plot_readings, to_png
from influtics_lab.plots.colours import LOOKS, OTHER

RATE = "engagement_rate_median"
MONDAY = datetime(2025, 6, 2, 9, 30, tzinfo=UTC)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def rows_of(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def group(name, value, low=None, high=None, *, n=12, videos=15, **others):
    """One row as lab.compare gives it."""
    row = {
        "platform": name, "videos": videos, "without_age": videos - n, "n": n, "n_effective": 4.5,
        "drawn": "videos", "n_drawn": n, "n_drawn_effective": float(n), "age_hours": 168.0,
        "age": "published", "engagement_parts": "likes+comments", "level_pct": 95.0, f"{RATE}_pct": value,
        f"{RATE}_low_pct": low, f"{RATE}_high_pct": high, "views_median": 12_300.0, "views_median_low": 10_000.0,
        "views_median_high": 20_000.0,
    }  # fmt: skip
    return {**row, **others}


def compared(*rows):
    return pl.DataFrame(list(rows), infer_schema_length=None)


def posted(*rows):
    """Videos by when they were published and their views."""
    return frame_of(
        *(reading(0, views, video_id=f"v{i}", published_at=at, title="t") for i, (at, views) in enumerate(rows))
    )


def audited(*rows):
    names = ("er_reported_pct", "er_first_pct", "er_latest_pct")
    return pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows], schema=dict.fromkeys(names, pl.Float64))


EVERY = {
    "comparison": lambda: plot_comparison(compared(group(HOSTILE, 3.0, 2.0, 4.0), group("YouTube", 2.0, 1.0, 2.5))),
    "ranking": lambda: plot_ranking(many(12)),
    "posting": lambda: plot_posting_times(many(12), hours=6, tz="Asia/Seoul"),
    "audit": lambda: plot_er_audit(audited((3.0, 3.0, 2.0), (4.0, 4.5, 3.0))),
}
every_picture = pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)


@every_picture
def test_the_same_frame_returns_the_same_bytes(draw):
    assert to_png(draw()) == to_png(draw())


@every_picture
def test_the_users_own_settings_change_nothing_and_are_not_changed(draw):
    plain = to_png(draw())
    with mpl.rc_context({"axes.facecolor": "black", "hatch.color": "red", "font.size": 30, "text.parse_math": True}):
        before = dict(mpl.rcParams)
        assert to_png(draw()) == plain
        assert dict(mpl.rcParams) == before


@every_picture
def test_nothing_written_is_taken_for_a_formula(draw):
    ax = draw()
    assert not any(text.get_parse_math() for text in (*ax.texts, *ax.get_yticklabels()) if "$" in text.get_text())
    assert ax.figure.get_facecolor() == (1, 1, 1, 1)


# groups -----------------------------------------------------------------------------------------------------------


def test_an_estimate_is_a_point_and_its_interval_a_line():
    ax = plot_comparison(compared(group("TikTok", 3.46, 2.9, 4.12), group("YouTube", 2.0, 1.5, 2.5)))
    interval, point = ax.get_lines()[:2]
    assert list(interval.get_xdata()) == [2.9, 4.12]
    assert point.get_xydata().tolist() == [[3.46, 0]]
    assert point.get_color() == LOOKS["TikTok"].colour
    assert texts(ax)[:4] == ["3.46 %", "2.90 to 4.12 %", "2.00 %", "1.50 to 2.50 %"]


def test_each_group_states_how_many_of_its_videos_count():
    ax = plot_comparison(compared(group("TikTok", 3.0, 2.0, 4.0), group(None, 1.0, 0.5, 2.0, n=15)))
    assert rows_of(ax) == ["TikTok\n12 of 15 videos", "no platform\n15 videos"]


def test_the_picture_names_estimator_age_parts_and_who_is_missing():
    ax = plot_comparison(compared(group("TikTok", 3.0, 2.0, 4.0)))
    assert ax.get_xlabel() == "engagement rate (%): median of the videos' rates"
    said = texts(ax)[2].replace("\n", " ")
    assert "at 7 days since publication, (likes + comments) / views" in said
    assert "3 videos without a value at that age" in said


def test_the_picture_states_which_level_its_intervals_have():
    for level, words in ((95.0, "lines are 95 % bootstrap intervals"), (99.5, "lines are 99.5 % bootstrap intervals")):
        ax = plot_comparison(compared(group("TikTok", 3.0, 2.0, 4.0, level_pct=level)))
        assert words in texts(ax)[2].replace("\n", " ")
    ax = plot_comparison(
        compared(group("TikTok", 3.0, 2.0, 4.0, level_pct=80.0), group("YouTube", 3.0, 2.0, 4.0, level_pct=95.0))
    )
    assert any("lines are 80 % and 95 % bootstrap intervals" in text.replace("\n", " ") for text in texts(ax))


def test_a_group_too_small_for_an_interval_is_hollow_and_one_without_a_value_empty():
    ax = plot_comparison(compared(group("TikTok", 3.0, n=3), group("YouTube", None, n=0), group("x", 2.0, 1.0, 3.0)))
    (hollow, *_) = ax.get_lines()
    assert hollow.get_markerfacecolor() == "white"
    assert texts(ax)[:4] == ["3.00 %", "too few for an interval", "no value", "no video that counts"]
    assert len(ax.get_lines()) == 3


def test_views_can_be_compared_too():
    ax = plot_comparison(compared(group("TikTok", 3.0, 2.0, 4.0, age=None, age_hours=None)), "views_median")
    assert texts(ax)[:2] == ["12.3k", "10k to 20k"]
    assert any("at each video's last reading, whatever its age" in text.replace("\n", " ") for text in texts(ax))


def test_a_comparison_of_nothing_shows_the_reason():
    assert texts(plot_comparison(compared(group("TikTok", None, n=0))))[-1] == "No group has a video that counts."
    assert texts(plot_comparison(compared(group("x", 1.0)).clear()))[-1] == "There is no group in this frame."


def test_a_comparison_needs_what_compare_returns():
    with pytest.raises(MissingColumnError, match=r'frame\.pipe\(lab\.compare, by="platform"\) adds it'):
        plot_comparison(compared(group("TikTok", 3.0)).drop(f"{RATE}_low_pct"))
    with pytest.raises(MissingColumnError, match="plot_comparison needs the column 'level_pct'"):
        plot_comparison(compared(group("TikTok", 3.0)).drop("level_pct"))
    with pytest.raises(ConfigError, match="plot_comparison: measure is 'mode'"):
        plot_comparison(compared(group("TikTok", 3.0)), "mode")


# ranking ----------------------------------------------------------------------------------------------------------


def test_the_days_of_a_ranking_are_in_the_zone_that_it_names():
    frame = frame_of(reading(20, 900, title="a"))  # 04:30 UTC
    assert "read 02 Jul 2025 to 02 Jul 2025 UTC" in texts(plot_ranking(frame))[-2]
    assert "read 01 Jul 2025 to 01 Jul 2025 America/Chicago" in texts(plot_ranking(frame, tz="America/Chicago"))[-2]
    with pytest.raises(ConfigError, match="plot_ranking: tz is 'Mars', which is no time zone here"):
        plot_ranking(frame, tz="Mars")


def test_names_that_would_be_equal_when_shortened_are_shortened_in_the_middle():
    title = "One recipe for every evening of the week, part {}"
    frame = frame_of(*(reading(0, 9 - i, video_id=f"v{i}", title=title.format(i)) for i in range(3)))
    assert len({label for label in rows_of(plot_ranking(frame)) if label.endswith(("0", "1", "2"))}) == 3


def test_the_largest_last_values_are_bars_from_the_top():
    frame = frame_of(
        reading(0, 900, title="was"), reading(5, 50, title="was"), reading(9, None, title="was"),
        reading(0, 70, video_id="v2", platform="YouTube", title="is"), reading(0, 10, video_id="v3", title="small"),
    )  # fmt: skip
    ax = plot_ranking(frame, top=2)
    assert rows_of(ax) == ["is", "was"]
    assert [(bar.get_width(), bar.get_y() + bar.get_height() / 2) for bar in ax.patches] == [(70, 0), (50, 1)]
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [LOOKS["YouTube"].colour, LOOKS["TikTok"].colour]
    assert [bar.get_hatch() for bar in ax.patches] == [LOOKS["YouTube"].hatch, LOOKS["TikTok"].hatch]
    assert texts(ax)[:2] == ["70", "50"]
    assert texts(ax)[2].startswith("the 2 largest of 3 videos, last values, read 01 Jul 2025 to 01 Jul 2025 UTC")


def test_bars_begin_at_zero_also_where_values_are_negative():
    frame = many(3, 1).with_columns(views_per_hour=pl.Series([5.0, -3.0, 1.0]), views_hours=1.0)
    ax = plot_ranking(frame, "views_per_hour")
    assert ax.get_xlim()[0] < -3
    assert texts(ax)[:3] == ["5/h", "1/h", "-3/h"]
    assert plot_ranking(many(3)).get_xlim()[0] == 0


def test_a_ranking_counts_who_has_no_value():
    frame = frame_of(reading(0, 1, title="a"), reading(0, None, video_id="v2"))
    assert any("1 video, 1 more without a value" in text for text in texts(plot_ranking(frame)))


def test_a_ranking_of_gains_names_the_window_and_marks_lower_bounds():
    frame = frame_of(
        reading(0, 100, title="whole"), reading(30, 400, title="whole"),
        reading(20, 50, video_id="v2", title="part"), reading(30, 1050, video_id="v2", title="part"),
        reading(1, 7, video_id="v3", title="before"),
    )  # fmt: skip
    frame = frame.with_columns(published_at=pl.lit(None, pl.Datetime("us", "UTC")))
    ax = plot_ranking(lab.gained(frame, last="24h", slack="0h"), "views_gained_in_window")
    assert rows_of(ax) == ["part", "whole"]
    assert texts(ax)[:2] == ["≥ 1k", "240"]
    assert texts(ax)[2].startswith("2 videos, 1 more without a value, up to 02 Jul 2025")
    assert "≥ a lower bound" in texts(ax)[2]
    assert "Views gained in 24 h" in texts(ax)


def test_a_ranking_of_an_unknown_platform_and_a_hostile_title():
    ax = plot_ranking(frame_of(reading(0, 5, title=HOSTILE, platform=None)))
    assert rows_of(ax)[0].startswith("<b>x</b> $1 =SUM(A1)")
    assert to_hex(ax.patches[0].get_facecolor()) == OTHER.colour
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["unknown platform (1)"]


def test_a_ranking_refuses_what_it_cannot_draw():
    with pytest.raises(ConfigError, match="plot_ranking: top is 0"):
        plot_ranking(many(1), top=0)
    with pytest.raises(FrameError, match="holds String, not numbers"):
        plot_ranking(many(1), "title")
    with pytest.raises(MissingColumnError, match=r"lab\.engagement_rate"):
        plot_ranking(many(1), "engagement_rate_pct")


# posting times ----------------------------------------------------------------------------------------------------


def cell(ax, day, hour):
    """The shade of a cell, by weekday from 0 and by column."""
    return ax.images[0].get_array()[day, hour]


def test_a_cell_holds_the_median_and_the_number_of_its_videos():
    ax = plot_posting_times(posted(*((MONDAY, views) for views in (10, 20, 90))), hours=2)
    assert texts(ax)[:2] == ["20", "n 3"]
    assert ax.texts[0].get_position() == pytest.approx((4, -0.16))  # Monday, 08:00 to 10:00
    assert rows_of(ax) == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def test_weekday_and_hour_are_those_of_the_time_zone():
    late = MONDAY.replace(hour=23)
    ax = plot_posting_times(posted((late, 5)), tz="Asia/Seoul", hours=1, least=1)
    assert ax.texts[0].get_position() == (8, 1)  # Tuesday 08:30 there
    assert ax.get_xlabel() == "hour of publication (Asia/Seoul)"


def test_summer_time_is_minded():
    winter = datetime(2025, 1, 6, 9, 30, tzinfo=UTC)
    ax = plot_posting_times(posted((winter, 5), (MONDAY, 7)), tz="Europe/Berlin", hours=1, least=1)
    assert {text.get_position() for text in ax.texts[:2]} == {(10, 0), (11, 0)}


def test_cells_with_too_few_videos_are_hatched_and_have_no_shade():
    frame = posted((MONDAY, 10), (MONDAY, 20), *((MONDAY + timedelta(days=1), views) for views in (1, 2, 3)))
    ax = plot_posting_times(frame)
    assert cell(ax, 0, 4).tolist() == [1, 1, 1, 1]
    assert cell(ax, 1, 4).tolist() != [1, 1, 1, 1]
    assert [patch.get_hatch() for patch in ax.patches] == ["////"]
    assert "n 2" in texts(ax)
    assert "10" not in texts(ax)
    assert any("hatched: fewer than 3 videos (1 of 2 cells)" in text for text in texts(ax))


def test_larger_medians_are_darker():
    days = [(MONDAY + timedelta(days=day), 10 ** (day + 1)) for day in range(3) for _ in range(3)]
    ax = plot_posting_times(posted(*days))
    shades = [float(np.sum(cell(ax, day, 4)[:3])) for day in range(3)]
    assert shades == sorted(shades, reverse=True)
    assert {"10", "1k"} <= set(texts(ax)[-4:])


def test_on_given_axes_the_shades_are_reported_in_words():
    ax = plot_posting_times(posted((MONDAY, 5), (MONDAY + timedelta(days=1), 7)), least=1, ax=Figure().subplots())
    assert "light to dark: 5 to 7" in texts(ax)
    assert len(ax.images) == 1


def test_posting_times_say_how_many_videos_have_none():
    ax = plot_posting_times(posted((MONDAY, 1), (None, 2)), least=1)
    assert any("1 video, 1 more without a time of publication" in text.replace("\n", " ") for text in texts(ax))
    nothing = plot_posting_times(posted((None, 2)))
    assert "lab.with_published adds it" in texts(nothing)[-1]


@pytest.mark.parametrize("settings", [{"tz": "Berlin"}, {"tz": "../etc"}, {"hours": 5}, {"least": 0}])
def test_a_setting_of_posting_times_that_is_not_allowed_is_named(settings):
    with pytest.raises(ConfigError, match=f"plot_posting_times: {next(iter(settings))} is "):
        plot_posting_times(many(1), **settings)


# audit ------------------------------------------------------------------------------------------------------------


def test_the_candidate_that_fits_most_is_drawn_and_all_are_counted():
    ax = plot_er_audit(audited((3.0, 3.0, 2.9), (4.0, 4.5, 4.005), (5.0, 5.009, 6.0), (None, 1.0, 1.0)))
    assert ax.get_xlabel() == "recomputed (%): first reading"
    assert {"first reading: 2 of 3", "latest reading: 1 of 3"} <= set(texts(ax))
    assert any(text.startswith("3 videos, 1 more without a rate to compare") for text in texts(ax))


def test_those_that_fit_are_filled_and_the_others_hollow():
    ax = plot_er_audit(audited((3.0, 3.0, 2.9), (4.0, 4.5, 4.005)), "er_first_pct")
    hollow, filled = ax.collections
    assert hollow.get_offsets().tolist() == [[4.5, 4.0]]
    assert filled.get_offsets().tolist() == [[3.0, 3.0]]
    assert to_hex(hollow.get_facecolor()[0]) == "#ffffff"
    assert ax.get_xlim() == ax.get_ylim()


def test_platforms_of_an_audit_are_distinguished_where_they_are_there():
    frame = audited((3.0, 3.0, 2.9), (4.0, 4.0, 4.0))
    assert plot_er_audit(frame).get_legend() is None
    named = plot_er_audit(frame.with_columns(platform=pl.Series(["YouTube", None]))).get_legend().get_texts()
    assert [text.get_text() for text in named] == ["YouTube (1)", "unknown platform (1)"]


def test_an_audit_of_nothing_shows_the_reason():
    assert texts(plot_er_audit(audited()))[-1] == "There is no video in this frame."
    no_report = plot_er_audit(audited((None, 1.0, 1.0)))
    assert texts(no_report)[-1] == "No video in this frame has a reported engagement rate."
    assert texts(plot_er_audit(audited((1.0, None, None))))[-1] == "No video has both a reported and a recomputed rate."


def test_an_audit_needs_what_audit_er_returns():
    with pytest.raises(MissingColumnError, match=r"frame\.pipe\(lab\.audit_er\) adds it"):
        plot_er_audit(pl.DataFrame({"er_reported_pct": [1.0]}))
    with pytest.raises(ConfigError, match="against is 'er_updated_pct'"):
        plot_er_audit(audited((1.0, 1.0, 1.0)), "er_updated_pct")


@pytest.mark.slow
def test_posting_times_take_counts_at_an_age_and_several_rows_only_with_their_instants():
    frame = many(9, 6).with_columns(published_at=pl.col("timestamp").min().over("video_id"))
    at_one_age = frame.sort("timestamp").unique("video_id", keep="last", maintain_order=True)
    without = at_one_age.drop("timestamp")
    assert to_png(plot_posting_times(without)) == to_png(plot_posting_times(at_one_age))
    with pytest.raises(MissingColumnError, match="several rows for a video and no column 'timestamp'"):
        plot_posting_times(frame.drop("timestamp"))


@pytest.mark.parametrize("rows", [40, 3])
def test_a_picture_of_readings_does_not_depend_on_the_order_of_rows(rows):
    flags = {"is_hidden": pl.col("views") % 2 == 0, "is_cached": pl.col("views") % 3 == 0}
    frame = many(9, 6).with_columns(**flags)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
    assert to_png(plot_readings(shuffled, rows=rows)) == to_png(plot_readings(frame, rows=rows))
