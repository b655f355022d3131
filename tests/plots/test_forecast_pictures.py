"""Forecasts and backtests, read from their artists."""

from __future__ import annotations

import polars as pl
import pytest
from frames import HOSTILE, START, frame_of, reading

from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.plots import plot_backtest, plot_forecast, to_png
from influtics_lab.plots.colours import LOOKS

AGED = frame_of(
    *(
        reading(hours, views, video_id=video, title=title, platform=platform)
        for video, title, platform, last in (("v1", HOSTILE, "TikTok", 900), ("v2", "still", "YouTube", 400))
        for hours, views in ((0, 0), (24, last // 2), (72, last))
    )
).with_columns(age_hours=(pl.col("timestamp") - pl.lit(START)).dt.total_minutes() / 60)


def forecasts(*, refused: tuple[str, ...] = ("v2",)) -> pl.DataFrame:
    rows = []
    for video, now in (("v1", 900), ("v2", 400)):
        made = video not in refused
        rows.append({
            "video_id": video, "platform": "TikTok", "title": None, "external_video_id": None, "age_hours": 72.0,
            "horizon_hours": 720.0, "views_now": now, "views_forecast": 2.0 * now if made else None,
            "views_forecast_low": 1.0 * now if made else None, "views_forecast_high": 3.0 * now if made else None,
            "level_pct": 90.0, "refused": None if made else "younger than 2 days",
        })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("views_forecast", "views_forecast_low", "views_forecast_high").cast(pl.Float64),
        pl.col("title", "external_video_id", "refused").cast(pl.String),
    )


def texts(ax):
    return [text.get_text() for text in ax.texts]


def backtested(coverage: float | None = 91.0) -> pl.DataFrame:
    row = {
        "level_pct": 90.0, "horizon_hours": 720.0, "dates": 4, "outcomes": 200 if coverage else 0, "videos": 90,
        "coverage_pct": coverage, "coverage_low_pct": 86.0, "coverage_high_pct": 95.0, "width_pct": 40.0,
        "error_pct": 8.0, "ratio_error_pct": 9.0, "no_growth_error_pct": 25.0, "beats_ratio": True,
    }  # fmt: skip
    return pl.DataFrame([{"tercile": name, **row, "refused": 7 if name == "all" else None} for name in ("slow", "all")])


def test_a_fan_opens_from_the_last_reading_to_the_limits() -> None:
    ax = plot_forecast(AGED, forecasts())
    (limits,) = [line for line in ax.get_lines() if line.get_gid() == "limits"]
    assert limits.get_xydata().tolist() == [[720.0, 900.0], [720.0, 2700.0]]
    assert limits.get_color() == LOOKS["TikTok"].colour
    assert "900 to 2.7k" in " ".join(texts(ax))
    assert "1 refused" in " ".join(texts(ax))


def test_a_refused_video_that_is_asked_for_has_its_readings_alone() -> None:
    ax = plot_forecast(AGED, forecasts(), highlight=["v2"])
    assert not [line for line in ax.get_lines() if line.get_gid() == "limits"]
    assert any(text.startswith("no forecast") for text in texts(ax))


def test_without_a_forecast_the_picture_names_the_most_frequent_reason() -> None:
    ax = plot_forecast(AGED, forecasts(refused=("v1", "v2")))
    assert texts(ax)[-1] == "No video has a forecast. Of 2 videos: younger than 2 days."
    assert texts(plot_forecast(AGED, forecasts().clear()))[-1] == "There is no forecast in this frame."


def test_a_backtest_has_a_row_for_each_tercile_and_a_line_at_the_level() -> None:
    ax = plot_backtest(backtested())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["slow\n200 outcomes", "all\n200 outcomes"]
    assert any(line.get_xdata()[0] == 90.0 == line.get_xdata()[1] for line in ax.get_lines())
    assert "91.0 % (86.0 to 95.0)" in texts(ax)
    assert "limit +40 %, error 8.0 %, no growth 25.0 %" in texts(ax)
    assert "7 refused" in " ".join(texts(ax))


def test_a_backtest_without_outcomes_is_a_picture_with_the_reason() -> None:
    assert texts(plot_backtest(backtested(None)))[-1] == "No forecast in this frame has an outcome."
    assert texts(plot_backtest(backtested().clear()))[-1] == "No forecast in this frame has an outcome."


def test_the_same_frame_returns_the_same_bytes() -> None:
    assert to_png(plot_forecast(AGED, forecasts())) == to_png(plot_forecast(AGED, forecasts()))
    assert to_png(plot_backtest(backtested())) == to_png(plot_backtest(backtested()))


def test_what_is_missing_or_wrong_raises() -> None:
    with pytest.raises(MissingColumnError, match=r"lab\.forecast\) adds it"):
        plot_forecast(AGED, AGED)
    with pytest.raises(MissingColumnError, match=r"lab\.backtest"):
        plot_backtest(AGED)
    with pytest.raises(FrameError, match="polars DataFrame"):
        plot_backtest(None)
    with pytest.raises(ConfigError, match="'nobody'"):
        plot_forecast(AGED, forecasts(), highlight=["nobody"])
