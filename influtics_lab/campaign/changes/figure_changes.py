"""Figures of two reports side by side: then, now, the difference, and why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from influtics_lab.campaign.figures.figure_types import Figure as OneFigure
from influtics_lab.campaign.figures.video_counts import ENGAGEMENTS, sum_figures
from influtics_lab.campaign.file.model import ESTIMATORS
from influtics_lab.schema import COUNTS

Figure = dict[str, Any]

PLACES: Final = ("last_read", "gained", "counted")
_MONEY: Final = ("spend", "cpm", "cpv", "cpe", "emv")
_CAME: Final[Figure] = {"value": None, "reason": "came"}
_WENT: Final[Figure] = {"value": None, "reason": "went"}
_PACES: Final = ("needed_per_day", "expected_by_now", "recent_per_day")


def change(then: Mapping[str, Any], now: Mapping[str, Any]) -> Figure:
    """Give a figure of then and of now, and what it differs by.

    Examples
    --------
    >>> change({"value": 3, "reason": None}, {"value": 5, "reason": None})["difference"]
    2
    >>> change({"value": 3, "reason": None}, {"value": None, "reason": "hidden"})["reason"]
    'hidden'
    """
    known = then["value"] is not None and now["value"] is not None
    missing = now if now["value"] is None else then
    return {
        "then": then["value"],
        "then_reason": then["reason"],
        "now": now["value"],
        "now_reason": now["reason"],
        "difference": now["value"] - then["value"] if known else None,
        "reason": None if known else missing["reason"],
    }


def changed_groups(then: Mapping[str, Any], now: Mapping[str, Any], kind: str) -> list[Figure]:
    """Give each creator or platform of either report, in the order of the later one, then those that are gone."""
    before, after = ({group["name"]: group for group in side[f"by_{kind}"]} for side in (then, now))
    return [
        changed_group(
            before.get(name), after.get(name), *(_members(side["videos"], kind, name) for side in (then, now))
        )
        for name in dict.fromkeys([*after, *before])
    ]


def changed_group(
    then: Mapping[str, Any] | None,
    now: Mapping[str, Any] | None,
    then_videos: Sequence[Mapping[str, Any]],
    now_videos: Sequence[Mapping[str, Any]],
) -> Figure:
    """Give what changed of a group; of one that is not there, all figures are null because it came, or went.

    Parameters
    ----------
    then, now : mapping or None
        As `key_figures` has a group.
    then_videos, now_videos : sequence of mapping
        Its videos, each as `key_figures` has it.

    Returns
    -------
    dict
        ``kind``, ``name``, ``videos`` (``then`` and ``now``), and ``measures``: by the name that the figure has in
        `tables`, a `change`. Counts also have how many videos they are known of (``then_n``, ``now_n``), what these
        add up to (``then_known``, ``now_known``), whether that is a lower bound (``then_is_bound``,
        ``now_is_bound``), and ``alike``; rates, how many videos count; prices, what they are
        at most where some counts are not known (``then_at_most``, ``now_at_most``).
    """
    one: Mapping[str, Any] = now or then or {}
    before, after = (dict(_of_group(side)) if side is not None else {} for side in (then, now))
    measures = {}
    for name in after or before:
        pair = before.get(name, _CAME), after.get(name, _WENT)
        measures[name] = change(*pair) | {
            f"{when}_{fact}": side.get(fact)
            for fact in ("n", "known", "at_most", "is_bound")
            for when, side in zip(("then", "now"), pair, strict=True)
            if any(fact in figure for figure in pair)
        }
    for count in (*COUNTS, ENGAGEMENTS):
        for place in PLACES:
            measures[f"{count}_{place}"]["alike"] = _alike(then_videos, now_videos, count, place)
    sizes = {when: side["videos"] if side else 0 for when, side in (("then", then), ("now", now))}
    return {"kind": one["kind"], "name": one["name"], "videos": sizes, "measures": measures}


def changed_video(then: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> dict[str, Figure]:
    """Give the measures of one video: by the name that the figure has in `tables`, a `change`."""
    before, after = (dict(_of_video(side)) if side is not None else {} for side in (then, now))
    return {name: change(before.get(name, _CAME), after.get(name, _WENT)) for name in after or before}


def changed_target(then: Mapping[str, Any], now: Mapping[str, Any]) -> Figure:
    """Give what changed of a target; views that are known of some videos only have no difference."""
    whole = [_whole(side["value"]) for side in (then, now)]
    value = change(*whole) | {
        f"{when}_{fact}": side["value"].get(fact)
        for fact in ("value", "n", "of", "is_bound")
        for when, side in (("then", then), ("now", now))
    }
    told = {name: {"then": then[name], "now": now[name]} for name in ("verdict", "as_of", "is_past")}
    plain = {
        name: change(*({"value": side[name], "reason": _why_no(name, side)} for side in (then, now)))
        for name in ("reached_pct", "days_left")
    }
    paces = {name: change(then[name], now[name]) for name in _PACES}
    fixed = {name: now[name] for name in ("measure", "target", "unit", "date")}
    return {**fixed, **told, "measures": {"value": value, **plain, **paces}}


def _whole(value: Mapping[str, Any]) -> Figure:
    if value["value"] is not None and value["reason"] is not None:
        return {"value": None, "reason": value["reason"]}
    return {"value": value["value"], "reason": value["reason"]}


def _why_no(name: str, target: Mapping[str, Any]) -> str | None:
    if target[name] is not None:
        return None
    return str(target["value"]["reason"] or "no_accumulation")


def _members(videos: Sequence[Mapping[str, Any]], kind: str, name: str | None) -> list[Mapping[str, Any]]:
    return [video for video in videos if video[kind] == name]


def _of_group(group: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    for count in (*COUNTS, ENGAGEMENTS):
        for place in PLACES:
            yield f"{count}_{place}", group["counts"][count][place]
    for place, rate in group["engagement_rate"].items():
        for estimator in ESTIMATORS:
            if estimator in rate:
                yield f"engagement_rate_{place}_{estimator}_pct", {**rate[estimator], "n": rate["n"]}
    yield from ((name, _priced(group["money"][name])) for name in _MONEY)


def _priced(figure: Mapping[str, Any]) -> Figure:
    """Give a price, or what it is at most, without how many videos it is over: its views say so."""
    return {fact: figure[fact] for fact in ("value", "reason", "at_most") if fact in figure}


def _of_video(video: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    for count in (*COUNTS, ENGAGEMENTS):
        for place in PLACES:
            yield f"{count}_{place}", video["counts"][count][place]
    for place, rate in video["engagement_rate"].items():
        yield f"engagement_rate_{place}_pct", rate
    yield from ((name, video["money"][name]) for name in _MONEY)
    for count, share in video["share_pct"].items():
        yield f"{count}_share_pct", share
    for measure, figure in video["comparison"].items():
        yield f"{measure}_at_age", figure
        rank = {"value": figure["percentile_pct"], "reason": figure["percentile_reason"]}
        yield f"{measure}_percentile_pct", rank


def _alike(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]], count: str, place: str) -> Figure:
    """Give the totals of then and now over the videos of which the count is known both times, and how many."""
    before = {video["video_id"]: video["counts"][count][place] for video in then}
    after = {video["video_id"]: video["counts"][count][place] for video in now}
    both = [name for name in after if name in before]
    known = [name for name in both if before[name]["value"] is not None and after[name]["value"] is not None]
    facts = {"n": len(known), "of": len(both)}
    if not known:
        why = {(after[name]["reason"] or before[name]["reason"]) for name in both} or {"no_videos"}
        reason = why.pop() if len(why) == 1 else "part_missing"
        return {"then": None, "now": None, "difference": None, "reason": reason, **facts}
    sums: list[Any] = [sum_figures(OneFigure(side[name]["value"]) for name in known).value for side in (before, after)]
    return {"then": sums[0], "now": sums[1], "difference": sums[1] - sums[0], "reason": None, **facts}
