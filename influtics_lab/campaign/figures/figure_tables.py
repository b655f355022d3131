"""The key figures as frames, for a notebook, a picture or a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.figure_types import KeyFigures, plain_figures
from influtics_lab.campaign.figures.video_counts import ENGAGEMENTS, PLACES
from influtics_lab.schema import COUNTS

_MONEY: Final = ("spend", "cpm", "cpv", "cpe", "emv")
_RATES: Final = ("pooled", "mean", "median")
_GROUP: Final = ("kind", "name", "videos")
_TARGET: Final = ("measure", "target", "unit", "date", "as_of", "is_past", "verdict")
_SPEND: Final = ("date", "kind", "name", "amount", "currency")
_VIDEO: Final = (
    "video_id",
    "platform",
    "creator",
    "title",
    "external_video_id",
    "status",
    "created_at",
    "published_at",
)
_TEXTS: Final = frozenset(
    (*_VIDEO, "kind", "name", "measure", "unit", "date", "as_of", "verdict", "currency", "code", "level", "text")
)
_TEXT_ENDS: Final = ("_reason", "_at", "_basis")


def tables(figures: KeyFigures | Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """Give key figures as frames.

    Parameters
    ----------
    figures : KeyFigures or mapping
        As `key_figures` returns them, or as they were read from JSON.

    Returns
    -------
    dict of str to polars.DataFrame
        ``groups`` (the campaign, its creators, its platforms: one row each), ``videos``, ``targets``, ``spend``,
        ``findings``, ``reasons``. A figure is a column, ``cpm``; why it is null, another one, ``cpm_reason``. Of totals
        ``views_gained`` is what all videos have, ``views_gained_known`` what those have of which it is known, and
        ``views_gained_n`` how many these are.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import key_figures, parse_campaign, tables
    >>> campaign = parse_campaign('''
    ... name = "June"
    ... period = {start = 2025-06-01, end = 2025-06-29}
    ... videos = {platform = "TikTok"}
    ... ''')
    >>> tables(key_figures(campaign, lab.sample_snapshot()))["groups"].select("kind", "name", "videos").rows()
    [('campaign', 'June', 24), ('platform', 'TikTok', 24)]
    """
    figures = plain_figures(figures)
    groups = [figures["totals"], *figures["by_creator"], *figures["by_platform"]]
    return {
        "groups": _frame((dict(_of_group(group)) for group in groups), _GROUP),
        "videos": _frame((dict(_of_video(video)) for video in figures["videos"]), _VIDEO),
        "targets": _frame((dict(_of_target(target)) for target in figures["targets"]), _TARGET),
        "spend": _frame((dict(_of_spend(spend)) for spend in figures["spend"]), _SPEND),
        "findings": _frame(figures["findings"], ("code", "level", "text")),
        "reasons": _frame(({"reason": name, "meaning": text} for name, text in figures["reasons"].items()), ()),
    }


def _frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pl.DataFrame:
    """Make a frame of rows; where there are none, one with the columns that tell its rows apart."""
    every = [dict(row) for row in rows]
    found = pl.DataFrame(every, infer_schema_length=None) if every else pl.DataFrame({name: [] for name in columns})
    untold = [name for name, dtype in found.schema.items() if dtype == pl.Null]
    texts = {name for name in untold if name in _TEXTS or name.endswith(_TEXT_ENDS)}
    return found.with_columns(pl.col(name).cast(pl.String() if name in texts else pl.Float64()) for name in untold)


def _told(name: str, figure: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield name, _number(figure["value"])
    yield f"{name}_reason", figure["reason"]


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _of_group(group: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, group[name]) for name in _GROUP)
    for count in (*COUNTS, ENGAGEMENTS):
        for place in PLACES:
            figure, name = group["counts"][count][place], f"{count}_{place}"
            yield from _told(name, figure)
            yield f"{name}_known", _number(figure["known"])
            yield f"{name}_n", figure["n"]
    for place, rate in group["engagement_rate"].items():
        yield f"engagement_rate_{place}_n", rate["n"]
        yield f"engagement_rate_{place}_n_effective", rate["n_effective"]
        for estimator in _RATES:
            if estimator in rate:
                yield from _rate(f"engagement_rate_{place}_{estimator}", rate[estimator])
    yield from _of_money(group["money"])


def _rate(name: str, figure: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield f"{name}_pct", figure["value"]
    yield f"{name}_low_pct", figure["low"]
    yield f"{name}_high_pct", figure["high"]
    yield f"{name}_reason", figure["reason"]


def _of_money(money: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "currency", money["currency"]
    for name in _MONEY:
        yield from _told(name, money[name])
        if "at_most" in money[name]:
            yield f"{name}_at_most", money[name]["at_most"]
    yield from _told("not_allocated", money["not_allocated"])
    yield from _told("later_spend", money["later"]["spend"])
    yield from _told("cpm_with_later", money["later"]["cpm"])
    yield "cpm_with_later_at_most", money["later"]["cpm"]["at_most"]


def _of_video(video: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, video[name]) for name in _VIDEO)
    for count in (*COUNTS, ENGAGEMENTS):
        for place in PLACES:
            figure = video["counts"][count][place]
            yield from _told(f"{count}_{place}", figure)
            if "at_least" in figure:
                yield f"{count}_{place}_at_least", _number(figure["at_least"])
        yield f"{count}_counted_basis", video["counts"][count]["counted"]["basis"]
        yield f"{count}_last_read_at", video["counts"][count]["last_read"]["at"]
    for place, rate in video["engagement_rate"].items():
        yield f"engagement_rate_{place}_pct", rate["value"]
        yield f"engagement_rate_{place}_reason", rate["reason"]
    yield from _of_money(video["money"])
    for count, share in video["share_pct"].items():
        yield f"{count}_share_pct", share["value"]
    for measure, figure in video["comparison"].items():
        yield from _told(f"{measure}_at_age", figure)
        yield f"{measure}_others", figure["others"]
        yield f"{measure}_percentile_pct", figure["percentile_pct"]
        yield f"{measure}_percentile_reason", figure["percentile_reason"]


def _of_target(target: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, target[name]) for name in _TARGET)
    yield from _told("value", target["value"])
    yield "n", target["value"]["n"]
    yield "of", target["value"]["of"]
    yield from ((name, target[name]) for name in ("reached_pct", "days_left"))
    yield "recent_days", target["recent_per_day"].get("days")
    for name in ("needed_per_day", "expected_by_now", "recent_per_day"):
        yield from _told(name, target[name])


def _of_spend(spend: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, spend[name]) for name in _SPEND)
    yield "videos", len(spend["videos"])
    yield from _told("reported", spend["reported"])
