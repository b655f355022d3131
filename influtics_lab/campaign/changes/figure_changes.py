"""Figures in both snapshots side by side: then, now, the difference, and why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from influtics_lab.campaign.changes.change_types import (
    AnyChange,
    Change,
    CountChange,
    GroupChange,
    PriceChange,
    RateChange,
    SameVideosChange,
    TargetChange,
    TargetValueChange,
    ThenNow,
    VideoNumbers,
)
from influtics_lab.campaign.changes.snapshot_pair import SnapshotPair
from influtics_lab.campaign.figures.figure_types import Figure, PriceFigure
from influtics_lab.campaign.figures.key_figure_types import GroupFigures, TargetFigures, VideoFigures
from influtics_lab.campaign.figures.records import Record
from influtics_lab.campaign.figures.video_counts import ALL_COUNTS, sum_figures
from influtics_lab.campaign.file.model import ESTIMATORS

PLACES: Final = ("last_read", "gained", "counted")
_PACES: Final = ("needed_per_day", "expected_by_now", "recent_per_day")
Videos = Mapping[str, VideoFigures]


def compare_figures(then: Figure | None, now: Figure | None) -> Change:
    """Return a figure then and now, and what it differs by; None is of a group or video that is not there.

    Examples
    --------
    >>> compare_figures(Figure(3), Figure(5)).difference
    2
    >>> compare_figures(Figure(3), Figure(None, "hidden")).reason, compare_figures(None, Figure(5)).then_reason
    ('hidden', 'came')
    """
    return Change(**_compare_values(then, now))


def _compare_values(then: Figure | None, now: Figure | None) -> dict[str, Any]:
    value_then, reason_then = (None, "came") if then is None else (then.value, then.reason)
    value_now, reason_now = (None, "went") if now is None else (now.value, now.reason)
    is_known = value_then is not None and value_now is not None
    return {
        "then": value_then,
        "then_reason": reason_then,
        "now": value_now,
        "now_reason": reason_now,
        "difference": value_now - value_then if value_then is not None and value_now is not None else None,
        "reason": None if is_known else reason_now if value_now is None else reason_then,
    }


def compare_groups(pair: SnapshotPair, kind: str) -> tuple[GroupChange, ...]:
    """Return each creator or platform of either snapshot, in the later order, then those that are gone."""
    then, now = ({group.name: group for group in side.figures.groups(kind)} for side in (pair.then, pair.now))
    return tuple(
        compare_group(
            then.get(name),
            now.get(name),
            *(
                {video_id: video for video_id, video in videos.items() if getattr(video, kind) == name}
                for videos in (pair.videos_then, pair.videos_now)
            ),
        )
        for name in dict.fromkeys([*now, *then])
    )


def compare_group(
    then: GroupFigures | None, now: GroupFigures | None, videos_then: Videos, videos_now: Videos
) -> GroupChange:
    """Return what changed of a group and its videos; figures of one that is not there are null: it came, or went."""
    group, sides = now or then, (then, now)
    if group is None:
        raise ValueError("then and now are both None")
    measures: dict[str, AnyChange] = {}
    for count in ALL_COUNTS:
        for place in PLACES:
            totals = [None if side is None else side.counts.pick(count).pick(place) for side in sides]
            measures[f"{count}_{place}"] = CountChange(
                **_compare_values(*totals),
                **_pair_facts(totals, "n", "known", "is_bound"),
                alike=_compare_same_videos(videos_then, videos_now, count, place),
            )
    for place, rate in group.engagement_rate.items():
        rates = [None if side is None else side.engagement_rate.pick(place) for side in sides]
        for estimator in sorted(rate.estimators, key=ESTIMATORS.index):
            estimates = [None if found is None else found.estimators[estimator] for found in rates]
            name = f"engagement_rate_{place}_{estimator}_pct"
            measures[name] = RateChange(**_compare_values(*estimates), **_pair_facts(rates, "n"))
    for name, figure in group.money.measures.items():
        money = [None if side is None else side.money.measures[name] for side in sides]
        change = _compare_values(*money)
        is_price = isinstance(figure, PriceFigure)
        measures[name] = PriceChange(**change, **_pair_facts(money, "at_most")) if is_price else Change(**change)
    numbers = VideoNumbers(*(0 if side is None else side.videos for side in sides))
    return GroupChange(group.kind, group.name, numbers, measures)


def _pair_facts(sides: Sequence[Record | None], *facts: str) -> dict[str, Any]:
    """Return facts of then and now, such as ``then_n`` and ``now_n``; null of a side that is not there."""
    return {
        f"{when}_{fact}": getattr(side, fact, None)
        for fact in facts
        for when, side in zip(("then", "now"), sides, strict=True)
    }


def compare_videos(then: VideoFigures | None, now: VideoFigures | None) -> dict[str, Change]:
    """Return the changes of one video by the names that figures have in `tables`."""
    before, after = ({} if side is None else _list_figures(side) for side in (then, now))
    return {name: compare_figures(before.get(name), after.get(name)) for name in after or before}


def _list_figures(video: VideoFigures) -> dict[str, Figure]:
    figures = {f"{count}_{place}": video.counts.pick(count).pick(place) for count in ALL_COUNTS for place in PLACES}
    figures |= {f"engagement_rate_{place}_pct": rate for place, rate in video.engagement_rate.items()}
    figures |= video.money.measures
    figures |= {f"{count}_share_pct": share for count, share in video.share_pct.items()}
    for measure, rank in video.comparison.items():
        figures[f"{measure}_at_age"] = rank
        figures[f"{measure}_percentile_pct"] = Figure(rank.percentile_pct, rank.percentile_reason)
    return figures


def compare_targets(then: TargetFigures, now: TargetFigures) -> TargetChange:
    """Return what changed of a target; views that are known of some videos only have no difference."""
    complete = [Figure(None, side.value.reason) if side.value.reason else side.value for side in (then, now)]
    value = TargetValueChange(
        **_compare_values(*complete), **_pair_facts((then.value, now.value), "value", "n", "of", "is_bound")
    )
    shares, days = (
        compare_figures(*(_figure_of(getattr(side, name), side) for side in (then, now)))
        for name in ("reached_pct", "days_left")
    )
    measures: dict[str, AnyChange] = {"value": value, "reached_pct": shares, "days_left": days}
    measures |= {name: compare_figures(getattr(then, name), getattr(now, name)) for name in _PACES}
    return TargetChange(
        now.measure,
        now.target,
        now.unit,
        now.date,
        verdict=ThenNow(then.verdict, now.verdict),
        as_of=ThenNow(then.as_of, now.as_of),
        is_past=ThenNow(then.is_past, now.is_past),
        measures=measures,
    )


def _figure_of(value: float | None, target: TargetFigures) -> Figure:
    return Figure(value, None if value is not None else target.value.reason or "no_accumulation")


def _compare_same_videos(then: Videos, now: Videos, count: str, place: str) -> SameVideosChange:
    """Return the totals of then and now over the videos whose count is known both times."""
    pairs = [
        (then[name].counts.pick(count).pick(place), figures.counts.pick(count).pick(place))
        for name, figures in now.items()
        if name in then
    ]
    known = [pair for pair in pairs if pair[0].value is not None and pair[1].value is not None]
    if not known:
        reasons = {after.reason or before.reason for before, after in pairs} or {"no_videos"}
        reason = reasons.pop() if len(reasons) == 1 else "part_missing"
        return SameVideosChange(then=None, now=None, difference=None, reason=reason, n=0, of=len(pairs))
    before, after = (sum_figures(pair[side] for pair in known).value or 0 for side in (0, 1))
    return SameVideosChange(then=before, now=after, difference=after - before, reason=None, n=len(known), of=len(pairs))
