"""What changed, as frames: one row for each figure of each group, video and target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Final, TypeAlias

import polars as pl

from influtics_lab.campaign.changes.change_types import (
    CampaignChanges,
    Change,
    ChangesOrDict,
    CountChange,
    GroupChange,
    TargetChange,
)
from influtics_lab.campaign.figures.figure_definitions import Definition

Row: TypeAlias = dict[str, object]
_FIGURE: Final = {
    "measure": pl.String(),
    "then": pl.Float64(),
    "then_reason": pl.String(),
    "now": pl.Float64(),
    "now_reason": pl.String(),
    "difference": pl.Float64(),
    "reason": pl.String(),
}
_KNOWN: Final = {
    "then_known": pl.Float64(),
    "then_n": pl.Int64(),
    "now_known": pl.Float64(),
    "now_n": pl.Int64(),
}
_ALIKE: Final = {
    "alike_then": pl.Float64(),
    "alike_now": pl.Float64(),
    "alike_difference": pl.Float64(),
    "alike_n": pl.Int64(),
    "alike_of": pl.Int64(),
}
_GROUP: Final = {"kind": pl.String(), "name": pl.String(), "videos_then": pl.Int64(), "videos_now": pl.Int64()}
_VIDEO: Final = dict.fromkeys(("video_id", "title", "platform", "creator", "state", "why"), pl.String())
_FIELD: Final = dict.fromkeys(("video_id", "title", "field", "then", "now"), pl.String())
_READING: Final = {
    "video_id": pl.String(),
    "at": pl.String(),
    "count": pl.String(),
    "then": pl.Int64(),
    "now": pl.Int64(),
    "difference": pl.Int64(),
}
_FINDING: Final = dict.fromkeys(("change", "code", "level", "then", "now"), pl.String())
_TARGET: Final = {
    "target_measure": pl.String(),
    "target": pl.Float64(),
    "unit": pl.String(),
    "date": pl.String(),
    "verdict_then": pl.String(),
    "verdict_now": pl.String(),
}
_OWN: Final = "influtics_lab.campaign"

DEFINITIONS: Final = (
    Definition("then", "the figure in the earlier snapshot", "as the figure", "then_reason says why", _OWN, "then"),
    Definition("now", "the figure in the later snapshot", "as the figure", "now_reason says why", _OWN, "now"),
    Definition(
        "difference",
        "now - then, before both are rounded; of a percentage, in points",
        "as the figure",
        "either is null",
        _OWN,
        "difference",
    ),
    Definition(
        "known",
        "the sum over the n videos of which the count is known, at that time",
        "count",
        "known of no video",
        _OWN,
        "(then|now)_known",
    ),
    Definition("n", "how many videos count, at that time", "videos", "no count, or no rate", _OWN, "(then|now)_n"),
    Definition(
        "alike",
        "the totals of then and now over the n videos whose count is available both times, of those that belong both "
        "times",
        "count",
        "known of no video both times",
        _OWN,
        "alike_(then|now|difference|n|of)",
    ),
    Definition(
        "state",
        "stayed: the video belongs both times; came: only now; went: only then",
        "",
        "never",
        _OWN,
        "state",
    ),
    Definition(
        "corrected reading",
        "a count of the same video and instant that is another number in the later snapshot",
        "count",
        "never",
        _OWN,
        "",
    ),
)


def change_definitions() -> pl.DataFrame:
    """Return what the columns of `change_tables` mean as a frame, as `figure_definitions` has it of figures.

    Returns
    -------
    polars.DataFrame
        ``figure``, ``formula``, ``unit``, ``null``, ``source``.

    Examples
    --------
    >>> change_definitions().filter(figure="difference")["formula"].item()
    'now - then, before both are rounded; of a percentage, in points'
    """
    return pl.DataFrame([asdict(definition) for definition in DEFINITIONS]).drop("columns")


def change_tables(changed: ChangesOrDict) -> dict[str, pl.DataFrame]:
    r"""Return what changed as frames.

    Parameters
    ----------
    changed : CampaignChanges or mapping
        As `changes` returns it, or as it was read from JSON.

    Returns
    -------
    dict of str to polars.DataFrame
        ``groups``, ``videos`` and ``targets`` (one row for each of their figures), ``fields`` (details of videos that
        changed), ``readings`` (counts that changed), ``findings`` (new, gone or changed). Columns are the same
        whatever is in them.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import parse_campaign
    >>> from influtics_lab.campaign.changes.campaign_changes import changes
    >>> text = 'name = "J"\nperiod = {start = 2025-06-01, end = 2025-06-29}\nvideos = {platform = "TikTok"}'
    >>> sample = lab.sample_snapshot()
    >>> frames = change_tables(changes(parse_campaign(text), sample, sample))
    >>> total = frames["groups"].filter(kind="campaign", measure="views_last_read")
    >>> total.select("now", "now_reason", "now_known", "now_n", "alike_difference").row(0)
    (None, 'part_missing', 4190070.0, 19, 0.0)
    """
    all_changes = changed if isinstance(changed, CampaignChanges) else CampaignChanges.from_dict(changed)
    groups = (all_changes.totals, *all_changes.by_creator, *all_changes.by_platform)
    findings = [
        *(
            {"change": "new", "code": note.code, "level": note.level, "now": note.text}
            for note in all_changes.findings.new
        ),
        *(
            {"change": "gone", "code": note.code, "level": note.level, "then": note.text}
            for note in all_changes.findings.gone
        ),
        *({"change": "changed"} | note.to_dict() for note in all_changes.findings.changed),
    ]
    return {
        "groups": _build_frame(
            (_list_group(group) | row for group in groups for row in _list_measures(group.measures)),
            _GROUP | _FIGURE | _KNOWN | _ALIKE,
        ),
        "videos": _build_frame(
            (
                {name: getattr(video, name) for name in _VIDEO} | row
                for video in all_changes.videos
                for row in _list_measures(video.measures)
            ),
            _VIDEO | _FIGURE,
        ),
        "targets": _build_frame(
            (_list_target(target) | row for target in all_changes.targets for row in _list_measures(target.measures)),
            _TARGET | _FIGURE,
        ),
        "fields": _build_frame(
            (
                {"video_id": video.video_id, "title": video.title, "field": name, "then": both.then, "now": both.now}
                for video in all_changes.videos
                for name, both in video.fields.items()
            ),
            _FIELD,
        ),
        "readings": _build_frame((count.to_dict() for count in all_changes.readings.corrected.listed), _READING),
        "findings": _build_frame(findings, _FINDING),
    }


def _build_frame(rows: Iterable[Row], columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=columns, strict=False)


def _list_measures(measures: Mapping[str, Change]) -> Iterator[Row]:
    for name, change in measures.items():
        alike = change.alike.to_dict() if isinstance(change, CountChange) else {}
        yield {"measure": name, **change.to_dict(), **{f"alike_{key}": value for key, value in alike.items()}}


def _list_group(group: GroupChange) -> Row:
    numbers = {"videos_then": group.videos.then, "videos_now": group.videos.now}
    return {"kind": group.kind, "name": group.name, **numbers}


def _list_target(target: TargetChange) -> Row:
    verdicts = {"verdict_then": target.verdict.then, "verdict_now": target.verdict.now}
    names = ("target", "unit", "date")
    return {"target_measure": target.measure, **{name: getattr(target, name) for name in names}, **verdicts}
