"""The engagement rate that the service reports, against the same rate computed from its own counts."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from influtics_lab.defaults import ER_TOLERANCE_PCT
from influtics_lab.errors import MissingColumnError
from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import GRID, INK, MUTED, new_axes, style
from influtics_lab.plots.colours import UNKNOWN, find_look, order_platforms
from influtics_lab.plots.font_text import write_text
from influtics_lab.plots.labels import draw_empty, format_axes, write_titles
from influtics_lab.plots.legends import write_platform_key
from influtics_lab.plots.validation import check_columns, check_one_of
from influtics_lab.text_format import plural

_CROWD: Final = 200  # videos from which marks are small
CANDIDATES: Final = {
    "er_first_pct": "first reading",
    "er_updated_pct": "reading at stats_last_updated",
    "er_latest_pct": "latest reading",
    "er_counts_pct": "reported counts",
}


@style()
def plot_er_audit(frame: pl.DataFrame, against: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the reported engagement rate of each video over the one computed from its counts.

    A video on the diagonal is reported as it was computed. Beside the picture is listed how many fit each candidate,
    within 0.01 percentage points.

    Parameters
    ----------
    frame : polars.DataFrame
        What ``lab.audit_er`` returns: one row for each video, with ``er_reported_pct`` and a column for each candidate.
        With a column ``platform`` joined on, platforms have looks of their own.
    against : str, optional
        The candidate to draw, such as ``"er_latest_pct"``; else the one that fits most videos.
    ax : matplotlib.axes.Axes, optional
        Where to draw. The candidates are listed at the right of the axes: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        As ``plot_counts`` returns it.

    Raises
    ------
    MissingColumnError
        If a column is not there; the message names the function that adds it.
    FrameError
        If the frame is no polars DataFrame.
    ConfigError
        If there is no such candidate.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_er_audit(empty(FRAME))
    Traceback (most recent call last):
    ...
    influtics_lab.errors.MissingColumnError: plot_er_audit needs a column such as 'er_latest_pct', which is not there:
    frame.pipe(lab.audit_er) adds it.
    """
    data = check_columns(frame, "plot_er_audit", ["er_reported_pct"])
    candidates = [name for name in CANDIDATES if name in data.columns]
    if not candidates:
        raise MissingColumnError(
            "plot_er_audit needs a column such as 'er_latest_pct', which is not there: "
            "frame.pipe(lab.audit_er) adds it.",
            missing=["er_latest_pct"],
        )
    if against is not None:
        check_one_of("plot_er_audit", "against", against, candidates)
    fits = {name: _count_fits(data, name) for name in candidates}
    drawn = against or max(candidates, key=lambda name: fits[name][0])
    points = data.filter(pl.col("er_reported_pct").is_finite() & pl.col(drawn).is_finite())
    target = new_axes(right=0.64) if ax is None else ax
    if points.is_empty():
        return draw_empty(target, "Reported engagement rate", _explain_empty(data))
    _draw_points(target, points, drawn)
    _list_candidates(target, fits, drawn)
    lacking = data.height - points.height
    write_titles(
        target, "Reported engagement rate", plural(points.height, "video"),
        f"{lacking:,} more without a rate to compare" if lacking else "",
        f"filled: within {ER_TOLERANCE_PCT:g} percentage points",
    )  # fmt: skip
    return target


def _count_fits(data: pl.DataFrame, name: str) -> tuple[int, int]:
    """Return how many videos fit a candidate, and how many could be compared."""
    apart = (data["er_reported_pct"] - data[name]).abs()
    known = apart.is_finite() & apart.is_not_null()
    return int((apart.filter(known) <= ER_TOLERANCE_PCT * (1 + 1e-9)).sum()), int(known.sum())


def _draw_points(ax: Axes, points: pl.DataFrame, drawn: str) -> None:
    x, y = points[drawn].to_numpy(), points["er_reported_pct"].to_numpy()
    high = max(float(x.max()), float(y.max())) * 1.05 or 1.0
    low = min(0.0, float(x.min()), float(y.min()))
    ax.plot([low, high], [low, high], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    fit = np.abs(x - y) <= ER_TOLERANCE_PCT * (1 + 1e-9)
    has_platforms = "platform" in points.columns
    platforms = points["platform"].fill_null(UNKNOWN) if has_platforms else pl.Series([UNKNOWN] * len(x))
    for platform in order_platforms(platforms.to_list()):
        colour, marker = find_look(platform)[:2] if has_platforms else (INK, "o")
        for where, face in ((~fit, "white"), (fit, colour)):
            here = where & (platforms == platform).to_numpy()
            ax.scatter(
                x[here], y[here], s=30 if len(x) <= _CROWD else 14, marker=marker, facecolors=face, edgecolors=colour,
                linewidths=1.2, zorder=2,
            )  # fmt: skip
    ax.set(xlim=(low, high), ylim=(low, high))
    for axis in (ax.xaxis, ax.yaxis):
        ticks.set_number_ticks(axis, low, high, scale="linear")
    format_axes(ax, f"recomputed (%): {CANDIDATES[drawn]}", "reported (%)")
    if has_platforms:
        write_platform_key(ax, platforms.to_list(), "marker")
    text = "reported = recomputed"
    write_text(ax, text, (high * 0.97, high * 0.62), xycoords="data", size=8.5, color=MUTED, ha="right", va="top")


def _list_candidates(ax: Axes, fits: dict[str, tuple[int, int]], drawn: str) -> None:
    """List how many videos fit each candidate, as bars, at the right of the axes."""
    write_text(ax, "reported fits the rate of", (1.06, 0.97), size=9.5, color=INK, va="top")
    for place, (name, (fit, known)) in enumerate(fits.items()):
        top = 0.87 - 0.17 * place
        text = f"{CANDIDATES[name]}: {fit:,} of {known:,}"
        write_text(ax, text, (1.06, top), size=9, color=INK if name == drawn else MUTED, va="top")
        share = fit / known if known else 0.0
        for width, colour in ((1.0, GRID), (share, INK if name == drawn else "#8b939e")):
            ax.plot(
                [1.06, 1.06 + 0.44 * width], [top - 0.085] * 2, transform=ax.transAxes, color=colour, linewidth=5,
                solid_capstyle="butt", clip_on=False,
            )  # fmt: skip


def _explain_empty(data: pl.DataFrame) -> str:
    if data.is_empty():
        return "There is no video in this frame."
    if data["er_reported_pct"].null_count() == data.height:
        return "No video in this frame has a reported engagement rate."
    return "No video has both a reported and a recomputed rate."
