"""The pictures of a campaign: what is drawn, how it is drawn, and the code that does the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.campaign import (
    Campaign,
    KeyFigures,
    plot_contributions,
    plot_costs,
    plot_rates,
    plot_standing,
    tables,
)
from influtics_lab.campaign.charts.progress_chart import draw_progress
from influtics_lab.campaign.figures.daily_progress import Progress, progress
from influtics_lab.explore.campaign_state import CampaignState
from influtics_lab.explore.code_lines import format_call, join_script, list_arguments, write_snapshot_line
from influtics_lab.snapshot import Snapshot

_VIDEO: Final = ("video_id", "title", "platform", "creator")
_GROUP: Final = ("kind", "name", "videos")
_DAYS: Final = {"instant": pl.Datetime("us", "UTC"), "throughout": pl.Float64(), "joined": pl.Float64()}
_PLOTS: Final[dict[str, Callable[..., Axes]]] = {
    "contributions": plot_contributions,
    "rates": plot_rates,
    "standing": plot_standing,
    "costs": plot_costs,
}
_COLUMNS: Final = {
    "contributions": (
        "{measure}_counted", "{measure}_counted_reason", "{measure}_counted_known", "{measure}_counted_n",
        "{measure}_share_pct",
    ),
    "rates": (
        "engagement_rate_{when}_n", "engagement_rate_{when}_n_effective", "engagement_rate_{when}_{estimator}_pct",
        "engagement_rate_{when}_{estimator}_low_pct", "engagement_rate_{when}_{estimator}_high_pct",
        "engagement_rate_{when}_{estimator}_reason",
    ),
    "standing": (
        "{measure}_at_age", "{measure}_at_age_reason", "{measure}_others", "{measure}_percentile_pct",
        "{measure}_percentile_reason",
    ),
    "costs": ("currency", "{measure}", "{measure}_reason", "{measure}_at_most"),
}  # fmt: skip
_NAMES: Final = (
    "key_figures", "plot_contributions", "plot_costs", "plot_progress", "plot_rates", "plot_standing", "read_campaign",
    "tables",
)  # fmt: skip


class CampaignSelection:
    """A campaign with the settings of a state, and what follows from it, each computed once.

    Parameters
    ----------
    plan : Campaign
        As in its file.
    campaign : Campaign
        With the settings.
    snapshot : Snapshot
    figures : KeyFigures
        Of the campaign with the settings.
    """

    def __init__(self, plan: Campaign, campaign: Campaign, snapshot: Snapshot, figures: KeyFigures) -> None:
        self.plan, self.campaign, self.snapshot, self.figures = plan, campaign, snapshot, figures
        self.frames = tables(figures)
        self._progress: dict[str, Progress] = {}

    def progress(self, count: str) -> Progress:
        """Return how a count grew, day by day."""
        if count not in self._progress:
            self._progress[count] = progress(self.campaign, self.snapshot, count)
        return self._progress[count]


def load_data(selection: CampaignSelection, state: CampaignState) -> pl.DataFrame:
    """Return what a picture is drawn from.

    Parameters
    ----------
    selection : CampaignSelection
        For the settings of the state.
    state : CampaignState

    Returns
    -------
    polars.DataFrame
        For progress a row for each day; else a row for each video, or for the campaign and each of its groups.
    """
    if state.picture == "progress":
        days = selection.progress(state.measure)
        columns = {"instant": days.instants, "throughout": days.throughout, "joined": days.joined}
        return pl.DataFrame(columns, schema=_DAYS)
    rows = selection.frames["videos"]
    if not _is_by_video(state):
        rows = selection.frames["groups"].filter(pl.col("kind").is_in(["campaign", state.by]))
    return rows.select(_choose_columns(selection, state))


def draw_campaign(selection: CampaignSelection, state: CampaignState) -> Axes:
    """Draw what a state shows."""
    if state.picture == "progress":
        return draw_progress(selection.campaign, selection.progress(state.measure))
    return _PLOTS[state.picture](selection.figures, **_choose_arguments(state))


def write_code(selection: CampaignSelection, state: CampaignState) -> str:
    """Return the lines that make the same ``data`` and picture from a campaign file and a snapshot."""
    lines = [
        'campaign = read_campaign("campaign.toml")  # the file that the explorer shows',
        write_snapshot_line(selection.snapshot),
        *_list_changes(selection),
    ]
    if state.picture == "progress":
        plot = f"plot_progress(campaign, snapshot, {state.measure!r})"
        lines.append(f"days = progress(campaign, snapshot, {state.measure!r})")
        columns = '{"instant": days.instants, "throughout": days.throughout, "joined": days.joined}'
        types = '{"instant": pl.Datetime("us", "UTC"), "throughout": pl.Float64, "joined": pl.Float64}'
        lines.append(f"data = {format_call('pl.DataFrame', [columns, f'schema={types}'])}")
    else:
        rows = 'tables(figures)["videos"]'
        if not _is_by_video(state):
            rows = f'tables(figures)["groups"].filter(pl.col("kind").is_in(["campaign", "{state.by}"]))'
        columns_drawn = [f'"{name}"' for name in _choose_columns(selection, state)]
        plot = format_call(f"plot_{state.picture}", ["figures", *list_arguments(_choose_arguments(state), {})])
        lines.append("figures = key_figures(campaign, snapshot)")
        lines.append(f"data = {format_call(f'{rows}.select', columns_drawn)}")
    lines += [f"ax = {plot}", "png = plots.to_png(ax)"]
    body = "\n".join(lines)
    before = ["from dataclasses import replace", ""] if "replace(" in body else []
    names = [name for name in _NAMES if f"{name}(" in body]
    after = [f"from influtics_lab.campaign import {', '.join(names)}"]
    if "progress(campaign, snapshot" in body:
        after.append("from influtics_lab.campaign.figures.daily_progress import progress")
    return join_script(*lines, before=before, after=after)


def _is_by_video(state: CampaignState) -> bool:
    return state.picture == "standing" or (state.picture in {"contributions", "costs"} and state.by == "video")


def _choose_columns(selection: CampaignSelection, state: CampaignState) -> list[str]:
    """Return the columns that are drawn and there; without any video there are fewer of them."""
    columns = (name.format(**vars(state)) for name in _COLUMNS[state.picture])
    by_video = _is_by_video(state)
    known = selection.frames["videos" if by_video else "groups"].columns
    return [name for name in (*(_VIDEO if by_video else _GROUP), *columns) if name in known]


def _list_changes(selection: CampaignSelection) -> Iterator[str]:
    """Yield the lines that set what differs from the campaign file."""
    for part in ("estimators", "compare"):
        old, new = getattr(selection.plan, part), getattr(selection.campaign, part)
        if changes := list_arguments(vars(new), vars(old)):
            yield f"campaign = replace(campaign, {part}={format_call('replace', [f'campaign.{part}', *changes])})"


def _choose_arguments(state: CampaignState) -> Mapping[str, str | None]:
    """Return the arguments of a plot function after the figures."""
    if state.picture == "rates":
        return {"by": state.by, "when": state.when, "estimator": state.estimator}
    return {"measure": state.measure} | ({} if state.picture == "standing" else {"by": state.by})
