"""What is missing, hidden, flagged, or too young to judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import HIDDEN, Material
from influtics_lab.campaign.figures.count_figures import MAY_CONTAIN_EARLIER, Figure
from influtics_lab.campaign.figures.long_gaps import HOUR, long_gaps
from influtics_lab.campaign.figures.video_counts import Standing
from influtics_lab.schema import COUNTS

FLAGS: Final = ("correction", "purge", "hidden", "failed_poll", "cached", "stalled", "burst")


def quality(
    material: Material,
    standing: Mapping[str, Mapping[str, Standing]],
    compared: Mapping[str, Mapping[str, Figure]],
) -> dict[str, Any]:
    """Give what one has to know of the data before one believes the figures.

    Returns
    -------
    dict
        Lists of video ids, sorted; for each flag the videos that have it in the period, and at how many readings.
    """
    videos, wanted = material.chosen.videos, material.campaign.videos
    last = {video: counts["views"]["last_read"] for video, counts in standing.items()}
    own = material.own
    rejected = material.rejected.filter(pl.col("video_id").is_in(list(videos)))
    return {
        "videos": len(videos),
        "asked": len(videos) + len(material.chosen.missing),
        "named": len(material.chosen.named) + len(material.chosen.missing),
        "named_found": len(material.chosen.named),
        "named_by_links": bool(wanted.links_csv and not (wanted.ids or wanted.external_ids)),
        "not_found": [post.text for post in material.chosen.missing],
        "tracked_twice": {video: list(others) for video, others in material.repeated.items()},
        "readings": own.height,
        "readings_in_period": _within(material, own).height,
        "without_readings": [video for video in videos if last[video]["reason"] == "no_readings"],
        "without_readings_in_period": [video for video in videos if last[video]["reason"] == "not_in_period"],
        "without_publication": material.videos.filter(pl.col("published_at").is_null())["video_id"].to_list(),
        "without_creator": [
            one for one in videos if material.campaign.creators and one not in material.chosen.creator_of
        ],
        "too_young": [video for video in videos if compared[video]["views"]["reason"] == "too_young"],
        "earlier_views": [
            video for video in videos if standing[video]["views"]["counted"]["basis"] == MAY_CONTAIN_EARLIER
        ],
        "long_gaps": {video: gap / HOUR for video, gap in long_gaps(material, standing).items()},
        "hidden": _hidden(material, own),
        "flagged": {flag: _flagged(material, own, flag) for flag in FLAGS},
        "stalled_at_end": stalled_at_end(material),
        "gains_unknown": {count: dict(sorted(_unknown_gains(standing, count).items())) for count in COUNTS},
        "rejected_values": rejected.height,
        "rejected_by_reason": dict(sorted(Counter(rejected["reason"]).items())),
        "completeness": material.manifest["completeness"]["proven"],
    }


def stalled_at_end(material: Material) -> list[str]:
    """Return the videos that stand still at their last reading of the period: they may have more by now."""
    rows = _within(material, material.own).filter(pl.col("views").is_not_null()).sort("video_id", "timestamp")
    last = rows.unique("video_id", keep="last", maintain_order=True)
    return last.filter("is_stalled")["video_id"].to_list()


def flagged_figures(material: Material) -> dict[str, list[str]]:
    """Return for each flag that changes how figures are to be read the videos of which it does.

    Purges and bursts of the period are in its figures; a stall is where it goes on at the last reading.
    """
    own = material.own
    found = {flag: list(_flagged(material, own, flag)) for flag in ("purge", "burst")}
    return {**found, "stalled": stalled_at_end(material)}


def _within(material: Material, readings: pl.DataFrame) -> pl.DataFrame:
    window = material.window
    return readings.filter(pl.col("timestamp").is_between(window.start, window.until))


def _hidden(material: Material, readings: pl.DataFrame) -> dict[str, list[str]]:
    """Give for each video the counts that it hides at some reading in the period."""
    rows = _within(material, readings).filter(pl.col(HIDDEN).is_not_null()).select("video_id", HIDDEN).unique()
    found: dict[str, set[str]] = {}
    for video, counts in rows.rows():
        found.setdefault(video, set()).update(counts.split("+"))
    return {video: [count for count in COUNTS if count in found[video]] for video in sorted(found)}


def _flagged(material: Material, readings: pl.DataFrame, flag: str) -> dict[str, int]:
    rows = _within(material, readings).filter(pl.col(f"is_{flag}"))
    return dict(sorted(Counter(rows["video_id"]).items()))


def _unknown_gains(standing: Mapping[str, Mapping[str, Standing]], count: str) -> Counter[str]:
    gains = (counts[count]["gained"] for counts in standing.values())
    return Counter(gain["reason"] for gain in gains if gain["value"] is None)
