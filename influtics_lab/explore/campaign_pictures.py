"""Pictures of a campaign: what they are drawn of, how they are drawn, and the code that does the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.campaign import (
    Campaign,
    plot_contributions,
    plot_costs,
    plot_rates,
    plot_standing,
    tables,
)
from influtics_lab.campaign.charts.progress_chart import draw_progress
from influtics_lab.campaign.figures.daily_progress import Progress, progress
from influtics_lab.explore.campaign_state import CampaignState, Settings
from influtics_lab.explore.code_lines import call, script
from influtics_lab.snapshot import Snapshot

_VIDEO: Final = ("video_id", "title", "platform", "creator")
_GROUP: Final = ("kind", "name", "videos")
_DAYS: Final = {"instant": pl.Datetime("us", "UTC"), "throughout": pl.Float64(), "joined": pl.Float64()}
_NAMES: Final = ("key_figures", "plot_contributions", "plot_costs", "plot_progress", "plot_rates", "plot_standing")


class Made:
    """What is made of a campaign with some settings, each thing once: key figures, the same as frames, and days.

    Parameters
    ----------
    campaign : Campaign
        With the settings.
    snapshot : Snapshot
    figures : mapping
        The key figures of both.
    """

    def __init__(self, campaign: Campaign, snapshot: Snapshot, figures: Mapping[str, Any]) -> None:
        self.campaign, self._snapshot, self.figures = campaign, snapshot, figures
        self.frames = tables(figures)
        self._days: dict[str, Progress] = {}

    def days(self, count: str) -> Progress:
        """Give how a count came together, day by day."""
        if count not in self._days:
            self._days[count] = progress(self.campaign, self._snapshot, count)
        return self._days[count]


def data_of(made: Made, state: CampaignState) -> pl.DataFrame:
    """Give what a picture is drawn of.

    Parameters
    ----------
    made : Made
        With the settings of the state.
    state : CampaignState

    Returns
    -------
    polars.DataFrame
        Of progress a row for each day; else a row for each video, or for the campaign and each of its groups.
    """
    if state.picture == "progress":
        days = made.days(state.measure)
        return pl.DataFrame({name: getattr(days, _FIELDS[name]) for name in _DAYS}, schema=_DAYS)
    rows = made.frames["videos"]
    if not _is_by_video(state):
        rows = made.frames["groups"].filter(pl.col("kind").is_in(["campaign", state.by]))
    return rows.select(_there(made.frames, state))


_FIELDS: Final = {"instant": "instants", "throughout": "throughout", "joined": "joined"}


def _is_by_video(state: CampaignState) -> bool:
    return state.picture == "standing" or (state.picture in {"contributions", "costs"} and state.by == "video")


def _there(frames: Mapping[str, pl.DataFrame], state: CampaignState) -> list[str]:
    """Give the columns that are drawn; without any video there are fewer of them."""
    columns = frames["videos" if _is_by_video(state) else "groups"].columns
    return [name for name in _columns(state) if name in columns]


def _columns(state: CampaignState) -> Iterator[str]:
    yield from _VIDEO if _is_by_video(state) else _GROUP
    measure, place = state.measure, "counted"
    if state.picture == "contributions":
        counted = f"{measure}_{place}"
        yield from (counted, f"{counted}_reason", f"{counted}_known", f"{counted}_n", f"{measure}_share_pct")
    elif state.picture == "rates":
        rate = f"engagement_rate_{state.when}"
        estimate = f"{rate}_{state.estimator}"
        yield from (f"{rate}_n", f"{rate}_n_effective", f"{estimate}_pct", f"{estimate}_low_pct")
        yield from (f"{estimate}_high_pct", f"{estimate}_reason")
    elif state.picture == "standing":
        yield from (f"{measure}_at_age", f"{measure}_at_age_reason", f"{measure}_others")
        yield from (f"{measure}_percentile_pct", f"{measure}_percentile_reason")
    else:
        yield from ("currency", measure, f"{measure}_reason", f"{measure}_at_most")


def picture(made: Made, state: CampaignState) -> Axes:
    """Draw what a state shows."""
    figures = made.figures
    if state.picture == "progress":
        return draw_progress(made.campaign, made.days(state.measure))
    if state.picture == "contributions":
        return plot_contributions(figures, state.measure, by=state.by)
    if state.picture == "rates":
        return plot_rates(figures, by=state.by, when=state.when, estimator=state.estimator)
    if state.picture == "standing":
        return plot_standing(figures, state.measure)
    return plot_costs(figures, state.measure, by=state.by)


def code(campaign: Campaign, frames: Mapping[str, pl.DataFrame], settings: Settings, state: CampaignState) -> str:
    """Write the lines that, where there are ``campaign`` and ``snapshot``, give the same ``data``, and picture."""
    lines = list(_changed(campaign, settings))
    if state.picture == "progress":
        lines.append(f"days = progress(campaign, snapshot, {state.measure!r})")
        columns = ", ".join(f'"{name}": days.{field}' for name, field in _FIELDS.items())
        types = '{"instant": pl.Datetime("us", "UTC"), "throughout": pl.Float64, "joined": pl.Float64}'
        lines.append(f"data = {call('pl.DataFrame', [f'{{{columns}}}', f'schema={types}'])}")
    else:
        lines += ["figures = key_figures(campaign, snapshot)", *_selected(frames, state)]
    lines += [f"ax = {_call(state)}", "png = plots.to_png(ax)"]
    return _script(lines)


def _changed(campaign: Campaign, settings: Settings) -> Iterator[str]:
    for name, changed in zip(("estimators", "compare"), settings.changes(campaign), strict=True):
        if changed:
            said = [f"campaign.{name}", *(f"{key}={value!r}" for key, value in changed.items())]
            yield f"campaign = replace(campaign, {name}={call('replace', said)})"


def _selected(frames: Mapping[str, pl.DataFrame], state: CampaignState) -> Iterator[str]:
    columns = [f'"{name}"' for name in _there(frames, state)]
    rows = 'tables(figures)["videos"]'
    if not _is_by_video(state):
        rows = f'tables(figures)["groups"].filter(pl.col("kind").is_in(["campaign", "{state.by}"]))'
    yield f"data = {call(f'{rows}.select', columns)}"


def _call(state: CampaignState) -> str:
    if state.picture == "progress":
        return f"plot_progress(campaign, snapshot, {state.measure!r})"
    if state.picture == "rates":
        return f"plot_rates(figures, by={state.by!r}, when={state.when!r}, estimator={state.estimator!r})"
    by = "" if state.picture == "standing" else f", by={state.by!r}"
    return f"plot_{state.picture}(figures, {state.measure!r}{by})"


def _script(lines: list[str]) -> str:
    body = "\n".join(lines)
    plain = ["from dataclasses import replace", ""] if "replace(" in body else []
    names = [name for name in (*_NAMES, "tables") if f"{name}(" in body]
    own = [f"from influtics_lab.campaign import {', '.join(names)}"]
    if "progress(campaign, snapshot" in body:
        own.append("from influtics_lab.campaign.figures.daily_progress import progress")
    return script(body, before=plain, after=own)
