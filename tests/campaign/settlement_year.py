"""A drawn year of reads in an archive, with purges planted before and after a freeze, and its settlements."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from campaign.cases import FIRST, campaign, snapshot, video

import influtics_lab as lab
from influtics_lab.campaign import settle
from influtics_lab.campaign.settlement.statements import Adjustment

DEAL = '[[deals]]\ncreator = "Ann"\ncurrency = "EUR"\ncpm = 10\ncutoff_date = 2025-06-12\n'
FREEZE_DAY = 15


def draw_year(
    videos: int, days: int, seed: int = 20
) -> tuple[dict[str, dict[float, list[int | None]]], dict[str, int]]:
    """Views of each video by day; and the planted purges after the freeze: the video, and the day."""
    drawn = random.Random(seed)
    series: dict[str, dict[float, list[int | None]]] = {}
    planted: dict[str, int] = {}
    for number in range(videos):
        name = f"v{number:04}"
        level, own = drawn.randint(20_000, 90_000), dict[float, list[int | None]]()
        purges = {drawn.randint(2, FREEZE_DAY - 2)} if number % 5 == 1 else set()  # before the freeze: no adjustment
        if number % 3 == 0:
            planted[name] = drawn.randint(FREEZE_DAY + 5, days - 5)
            purges = {planted[name]}
        for day in range(days):
            level += drawn.randint(0, 400)
            if day in purges:
                level = level * 3 // 4
            own[day + 0.25] = [level]
        series[name] = own
    return series, planted


def write_archive(folder: Path, series: dict[str, dict[float, list[int | None]]], days: int, every: int) -> lab.Archive:
    """Add a read of everything known at every so many days."""
    archive = lab.Archive(folder)
    for day in range(every, days + every, every):
        rows = [video(name, {at: own[at] for at in own if at < day}) for name, own in series.items()]
        read = snapshot(*rows)
        frames = {name: getattr(read, name) for name in ("videos", "stats", "rejected")}
        taken_at = (FIRST + timedelta(days=day)).isoformat()
        archive.add(lab.Snapshot.build(**frames, facts=read.manifest | {"taken_at": taken_at}))
    return archive


def settle_year(archive: lab.Archive, names: list[str], days: int, every: int) -> tuple[list[Adjustment], int]:
    """Settle at the freeze, and then at each read, each since the former one; return all adjustments."""
    ids = ", ".join(f'"{name}"' for name in names)
    plan = campaign(f'[videos]\nids = [{ids}]\n[[creators]]\nname = "Ann"\nvideos = [{ids}]\n{DEAL}')
    former, adjustments, count = None, list[Adjustment](), 0
    for after in range(FREEZE_DAY, days + 1, every):
        day = date(2025, 6, 1) + timedelta(days=after)
        former = settle(plan, archive.snapshot(as_of=FIRST + timedelta(days=after + 1)), as_of=day, since=former)
        adjustments += former.adjustments
        count += 1
    return adjustments, count
