"""Videos that were added, removed or changed between two snapshots, and readings whose value changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.changes.change_types import (
    CorrectedCount,
    Corrections,
    CorrectionSums,
    ReadingChanges,
    ThenNow,
    VideoChange,
)
from influtics_lab.campaign.changes.figure_changes import compare_videos
from influtics_lab.campaign.changes.snapshot_pair import PairSide, SnapshotPair, canonical_name
from influtics_lab.campaign.figures.key_figure_types import VideoFigures
from influtics_lab.schema import COUNTS

LISTED: Final = 1_000
WHY: Final = {
    "new": "The earlier snapshot does not have the video.",
    "newly_meant": "The earlier snapshot has the video, but the campaign file does not choose it there.",
    "tracked_before": "The earlier snapshot has the same video under another id.",
    "gone": "The later snapshot does not have the video.",
    "no_longer_meant": "The later snapshot has the video, but the campaign file does not choose it there.",
    "tracked_still": "The later snapshot has the same video under another id.",
    "outside_query": "The snapshot without the video has a filter, which can leave it out.",
    "only_a_part": "The snapshot without the video is one page of the list: the video can be on another page.",
}
LABELS: Final = {
    "video_id": "id",
    "status": "status",
    "title": "title",
    "platform": "platform",
    "creator": "creator",
    "external_video_id": "platform id",
    "published_at": "publication time",
    "created_at": "start of tracking",
}
_KEY: Final = ["video_id", "timestamp"]


def list_video_changes(pair: SnapshotPair) -> tuple[VideoChange, ...]:
    """Return each video of the campaign in either snapshot, by its later id.

    Title, platform and creator are as they are now, else as they were; a status is compared only where both snapshots
    have it.
    """
    before, after = pair.videos_then, pair.videos_now
    changes = []
    for name in sorted({*before, *after}):
        then, now = before.get(name), after.get(name)
        state, why = "stayed", None
        if then is None:
            state, why = "came", _explain_absence(pair.then, after[name], ("newly_meant", "tracked_before", "new"))
        elif now is None:
            state, why = "went", _explain_absence(pair.now, then, ("no_longer_meant", "tracked_still", "gone"))
        video = now or before[name]
        changes.append(
            VideoChange(
                video.video_id,
                video.title,
                video.platform,
                video.creator,
                state,
                why,
                {} if then is None or now is None else _compare_details(then, now),
                compare_videos(then, now),
            )
        )
    return tuple(changes)


def _compare_details(then: VideoFigures, now: VideoFigures) -> dict[str, ThenNow]:
    pairs = {name: (getattr(then, name), getattr(now, name)) for name in LABELS}
    return {
        name: ThenNow(*pair)
        for name, pair in pairs.items()
        if pair[0] != pair[1] and not (name == "status" and None in pair)
    }


def _explain_absence(side: PairSide, video: VideoFigures, reasons: tuple[str, str, str]) -> str:
    """Return why a video is not of the campaign in a snapshot: not chosen, under another id, or not there at all."""
    not_chosen, under_another_id, not_there = reasons
    if video.video_id in side.listed_ids:
        return not_chosen
    if canonical_name(video) in side.listed_names:
        return under_another_id
    if "status" in side.query or side.query.get("platform", video.platform) != video.platform:
        return "outside_query"
    return "only_a_part" if side.is_part else not_there


def compare_readings(pair: SnapshotPair, videos: Sequence[VideoChange]) -> ReadingChanges:
    """Return what became of the readings of the campaign's videos."""
    ids = {state: [video.video_id for video in videos if video.state == state] for state in ("stayed", "came", "went")}
    earlier_ids = {later: earlier for earlier, later in pair.later_ids.items()}
    ids_then = [earlier_ids.get(video, video) for video in (*ids["stayed"], *ids["went"])]
    earlier = _select_videos(pair.then.snapshot.stats, ids_then).with_columns(
        pl.col("video_id").replace(pair.later_ids)
    )
    later = pair.now.snapshot.stats
    before, after = (_select_videos(stats, ids["stayed"]) for stats in (earlier, later))
    both = before.join(after, on=_KEY, how="inner", suffix="_now")
    new = after.join(before, on=_KEY, how="anti")
    nulls = [(pl.col(count).is_null(), pl.col(f"{count}_now").is_null()) for count in COUNTS]
    return ReadingChanges(
        then=before.height,
        now=after.height,
        both=both.height,
        new=new.height,
        gone=before.height - both.height,
        of_added=_select_videos(later, ids["came"]).height,
        of_removed=_select_videos(earlier, ids["went"]).height,
        without_new=tuple(sorted(set(ids["stayed"]) - set(new["video_id"]))),
        values_appeared=sum(both.select((then & ~now).sum()).item() for then, now in nulls),
        values_gone=sum(both.select((~then & now).sum()).item() for then, now in nulls),
        corrected=_summarise_corrections(_find_corrections(both)),
    )


def _select_videos(stats: pl.DataFrame, videos: Sequence[str]) -> pl.DataFrame:
    return stats.filter(pl.col("video_id").is_in(list(videos)))


def _find_corrections(both: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each count that changed: ``video_id timestamp count then now difference``."""
    parts = [
        both.filter(pl.col(count) != pl.col(f"{count}_now")).select(
            *_KEY,
            pl.lit(count).alias("count"),
            pl.lit(n).alias("nth"),
            pl.col(count).alias("then"),
            pl.col(f"{count}_now").alias("now"),
        )
        for n, count in enumerate(COUNTS)
    ]
    rows = pl.concat(parts).with_columns(difference=pl.col("now") - pl.col("then"))
    return rows.sort(*_KEY, "nth").drop("nth")


def _summarise_corrections(values: pl.DataFrame) -> Corrections:
    most = values
    if values.height > LISTED:
        size = values["difference"].abs().alias("size")
        most = values.with_columns(size).with_row_index("row").sort("size", "row", descending=[True, False])
        most = most.head(LISTED).sort("row")
    listed: list[Any] = most.select(*_KEY, "count", "then", "now", "difference").rows()
    return Corrections(
        values=values.height,
        readings=values.select(_KEY).n_unique() if values.height else 0,
        videos=values["video_id"].n_unique(),
        by_count={count: _sum_corrections(values.filter(pl.col("count") == count)) for count in COUNTS},
        by_video=dict(values.group_by("video_id").len("values").sort("video_id").rows()),
        listed=tuple(CorrectedCount(video, at.isoformat(), *rest) for video, at, *rest in listed),
        not_listed=values.height - len(listed),
    )


def _sum_corrections(values: pl.DataFrame) -> CorrectionSums:
    up = values.filter(pl.col("difference") > 0).height
    return CorrectionSums(values.height, up, values.height - up, int(values["difference"].sum()))
