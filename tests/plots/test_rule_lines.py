"""Dotted lines where a platform changed what a view is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
from frames import frame_of, reading, with_growth

from influtics_lab.platforms import CountingRule
from influtics_lab.plots import plot_counts, plot_engagement, plot_small_multiples, plot_velocity
from influtics_lab.plots.rule_lines import DOTTED
from influtics_lab.schema import Instant

DAY = datetime(2025, 4, 21, tzinfo=UTC)
MINE = CountingRule(platform="Instagram", changed_on=date(2025, 4, 22), change="x", source="y")


def around(platform: str = "Instagram") -> pl.DataFrame:
    rows = (reading(24 * day, 100 * (day + 1), likes=5, platform=platform) for day in range(6))
    frame = frame_of(*rows)
    at = pl.Series([datetime(2025, 4, day, tzinfo=UTC) for day in range(18, 24)], dtype=Instant)
    return frame.with_columns(timestamp=at, engagement_rate_pct=pl.lit(5.0), published_at=pl.lit(DAY, dtype=Instant))


def rule_lines(ax):
    return [line for line in ax.get_lines() if line.get_gid() == "rule"]


def labels(ax):
    return [text.get_text() for text in ax.texts if text.get_gid() == "rule"]


def test_a_rule_of_a_drawn_platform_is_a_dotted_labelled_line_over_time() -> None:
    for ax in (plot_counts(around()), plot_velocity(with_growth(around())), plot_engagement(around())):
        (line,) = rule_lines(ax)
        assert line.get_xdata()[0] == DAY.timestamp() / 86_400
        assert line.get_linestyle() in {":", DOTTED} or line._dash_pattern[1] is not None
        assert labels(ax) == ["Instagram 2025-04-21: new counting rule"]


def test_other_platforms_counts_and_axes_have_none() -> None:
    assert not rule_lines(plot_counts(around("TikTok")))
    assert not rule_lines(plot_counts(around(), "likes"))
    assert not rule_lines(plot_counts(around().with_columns(age_hours=pl.lit(5.0)), by="age_hours"))


def test_rasters_have_the_line_too_and_users_add_rules() -> None:
    assert labels(plot_counts(around(), show="raster", rules=[MINE])) == [
        "Instagram 2025-04-21: new counting rule",
        "Instagram 2025-04-22: new counting rule",
    ]


def test_each_panel_of_small_multiples_has_the_lines_of_its_platform_and_the_subtitle_names_them() -> None:
    other = around("TikTok").with_columns(video_id=pl.lit("other"))
    frame = pl.concat([around(), other])
    for panel in ("video_id", "platform"):
        ax = plot_small_multiples(frame, panel=panel, rules=[MINE])
        assert sorted(len(rule_lines(small)) for small in ax.child_axes) == [0, 2]
        assert any(
            "dotted: new counting rule (Instagram 2025-04-21; Instagram 2025-04-22)"
            in text.get_text().replace("\n", " ")
            for text in ax.texts
        )
    for silent in (
        plot_small_multiples(frame, "likes"),
        plot_small_multiples(frame.with_columns(age_hours=pl.lit(5.0)), by="age_hours"),
        plot_small_multiples(other),
    ):
        assert not any(map(rule_lines, silent.child_axes))
        assert not any("counting rule" in text.get_text() for text in silent.texts)
