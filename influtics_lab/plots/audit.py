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
from influtics_lab.plots.colours import UNKNOWN, in_order, look
from influtics_lab.plots.font_text import font
from influtics_lab.plots.labels import dress, empty, titles
from influtics_lab.plots.legends import platform_key
from influtics_lab.plots.validation import need, one_of
from influtics_lab.text_format import plural

_CROWD: Final = 200  # videos from which marks are small
CANDIDATES: Final = {
    "er_first_pct": "first reading",
    "er_updated_pct": "reading at stats_last_updated",
    "er_latest_pct": "latest reading",
    "er_counts_pct": "reported counts",
}


def plot_er_audit(frame: pl.DataFrame, against: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the reported engagement rate of each video over the one computed from its counts.

    A video on the diagonal is reported as it was computed. Beside the picture stands how many fit each candidate,
    within 0.01 percentage points.

    Parameters
    ----------
    frame : polars.DataFrame
        What ``lab.audit_er`` gives: one row for each video, with ``er_reported_pct`` and a column for each candidate.
        With a column ``platform`` joined on, platforms are told apart.
    against : str, optional
        The candidate to draw, such as ``"er_latest_pct"``; else the one that fits most videos.
    ax : matplotlib.axes.Axes, optional
        Where to draw. The candidates are listed at the right of the axes: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        As ``plot_counts`` gives it.

    Raises
    ------
    MissingColumnError
        If a column is not there; says which function adds it.
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
    data = need(frame, "plot_er_audit", ["er_reported_pct"])
    there = [name for name in CANDIDATES if name in data.columns]
    if not there:
        raise MissingColumnError(
            "plot_er_audit needs a column such as 'er_latest_pct', which is not there: "
            "frame.pipe(lab.audit_er) adds it.",
            missing=["er_latest_pct"],
        )
    if against is not None:
        one_of("plot_er_audit", "against", against, there)
    fits = {name: _fits(data, name) for name in there}
    drawn = against or max(there, key=lambda name: fits[name][0])
    points = data.filter(pl.col("er_reported_pct").is_finite() & pl.col(drawn).is_finite())
    target = new_axes(right=0.64) if ax is None else ax
    with style():
        if points.is_empty():
            return empty(target, "Reported engagement rate", _why(data))
        _draw(target, points, drawn)
        _list(target, fits, drawn)
        lacking = data.height - points.height
        said = [plural(points.height, "video"), *([f"{lacking:,} more without a rate to compare"] if lacking else [])]
        said.append(f"filled: within {ER_TOLERANCE_PCT:g} percentage points")
        titles(target, "Reported engagement rate", ", ".join(said))
    return target


def _fits(data: pl.DataFrame, name: str) -> tuple[int, int]:
    """Give how many videos fit a candidate, and how many could be compared."""
    apart = (data["er_reported_pct"] - data[name]).abs()
    known = apart.is_finite() & apart.is_not_null()
    return int((apart.filter(known) <= ER_TOLERANCE_PCT * (1 + 1e-9)).sum()), int(known.sum())


def _draw(ax: Axes, points: pl.DataFrame, drawn: str) -> None:
    x, y = points[drawn].to_numpy(), points["er_reported_pct"].to_numpy()
    high = max(float(x.max()), float(y.max())) * 1.05 or 1.0
    low = min(0.0, float(x.min()), float(y.min()))
    ax.plot([low, high], [low, high], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    fit = np.abs(x - y) <= ER_TOLERANCE_PCT * (1 + 1e-9)
    told = "platform" in points.columns
    named = points["platform"].fill_null(UNKNOWN) if told else pl.Series([UNKNOWN] * len(x))
    for platform in in_order(named.to_list()):
        colour, marker = look(platform)[:2] if told else (INK, "o")
        for where, face in ((~fit, "white"), (fit, colour)):
            here = where & (named == platform).to_numpy()
            ax.scatter(
                x[here],
                y[here],
                s=30 if len(x) <= _CROWD else 14,
                marker=marker,
                facecolors=face,
                edgecolors=colour,
                linewidths=1.2,
                zorder=2,
            )
    ax.set_xlim(low, high)
    ax.set_ylim(low, high)
    ticks.numbers(ax.xaxis, low, high, scale="linear")
    ticks.numbers(ax.yaxis, low, high, scale="linear")
    dress(ax, f"recomputed (%): {CANDIDATES[drawn]}", "reported (%)")
    if told:
        platform_key(ax, named.to_list(), lines=False)
    said = "reported = recomputed"
    ax.text(high * 0.97, high * 0.62, said, color=MUTED, ha="right", va="top", fontproperties=font(said, 8.5))


def _list(ax: Axes, fits: dict[str, tuple[int, int]], drawn: str) -> None:
    """List how many videos fit each candidate, as bars, at the right of the axes."""
    ax.text(
        1.06,
        0.97,
        "reported fits the rate of",
        transform=ax.transAxes,
        color=INK,
        va="top",
        fontproperties=font("", 9.5),
    )
    for place, (name, (fit, known)) in enumerate(fits.items()):
        top = 0.87 - 0.17 * place
        share = fit / known if known else 0.0
        said = f"{CANDIDATES[name]}: {fit:,} of {known:,}"
        ax.text(
            1.06, top, said, transform=ax.transAxes, color=INK if name == drawn else MUTED, va="top",
            fontproperties=font(said, 9), parse_math=False,
        )  # fmt: skip
        for width, colour in ((1.0, GRID), (share, INK if name == drawn else "#8b939e")):
            ax.plot(
                [1.06, 1.06 + 0.44 * width], [top - 0.085] * 2, transform=ax.transAxes, color=colour, linewidth=5,
                solid_capstyle="butt", clip_on=False,
            )  # fmt: skip


def _why(data: pl.DataFrame) -> str:
    if data.is_empty():
        return "There is no video in this frame."
    if data["er_reported_pct"].null_count() == data.height:
        return "No video in this frame has a reported engagement rate."
    return "No video has both a reported and a recomputed rate."
