"""What changed, as frames: one row for each figure of each group, video and target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.figure_definitions import Definition

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
    """Give what the columns of `change_tables` mean as a frame, as `figure_definitions` has it of figures.

    Returns
    -------
    polars.DataFrame
        ``figure``, ``formula``, ``unit``, ``null``, ``source``.

    Examples
    --------
    >>> change_definitions().filter(figure="difference")["formula"].item()
    'now - then, before both are rounded; of a percentage, in points'
    """
    return pl.DataFrame([asdict(one) for one in DEFINITIONS]).drop("columns")


def change_tables(changed: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    r"""Give what changed as frames.

    Parameters
    ----------
    changed : mapping
        As `changes` gives it, or as it was read from JSON.

    Returns
    -------
    dict of str to polars.DataFrame
        ``groups``, ``videos`` and ``targets`` (one row for each of their figures), ``fields`` (what is told otherwise
        of a video), ``readings`` (those that were corrected), ``findings`` (new, gone or changed). Columns are the same
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
    groups = [changed["totals"], *changed["by_creator"], *changed["by_platform"]]
    return {
        "groups": _frame((row for group in groups for row in _of_group(group)), _GROUP | _FIGURE | _KNOWN | _ALIKE),
        "videos": _frame((row for video in changed["videos"] for row in _of_video(video)), _VIDEO | _FIGURE),
        "targets": _frame((row for target in changed["targets"] for row in _of_target(target)), _TARGET | _FIGURE),
        "fields": _frame((row for video in changed["videos"] for row in _of_fields(video)), _FIELD),
        "readings": _frame(changed["readings"]["corrected"]["listed"], _READING),
        "findings": _frame(_of_findings(changed["findings"]), _FINDING),
    }


def _frame(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    lists: dict[str, list[Any]] = {name: [] for name in columns}
    for row in rows:
        for name, values in lists.items():
            values.append(row.get(name))
    series = [pl.Series(name, values, dtype=columns[name], strict=False) for name, values in lists.items()]
    return pl.DataFrame(series)


def _figures(measures: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, figure in measures.items():
        alike = {f"alike_{key}": value for key, value in figure.get("alike", {}).items()}
        yield {"measure": name, **figure, **alike}


def _of_group(group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    sizes = {f"videos_{when}": n for when, n in group["videos"].items()}
    for row in _figures(group["measures"]):
        yield {"kind": group["kind"], "name": group["name"], **sizes, **row}


def _of_video(video: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    told = {name: video[name] for name in _VIDEO}
    for row in _figures(video["measures"]):
        yield {**told, **row}


def _of_target(target: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    verdicts = {f"verdict_{when}": verdict for when, verdict in target["verdict"].items()}
    told = {"target_measure": target["measure"], **{name: target[name] for name in ("target", "unit", "date")}}
    for row in _figures(target["measures"]):
        yield {**told, **verdicts, **row}


def _of_fields(video: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, both in video["fields"].items():
        yield {"video_id": video["video_id"], "title": video["title"], "field": name, **both}


def _of_findings(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in found["new"]:
        yield {"change": "new", "code": one["code"], "level": one["level"], "then": None, "now": one["text"]}
    for one in found["gone"]:
        yield {"change": "gone", "code": one["code"], "level": one["level"], "then": one["text"], "now": None}
    for one in found["changed"]:
        yield {"change": "changed", **one}
