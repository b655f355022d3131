"""What an archive costs, against plain full snapshots in the same run.

python tests/bench/archive.py year      # 365 daily reads of 1,000 simulated videos that are added over the year
python tests/bench/archive.py daily     # 365 daily reads of 1,000 videos, each with one new reading a day
python tests/bench/archive.py ten       # ten daily reads of 5,000 simulated videos
python tests/bench/archive.py refresh   # requests after 1 % of 10,000 videos changed, against a full read
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl

import influtics_lab as lab
from influtics_lab.load.raw_pages import parse_pages
from influtics_lab.simulation import answer_pages, simulate_videos

T = TypeVar("T")
END = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
COUNTS = ("views", "likes", "comments", "reposts")

warnings.simplefilter("ignore", lab.DataQualityWarning)


def timed(what: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    done = what()
    return time.perf_counter() - started, done


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def tracked(videos: int, days: int) -> lab.Snapshot:
    made = (video.answer for video in simulate_videos(videos, seed=1, until=END, days=days))
    return parse_pages(answer_pages(made), END)


def polled_daily(videos: int, days: int) -> lab.Snapshot:
    """The simulated videos, but each read once a day, within the hour, from the first day to the last."""
    made = tracked(videos, 45)
    draws = np.random.Generator(np.random.PCG64(1))
    start = END - dt.timedelta(days=days)
    hour = 3_600_000_000
    day = np.arange(days) * 24 * hour + int(start.timestamp()) * 1_000_000
    at = day[None, :] + draws.integers(0, hour, (videos, days))
    shape = 1 - np.exp(-np.sqrt(np.arange(1, days + 1) / draws.lognormal(3.5, 1, (videos, 1))))
    views = draws.lognormal(10, 2, (videos, 1)) * shape
    steps = draws.poisson(np.diff(views, axis=1, prepend=0)).cumsum(axis=1)
    shares = {"views": 1.0, "likes": 0.05, "comments": 0.002, "reposts": 0.005}
    counts = {name: pl.Series((steps * share).astype(np.int64).ravel()) for name, share in shares.items()}
    ids = pl.Series("video_id", np.repeat(np.arange(videos), days)).replace_strict(
        dict(enumerate(made.videos["video_id"]))
    )
    instants = pl.Series(at.ravel()).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    stats = pl.DataFrame({"video_id": ids, "timestamp": instants, **counts}).sort("video_id", "timestamp")
    known = made.videos.with_columns(created_at=pl.lit(start).cast(pl.Datetime("us", "UTC")))
    kept = sum(stats[name].count() for name in COUNTS)
    account = {"received": kept, "kept": kept, "rejected": 0, "duplicates": 0}
    facts = made.manifest | {"accounting": account, "rejected_fields": 0}
    return lab.Snapshot.build(known, stats, made.rejected[:0], facts)


def rate(which: str) -> pl.Expr:
    parts = pl.col(f"{which}_likes") + pl.col(f"{which}_comments") + pl.col(f"{which}_reposts").fill_null(0)
    return pl.when(pl.col(f"{which}_views") > 0).then(100 * parts / pl.col(f"{which}_views"))


def as_of(whole: lab.Snapshot, day: dt.datetime) -> lab.Snapshot:
    """What the endpoint would have answered then: readings so far, and latest counts, er and update as of them.

    ``er`` is as in the documented answer: for one video that of its first reading, for the next that of its last one,
    cut to two digits.
    """
    stats = whole.stats.filter(pl.col("timestamp") <= day)
    newest = stats.group_by("video_id").agg(
        pl.col("timestamp").max().alias("stats_last_updated"),
        *(pl.col(name).drop_nulls().last().alias(f"latest_{name}") for name in COUNTS),
        *(pl.col(name).drop_nulls().first().alias(f"first_{name}") for name in COUNTS),
    )
    cut = (rate("latest") * 100).floor() / 100
    er = pl.when(pl.int_range(pl.len()) % 2 == 0).then(rate("first")).otherwise(cut)
    known = whole.videos.with_columns(er_reported_pct=None).drop(
        [c for c in newest.columns if c in whole.videos.columns[1:]]
    )
    videos = known.join(newest, on="video_id", how="left").sort("video_id").with_columns(er_reported_pct=er)
    videos = videos.filter(pl.col("created_at") <= day)
    stats = stats.join(videos, on="video_id", how="semi")
    rejected = whole.rejected.join(videos, on="video_id", how="semi")
    kept = sum(stats[name].count() for name in COUNTS)
    points = int(rejected["field"].str.starts_with("stats.").sum())
    facts = whole.manifest | {"taken_at": day.isoformat(), "rejected_fields": rejected.height - points}
    facts["accounting"] = {"received": kept + points, "kept": kept, "rejected": points, "duplicates": 0}
    return lab.Snapshot.build(videos.select(whole.videos.columns).sort("video_id"), stats.sort("video_id", "timestamp"),
                              rejected, facts)  # fmt: skip


def daily(folder: Path, whole: lab.Snapshot, days: int) -> None:
    videos = whole.videos.height
    archive, plain = lab.Archive(folder / "archive"), folder / "plain"
    adding, writing, kept = [], [], {}
    full = 0
    for n in range(days):
        day = END - dt.timedelta(days=days - 1 - n)
        snapshot = as_of(whole, day)
        seconds, path = timed(lambda snapshot=snapshot: snapshot.write(plain))
        writing.append(seconds)
        full += size(path)
        adding.append(timed(lambda snapshot=snapshot: archive.add(snapshot))[0])
        if n in {0, days // 2, days - 1} or days <= 10:
            kept[day] = path
        else:
            shutil.rmtree(path)
    stored = size(archive.folder)
    named = sum(file.stat().st_size for table in ("stats", "videos", "rejected") for file in archive.files(table))
    log = (archive.folder / "archive.json").stat().st_size
    print(f"{videos:,} videos, {days} daily reads, {whole.stats.height:,} readings in all")
    print(
        f"archive {stored / 1e6:.1f} MB, of it the log {log / 1e6:.2f}; plain {full / 1e6:.1f} MB: {stored / full:.3f}"
    )
    archive.compact()
    compact = size(archive.folder)
    print(
        f"bytes a reading: {(named + log) / whole.stats.height:.1f}; after compact() {compact / whole.stats.height:.1f}"
    )
    for table in ("stats", "videos", "rejected"):
        print(f"   of them {table}: {size(archive.folder / table) / whole.stats.height:.1f}")
    print(f"add {sum(adding) / days:.3f} s a day, the last {adding[-1]:.3f}, most {max(adding):.3f}; plain write "
          f"{sum(writing) / days:.3f}, the last {writing[-1]:.3f}")  # fmt: skip
    for day, path in kept.items():
        archived, frame = timed(lambda day=day: archive.history(day))
        frozen, snapshot = timed(lambda path=path: lab.Snapshot.read(path))
        assert frame.equals(snapshot.frame())
        assert archive.videos(day).equals(snapshot.videos)
        print(f"as of {day:%Y-%m-%d}: {archived:.3f} s; plain {frozen:.3f} s; {frame.height:,} equal rows")
    print(f"latest {timed(archive.history)[0]:.3f} s; verify {timed(archive.verify)[0]:.3f} s")
    name = whole.videos["video_id"][7]
    print(f"one video {timed(archive.scan().filter(pl.col('video_id') == name).collect)[0]:.3f} s")


def refreshed(folder: Path) -> None:
    archive = lab.Archive(folder / "archive")
    videos = list(simulate_videos(10_000, seed=1, until=END))
    with lab.LocalAPI(videos) as api, lab.Client(api.key, base_url=api.url) as client:

        def requests(what: str, **options: Any) -> None:
            before = len(api.requests)
            seconds, done = timed(lambda: archive.refresh(client, **options))
            asked = len(api.requests) - before
            full = lab.take_snapshot(client=client).manifest["content_digest"]
            same = archive.snapshot().manifest["content_digest"] == full
            print(f"{what}: {asked} requests, {seconds:.1f} s, equal to a full read: {same}; {done}")

        requests("first")
        requests("nothing changed")
        minute = 0

        def change(n: int) -> None:
            nonlocal minute
            for entry in list(api.catalogue)[n :: len(api.catalogue) // 100][:100]:
                minute += 1
                at = END + dt.timedelta(hours=2, minutes=minute)
                answer = entry.answer()
                points = {**((answer.get("stats") or {}).get("views") or {}), f"{at:%Y-%m-%d %H:%M:%S}+00": 5}
                stats = (answer.get("stats") or {}) | {"views": points}
                api.catalogue.update(entry.video_id, stats=stats, stats_last_updated=at.isoformat())

        change(1)
        requests("1 % changed")
        change(2)
        first = len(api.requests)

        def meanwhile(catalogue: Any, number: int) -> None:
            if number - first in {1, 2}:
                catalogue.delete(videos[number - first].answer["video_id"])
                at = END + dt.timedelta(days=2, minutes=number)
                new = {"video_id": f"new {number}", "created_at": at.isoformat(), "stats_last_updated": at.isoformat()}
                catalogue.insert(new)

        api.before_request = meanwhile
        requests("1 % changed, two deleted and two added while it was read")
        api.before_request = None
        requests("full", full_every=0)


def main(what: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        if what == "year":
            daily(Path(scratch), tracked(1000, 365), days=365)
        elif what == "daily":
            daily(Path(scratch), polled_daily(1000, 365), days=365)
        elif what == "ten":
            daily(Path(scratch), tracked(5000, 45), days=10)
        elif what == "refresh":
            refreshed(Path(scratch))
        else:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
