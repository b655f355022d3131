"""Dotted lines where a platform changed what a view is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from influtics_lab.language import translate
from influtics_lab.platforms import Rules, collect_rules
from influtics_lab.plots.canvas import MUTED
from influtics_lab.plots.font_text import choose_font
from influtics_lab.time_zones import find_local_time

DOTTED: Final = (0, (1, 2))
_HALO: Final = (withStroke(linewidth=3, foreground="white"),)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEFT: Final = 0.03  # of the width: further left, a name is written at the right of its line


def is_of_views(column: str, by: str) -> bool:
    """Return whether counting rules change a column that is drawn over time: views, and rates by views."""
    return by == "timestamp" and column.startswith(("views", "engagement_rate", "incremental"))


def draw_rule_lines(
    ax: Axes, platforms: Iterable[str | None], rules: Rules = (), *, is_named: bool = True, clocks: str = "UTC"
) -> list[str]:
    """Draw a line, with its name, at each counting rule of these platforms that begins within the axes.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With time across, and its limits set.
    platforms : iterable of str
        Those of the videos that are drawn.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known.
    is_named : bool
        Whether each line has its name beside it.
    clocks : str
        The time zone whose local times the axis has; UTC where it has instants.

    Returns
    -------
    list of str
        The names of the rules that are drawn.
    """
    left, right = ax.get_xlim()
    shown, drawn = set(platforms), []
    for rule in collect_rules(rules):
        starts = _EPOCH + timedelta(microseconds=rule.starts_us)
        day = (find_local_time(starts, clocks).replace(tzinfo=UTC) - _EPOCH) / timedelta(days=1)
        if rule.platform in shown and left < day < right:
            ax.axvline(day, color=MUTED, linewidth=1.1, linestyle=DOTTED, zorder=1.9, gid="rule")
            if is_named:
                text = translate("%(rule)s: new counting rule", rule=rule.label)
                _write_name(ax, day, text, is_at_edge=(day - left) / (right - left) <= _LEFT)
            drawn.append(rule.label)
    return drawn


def _write_name(ax: Axes, day: float, text: str, *, is_at_edge: bool) -> None:
    ax.annotate(
        text, (day, 1), xycoords=("data", "axes fraction"), xytext=(3 if is_at_edge else -3, -4),
        textcoords="offset points", rotation=90, ha="left" if is_at_edge else "right", va="top", color=MUTED,
        fontproperties=choose_font(text, 8), parse_math=False, path_effects=_HALO, zorder=4, gid="rule",
    )  # fmt: skip
