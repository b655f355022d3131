"""When videos were posted, and how they did: weekday by hour."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.patches import Rectangle

from influtics_lab.errors import ConfigError, MissingColumnError
from influtics_lab.plots.axis_units import describe_column
from influtics_lab.plots.band_quantiles import Floats, Whole
from influtics_lab.plots.canvas import MUTED, new_axes, style
from influtics_lab.plots.colours import compute_luminance
from influtics_lab.plots.font_text import choose_font
from influtics_lab.plots.labels import draw_empty, format_axes, write_row_names, write_titles
from influtics_lab.plots.legends import draw_shade_key
from influtics_lab.plots.line_plot import PictureText
from influtics_lab.plots.ranking import select_last_values
from influtics_lab.plots.validation import check_at_least_one, check_columns
from influtics_lab.schema import Instant
from influtics_lab.text_format import plural
from influtics_lab.time_zones import check_time_zone

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WIDTHS: Final = (1, 2, 3, 4, 6, 8, 12)
_BLUES: Final = LinearSegmentedColormap.from_list("influtics_blue", ["#e3edf6", "#7fb0d6", "#2a77b0", "#0a3357"])
_WIDE_RANGE: Final = 20  # largest / smallest median from which shades are by factors


@style()
def plot_posting_times(
    frame: pl.DataFrame, column: str = "views", *, tz: str = "UTC", hours: int = 2, least: int = 3,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw the median of a column for each weekday and hour of publication, with how many videos each cell holds.

    Older videos have had more time, so give values of equal age: ``lab.at_age``. A cell shows what videos posted then
    had, not what posting then does.

    Parameters
    ----------
    frame : polars.DataFrame
        One row for each video, as ``lab.at_age`` or ``lab.latest`` returns, or the one frame; then each video's last
        value counts: ``video_id published_at``, the column, and ``timestamp`` where a video has several rows.
    column : str, default "views"
        A count, or any column of numbers, such as ``engagement_rate_pct``.
    tz : str, default "UTC"
        The time zone of weekdays and hours, such as ``"Europe/Berlin"``. The picture names it.
    hours : int, default 2
        Hours that a cell holds: 1, 2, 3, 4, 6, 8 or 12.
    least : int, default 3
        Cells with fewer videos are hatched and have no shade; how many they hold is written in them.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        As ``plot_counts`` returns it.

    Raises
    ------
    MissingColumnError
        If a column is not there; the message names the function that adds it.
    FrameError
        If the frame is no polars DataFrame, or the column holds no numbers.
    ConfigError
        If the time zone is not known, or hours or least is not allowed.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_posting_times(empty(FRAME), tz="Europe/Berlin").texts[-1].get_text()
    'No video in this frame has a value in views.'
    """
    check_at_least_one("plot_posting_times", "least", least)
    if hours not in WIDTHS:
        raise ConfigError(f"plot_posting_times: hours is {hours!r}; it can be {', '.join(map(str, WIDTHS))}.")
    check_time_zone("plot_posting_times: tz", tz)
    data = check_columns(frame, "plot_posting_times", ["video_id", "published_at", column], numeric=column)
    videos = select_last_values(_with_timestamp(data, column), column, "published_at")
    dated = videos.filter(pl.col("published_at").is_not_null())
    target = new_axes(left=0.07, right=0.965, bottom=0.14) if ax is None else ax
    words = describe_column(column)
    title = f"{words.title} by time of publication"
    if dated.is_empty():
        reason = f"No video in this frame has a value in {column}."
        if videos.height:
            reason = "No video in this frame has a known time of publication: lab.with_published adds it."
        return draw_empty(target, title, reason)
    medians, n = _count_cells(dated, tz, hours)
    _draw_cells(target, medians, n, words, hours=hours, least=least)
    format_axes(target, f"hour of publication ({tz})", "", grid="none")
    _write_hours(target, hours)
    write_titles(target, title, *_describe_cells(videos.height, dated.height, n, least))
    return target


def _with_timestamp(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the frame with a ``timestamp``, which one row a video does without."""
    if "timestamp" in frame.columns:
        return frame
    if frame.filter(pl.col(column).cast(pl.Float64).is_finite())["video_id"].is_duplicated().any():
        raise MissingColumnError(
            "plot_posting_times: the frame has several rows for a video and no column 'timestamp' that shows which is "
            "the last; give one row for each video, as lab.at_age does.",
            missing=["timestamp"],
        )
    return frame.with_columns(timestamp=pl.lit(None, Instant))


def _count_cells(videos: pl.DataFrame, tz: str, hours: int) -> tuple[Floats, Whole]:
    """Return the median and the number of videos of each weekday (rows) and so many hours (columns)."""
    local = pl.col("published_at").dt.convert_time_zone(tz)
    cells = videos.select((local.dt.weekday() - 1).alias("day"), (local.dt.hour() // hours).alias("hour"), "value")
    medians = np.full((7, 24 // hours), np.nan)
    n = np.zeros((7, 24 // hours), dtype=np.int64)
    for day, hour, median, held in (
        cells.group_by("day", "hour").agg(pl.col("value").median().alias("m"), pl.len()).rows()
    ):
        medians[day, hour], n[day, hour] = median, held
    return medians, n


def _draw_cells(ax: Axes, medians: Floats, n: Whole, words: PictureText, *, hours: int, least: int) -> None:
    shown = np.where(n >= least, medians, np.nan)
    columns = medians.shape[1]
    ax.set_xlim(-0.5, columns - 0.5)
    scale = _choose_scale(shown)
    shades = _BLUES(scale(np.nan_to_num(shown, nan=float(scale.vmin or 0.0))))
    shades[np.isnan(shown)] = (1, 1, 1, 1)
    ax.imshow(shades, extent=(-0.5, columns - 0.5, 6.5, -0.5), aspect="auto", interpolation="nearest", zorder=1)
    for day, hour in zip(*np.nonzero(n), strict=True):
        known = bool(n[day, hour] >= least)
        if not known:
            ax.add_patch(
                Rectangle(
                    (hour - 0.5, day - 0.5), 1, 1, facecolor="none", edgecolor="#c9ced6", hatch="////", linewidth=0
                )
            )
        _cell_text(
            ax, (hour, day), medians[day, hour] if known else None, int(n[day, hour]), words,
            dark=known and compute_luminance(tuple(shades[day, hour, :3])) < 0.3, wide=hours > 1,
        )  # fmt: skip
    ax.vlines(np.arange(1, columns) - 0.5, -0.5, 6.5, colors="white", linewidths=2, zorder=2)
    ax.hlines(np.arange(1, 7) - 0.5, -0.5, columns - 0.5, colors="white", linewidths=2, zorder=2)
    ax.spines[:].set_visible(False)
    if not np.isnan(shown).all():
        ends = (words.write(float(end)) for end in (np.nanmin(shown), np.nanmax(shown)))
        draw_shade_key(ax, _BLUES, *ends)


def _choose_scale(shown: Floats) -> Normalize:
    if np.isnan(shown).all():
        return Normalize(0, 1)
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    if low > 0 and high / low >= _WIDE_RANGE:
        return LogNorm(low, high)
    return Normalize(low, high if high > low else low + 1)


def _cell_text(
    ax: Axes, at: tuple[int, int], median: float | None, n: int, words: PictureText, *, dark: bool, wide: bool
) -> None:
    colour = "white" if dark else "#1f2328" if median is not None else MUTED
    options: dict[str, Any] = {"ha": "center", "va": "center", "color": colour, "parse_math": False, "zorder": 3}
    small = f"n {n:,}" if wide else f"{n:,}"
    if median is None or not wide:
        ax.text(*at, small, fontproperties=choose_font(small, 7.5), **options)
        return
    large = words.write(median)
    ax.text(at[0], at[1] - 0.16, large, fontproperties=choose_font(large, 8.5), **options)
    ax.text(at[0], at[1] + 0.24, small, fontproperties=choose_font(small, 7), **options)


def _write_hours(ax: Axes, hours: int) -> None:
    ax.set_xticks([hour / hours - 0.5 for hour in range(0, 25, max(hours, 2))])
    ax.set_xticklabels([f"{hour:02}:00" for hour in range(0, 25, max(hours, 2))])
    write_row_names(ax, DAYS)


def _describe_cells(videos: int, dated: int, n: Whole, least: int) -> list[str]:
    few = int(((n > 0) & (n < least)).sum())
    return [
        "each cell: median and number (n) of its videos",
        plural(dated, "video"),
        f"{videos - dated:,} more without a time of publication" if videos > dated else "",
        f"hatched: fewer than {least} videos ({few:,} of {int((n > 0).sum()):,} cells)" if few else "",
    ]
