"""What a year of daily adds and 30 days of hourly adds cost: bytes per new reading, seconds and upload per add.

    PYTHONPATH=. python tests/bench/archive_year.py [--videos N] [--days N] [--hours N] [--log-entries N]

Each read brings one new reading a video; the archive is published, so each add also writes the Delta tables. An upload
is the size of all files that an add wrote, merged files and checkpoints included. The Delta logs are those of all adds:
they are cut after seven days, which do not pass here. Seconds are wall time, of the first and the last five adds; they
grow with the readings of the archive. The last lines add to a log of three years of hourly reads. With 200 videos, on
two cores that others used too:

                              adds   new rows   B data    B log  B Delta  s first   s last kB first  kB last  kB most
    a year of days             365     73,000     7.10     0.43    33.39     0.12     0.57     10.8     14.1     91.4
    30 days of hours           720    144,000     3.44     0.41    41.43     0.16     0.95     10.8     31.2    320.7
    add to a log of 1 entries: 0.03 s, 809 bytes written, 0 of them new rows
    add to a log of 26,281 entries: 0.07 s, 2,301 bytes written, 0 of them new rows
       history() 0.01 s
       snapshots() 1.06 s
       verify() 2.65 s
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

import influtics_lab as lab
from influtics_lab.archive import commit
from influtics_lab.archive.archive_tables import TABLES
from influtics_lab.archive.log_entries import CHANGES

START = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)
ROW = "{:<22} {:>7} {:>10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}"
HEAD = ("", "adds", "new rows", "B data", "B log", "B Delta", "s first", "s last", "kB first", "kB last", "kB most")


def snapshot_of(nth: int, videos: int, step: dt.timedelta) -> lab.Snapshot:
    """Return the read after a number of steps, at each of which every video was read once."""
    draws = np.random.Generator(np.random.PCG64(1))
    second = draws.integers(0, 3_000, videos)
    pace = draws.lognormal(5, 1.5, videos)
    steps = np.arange(nth + 1)
    seconds = steps[None, :] * int(step.total_seconds()) - second[:, None]
    views = (pace[:, None] * np.sqrt(steps[None, :] + 1) * 100).astype(np.int64)
    ids = np.repeat([f"video-{n:06d}" for n in range(videos)], nth + 1)
    instants = pl.Series(seconds.ravel() * 1_000_000 + int(START.timestamp()) * 1_000_000)
    counts = {name: pl.Series((views * share).astype(np.int64).ravel()) for name, share in
              {"views": 1.0, "likes": 0.05, "comments": 0.002, "reposts": 0.005}.items()}  # fmt: skip
    instants = instants.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    stats = pl.DataFrame({"video_id": pl.Series(ids), "timestamp": instants, **counts}).sort("video_id", "timestamp")
    last = stats.group_by("video_id").last().sort("video_id")
    empty = lab.sample_snapshot().videos.clear()
    known = {"platform": pl.lit("TikTok"), "title": "Title of " + pl.col("video_id"), "stats_last_updated": "timestamp"}
    known |= {f"latest_{name}": name for name in counts}
    videos_frame = pl.concat([empty, last.select("video_id", **known)], how="diagonal").select(empty.columns)
    points = stats.height * len(counts)
    facts = {"taken_at": (START + nth * step).isoformat(), "query": None, "total_reported": [videos, videos],
             "accounting": {"received": points, "kept": points, "rejected": 0, "duplicates": 0}, "rejected_fields": 0,
             "completeness": {"proven": "strict"}}  # fmt: skip
    return lab.Snapshot.build(videos_frame, stats, lab.sample_snapshot().rejected.clear(), facts)


def list_sizes(folder: Path) -> dict[Path, tuple[int, int]]:
    return {file: (file.stat().st_size, file.stat().st_mtime_ns) for file in folder.rglob("*") if file.is_file()}


def measure_adds(name: str, folder: Path, adds: int, videos: int, step: dt.timedelta) -> None:
    archive = lab.Archive(folder)
    seconds, uploads = [], []
    for nth in range(adds):
        snapshot = snapshot_of(nth, videos, step)
        before = list_sizes(folder)
        started = time.perf_counter()
        archive.add(snapshot)
        seconds.append(time.perf_counter() - started)
        if nth == 0:
            archive.publish()
        uploads.append(sum(size[0] for file, size in list_sizes(folder).items() if before.get(file) != size))
    data = sum(size for file, (size, _) in list_sizes(folder).items() if file in listed_files(archive))
    sizes = list_sizes(folder)
    log = sum(size for file, (size, _) in sizes.items() if file.name == "archive.json" or file.parent.name == "log")
    delta = sum(size for file, (size, _) in sizes.items() if "_delta_log" in file.parts or "snapshots" in file.parts)
    rows = archive.history().height
    ends = [sum(part) / len(part) for part in (seconds[1:6], seconds[-5:])]
    kilobytes = [f"{size / 1e3:.1f}" for size in (uploads[1], uploads[-1], max(uploads))]
    costs = [f"{size / rows:.2f}" for size in (data, log, delta)]
    print(ROW.format(name, adds, f"{rows:,}", *costs, *(f"{end:.2f}" for end in ends), *kilobytes), flush=True)


def listed_files(archive: lab.Archive) -> set[Path]:
    return {Path(file) for table in TABLES for file in archive.files(table)}


def measure_long_log(folder: Path, entries: int) -> None:
    """Print what an add costs before and after as many hourly reads that found nothing new."""
    archive, step = lab.Archive(folder), dt.timedelta(hours=1)
    archive.add(snapshot_of(0, 100, step))
    for count in (1, entries):
        log = archive._load_log()
        head = log.recent[-1]
        nothing = {table: dict.fromkeys(CHANGES, 0) for table in TABLES}
        recent = [*log.recent]
        for nth in range(1, count):
            until = (head.until + nth * step).isoformat()
            recent.append(replace(head, number=head.number + nth, taken_at=until, read_until=until, changes=nothing))
        commit.replace_log(archive._store, replace(log, recent=tuple(recent)))
        snapshot = one_more(archive)
        before = list_sizes(folder)
        started = time.perf_counter()
        archive.add(snapshot)
        seconds = time.perf_counter() - started
        written = {file: size[0] for file, size in list_sizes(folder).items() if before.get(file) != size}
        data = sum(size for file, size in written.items() if file.suffix == ".parquet")
        print(f"add to a log of {archive._load_log().count - 1:,} entries: {seconds:.2f} s, {sum(written.values()):,} "
              f"bytes written, {data:,} of them new rows")  # fmt: skip
    for what, use in (("history()", archive.history), ("snapshots()", archive.snapshots), ("verify()", archive.verify)):
        started = time.perf_counter()
        use()
        print(f"   {what} {time.perf_counter() - started:.2f} s")


def one_more(archive: lab.Archive) -> lab.Snapshot:
    """Return the archive's state an hour later, when nothing had changed."""
    last = archive.snapshot()
    at = (archive._load_log().recent[-1].until + dt.timedelta(hours=1)).isoformat()
    return lab.Snapshot.build(last.videos, last.stats, last.rejected, last.manifest | {"taken_at": at, "query": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=200)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--hours", type=int, default=720)
    parser.add_argument("--log-entries", type=int, default=26_280)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(ROW.format(*HEAD))
        measure_adds("a year of days", Path(name) / "days", given.days, given.videos, dt.timedelta(days=1))
        measure_adds("30 days of hours", Path(name) / "hours", given.hours, given.videos, dt.timedelta(hours=1))
        measure_long_log(Path(name) / "log", given.log_entries)


if __name__ == "__main__":
    main()
