"""Campaigns over snapshots, drawn: videos tracked twice in two spellings, missing links, old videos, odd readings."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from campaign.cases import FIRST, snapshot, tiktok, video

import influtics_lab as lab

PLATFORMS = ("TikTok", "YouTube", "Instagram")
ZONES = ("UTC", "Europe/Berlin", "America/New_York")
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
INSTAGRAM_EPOCH_MS = 1_314_220_021_721
PERIOD = (10, 24)  # days after 1 June


def draw_campaign(seed: int) -> tuple[str, lab.Snapshot]:
    """Return the text of a campaign file and the snapshot that it is laid over."""
    draw = random.Random(seed)
    videos = [drawn for n in range(draw.randint(1, 9)) for drawn in _series(draw, n)]
    draw.shuffle(videos)
    last = draw.choice((10.5, 13.0, 22.0, 24.9, 40.0))  # a video outside the campaign: a snapshot has a last reading
    return _file(draw, videos), snapshot(*videos, video("other", {3.0: [5, 1, 1], last: [50, 3, 2]}))


# videos and their readings


def _series(draw: random.Random, n: int) -> list[dict[str, Any]]:
    """Return a video, now and then tracked twice: on Instagram in another spelling."""
    platform, born = draw.choice(PLATFORMS), draw.choice((-80.0, -3.0, 5.0, 9.5, 10.0, 12.25, 18.0))
    spellings = _spellings(platform, born, n)
    names = [f"v{n}"] if draw.random() < 0.7 else [f"v{n}", f"v{n} again"]
    return [
        video(
            name,
            _readings(draw, max(born, draw.choice((-4.0, 6.0, 9.0, 11.0, 15.0)))),
            platform=platform,
            external_video_id=draw.choice(spellings),
            created_at=(FIRST + timedelta(days=draw.randint(-5, 15))).isoformat(),
        )
        for name in names
    ]


def _spellings(platform: str, born: float, n: int) -> list[str]:
    if platform == "TikTok":
        return [str(int(tiktok(born)) + n)]
    if platform == "YouTube":
        return [f"y{n}".ljust(11, "x")]
    milliseconds = int((FIRST + timedelta(days=born)).timestamp() * 1000)
    media, code = ((milliseconds - INSTAGRAM_EPOCH_MS) << 23) + n, ""
    rest = media
    while rest:
        code, rest = BASE64[rest % 64] + code, rest // 64
    return [str(media), code, f"{media}_47", code + "p" * (39 - len(code))]


def _readings(draw: random.Random, first: float) -> dict[float, list[int | None]]:
    at, counts = first + draw.random(), [draw.choice((0, 40, 3000, 90_000)), 20, 6, 1]
    found = {}
    for _ in range(draw.choice((0, 1, 3, 6, 12))):
        found[at] = _seen(draw, counts)
        at += draw.choice((0.01, 0.25, 1.0, 1.0, 3.0, 9.0)) + draw.choice((0.0, 0.0, 1e-4))
        counts = [count + draw.randint(0, 9000) // size for count, size in zip(counts, (1, 20, 90, 400), strict=True)]
        if draw.random() < 0.08:
            counts = [int(count * draw.choice((0.9, 0.995))) for count in counts]
    return found


def _seen(draw: random.Random, counts: list[int]) -> list[int | None]:
    """One reading: a failed poll, hidden views or likes, a part of the counts, or all of them."""
    kind = draw.random()
    if kind < 0.07:
        return [0, 0, 0, 0]
    if kind < 0.12:
        return [0, *counts[1:]]
    if kind < 0.17:
        return [counts[0], 0, *counts[2:]]
    if kind < 0.3:
        return [count if draw.random() < 0.6 else None for count in counts]
    return list(counts)


# the campaign file


def _file(draw: random.Random, videos: list[dict[str, Any]]) -> str:
    start, end = (FIRST + timedelta(days=day) for day in PERIOD)
    end += timedelta(days=draw.choice((0, 0, 60)))
    ids = [one["video_id"] for one in videos]
    links = [one["external_video_id"] for one in videos]
    named = draw.sample(ids, draw.randint(1, len(ids))) + draw.choice(([], ["never tracked"], ["lost", "deleted"]))
    text = f'name = "Drawn"\n[period]\nstart = {start.date()}\nend = {end.date()}\n'
    text += f'time_zone = "{draw.choice(ZONES)}"\n[videos]\nids = {named}\n'
    text += f"external_ids = {draw.sample(links, 1)}\n" if draw.random() < 0.5 else ""
    text += 'platform = ["TikTok"]\n' if draw.random() < 0.3 else ""
    text += _published(draw, videos) + _creators(draw, ids) + _spends(draw, ids) + _targets(draw)
    text += '[currency]\nreport = "EUR"\nrates = {USD = 0.9}\n' + _estimators(draw)
    return text.replace("'", '"')


def _published(draw: random.Random, videos: list[dict[str, Any]]) -> str:
    undated = [one["video_id"] for one in videos if one["platform"] == "YouTube" and draw.random() < 0.5]
    given = {name: FIRST + timedelta(days=draw.choice((-30, 9, 12))) for name in undated if "again" not in name}
    return "[published_at]\n" + "".join(f'"{name}" = {at.date()}\n' for name, at in given.items()) if given else ""


def _creators(draw: random.Random, ids: list[str]) -> str:
    owners: dict[str, list[str]] = {}
    for name in sorted({one.removesuffix(" again") for one in ids}):
        owner = draw.choice(("Ann", "Bo", "Cy", "Di", "Ed", "Flo")) if owners else "Ann"
        owners.setdefault(owner, []).append(name)
    parts = [f'[[creators]]\nname = "{name}"\nvideos = {own}\n' for name, own in sorted(owners.items())]
    return "".join(parts) if draw.random() < 0.8 else '[[creators]]\nname = "Ann"\nvideos = ["v0"]\n'


def _spends(draw: random.Random, ids: list[str]) -> str:
    """Return up to five spends: of a video, a creator, a platform or all; some are dated after the snapshot."""
    kinds = (f'video = "{draw.choice(ids)}"', 'creator = "Ann"', f'platform = "{draw.choice(PLATFORMS)}"', "")
    text = ""
    for _ in range(draw.randint(0, 5)):
        date = FIRST + timedelta(days=draw.choice((0, 11, 20, 25, 70)))
        amount, currency = draw.choice((9.99, 150.25, 1000)), draw.choice(("EUR", "USD"))
        text += f'[[spend]]\namount = {amount}\ncurrency = "{currency}"\ndate = {date.date()}\n{draw.choice(kinds)}\n'
    return text


def _targets(draw: random.Random) -> str:
    text = ""
    for measure, values in {"views": (500, 20_000, 10**7), "cpm": (0.5, 50), "engagement_rate": (0.2, 5)}.items():
        day = FIRST + timedelta(days=draw.choice((12, 20, 90)))
        value = draw.choice(values)
        text += f'[[targets]]\nmeasure = "{measure}"\nvalue = {value}\ndate = {day.date()}\n'
    return text


def _estimators(draw: random.Random) -> str:
    text = '[emv]\ncurrency = "USD"\nviews = 0.01\nlikes = 0.2\n' if draw.random() < 0.5 else ""
    text += f'[estimators]\nresamples = 100\ndraw = "{draw.choice(("videos", "creators"))}"\n'
    counted = draw.choice(("", "", "", "read", "gained"))
    text += f'counted = "{counted}"\n' if counted else ""
    return text + (f'max_gap = "{draw.choice(("1d", "5d"))}"\n' if draw.random() < 0.4 else "")
