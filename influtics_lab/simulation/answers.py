"""Format readings as the endpoint does: maps of timestamps, latest counts, and the reported engagement rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from influtics_lab.schema import COUNTS
from influtics_lab.simulation.clock import SECOND, format_iso, format_postgres
from influtics_lab.simulation.phenomena import Card
from influtics_lab.simulation.random_draws import Draws, Integers

MAPS: Final = ("likes", "views", "reposts", "comments")  # in the order of the documented answer
HOLES: Final = {"views": 0.04, "likes": 0.12, "comments": 0.15, "reposts": 0.15}
LATE: Final = ("comments", "reposts")  # the service reads them by a second call, if a card has points "apart"
# An impossible date for each month: one day after the end of a month.
NO_DAY: Final = dict(enumerate(("02-30",) * 3 + ("04-31",) * 2 + ("06-31",) * 3 + ("09-31",) * 2 + ("11-31",) * 2, 1))


@dataclass(frozen=True)
class ServedReadings:
    """Readings as the service returns them: one key and one value or None for each reading and count."""

    times: tuple[int, ...]
    keys: dict[str, list[str]]
    values: dict[str, list[int | None]]

    def counts_at(self, place: int) -> dict[str, int | None]:
        """Return the counts of one reading."""
        return {name: values[place] for name, values in self.values.items()}


def build_readings(times: Integers, counts: Mapping[str, Integers], card: Card, draws: Draws) -> ServedReadings:
    """Return readings with missing values, delayed metrics and an impossible timestamp, as the card has them.

    Parameters
    ----------
    times : numpy.ndarray of int64
        Microseconds since 1970, rising; at least one.
    counts : mapping of str to numpy.ndarray of int64
    card : Card
    draws : Draws

    Returns
    -------
    Readings
        With an impossible timestamp there is one key more than there are times.
    """
    delay = draws.integer(SECOND * 4 // 5, 4 * SECOND) if card["points"] == "apart" else 0
    keys = {
        name: [format_postgres(time + (delay if name in LATE else 0)) for time in times.tolist()] for name in counts
    }
    values: dict[str, list[int | None]] = {name: list(column.tolist()) for name, column in counts.items()}
    if card["points"] in {"absent", "null"}:
        for name, column in values.items():
            is_lost = draws.uniforms(len(column)) < HOLES[name]
            values[name] = [None if missing else value for missing, value in zip(is_lost, column, strict=True)]
    if card["impossible"] == "one":
        for name, column in values.items():
            text = keys[name][-1]
            keys[name].append(text[:5] + NO_DAY[int(text[5:7])] + text[10:])
            column.append(None if column[-1] is None else column[-1] + column[-1] // 40)
    if card["likes"] == "no map":
        values["likes"] = [None] * len(values["likes"])
    return ServedReadings(tuple(times.tolist()), keys, values)


def build_answer(known: Mapping[str, Any], readings: ServedReadings | None, card: Card, draws: Draws) -> dict[str, Any]:
    """Return one item of `data.data`.

    Parameters
    ----------
    known : mapping
        `video_id`, `external_video_id`, `title`, and `created` in microseconds since 1970.
    readings : Readings or None
    card : Card
    draws : Draws

    Returns
    -------
    dict
        In the order of the documented answer, without the fields that the card removes.
    """
    platform, external = card["platform"], known["external_video_id"]
    before = -2 if card["updated"] == "before" and readings and len(readings.times) > 1 else -1
    answer: dict[str, Any] = {
        "video_id": known["video_id"],
        "external_video_id": external,
        "stats": _build_maps(readings, card, draws),
        **{name: _last_count(readings, name) for name in COUNTS},
        "platform": platform,
        "created_at": format_iso(known["created"]),
        "title": known["title"],
        "thumbnail_url": f"https://thumbnails.example/{platform.lower()}/{external}.webp",
        "cpm": 0 if card["cpm"] == "zero" else None,
        "er": _reported_rate(readings, before, card),
        "stats_last_updated": format_iso(readings.times[before]) if readings else None,
    }
    if card["thumbnail"] == "null":
        answer["thumbnail_url"] = None
    absent = {
        "cpm": card["cpm"] == "absent",
        "er": card["er"] == "absent",
        "thumbnail_url": card["thumbnail"] == "absent",
        "reposts": platform == "YouTube" and card["no reposts"] == "absent",
    }
    return {name: value for name, value in answer.items() if not absent.get(name)}


def _build_maps(readings: ServedReadings | None, card: Card, draws: Draws) -> dict[str, Any]:
    """Return the maps of a video, or one of the ways in which a service represents none."""
    if readings is None:
        names = [name for name in MAPS if name != "reposts" or card["platform"] != "YouTube"]
        empty: tuple[dict[str, Any], ...] = ({}, {name: {} for name in names}, dict.fromkeys(names))
        return draws.choice(empty)
    maps: dict[str, Any] = {}
    for name in MAPS:
        if name not in readings.values or (name == "likes" and card["likes"] == "no map"):
            continue
        pairs = list(zip(readings.keys[name], readings.values[name], strict=True))
        if card["keys"] == "falling":
            pairs.reverse()
        maps[name] = {key: value for key, value in pairs if value is not None or card["points"] == "null"}
    if card["platform"] == "YouTube" and card["no reposts"] == "null":
        maps["reposts"] = None
    return maps


def _last_count(readings: ServedReadings | None, name: str) -> int | None:
    values = readings.values.get(name, []) if readings else []
    return next((value for value in reversed(values) if value is not None), None)


def _reported_rate(readings: ServedReadings | None, before: int, card: Card) -> float | None:
    """Return the engagement rate as the service reports it: of one of the readings, and truncated or rounded."""
    if readings is None or card["er"] in {"null", "absent"}:
        return None
    last = len(readings.times) + before
    counts = readings.counts_at({"first": 0, "updated": last, "latest": -1}[card["er"]])
    views, parts = counts.pop("views"), list(counts.values())
    engagements = [part for part in parts if part is not None]
    if not views or len(engagements) < len(parts):
        return None
    rate = 100 * sum(engagements) / views
    return {"raw": rate, "truncated": math.floor(rate * 100) / 100, "rounded": round(rate, 2)}[card["er cut"]]
