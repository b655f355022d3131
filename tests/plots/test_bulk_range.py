"""Axes of pictures in which one old video would squeeze the others: they show the bulk, and say what is beyond."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from frames import START, frame_of, many

import influtics_lab as lab
from influtics_lab.explore import Filters, VideoExplorer, VideoState
from influtics_lab.plots import plot_counts, plot_small_multiples, plot_velocity, to_png
from influtics_lab.plots.bulk_range import Range, find_bulk
from influtics_lab.plots.line_data import Line

DAY_0 = START.timestamp() / 86_400
BY_AGE = "1 video reaches beyond the axis: up to 1,100 days of age"


def with_old(videos: int = 10, *, joined_days: float = 0.0) -> pl.DataFrame:
    """Videos of 3 days, and among them one of 1,100 days that was read since so many days after publication."""
    rows = []
    for place in range(videos):
        days, first = (1100.0, joined_days) if place == 0 else (3.0, 0.0)
        published = START - timedelta(days=days)
        rows += [
            {
                "timestamp": published + timedelta(days=first + (days - first) * step / 9),
                "views": 1 + (videos - place) * 1000 * step, "video_id": f"v{place}", "title": f"video {place}",
                "published_at": published, "created_at": published,
            }
            for step in range(10)
        ]  # fmt: skip
    return frame_of(*rows).pipe(lab.with_age)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def subtitle(ax):
    return next(text for text in texts(ax) if "video" in text and "," in text)


def test_an_axis_of_age_shows_the_bulk_and_says_what_is_beyond():
    ax = plot_counts(with_old(), by="age_hours")
    assert ax.get_xlim()[1] == pytest.approx(72, rel=0.05)
    assert BY_AGE in subtitle(ax)
    (old,) = [line for line in ax.get_lines() if np.max(line.get_xdata()) > 26_000]
    assert len(old.get_xdata()) == 10  # nothing of it is dropped: ax.set_xlim shows it
    assert any(text.startswith("→ 90k  video 0") for text in texts(ax))


def test_an_old_video_that_is_wholly_beyond_the_axis_keeps_its_name():
    ax = plot_counts(with_old(joined_days=1090), by="age_hours")
    assert BY_AGE in subtitle(ax)
    assert any(text.startswith("→ 90k  video 0") for text in texts(ax))
    assert ax.get_ylim()[1] < 90_000  # only what can be seen decides the height
    to_png(ax)


def test_an_axis_of_time_shows_the_bulk_and_names_the_days():
    ax = plot_counts(with_old(), tz="Asia/Tokyo")
    assert ax.get_xlim()[0] == pytest.approx(DAY_0 - 3, abs=0.1)
    assert "1 video reaches beyond the axis: read from 27 Jun 2022 to 01 Jul 2025" in subtitle(ax)


@pytest.mark.parametrize("settings", [{"highlight": ["v0"]}, {"top": 1}, {"top": 3}])
def test_a_video_that_was_asked_for_is_shown_from_end_to_end(settings):
    ax = plot_counts(with_old(), by="age_hours", **settings)
    assert ax.get_xlim()[1] > 24 * 1100
    assert "beyond" not in subtitle(ax)


def test_steps_and_log_scales_are_cut_where_they_are_drawn():
    grown = with_old().pipe(lab.growth, "views")
    assert BY_AGE in subtitle(plot_velocity(grown, by="age_hours", scale="log"))
    line = Line("a", "TikTok", np.array([0.0, 10.0]), np.array([1.0, 100.0]))
    shown = Range(0.0, 5.0)
    assert [shown.cut(line, scale)[1].tolist() for scale in ("linear", "log")] == [
        pytest.approx([1, 50.5]),
        pytest.approx([1, 10]),
    ]


def test_axes_without_a_squeeze_show_everything():
    lines = [Line("a", "TikTok", np.arange(0.0, end), np.arange(0.0, end)) for end in (10, 20, 30, 35)]
    assert find_bulk(lines) == Range(0.0, 34.0)
    dots = [Line("a", "TikTok", np.array([50.0]), np.array([1.0]))] * 8
    assert find_bulk([*lines, *dots]) == Range(0.0, 50.0)  # single readings are not squeezed


def test_small_multiples_share_the_bulk_and_mark_an_empty_panel():
    ax = plot_small_multiples(with_old(joined_days=1090), by="age_hours")
    assert BY_AGE in subtitle(ax)
    assert "beyond the axis" in texts(ax.child_axes[0])
    assert "beyond the axis" not in texts(ax.child_axes[1])
    assert "beyond" not in subtitle(plot_small_multiples(many(3)))


def test_the_status_line_of_an_explorer_says_what_is_beyond():
    frame = with_old(5)
    explorer = VideoExplorer(frame, VideoState(across="age"))
    assert BY_AGE in explorer.status.value
    explorer.state = VideoState(Filters(search="video 0"), across="age")
    assert "beyond" not in explorer.status.value
