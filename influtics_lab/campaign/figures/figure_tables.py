"""The key figures as frames, for a notebook, a picture or a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import polars as pl

from influtics_lab.campaign.figures.figure_types import Figure, GainedFigure, MoneyFigures, PaceFigure, PriceFigure
from influtics_lab.campaign.figures.key_figure_types import (
    FiguresOrDict,
    GroupFigures,
    KeyFigures,
    SpendFigures,
    TargetFigures,
    VideoFigures,
)
from influtics_lab.campaign.figures.records import Record
from influtics_lab.campaign.file.model import ESTIMATORS

Row: TypeAlias = dict[str, object]
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


def tables(figures: FiguresOrDict) -> dict[str, pl.DataFrame]:
    """Return key figures as frames.

    Parameters
    ----------
    figures : KeyFigures or mapping
        As `key_figures` returns them, or as they were read from JSON.

    Returns
    -------
    dict of str to polars.DataFrame
        ``groups`` (the campaign, its creators, its platforms: one row each), ``videos``, ``targets``, ``spend``,
        ``findings``, ``reasons``. A figure is a column, ``cpm``; the reason why it is null is beside it,
        ``cpm_reason``. Of totals ``views_gained`` is the sum over all videos, ``views_gained_known`` the sum of what is
        known, and ``views_gained_n`` how many values are known.

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
    key_figures = KeyFigures.of(figures)
    groups = (key_figures.totals, *key_figures.by_creator, *key_figures.by_platform)
    return {
        "groups": _build_frame(map(_list_group, groups), _GROUP),
        "videos": _build_frame(map(_list_video, key_figures.videos), _VIDEO),
        "targets": _build_frame(map(_list_target, key_figures.targets), _TARGET),
        "spend": _build_frame(map(_list_spend, key_figures.spend), _SPEND),
        "findings": _build_frame((finding.to_dict() for finding in key_figures.findings), ("code", "level", "text")),
        "reasons": _build_frame(({"reason": name, "meaning": text} for name, text in key_figures.reasons.items()), ()),
    }


def _build_frame(rows: Iterable[Row], columns: Sequence[str]) -> pl.DataFrame:
    """Return a frame of rows; where there are none, one with the columns that identify its rows."""
    every = list(rows)
    frame = pl.DataFrame(every, infer_schema_length=None) if every else pl.DataFrame({name: [] for name in columns})
    untyped = [name for name, dtype in frame.schema.items() if dtype == pl.Null]
    texts = {name for name in untyped if name in _TEXTS or name.endswith(_TEXT_ENDS)}
    return frame.with_columns(pl.col(name).cast(pl.String() if name in texts else pl.Float64()) for name in untyped)


def _list_figure(name: str, figure: Figure, *facts: str) -> Row:
    """Return the columns of a figure: its value, its reason, and further facts of it."""
    row: Row = {name: _to_float(figure.value), f"{name}_reason": figure.reason}
    return row | {f"{name}_{fact}": _to_float(getattr(figure, fact)) for fact in facts}


def _to_float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _select_fields(record: Record, names: Sequence[str]) -> Row:
    return {name: getattr(record, name) for name in names}


def _list_group(group: GroupFigures) -> Row:
    row = _select_fields(group, _GROUP)
    for count, places in group.counts.items():
        for place, total in places.items():
            name = f"{count}_{place}"
            row |= _list_figure(name, total, "known") | {f"{name}_n": total.n}
    for place, rate in group.engagement_rate.items():
        row |= {f"engagement_rate_{place}_{name}": getattr(rate, name) for name in ("n", "n_effective")}
        for estimator in ESTIMATORS:
            if (figure := rate.estimators.get(estimator)) is not None:
                name = f"engagement_rate_{place}_{estimator}"
                row |= {f"{name}_pct": figure.value, f"{name}_low_pct": figure.low, f"{name}_high_pct": figure.high}
                row[f"{name}_reason"] = figure.reason
    return row | _list_money(group.money)


def _list_money(money: MoneyFigures) -> Row:
    row: Row = {"currency": money.currency}
    for name, figure in money.measures.items():
        row |= _list_figure(name, figure, *(["at_most"] if isinstance(figure, PriceFigure) else []))
    row |= _list_figure("not_allocated", money.not_allocated) | _list_figure("later_spend", money.later.spend)
    return row | _list_figure("cpm_with_later", money.later.cpm, "at_most")


def _list_video(video: VideoFigures) -> Row:
    row = _select_fields(video, _VIDEO)
    for count, places in video.counts.items():
        for place, figure in places.items():
            row |= _list_figure(f"{count}_{place}", figure, *(["at_least"] if isinstance(figure, GainedFigure) else []))
        row |= {f"{count}_counted_basis": places.counted.basis, f"{count}_last_read_at": places.last_read.at}
    for place, figure in video.engagement_rate.items():
        name = f"engagement_rate_{place}"
        row |= {f"{name}_pct": figure.value, f"{name}_reason": figure.reason}
    row |= _list_money(video.money) | {f"{count}_share_pct": share.value for count, share in video.share_pct.items()}
    for measure, rank in video.comparison.items():
        row |= _list_figure(f"{measure}_at_age", rank)
        row |= {f"{measure}_{name}": getattr(rank, name) for name in ("others", "percentile_pct", "percentile_reason")}
    return row


def _list_target(target: TargetFigures) -> Row:
    recent, value = target.recent_per_day, target.value
    row = _select_fields(target, _TARGET) | _list_figure("value", value) | {"n": value.n, "of": value.of}
    row |= _select_fields(target, ("reached_pct", "days_left"))
    row["recent_days"] = recent.days if isinstance(recent, PaceFigure) else None
    for name in ("needed_per_day", "expected_by_now", "recent_per_day"):
        row |= _list_figure(name, getattr(target, name))
    names = {"outlook": "verdict", "outlook_because": "because", "forecast_low": "low", "forecast_high": "high"}
    return row | {column: getattr(target.outlook, name, None) for column, name in names.items()}


def _list_spend(spend: SpendFigures) -> Row:
    return _select_fields(spend, _SPEND) | {"videos": len(spend.videos)} | _list_figure("reported", spend.reported)
