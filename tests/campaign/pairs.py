"""Pairs of snapshots, drawn: an earlier one, and a later one that differs from it in every way that snapshots can."""

from __future__ import annotations

import copy
import random
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from campaign.cases import FIRST, campaign, snapshot, tiktok, video

import influtics_lab as lab
from influtics_lab.campaign import Campaign

PLATFORMS = ("TikTok", "YouTube", "Instagram")
COUNTS = ("views", "likes", "comments", "reposts")
ZONES = ("UTC", "Europe/Berlin", "America/New_York")
UNFILTERED = {"platform": None, "status": None, "with_status": False}
LONG = "A title of which no report shows more than the beginning, with "
CHOICES = (
    'ids = ["v0", "v1", "v2", "v3", "v4", "v5", "v0 again", "v1 again", "added 0", "added 1"]',
    'platform = ["TikTok", "YouTube", "Instagram"]',
    'platform = ["TikTok"]',
    'title_pattern = "*title*"',
    'ids = ["v0", "v1", "never there"]',
)


@dataclass
class Video:
    """A video as the service lists it; ``who`` is the same for all entries of one video of a platform."""

    video_id: str
    who: str
    platform: str | None
    external_id: str | None
    title: str | None
    readings: dict[datetime, list[int | None]]
    status: str = "active"
    tracked_since: datetime = FIRST


@dataclass
class Side:
    """A snapshot, and what it was made of."""

    videos: list[Video]
    taken_at: datetime
    query: dict[str, Any] | None
    is_part: bool
    snapshot: lab.Snapshot


@dataclass
class Pair:
    """A campaign, and the snapshots of its last report and of this one."""

    campaign: Campaign
    zone: str
    then: Side
    now: Side


def draw_pair(seed: int) -> Pair:
    draw = random.Random(seed)
    videos = [_video(draw, n) for n in range(draw.choice((0, 1, 2, 2, 3, 3, 4, 6)))]
    later = copy.deepcopy(videos)
    for _ in range(draw.choice((0, 1, 1, 2, 2, 3, 4, 6, 8))):
        draw.choice(CHANGES)(draw, later)
    taken_at = FIRST + timedelta(days=30)
    after = timedelta(seconds=draw.choice((0, 1, 40, 3600, 86400, 30 * 86400)))
    then = _side(draw, videos, taken_at)
    now = _side(draw, later, taken_at + after)
    if draw.random() < 0.5:  # the same question both times
        now = _as_snapshot(later, taken_at + after, then.query, is_part=then.is_part)
    zone = draw.choice(ZONES)
    return Pair(_campaign(draw, zone), zone, then, now)


def _campaign(draw: random.Random, zone: str) -> Campaign:
    head = f'name = "Drawn"\n[period]\nstart = 2025-06-02\nend = 2025-06-{draw.choice(("03", "05", "08", "28"))}\n'
    rest = [f'time_zone = "{zone}"\n[videos]\n{draw.choice(CHOICES)}\n']
    rest.append(f'[estimators]\ncounted = "{draw.choice(("auto", "read", "gained"))}"\nresamples = 100\n')
    if draw.random() < 0.5:
        rest.append('[[targets]]\nmeasure = "views"\nvalue = 2500\ndate = 2025-06-20\n')
    if draw.random() < 0.3:
        rest.append('[[spend]]\namount = 50\ncurrency = "EUR"\ndate = 2025-06-02\n')
    if draw.random() < 0.3:
        rest.append('[[creators]]\nname = "Ann"\nvideos = ["v0", "v1"]\n')
    return campaign("".join(rest), head)


def _video(draw: random.Random, n: int, name: str = "v") -> Video:
    platform = draw.choice((*PLATFORMS, *PLATFORMS, None))
    external = None if draw.random() < 0.2 else _external(platform, f"{name}{n}", n)
    title = draw.choice((f"A title of {name}{n}", f"Other text {name}{n}", None, f"{name}{n} {LONG}{n}"))
    who = f"{platform} {external}" if platform and external else f"{name}{n} alone"
    video_id = f"{name} {n}" if name == "added" else f"{name}{n}"
    return Video(video_id, who, platform, external, title, _readings(draw, draw.choice((0, 1, 2, 4, 7))))


def _external(platform: str | None, name: str, n: int) -> str:
    if platform == "TikTok":
        return str(int(tiktok(n / 2)) + sum(map(ord, name)))
    return f"C{name}".ljust(11, "x") if platform == "Instagram" else f"y{name}"


def _media_id(shortcode: str) -> str:
    signs = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    return str(sum(signs.index(sign) * 64**n for n, sign in enumerate(reversed(shortcode))))


def _readings(draw: random.Random, n: int) -> dict[datetime, list[int | None]]:
    at, counts = FIRST + timedelta(hours=draw.randint(0, 60)), [draw.choice((0, 40, 3000)), 20, 6, 1]
    found = {}
    for _ in range(n):
        found[at] = _seen(draw, counts)
        at += timedelta(hours=draw.choice((1, 6, 30)), seconds=draw.choice((0, 0, 5)))
        counts = [count + draw.randint(0, 900) // size for count, size in zip(counts, (1, 9, 50, 200), strict=True)]
    return found


def _seen(draw: random.Random, counts: list[int]) -> list[int | None]:
    """One reading: now and then a count is missing or hidden, or the poll failed."""
    kind = draw.random()
    if kind < 0.08:
        return [0, 0, 0, 0]
    if kind < 0.16:
        return [0, *counts[1:]]
    if kind < 0.3:
        return [counts[0], *(count if draw.random() < 0.5 else None for count in counts[1:])]
    return list(counts)


# what can happen between two snapshots


def _some(draw: random.Random, videos: list[Video], *, read: bool = False) -> Video | None:
    return draw.choice([one for one in videos if one.readings or not read] or [None])


def _reads_on(draw: random.Random, videos: list[Video]) -> None:
    for one in videos:
        start = max(one.readings, default=FIRST) + timedelta(hours=draw.choice((1, 20, 90)))
        shift = start - FIRST - timedelta(hours=60)
        top = [max((row[n] or 0 for row in one.readings.values()), default=0) for n in range(4)]
        for at, row in _readings(draw, draw.choice((0, 1, 3))).items():
            more = [None if count is None else count + top[n] for n, count in enumerate(row)]
            one.readings[max(at + shift, start)] = more if draw.random() < 0.8 else row


def _fills_in(draw: random.Random, videos: list[Video]) -> None:
    if one := _some(draw, videos):
        one.readings.setdefault(
            FIRST + timedelta(hours=draw.randint(0, 100), seconds=7), [draw.randint(0, 5000), 9, 3, 1]
        )


def _loses_readings(draw: random.Random, videos: list[Video]) -> None:
    if one := _some(draw, videos, read=True):
        every = sorted(one.readings)
        for at in draw.choice((every, every[-1:], every[-2:], every[:1], draw.sample(every, 1))):
            del one.readings[at]


def _loses_all_readings(draw: random.Random, videos: list[Video]) -> None:
    for one in videos:
        one.readings.clear()


def _ends_seconds_earlier(draw: random.Random, videos: list[Video]) -> None:
    last = max((at for one in videos for at in one.readings), default=None)
    for one in videos:
        if last in one.readings:
            one.readings[last - timedelta(seconds=draw.choice((1, 30)))] = one.readings.pop(last)


def _is_corrected(draw: random.Random, videos: list[Video]) -> None:
    if one := _some(draw, videos, read=True):
        row, n = one.readings[draw.choice(sorted(one.readings))], draw.randint(0, 3)
        row[n] = None if row[n] is None else max(row[n] + draw.choice((-20, -1, 1, 700)), 0)


def _is_hidden(draw: random.Random, videos: list[Video]) -> None:
    if one := _some(draw, videos, read=True):
        for at in sorted(one.readings)[-draw.randint(1, 2) :]:
            one.readings[at][0] = 0


def _poll_fails(draw: random.Random, videos: list[Video]) -> None:
    if one := _some(draw, videos):
        one.readings[max(one.readings, default=FIRST) + timedelta(hours=5)] = [0, 0, 0, 0]


def _appears_or_vanishes(draw: random.Random, videos: list[Video]) -> None:
    if one := _some(draw, videos, read=True):
        row, n = one.readings[draw.choice(sorted(one.readings))], draw.randint(0, 3)
        row[n] = None if row[n] is not None else 12


def _is_added(draw: random.Random, videos: list[Video]) -> None:
    n = sum(one.video_id.startswith("added") for one in videos)
    videos.append(_video(draw, n, "added"))


def _is_deleted(draw: random.Random, videos: list[Video]) -> None:
    if one := _some(draw, videos):
        videos.remove(one)


def _is_tracked_again(draw: random.Random, videos: list[Video]) -> None:
    one = _some(draw, videos)
    if one is None or any(other.video_id == f"{one.video_id} again" for other in videos):
        return
    again = copy.deepcopy(one)
    again.video_id, again.tracked_since = f"{one.video_id} again", FIRST + timedelta(days=draw.randint(0, 3))
    again.readings = _readings(draw, 3) if draw.random() < 0.8 else again.readings
    if one.platform == "Instagram" and one.external_id is not None and len(one.external_id) == 11:
        again.external_id = draw.choice(
            (one.external_id, _media_id(one.external_id), f"{_media_id(one.external_id)}_47")
        )
    if one.platform is None or one.external_id is None:
        again.who = f"{again.video_id} alone"
    videos.append(again)
    if draw.random() < 0.7:  # else it is tracked twice
        videos.remove(one)


def _has_other_details(draw: random.Random, videos: list[Video]) -> None:
    if one := _some(draw, videos):
        one.title = draw.choice(
            (f"{(one.title or LONG).strip()} more", f"Renamed {one.video_id}", f"{one.title or ''}\u200b", None)
        )
        one.status = draw.choice(("active", "completed", "failed"))


def _has_a_status_that_changed(draw: random.Random, videos: list[Video]) -> None:
    if one := _some(draw, videos):
        one.status = "completed"


def _is_reordered(draw: random.Random, videos: list[Video]) -> None:
    draw.shuffle(videos)


CHANGES = (
    _reads_on, _reads_on, _fills_in, _loses_readings, _loses_all_readings, _ends_seconds_earlier, _is_corrected,
    _is_hidden, _poll_fails, _appears_or_vanishes, _appears_or_vanishes, _is_added, _is_deleted, _is_tracked_again,
    _is_tracked_again,
    _has_other_details, _has_a_status_that_changed, _is_reordered,
)  # fmt: skip


# what was asked, and what came


def _side(draw: random.Random, videos: list[Video], taken_at: datetime) -> Side:
    query = draw.choice(
        [
            *([None, UNFILTERED, UNFILTERED | {"with_status": True}] * 2),
            {"platform": draw.choice(PLATFORMS), "status": None, "with_status": False},
            {"platform": None, "status": "active", "with_status": False},
        ]
    )
    return _as_snapshot(videos, taken_at, query, is_part=draw.random() < 0.1)


def _as_snapshot(videos: list[Video], taken_at: datetime, query: dict[str, Any] | None, *, is_part: bool) -> Side:
    asked = query or UNFILTERED
    listed = [
        one for one in videos if asked["platform"] in {None, one.platform} and asked["status"] in {None, one.status}
    ]
    listed = listed[: len(listed) // 2 + 1] if is_part else listed
    found = snapshot(*map(_payload, listed))
    facts: dict[str, Any] = {"taken_at": taken_at.astimezone(UTC).isoformat(), "query": query}
    if is_part:
        facts["completeness"] = {"proven": f"part: {len(listed)} of {len(videos)} videos"}
    frame = found.videos
    if asked["status"] is not None or asked["with_status"]:
        statuses = {one.video_id: one.status for one in listed}
        labels = [statuses[name] for name in frame["video_id"]]
        frame = frame.with_columns(status=pl.Series(labels, dtype=frame.schema["status"]))
    built = lab.Snapshot.build(frame, found.stats, found.rejected, found.manifest | facts)
    return Side(copy.deepcopy(listed), taken_at, query, is_part, built)


def _payload(one: Video) -> dict[str, Any]:
    days = {(at - FIRST) / timedelta(days=1): row for at, row in one.readings.items()}
    fields = {"platform": one.platform, "external_video_id": one.external_id, "title": one.title}
    return video(one.video_id, days, **fields, created_at=one.tracked_since.isoformat())
