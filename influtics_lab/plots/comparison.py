"""Groups of videos beside each other, with the intervals of what is known of them."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import INK, new_axes, style
from influtics_lab.plots.colours import LOOKS, find_look
from influtics_lab.plots.font_text import clean_text, shorten_names
from influtics_lab.plots.labels import (
    draw_empty,
    draw_interval,
    format_axes,
    write_beside_row,
    write_row_names,
    write_titles,
)
from influtics_lab.plots.validation import check_columns, check_one_of
from influtics_lab.text_format import format_interval_end, plural, round_interval_end

_MEASURES: Final = {
    "engagement_rate_pooled": "all engagements / all views of a group",
    "engagement_rate_mean": "mean of the videos' rates",
    "engagement_rate_median": "median of the videos' rates",
    "views_median": "median of the videos' views",
}
_OF_COMPARE: Final = (
    "videos", "without_age", "n", "n_effective", "age_hours", "age", "engagement_parts", "drawn", "n_drawn",
    "n_drawn_effective", "level_pct",
)  # fmt: skip


@style()
def plot_comparison(frame: pl.DataFrame, measure: str = "engagement_rate_median", *, ax: Axes | None = None) -> Axes:
    """Draw an estimate of each group as a point, and its interval as a line through it; the subtitle names its level.

    Parameters
    ----------
    frame : polars.DataFrame
        What ``lab.compare`` returns: one row for each group, drawn in that order from the top.
    measure : str, default "engagement_rate_median"
        Or ``engagement_rate_mean`` or ``engagement_rate_pooled`` (%), or ``views_median``.
    ax : matplotlib.axes.Axes, optional
        Where to draw. The groups are named at the left of the axes, the values at the right: leave room, or use
        ``layout="constrained"``.

    Returns
    -------
    matplotlib.axes.Axes
        As ``plot_counts`` returns it. A group without a value, or too small for an interval, has a note in its row.

    Raises
    ------
    MissingColumnError
        If a column is not there; the message names the function that adds it.
    FrameError
        If the frame is no polars DataFrame.
    ConfigError
        If the measure is not allowed.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_comparison(empty(FRAME))
    Traceback (most recent call last):
    ...
    influtics_lab.errors.MissingColumnError: plot_comparison needs the columns 'videos', 'without_age', 'n', ...
    """
    check_one_of("plot_comparison", "measure", measure, tuple(_MEASURES))
    end = "" if measure == "views_median" else "_pct"
    columns = [f"{measure}{part}{end}" for part in ("", "_low", "_high")]
    data = check_columns(frame, "plot_comparison", [*_OF_COMPARE, *columns])
    others = (name for name in data.columns if name not in _OF_COMPARE)
    group = next((name for name in others if not name.startswith(("engagement_rate_", "views_median"))), None)
    target = new_axes(left=0.21, right=0.76, height=max(3.2, 1.75 + 0.62 * data.height)) if ax is None else ax
    title = f"{'Views' if measure == 'views_median' else 'Engagement rate'} by {group or 'group'}"
    groups = (pl.col(group) if group else pl.lit("all")).alias("group")
    figures = (pl.col(column).alias(name) for column, name in zip(columns, ("value", "low", "high"), strict=True))
    rows = data.select(groups, *_OF_COMPARE, *figures).rows(named=True)
    if all(row["value"] is None for row in rows):
        why = "There is no group in this frame." if not rows else "No group has a video that counts."
        return draw_empty(target, title, why)
    _draw_rows(target, rows, measure, group or "group")
    write_titles(target, title, *_describe_sample(data, measure))
    return target


def _draw_rows(ax: Axes, rows: list[dict[str, Any]], measure: str, group: str) -> None:
    unit = "" if measure == "views_median" else " %"
    ends = [row[name] for row in rows for name in ("value", "low", "high") if row[name] is not None]
    low, high = min(ends), max(ends)
    low = 0.0 if low < high / 2 else low - (high - low) * 0.15
    ax.set_xlim(low, high + (high - low or 1.0) * 0.05)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    for place, row in enumerate(rows):
        limits = (row["low"], row["high"])
        look = find_look(row["group"])[:2] if row["group"] in LOOKS else (INK, "o")
        effective = row["n_effective" if measure == "engagement_rate_pooled" else "n_drawn_effective"]
        draw_interval(ax, place, row["value"], limits, look)
        interval = "" if None in limits else " to ".join(format_limit(limit, effective, unit) for limit in limits)
        write_beside_row(ax, place, *_format_value(row["value"], interval, unit, row["n"]))
    what = "views" if measure == "views_median" else "engagement rate (%)"
    format_axes(ax, f"{what}: {_MEASURES[measure]}", "", grid="x")
    names = (f"no {group}" if row["group"] is None else clean_text(str(row["group"])) for row in rows)
    labels = shorten_names(list(names), 22)
    write_row_names(ax, [_row_name(row, label) for row, label in zip(rows, labels, strict=True)])
    ticks.set_number_ticks(ax.xaxis, *ax.get_xlim(), scale="linear")


def _row_name(row: dict[str, Any], name: str) -> str:
    n, videos = row["n"], row["videos"]
    number = plural(n, "video") if n == videos else f"{n:,} of {plural(videos, 'video')}"
    return f"{name}\n{number}"


def format_limit(limit: float, effective_number: float, unit: str) -> str:
    """Return the end of an interval of views, or of a rate in percent, as precise as so many units support it.

    Examples
    --------
    >>> format_limit(12_345.0, 9.0, ""), format_limit(2.9, 9.0, " %"), format_limit(2.9, 4.0, " %")
    ('12.3k', '2.90', '3')
    """
    if "%" in unit:
        return format_interval_end(limit, effective_number)
    return ticks.format_short(round_interval_end(limit, effective_number))


def _format_value(value: float | None, ends: str, unit: str, n: int) -> tuple[str, str]:
    if value is None:
        return "no value", "no video that counts" if not n else ""
    return f"{ticks.format_in(unit, value)}{unit}", f"{ends}{unit}" if ends else "too few for an interval"


def has_mixed_rules(data: pl.DataFrame) -> bool:
    """Return whether the compared videos are not all on one side of a counting rule.

    Examples
    --------
    >>> has_mixed_rules(pl.DataFrame({"rule_note": [None, "Instagram 2025-04-21: 1 video before, 1 after"]}))
    True
    """
    return "rule_note" in data.columns and data["rule_note"].null_count() < data.height


def _describe_sample(data: pl.DataFrame, measure: str) -> list[str]:
    age, hours, parts = (
        data[name].drop_nulls().unique(maintain_order=True).to_list()
        for name in ("age", "age_hours", "engagement_parts")
    )
    origin = "publication" if age[:1] == ["published"] else "tracking began"
    levels = " and ".join(f"{level:g} %" for level in data["level_pct"].drop_nulls().unique().sort())
    drawn = [name if name == "videos" else f"whole {name}s" for name in data["drawn"].unique().sort()]
    lacking = int(data["without_age"].sum())
    return [
        f"at {ticks.format_age(hours[0])} since {origin}"
        if hours
        else "at each video's last reading, whatever its age",
        f"({parts[0].replace('+', ' + ')}) / views" if parts and measure != "views_median" else "",
        f"lines are {levels} bootstrap intervals over {' or '.join(drawn)}",
        f"{plural(lacking, 'video')} without a value at that age" if hours and lacking else "",
        "videos lie on both sides of a new counting rule" if has_mixed_rules(data) else "",
    ]
