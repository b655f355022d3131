"""A campaign's picture in words, and its tables, for whoever cannot see it or wants to read on."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.figure_types import AT_LEAST, AT_MOST
from influtics_lab.campaign.figures.formatting import (
    describe_reason,
    format_count,
    format_deadline,
    format_hours,
    format_n_of,
    format_percent,
    format_percentile,
    format_reasons,
)
from influtics_lab.campaign.figures.missing_reasons import SHORT_REASONS
from influtics_lab.campaign.figures.plain_formatting import (
    counted_words,
    interval_words,
    lacking_words,
    money_words,
    period,
    sum_words,
    summed_of,
)
from influtics_lab.campaign.file.field_types import parse_hours
from influtics_lab.explore.campaign_state import CampaignState
from influtics_lab.explore.selection_text import name_of, table_html
from influtics_lab.plots.font_text import clean_text
from influtics_lab.text_format import plural

_SAID: Final = 5
_TITLES: Final = {
    "cpm": "Cost of a thousand views", "cpv": "Cost of a view", "cpe": "Cost of an engagement",
    "emv": "Earned media value", "spend": "Spend",
}  # fmt: skip
_RATE: Final = {"pooled": "Pooled", "mean": "Mean", "median": "Median"}
_DAYS: Final = {"instant": "instant (UTC)", "throughout": "known since the start", "joined": "first read later"}
_LEVELS: Final = {"problem": "To mend:", "note": "Note:"}
_CAPTIONS: Final = {"data": "What the picture is drawn of", "targets": "Targets", "findings": "What is to be known"}


def summary(figures: Mapping[str, Any], state: CampaignState) -> str:
    """Say in words what a picture shows.

    Parameters
    ----------
    figures : mapping
        As ``key_figures`` gives them.
    state : CampaignState

    Returns
    -------
    str
    """
    if not figures["videos"]:
        return "Nothing to show: no video of the snapshot belongs to the campaign."
    said = {"progress": _progress, "contributions": _contributions, "rates": _rates, "standing": _standing}
    return " ".join(said.get(state.picture, _costs)(figures, state))


def remains(figures: Mapping[str, Any], changed: Sequence[str]) -> str:
    """Say how much there is, what is to be mended, and what is set otherwise than in the campaign file."""
    quality, whole = figures["quality"], figures["snapshot"]["videos"]
    problems = sum(finding["level"] == "problem" for finding in figures["findings"])
    belong = f"{quality['videos']:,} of {plural(whole, 'video')} belong{'s' * (quality['videos'] == 1)} to the campaign"
    said = [f"{belong}, {plural(quality['readings_in_period'], 'reading')} in its period"]
    if problems:
        said.append(f"{plural(problems, 'thing')} to mend: see findings")
    if changed:
        said.append(f"other than in the campaign file: {', '.join(changed)}")
    return "; ".join(said)


def table(frames: Mapping[str, pl.DataFrame], data: pl.DataFrame, state: CampaignState) -> str:
    """Give the table below the picture, as HTML.

    Parameters
    ----------
    frames : mapping of str to polars.DataFrame
        The ``tables`` of the key figures.
    data : polars.DataFrame
        What the picture is drawn of.
    state : CampaignState

    Returns
    -------
    str
    """
    if state.table == "findings":
        return _findings(frames["findings"])
    if state.table == "targets":
        shown = _told(frames["targets"])
    elif state.picture == "progress":
        at = pl.col("instant").dt.strftime("%Y-%m-%d %H:%M")
        shown = data.reverse().select(at, "throughout", "joined")
    else:
        shown = _largest_first(data, state)
        shown = shown.select(name for name in shown.columns if shown[name].null_count() < max(shown.height, 1))
        shown = shown.drop("video_id", "kind", strict=False)
    words = shown.with_columns(pl.col(pl.String).replace(SHORT_REASONS))
    named = words.rename({name: _heading(name, state) for name in shown.columns})
    return table_html(named, _CAPTIONS[state.table], rows=12)


def _largest_first(data: pl.DataFrame, state: CampaignState) -> pl.DataFrame:
    """Sort videos by what is drawn of them; groups stand as they are drawn."""
    ends = ("_last_read", "_gained", "_percentile_pct", state.measure)
    ranks = [name for name in data.columns if name.endswith(ends) and data.schema[name].is_numeric()]
    if "video_id" not in data.columns or not ranks:
        return data
    return data.sort(ranks[0], "video_id", descending=[True, False], nulls_last=True)


def _heading(name: str, state: CampaignState) -> str:
    """Say what a column is, without what the picture's title says."""
    if name in _DAYS:
        return _DAYS[name]
    if state.table == "data" and state.picture == "rates":
        name = name.removeprefix(f"engagement_rate_{state.when}_").replace(f"{state.estimator}_", "")
    return {"pct": "rate (%)"}.get(name, name.replace("_pct", " (%)").replace("_", " "))


def _findings(found: pl.DataFrame) -> str:
    """Write them in full, as a list: what is to mend first."""
    rows = found.sort(pl.col("level") != "problem", maintain_order=True).select("level", "text").rows()
    said = "".join(f"<li><b>{_LEVELS[level]}</b> <bdi>{html.escape(text)}</bdi></li>" for level, text in rows)
    listed = f'<ul style="margin:4px 0;padding-left:1.4em">{said}</ul>' if rows else "<p>nothing</p>"
    return f'<div style="max-width:900px;line-height:1.4"><b>{_CAPTIONS["findings"]}</b>{listed}</div>'


def _told(targets: pl.DataFrame) -> pl.DataFrame:
    names = ("measure", "target", "unit", "date", "value", "value_reason", "verdict", "reached_pct", "needed_per_day")
    return targets.select(name for name in names if name in targets.columns)


def _progress(figures: Mapping[str, Any], state: CampaignState) -> Iterator[str]:
    whole = figures["totals"]["counts"][state.measure]["counted"]
    campaign = figures["campaign"]
    how = counted_words(figures).removesuffix(" in the period")
    yield f"{state.measure.capitalize()} of the campaign by the end of each day, {how}, {period(campaign)}"
    yield f"({campaign['time_zone']}): {_total(whole)}."
    if state.measure == "views":
        yield from (_target(one, campaign["time_zone"]) for one in figures["targets"] if one["measure"] == "views")


def _total(figure: Mapping[str, Any]) -> str:
    if figure["known"] is None:
        return f"not known: {format_reasons(figure['reasons']) or 'no videos'}"
    if figure["value"] is not None:
        return f"{format_count(figure['value'])} ({format_n_of(figure['n'], figure['of'])})"
    return f"{sum_words(figure)}, of {summed_of(figure)}{lacking_words(figure)}"


def _target(target: Mapping[str, Any], zone: str) -> str:
    share = target["reached_pct"]
    partly = bool(target["value"]["reason"])
    reached = "" if share is None else f", {format_percent(share, AT_LEAST if partly else '')} of it"
    needed = target["needed_per_day"]["value"]
    pace = "" if needed is None else f"; it needs {format_count(needed, AT_MOST if partly else '')} a day from now on"
    when = format_deadline(target["date"], zone)
    return f"Target of {format_count(target['target'])} by {when}: {target['verdict']}{reached}{pace}."


def _contributions(figures: Mapping[str, Any], state: CampaignState) -> Iterator[str]:
    measure, place = state.measure, "counted"
    yield f"{measure.capitalize()} by {state.by}, {counted_words(figures)}."
    if state.by == "video":
        known = [(video["counts"][measure][place]["value"], video) for video in figures["videos"]]
        ranked = sorted((pair for pair in known if pair[0] is not None), key=lambda pair: -pair[0])
        yield _listed([f"{name_of(video)} {format_count(value)}" for value, video in ranked], "video")
        whole = figures["totals"]["counts"][measure][place]
        yield f"All: {_total(whole)}."
        return
    groups = figures[f"by_{state.by}"]
    said = [(group, group["counts"][measure][place]) for group in groups]
    said.sort(key=lambda pair: -(pair[1]["known"] or 0))
    yield _listed([f"{_name(group)}: {_total(figure)}" for group, figure in said], state.by, ". ")


def _rates(figures: Mapping[str, Any], state: CampaignState) -> Iterator[str]:
    rate = figures["totals"]["engagement_rate"][state.when]
    when = "as last read in the period, whatever the age"
    if state.when == "at_age":
        since = "publication" if rate["age"] == "published" else "tracking began"
        when = f"at {format_hours(rate['age_hours'])} since {since}"
    level = figures["settings"]["level_pct"]
    yield f"{_RATE[str(state.estimator)]} engagement rate by {state.by}, {when}, with {level:g} % bootstrap intervals."
    groups = [figures["totals"], *figures[f"by_{state.by}"]]
    yield _listed([_rate(group, state) for group in groups], state.by)


def _rate(group: Mapping[str, Any], state: CampaignState) -> str:
    rate = group["engagement_rate"][state.when]
    figure = rate[str(state.estimator)]
    name = "The campaign" if group["kind"] == "campaign" else _name(group)
    counted = format_n_of(rate["n"], rate["of"])
    if figure["value"] is None:
        return f"{name}: {describe_reason(figure['reason'])} ({counted})"
    unknown = figure["low"] is None
    between = describe_reason(figure["reason"]) if unknown else interval_words(rate, str(state.estimator))
    return f"{name}: {format_percent(figure['value'])} ({between}; {counted})"


def _standing(figures: Mapping[str, Any], state: CampaignState) -> Iterator[str]:
    settings, measure = figures["settings"], state.measure
    what = "Views" if measure == "views" else "Engagement rate"
    yield f"{what} of each video among others, at {format_hours(parse_hours(settings['at_age']))} of age."
    middle = figures["comparison"][measure]
    if middle["value"] is None:
        yield f"No video can be compared: {_lacking(figures, measure)}."
        return
    told = [video for video in figures["videos"] if video["comparison"][measure]["percentile_pct"] is not None]
    told.sort(key=lambda video: -video["comparison"][measure]["percentile_pct"])
    n = format_n_of(middle["n"], middle["of"])
    yield f"{n} can be compared; in the middle one beats {format_percentile(middle['value'])}."
    yield _listed(
        [f"{name_of(one)} {format_percentile(one['comparison'][measure]['percentile_pct'])}" for one in told], "video"
    )


def _lacking(figures: Mapping[str, Any], measure: str) -> str:
    reasons = [video["comparison"][measure]["percentile_reason"] for video in figures["videos"]]
    return format_reasons({reason: reasons.count(reason) for reason in set(reasons)})


def _costs(figures: Mapping[str, Any], state: CampaignState) -> Iterator[str]:
    currency, measure = figures["settings"]["currency"], state.measure
    over = "" if measure == "spend" else f", over views and engagements {counted_words(figures)}"
    yield f"{_TITLES[measure]} by {state.by}{over}."
    rows = [("The campaign", figures["totals"]["money"][measure])]
    if state.by == "video":
        priced = [(name_of(video), video["money"][measure]) for video in figures["videos"]]
        rows += sorted((row for row in priced if row[1]["value"] is not None), key=lambda row: -row[1]["value"])
    else:
        rows += [(_name(group), group["money"][measure]) for group in figures[f"by_{state.by}"]]
    yield _listed([f"{name}: {_price(figure, currency)}" for name, figure in rows], state.by)
    if len(rows) == 1:
        yield f"It is known of no {state.by}."


def _price(figure: Mapping[str, Any], currency: str | None) -> str:
    text = money_words(figure, currency)
    if text is None:
        return f"not known ({describe_reason(figure['reason'])})"
    return text if figure["value"] is not None else f"{text} ({format_n_of(figure['n'], figure['of'])} known)"


def _name(group: Mapping[str, Any]) -> str:
    return clean_text(str(group["name"] or f"no {group['kind']}"), 60)


def _listed(said: Sequence[str], noun: str, between: str = "; ") -> str:
    if not said:
        return f"No {noun} to name."
    more = f"{between}and {plural(len(said) - _SAID, f'other {noun}')}" if len(said) > _SAID else ""
    return f"{between.join(said[:_SAID])}{more}."
