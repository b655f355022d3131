"""A campaign's picture in words, and its tables, for whoever cannot see it or wants to read on."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from influtics_lab.campaign.figures.figure_types import AT_LEAST, AT_MOST, MoneyFigure, SpendFigure, TotalFigure
from influtics_lab.campaign.figures.formatting import (
    MONEY,
    describe_counted,
    describe_missing,
    describe_reason,
    format_count,
    format_coverage,
    format_deadline,
    format_figure,
    format_hours,
    format_interval,
    format_n_of,
    format_percent,
    format_percentile,
    format_period,
    format_reasons,
)
from influtics_lab.campaign.figures.key_figure_types import GroupFigures, KeyFigures, TargetFigures, VideoFigures
from influtics_lab.campaign.figures.missing_reasons import SHORT_REASONS
from influtics_lab.campaign.figures.outlook import describe_outlook, describe_period_end
from influtics_lab.campaign.file.field_types import parse_hours
from influtics_lab.explore.campaign_pictures import CampaignSelection, load_data
from influtics_lab.explore.campaign_state import CampaignState
from influtics_lab.explore.filters import AGE_STARTS
from influtics_lab.explore.selection_text import format_table, name_video
from influtics_lab.plots.font_text import clean_text
from influtics_lab.text_format import capitalise_first, plural

_MOST_NAMED: Final = 5
_TITLES: Final = {
    "cpm": "Cost of a thousand views", "cpv": "Cost of a view", "cpe": "Cost of an engagement",
    "emv": "Earned media value", "spend": "Spend",
}  # fmt: skip
_DAYS: Final = {"instant": "instant (UTC)", "throughout": "known since the start", "joined": "first read later"}
_LEVELS: Final = {"problem": "To fix:", "note": "Note:"}
_CAPTIONS: Final = {"data": "Data of the picture", "targets": "Targets", "findings": "Findings"}
_TARGETS: Final = (
    "measure", "target", "unit", "date", "value", "value_reason", "verdict", "reached_pct", "needed_per_day",
)  # fmt: skip


def describe_campaign(selection: CampaignSelection, state: CampaignState) -> str:
    """Return a picture in words."""
    figures = selection.figures
    if not figures.videos:
        return "Nothing to show: no video of the snapshot belongs to the campaign."
    describers = {
        "progress": _describe_progress, "contributions": _describe_contributions, "rates": _describe_rates,
        "standing": _describe_ranks, "costs": _describe_costs,
    }  # fmt: skip
    return " ".join(describers[state.picture](figures, state))


def describe_status(figures: KeyFigures, changes: Sequence[str]) -> str:
    """Return how much there is, how many things need fixing, and which settings differ from the campaign file."""
    quality, problems = figures.quality, sum(finding.level == "problem" for finding in figures.findings)
    verb = "belongs" if quality.videos == 1 else "belong"
    videos = f"{quality.videos:,} of {plural(figures.snapshot.videos, 'video')} {verb} to the campaign"
    parts = [f"{videos}, {plural(quality.readings_in_period, 'reading')} in its period"]
    if problems:
        parts.append(f"{plural(problems, 'thing')} to fix: see findings")
    if changes:
        parts.append(f"other than in the campaign file: {', '.join(changes)}")
    return "; ".join(parts)


def format_campaign_table(selection: CampaignSelection, state: CampaignState) -> str:
    """Return the table below the picture, as HTML."""
    if state.table == "findings":
        return _format_findings(selection.figures)
    if state.table == "targets":
        targets = selection.frames["targets"]
        rows = targets.select(name for name in _TARGETS if name in targets.columns)
    elif state.picture == "progress":
        rows = load_data(selection, state).reverse()
        rows = rows.with_columns(pl.col("instant").dt.strftime("%Y-%m-%d %H:%M"))
    else:
        rows = _sort_videos(load_data(selection, state), state)
        rows = rows.select(name for name in rows.columns if rows[name].null_count() < max(rows.height, 1))
        rows = rows.drop("video_id", "kind", strict=False)
    rows = rows.with_columns(pl.col(pl.String).replace(SHORT_REASONS))
    return format_table(rows.rename({name: _head_column(name, state) for name in rows.columns}), _CAPTIONS[state.table])


def _sort_videos(data: pl.DataFrame, state: CampaignState) -> pl.DataFrame:
    """Sort videos by what is drawn, the largest first; groups keep the order of the picture."""
    ends = ("_last_read", "_gained", "_percentile_pct", state.measure)
    ranks = [name for name in data.columns if name.endswith(ends) and data.schema[name].is_numeric()]
    if "video_id" not in data.columns or not ranks:
        return data
    return data.sort(ranks[0], "video_id", descending=[True, False], nulls_last=True)


def _head_column(name: str, state: CampaignState) -> str:
    """Return the head of a column, without what the picture's title says."""
    if name in _DAYS:
        return _DAYS[name]
    if state.table == "data" and state.picture == "rates":
        name = name.removeprefix(f"engagement_rate_{state.when}_").replace(f"{state.estimator}_", "")
    return "rate (%)" if name == "pct" else name.replace("_pct", " (%)").replace("_", " ")


def _format_findings(figures: KeyFigures) -> str:
    """Return the findings in full, as a list that begins with what to fix."""
    findings = sorted(figures.findings, key=lambda finding: finding.level != "problem")
    items = [f"<li><b>{_LEVELS[each.level]}</b> <bdi>{html.escape(each.text)}</bdi></li>" for each in findings]
    listed = f'<ul style="margin:4px 0;padding-left:1.4em">{"".join(items)}</ul>' if items else "<p>nothing</p>"
    return f'<div style="max-width:900px;line-height:1.4"><b>{_CAPTIONS["findings"]}</b>{listed}</div>'


def _describe_progress(figures: KeyFigures, state: CampaignState) -> Iterator[str]:
    campaign, total = figures.campaign, figures.totals.counts.pick(state.measure).counted
    counted = describe_counted(figures.settings).removesuffix(" in the period")
    yield f"{state.measure.capitalize()} of the campaign by the end of each day, {counted}, {format_period(campaign)}"
    yield f"({campaign.time_zone}): {_describe_total(total)}."
    if state.measure == "views":
        yield from (
            _describe_target(target, campaign.time_zone) for target in figures.targets if target.measure == "views"
        )
        if end := describe_period_end(figures):
            yield end


def _describe_total(total: TotalFigure) -> str:
    return f"{format_figure(total)} ({format_coverage(total)}){describe_missing(total)}"


def _describe_target(target: TargetFigures, zone: str) -> str:
    is_partial, share, needed = bool(target.value.reason), target.reached_pct, target.needed_per_day.value
    text = f"Target of {format_count(target.target)} by {format_deadline(target.date, zone)}: {target.verdict}"
    if share is not None:
        text += f", {format_percent(share, AT_LEAST if is_partial else '')} reached"
    if needed is not None:
        text += f"; it needs {format_count(needed, AT_MOST if is_partial else '')} a day from now on"
    return " ".join(filter(None, (f"{text}.", describe_outlook(target.outlook))))


def _describe_contributions(figures: KeyFigures, state: CampaignState) -> Iterator[str]:
    measure = state.measure
    yield f"{measure.capitalize()} by {state.by}, {describe_counted(figures.settings)}."
    if state.by == "video":
        counts = ((video, video.counts.pick(measure).counted.value) for video in figures.videos)
        known = sorted(((video, value) for video, value in counts if value is not None), key=lambda pair: -pair[1])
        yield _join_first([f"{_name(video)} {format_count(value)}" for video, value in known], "video")
        yield f"All: {_describe_total(figures.totals.counts.pick(measure).counted)}."
        return
    totals = [(group, group.counts.pick(measure).counted) for group in figures.groups(state.by)]
    totals.sort(key=lambda pair: -(pair[1].known or 0))
    yield _join_first([f"{_name_group(group)}: {_describe_total(total)}" for group, total in totals], state.by, ". ")


def _describe_rates(figures: KeyFigures, state: CampaignState) -> Iterator[str]:
    when, at_age = "as last read in the period, whatever the age", figures.totals.engagement_rate.at_age
    if state.when == "at_age":
        when = f"at {format_hours(at_age.age_hours)} since {AGE_STARTS[at_age.age]}"
    title = f"{capitalise_first(str(state.estimator))} engagement rate by {state.by}, {when}"
    yield f"{title}, with {figures.settings.level_pct:g} % bootstrap intervals."
    groups = [figures.totals, *figures.groups(state.by)]
    yield _join_first([_describe_rate(group, state) for group in groups], state.by)


def _describe_rate(group: GroupFigures, state: CampaignState) -> str:
    rate, estimator = group.engagement_rate.pick(state.when), str(state.estimator)
    figure, n = rate.estimators[estimator], format_n_of(rate.n, rate.of)
    reason = describe_reason(figure.reason)
    if figure.value is None:
        return f"{_name_group(group)}: {reason} ({n})"
    return f"{_name_group(group)}: {format_percent(figure.value)} ({format_interval(rate, estimator) or reason}; {n})"


def _describe_ranks(figures: KeyFigures, state: CampaignState) -> Iterator[str]:
    what = "Views" if state.measure == "views" else "Engagement rate"
    yield f"{what} of each video among others, at {format_hours(parse_hours(figures.settings.at_age))} of age."
    median = figures.comparison.pick(state.measure)
    ranks = [(video, video.comparison.pick(state.measure)) for video in figures.videos]
    if median.value is None:
        reasons = [str(rank.percentile_reason) for _, rank in ranks]
        yield f"No video can be compared: {format_reasons(Counter(reasons))}."
        return
    known = [(video, rank.percentile_pct) for video, rank in ranks if rank.percentile_pct is not None]
    known.sort(key=lambda pair: -pair[1])
    n = format_n_of(median.n, median.of)
    yield f"{n} can be compared; the median video beats {format_percentile(median.value)}."
    yield _join_first([f"{_name(video)} {format_percentile(percentile)}" for video, percentile in known], "video")


def _describe_costs(figures: KeyFigures, state: CampaignState) -> Iterator[str]:
    currency, measure = figures.settings.currency, state.measure
    basis = "" if measure == "spend" else f", over views and engagements {describe_counted(figures.settings)}"
    yield f"{_TITLES[measure]} by {state.by}{basis}."
    rows = [("The campaign", figures.totals.money.measures[measure])]
    if state.by == "video":
        prices = ((_name(video), video.money.measures[measure]) for video in figures.videos)
        rows += sorted((row for row in prices if row[1].value is not None), key=lambda row: -(row[1].value or 0))
    else:
        rows += [(_name_group(group), group.money.measures[measure]) for group in figures.groups(state.by)]
    yield _join_first([f"{name}: {_describe_price(figure, currency)}" for name, figure in rows], state.by)
    if len(rows) == 1:
        yield f"It is not available for any {state.by}."


def _describe_price(figure: MoneyFigure, currency: str | None) -> str:
    text = format_figure(figure, currency or MONEY)
    if figure.shown is None:
        return f"{text} ({describe_reason(figure.reason)})"
    if figure.value is not None or isinstance(figure, SpendFigure):
        return text
    return f"{text} ({format_n_of(figure.n, figure.of)} known)"


def _name(video: VideoFigures) -> str:
    return name_video(video.title, video.external_video_id, video.video_id)


def _name_group(group: GroupFigures) -> str:
    return "The campaign" if group.kind == "campaign" else clean_text(str(group.name or f"no {group.kind}"), 60)


def _join_first(texts: Sequence[str], noun: str, separator: str = "; ") -> str:
    """Join the first texts to a sentence, and count the others."""
    if not texts:
        return f"No {noun} to name."
    others = len(texts) - _MOST_NAMED
    more = f"{separator}and {plural(others, f'other {noun}')}" if others > 0 else ""
    return f"{separator.join(texts[:_MOST_NAMED])}{more}."
