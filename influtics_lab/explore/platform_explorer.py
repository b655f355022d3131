"""Groups of videos against each other at equal age."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.defaults import COMPARED_PARTS, LEVEL_PCT, RESAMPLES
from influtics_lab.errors import ConfigError, MissingColumnError
from influtics_lab.explore import controls as c
from influtics_lab.explore.code_lines import call, filtered, script
from influtics_lab.explore.explorer_state import State
from influtics_lab.explore.filters import one_of
from influtics_lab.explore.frame_explorer import Explorer
from influtics_lab.explore.frame_source import Source
from influtics_lab.metrics._comparison_sample import Request, build_table
from influtics_lab.metrics.groups import check_draws, compare_table
from influtics_lab.plots import plot_comparison
from influtics_lab.plots.ticks import format_short
from influtics_lab.schema import COUNTS
from influtics_lab.text_format import plural, round_interval_end

AT_AGES: Final = ("24h", "3d", "7d", "14d", "30d")
MEASURES: Final = {
    "engagement_rate_median": "median rate",
    "engagement_rate_mean": "mean rate",
    "engagement_rate_pooled": "pooled rate",
    "views_median": "median views",
}
_SAID: Final = {
    "engagement_rate_median": "Median of the videos' engagement rates",
    "engagement_rate_mean": "Mean of the videos' engagement rates",
    "engagement_rate_pooled": "Engagement rate of all views of a group",
    "views_median": "Median of the videos' views",
}
PARTS: Final = {"likes+comments": COMPARED_PARTS, "with reposts": ("likes", "comments", "reposts")}
DRAWS: Final = (1000, RESAMPLES)


@dataclass(frozen=True)
class PlatformState(State):
    """Everything that the picture of a ``PlatformExplorer`` depends on, besides the frame.

    Attributes
    ----------
    filters : Filters
        Which readings, and since when ages count.
    by : str
        The column of the groups.
    at_age : str or None
        The age at which all videos are compared, such as ``"7d"``; None is each video's last reading.
    measure : str
        ``engagement_rate_median``, ``engagement_rate_mean``, ``engagement_rate_pooled`` or ``views_median``.
    parts : str
        ``likes+comments``, or ``with reposts``, which leaves out videos without them.
    max_gap : str or None
        Counts at an age are not interpolated over longer gaps between readings; None is over any gap.
    resamples : int
        How many bootstrap draws the intervals rest on.

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

    def __post_init__(self) -> None:
        one_of("measure", self.measure, tuple(MEASURES))
        one_of("parts", self.parts, tuple(PARTS))

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


def data_of(source: Source, state: PlatformState) -> pl.DataFrame:
    """Give the groups of the readings that a state leaves.

    Parameters
    ----------
    source : Source
    state : PlatformState

    Returns
    -------
    polars.DataFrame
        What ``lab.compare`` gives.
    """
    settings = state.settings
    request = Request(
        "PlatformExplorer", "video_id", state.at_age, state.filters.age, settings["max_gap"], settings["parts"]
    )
    draws = check_draws(request.function, state.resamples, 0, LEVEL_PCT)
    return compare_table(_sample_videos(source, state, request), state.by, request, draws)


def _sample_videos(source: Source, state: PlatformState, request: Request) -> pl.DataFrame:
    """Return one row for each video: from the held table of all readings where only whole videos are left out."""
    needed = ["video_id", state.by, "timestamp", "published_at", "created_at", *COUNTS]
    frame, left = source.frame.select(list(dict.fromkeys(needed))), source.left(state.filters)
    if state.filters.chooses_readings:
        return build_table(frame.filter(pl.Series(left.of_readings)), request, {"group": state.by})
    every = source.once(("sample", request, state.by), lambda: build_table(frame, request, {"group": state.by}))
    return every.filter(pl.col("video").is_in(source.videos["video_id"].filter(pl.Series(left.of_videos)).implode()))


def picture(data: pl.DataFrame, state: PlatformState) -> Axes:
    """Draw what a state shows of ``data_of``."""
    return plot_comparison(data, state.measure)


def code(state: PlatformState) -> str:
    """Write the lines that, where the frame is called ``frame``, give the same ``data``, and picture as ``png``.

    Examples
    --------
    >>> print(code(PlatformState()))
    import influtics_lab as lab
    from influtics_lab import plots
    <BLANKLINE>
    data = lab.compare(frame, by='platform', at_age='7d', max_gap='3d')
    ax = plots.plot_comparison(data, 'engagement_rate_median')
    png = plots.to_png(ax)
    """
    usual = {
        "age": "published",
        "parts": PARTS["likes+comments"],
        "at_age": None,
        "max_gap": None,
        "resamples": RESAMPLES,
    }
    said = [f"{name}={value!r}" for name, value in state.settings.items() if usual.get(name, ...) != value]
    pipes = ["lab.with_age"] if state.filters.aged else []
    lines = filtered(state.filters, pipes, name="readings")
    frame = "frame" if lines == ["readings = frame"] else "readings"
    return script(
        *([] if frame == "frame" else lines),
        f"data = {call('lab.compare', [frame, *said])}",
        f"ax = plots.plot_comparison(data, {state.measure!r})",
        "png = plots.to_png(ax)",
    )


def summary(data: pl.DataFrame, state: PlatformState) -> str:
    """Say in words what the picture shows of ``data_of``."""
    end = "" if state.measure == "views_median" else "_pct"
    unit = " views" if state.measure == "views_median" else " %"
    names = [f"{state.measure}{part}{end}" for part in ("", "_low", "_high")]
    weighs = "n_effective" if state.measure == "engagement_rate_pooled" else "n_drawn_effective"
    said = []
    for group, n, videos, effective, *(value, low, high) in data.select(state.by, "n", "videos", weighs, *names).rows():
        between = "no interval"
        if low is not None:
            between = " to ".join(format_short(round_interval_end(limit, effective)) for limit in (low, high))
        figure = "no value" if value is None else f"{format_short(value)}{unit} ({between})"
        said.append(f"{group or f'no {state.by}'}: {figure}, {n:,} of {plural(videos, 'video')} count")
    if not said:
        return "Nothing to compare: no video is left."
    since = "publication" if state.filters.age == "published" else "tracking began"
    when = f"at {state.at_age} since {since}" if state.at_age else "at each video's last reading, whatever its age"
    level = f"{data['level_pct'][0]:g} %"
    used = "" if state.measure == "views_median" else f", ({data['engagement_parts'][0].replace('+', ' + ')}) / views"
    what = f"{_SAID[state.measure]}{used}"
    return f"{what}, by {state.by}, {when}, with {level} bootstrap intervals. {'. '.join(said)}."


class PlatformExplorer(Explorer[PlatformState]):
    """A widget that compares groups of videos at equal age, with intervals.

    What is chosen is ``explorer.state``; ``explorer.code()`` gives the lines that draw the same picture.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame of ``load_stats()`` or ``Snapshot.frame()``.
    state : PlatformState, optional
        What to show first.
    groups : sequence of str, optional
        Columns of the frame to group by, each the same at all readings of a video; else platform, and status where
        it is known.
    folder : path, optional
        Where the buttons write files; without it they give a download.

    Attributes
    ----------
    platform, status_filter, search, since, until, age, from_days, to_days, flagged : ipywidgets.Widget
        The filters; what is set there is shown.
    by, at_age, measure, parts, resamples : ipywidgets.Widget
        The other controls.
    image, status, summary, error
        As of a ``VideoExplorer``.

    Raises
    ------
    FrameError
        If the frame is no polars DataFrame, or a reading comes twice.
    MissingColumnError
        If a column is not there.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> explorer = PlatformExplorer(empty(FRAME))
    >>> explorer.at_age.value = "24h"
    >>> explorer.state.at_age
    '24h'
    """

    _count = False

    def __init__(
        self,
        frame: pl.DataFrame,
        state: PlatformState | None = None,
        *,
        groups: Sequence[str] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self._groups = groups
        super().__init__(frame, state or PlatformState(by=groups[0] if groups else "platform"), folder=folder)

    def code(self) -> str:
        """Give the lines of Python that, where the frame is called ``frame``, give the same picture."""
        return code(self.state)

    @property
    def data(self) -> pl.DataFrame:
        """One row for each group: the frame that ``code()`` calls ``data``."""
        key = ("groups", self.state.filters, *self.state.settings.values())
        return self._source.once(key, lambda: data_of(self._source, self.state))

    def _draw(self) -> Axes:
        return picture(self.data, self.state)

    def _said(self) -> str:
        return summary(self.data, self.state)

    def _known(self, state: PlatformState) -> PlatformState:
        groups = self._groups
        if groups is None:
            groups = ["platform", *(["status"] if self._source.offered("status") else [])]
        self._offered = list(dict.fromkeys([*groups, state.by]))
        if missing := [name for name in self._offered if name not in self._source.frame.columns]:
            raise MissingColumnError(
                f"PlatformExplorer cannot group by {missing[0]!r}: no such column.", missing=missing
            )
        if state.resamples not in DRAWS:
            raise ConfigError(f"resamples is {state.resamples}; it can be {DRAWS[0]} or {DRAWS[1]}.")
        return super()._known(state)

    def _own_controls(self) -> dict[str, Any]:
        ages = [*((name, name) for name in AT_AGES), ("last reading", c.NONE)]
        return {
            "by": c.choice("Groups", [(name.replace("_", " "), name) for name in self._offered]),
            "at_age": c.toggles("At age", ages),
            "measure": c.toggles("Measure", [(words, name) for name, words in MEASURES.items()]),
            "parts": c.toggles("Engaged", list(PARTS)),
            "resamples": c.toggles("Resamples", [(f"{n:,}", n) for n in DRAWS]),
        }

    def _rows(self) -> tuple[tuple[str, ...], ...]:
        return (("by",), ("at_age",), ("age",), ("measure",), ("parts",), ("resamples",))

    def _drawn(self) -> str:
        n = int(self.data["n"].sum())
        where = f"at {self.state.at_age} of age" if self.state.at_age else "at their last reading"
        return f"{plural(n, 'video')} with all counts {where}"

    def _offer(self) -> None:
        self.controls["parts"].disabled = self.state.measure == "views_median"
