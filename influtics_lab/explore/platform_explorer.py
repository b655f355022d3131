"""Groups of videos compared at equal age."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from influtics_lab.defaults import BOOTSTRAP_DRAWS, COMPARED_PARTS, LEVEL_PCT
from influtics_lab.errors import MissingColumnError
from influtics_lab.explore.code_lines import Pipes, format_call, join_script, list_arguments, list_filter_lines
from influtics_lab.explore.controls import buttons
from influtics_lab.explore.explorer import Explorer, View
from influtics_lab.explore.explorer_state import FilteredState
from influtics_lab.explore.filter_controls import AGE, FILTERS, SEARCH, check_filters, describe_left
from influtics_lab.explore.filters import AGE_STARTS
from influtics_lab.explore.frame_source import FrameSource
from influtics_lab.metrics._comparison_sample import Request, build_table
from influtics_lab.metrics._rule_crossings import IS_SHORT, PLATFORM
from influtics_lab.metrics.groups import check_draws, compare_table
from influtics_lab.platforms import collect_rules
from influtics_lab.plots import plot_comparison
from influtics_lab.plots.comparison import format_limit
from influtics_lab.plots.ticks import format_in
from influtics_lab.schema import COUNTS
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural

AT_AGES: Final = ("24h", "3d", "7d", "14d", "30d")
MEASURES: Final = {
    "engagement_rate_median": "median rate",
    "engagement_rate_mean": "mean rate",
    "engagement_rate_pooled": "pooled rate",
    "views_median": "median views",
}
_TITLES: Final = {
    "engagement_rate_median": "Median of the videos' engagement rates",
    "engagement_rate_mean": "Mean of the videos' engagement rates",
    "engagement_rate_pooled": "Engagement rate of all views of a group",
    "views_median": "Median of the videos' views",
}
PARTS: Final = {"likes+comments": COMPARED_PARTS, "with reposts": ("likes", "comments", "reposts")}
DRAWS: Final = (1000, BOOTSTRAP_DRAWS)


@dataclass(frozen=True)
class PlatformState(FilteredState):
    """Everything that the picture of a ``PlatformExplorer`` depends on, besides the frame.

    Attributes
    ----------
    filters : Filters
        Which readings, and since when ages count.
    by : str
        The column of the groups.
    at_age : str or None
        The age at which all videos are compared: ``24h 3d 7d 14d 30d``; None is each video's last reading.
    measure : str
        ``engagement_rate_median``, ``engagement_rate_mean``, ``engagement_rate_pooled`` or ``views_median``.
    parts : str
        ``likes+comments``, or ``with reposts``, which leaves out videos without them.
    max_gap : str or None
        Counts at an age are not interpolated over longer gaps between readings; None is over any gap.
    resamples : int
        How many bootstrap draws the intervals rest on: 1,000 or 10,000.

    Examples
    --------
    >>> PlatformState.from_json(PlatformState(at_age="24h").to_json()).at_age
    '24h'
    """

    by: str = "platform"
    at_age: str | None = "7d"
    measure: str = "engagement_rate_median"
    parts: str = "likes+comments"
    max_gap: str | None = "3d"
    resamples: int = DRAWS[1]

    choices = {  # noqa: RUF012  # a ClassVar of the base
        "measure": tuple(MEASURES), "parts": tuple(PARTS), "at_age": (*AT_AGES, None), "resamples": DRAWS,
    }  # fmt: skip

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments of ``lab.compare``."""
        return {
            "by": self.by,
            "at_age": self.at_age,
            "age": self.filters.age,
            "parts": PARTS[self.parts],
            "max_gap": self.max_gap if self.at_age else None,
            "resamples": self.resamples,
        }


class GroupSource(FrameSource):
    """A frame, and the columns that its videos can be grouped by: platform, and status where it is known, by default.

    Parameters
    ----------
    frame : polars.DataFrame
    groups : sequence of str, optional
    """

    def __init__(self, frame: object, groups: Sequence[str] | None) -> None:
        super().__init__(frame, "PlatformExplorer")
        self.groups = list(groups or ["platform", *(["status"] if self.list_values("status") else [])])


def check_groups(source: GroupSource, state: PlatformState) -> PlatformState:
    """Return the state if it can be shown.

    Raises
    ------
    ConfigError
        If the frame has no such platform or status.
    MissingColumnError
        If a column of groups is missing.
    """
    if missing := [name for name in (*source.groups, state.by) if name not in source.frame.columns]:
        raise MissingColumnError(f"PlatformExplorer cannot group by {missing[0]!r}: no such column.", missing=missing)
    return check_filters(source, state)


def select_groups(source: FrameSource, state: PlatformState) -> pl.DataFrame:
    """Return what ``lab.compare`` returns for the readings that a state leaves: one row for each group."""
    max_gap = state.settings["max_gap"]
    parts, rules = PARTS[state.parts], collect_rules()
    request = Request("PlatformExplorer", "video_id", state.at_age, state.filters.age, max_gap, parts, rules=rules)
    draws = check_draws(request.function, state.resamples, 0, LEVEL_PCT)
    return source.cached(
        ("groups", state.filters, *state.settings.values()),
        lambda: compare_table(_sample_videos(source, state, request), state.by, request, draws),
    )


def _sample_videos(source: FrameSource, state: PlatformState, request: Request) -> pl.DataFrame:
    """Return one row for each video: from the kept table of all readings where only whole videos are left out."""
    needed = ["video_id", state.by, PLATFORM, IS_SHORT, "timestamp", "published_at", "created_at", *COUNTS]
    present = [name for name in dict.fromkeys(needed) if name in source.frame.columns]
    frame, traits = source.frame.select(present), {"group": state.by}
    if state.filters.selects_readings:
        return build_table(frame.filter(pl.Series(source.apply_filters(state.filters).readings)), request, traits)
    every = source.cached(("sample", request, state.by), lambda: build_table(frame, request, traits))
    return every.filter(pl.col("video").is_in(source.videos_left(state.filters)["video_id"].implode()))


def write_code(state: PlatformState, inputs: Sequence[str] = ()) -> str:
    """Return the lines that make the same ``data``, and the picture as ``png``, from ``frame``.

    Examples
    --------
    >>> print(write_code(PlatformState()))
    import influtics_lab as lab
    from influtics_lab import plots
    <BLANKLINE>
    data = lab.compare(frame, by='platform', at_age='7d', max_gap='3d')
    ax = plots.plot_comparison(data, 'engagement_rate_median')
    png = plots.to_png(ax)
    """
    usual = {
        "age": "published", "parts": COMPARED_PARTS, "at_age": None, "max_gap": None, "resamples": BOOTSTRAP_DRAWS,
    }  # fmt: skip
    pipes: Pipes = (("with_age",),) if state.filters.needs_age else ()
    lines = list_filter_lines(state.filters, pipes, name="readings")
    frame, lines = ("frame", []) if lines == ["readings = frame"] else ("readings", lines)
    return join_script(
        *inputs,
        *lines,
        f"data = {format_call('lab.compare', [frame, *list_arguments(state.settings, usual)])}",
        f"ax = plots.plot_comparison(data, {state.measure!r})",
        "png = plots.to_png(ax)",
    )


def describe_groups(data: pl.DataFrame, state: PlatformState) -> str:
    """Return the picture in words."""
    if data.is_empty():
        return "Nothing to compare: no video is left."
    is_of_views = state.measure == "views_median"
    end, unit = ("", " views") if is_of_views else ("_pct", " %")
    figures = [f"{state.measure}{part}{end}" for part in ("", "_low", "_high")]
    effective = "n_effective" if state.measure == "engagement_rate_pooled" else "n_drawn_effective"
    rows = data.select(state.by, "n", "videos", effective, *figures).rows()
    level = f"{data['level_pct'][0]:g} %"
    parts = "" if is_of_views else f", ({data['engagement_parts'][0].replace('+', ' + ')}) / views"
    when = "at each video's last reading, whatever its age"
    if state.at_age:
        when = f"at {state.at_age} since {AGE_STARTS[state.filters.age]}"
    title = f"{_TITLES[state.measure]}{parts}, by {state.by}, {when}, with {level} bootstrap intervals."
    return f"{title} {'. '.join(_describe_group(row, state.by, unit) for row in rows)}."


def _describe_group(row: tuple[Any, ...], by: str, unit: str) -> str:
    group, n, videos, effective, value, low, high = row
    interval = "no interval"
    if low is not None:
        interval = " to ".join(format_limit(limit, effective, unit) for limit in (low, high))
    figure = "no value" if value is None else f"{format_in(unit, value)}{unit} ({interval})"
    return f"{group or f'no {by}'}: {figure}, {n:,} of {plural(videos, 'video')} count"


def describe_compared(data: pl.DataFrame, state: PlatformState) -> str:
    """Return how many videos are compared, and when."""
    when = f"at {state.at_age} of age" if state.at_age else "at their last reading"
    return f"{plural(int(data['n'].sum()), 'video')} with all counts {when}"


def _offer_groups(source: GroupSource, state: PlatformState) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), name) for name in dict.fromkeys([*source.groups, state.by])]


_VIEW: Final = View(
    sections=(
        (
            "What is drawn",
            (
                (SEARCH,),
                (buttons("by", "Groups", _offer_groups),),
                (buttons("at_age", "At age", [*((age, age) for age in AT_AGES), ("last reading", None)]),),
                (AGE,),
                (buttons("measure", "Measure", [(words, name) for name, words in MEASURES.items()]),),
                (buttons("parts", "Engaged", PARTS, lambda state: state.measure != "views_median"),),
                (buttons("resamples", "Resamples", [(f"{n:,}", n) for n in DRAWS]),),
            ),
        ),
        FILTERS,
    ),
    check=check_groups,
    select=select_groups,
    draw=lambda data, state: plot_comparison(data, state.measure),
    describe=describe_groups,
    code=lambda source, state: write_code(state, source.input_lines),
    status=lambda source, data, state: describe_left(source, state.filters, describe_compared(data, state)),
    data=lambda _source, data, _state: data,
)


class PlatformExplorer(Explorer[PlatformState]):
    """A widget that compares groups of videos at equal age, with intervals.

    ``explorer.state`` is what is chosen; setting it redraws. ``explorer.code()`` returns the lines that draw the same
    picture from ``frame``.

    Parameters
    ----------
    frame : polars.DataFrame or Snapshot
        The one frame of ``load_stats()``, or a snapshot, which ``code()`` then opens by its folder.
    state : PlatformState, optional
        What to show first.
    groups : sequence of str, optional
        Columns of the frame to group by, each the same at all readings of a video; else platform, and status where
        it is known.
    folder : path, optional
        Where the buttons write files; without it they offer a download.

    Attributes
    ----------
    platform, status_filter, search, since, until, age, from_days, to_days, flagged : ipywidgets.Widget
        The filters.
    by, at_age, measure, parts, resamples : ipywidgets.Widget
        The other controls.
    image, status, summary, error
        As in ``VideoExplorer``.

    Raises
    ------
    FrameError
        If the frame is not a polars DataFrame, or contains a reading twice.
    MissingColumnError
        If a column is missing.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> explorer = PlatformExplorer(empty(FRAME))
    >>> explorer.at_age.value = "24h"
    >>> explorer.state.at_age
    '24h'
    """

    def __init__(
        self,
        frame: Snapshot | pl.DataFrame,
        state: PlatformState | None = None,
        *,
        groups: Sequence[str] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        source = GroupSource(frame, groups)
        state = state or PlatformState(by=source.groups[0])
        source.groups = list(dict.fromkeys([*source.groups, state.by]))
        super().__init__(_VIEW, source, state, folder=folder)
