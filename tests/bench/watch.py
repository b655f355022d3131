"""How often a watch alarms for nothing, how late for something, and what a run costs, by simulation.

Run it: ``python tests/bench/watch.py alarms|delays|scale [--videos N]``. Series are those of ``flags.py``, read hourly
for 14 days or daily for 30; archive, refreshes, state and events are real, and the watch runs once a day.

``alarms``: no condition alarmed for 500 clean videos of 5 kinds (2,000 to 10,000,000 views, refreshed every 1, 3 or 6
hours, likes taken back). The upper limit of a 95 % interval is 0.16 false alarms a video-year read hourly (19
video-years), and 0.073 read daily (41 video-years), for each of: purge of views, purge of likes, stall, burst (these
also for 2 readings in a row), failed_polls and hidden (2 readings), removed, no_reading (26 hours).

``delays``: found in % of 200 videos of 100,000 views / median hours from its start to the reading of the event::

    | planted                     | condition         | hourly   | daily    |
    | purge of 5 % of views       | purge             | 100 / 0  | 98 / 0   |
    |                             | purge, 2 readings | 100 / 1  | 88 / 24  |
    | purge of 20 % of views      | purge             | 100 / 0  | 100 / 0  |
    |                             | purge, 2 readings | 100 / 1  | 100 / 24 |
    | stall of 24 h, 20,000 views | stall             | 100 / 10 | 100 / 24 |
    |                             | stall, 2 readings | 100 / 11 | 0        |
    | stall of 72 h, 20,000 views | stall             | 100 / 10 | 100 / 24 |
    |                             | stall, 2 readings | 100 / 11 | 100 / 48 |
    | burst x5, 12 h              | burst             | 98 / 3   |          |
    |                             | burst, 2 readings | 96 / 4   |          |
    | burst x10, 12 h             | burst             | 100 / 1  |          |
    |                             | burst, 2 readings | 100 / 2  |          |
    | burst x5, 48 h              | burst             | 99 / 3   | 94 / 48  |
    |                             | burst, 2 readings | 99 / 4   | 44 / 48  |
    | removal of 9 of 10 videos   | removed           | 100 / 1  | 100 / 24 |

``scale``: 10,000 videos x 100 readings, 11 conditions, each run in a process of its own; the import takes 0.8 s::

    | run                              | s of processor time | MB at most |
    | first                            | 11.9                | 668        |
    | nothing was read since           | 0.9                 | 187        |
    | one new reading of each video    | 11.3                | 644        |
    | one new reading of 5 % of videos | 1.4                 | 240        |
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
from flags import DAYS, READ, START, World, as_frame, head, row

import influtics_lab as lab
from influtics_lab.schema import REJECTED, STATS, VIDEOS, dtypes, empty
from influtics_lab.watch import parse_watch, run_watch

KINDS = {
    "purge": "",
    "purge, likes": 'count = "likes"',
    "purge, 2 readings": "readings = 2",
    "stall": "",
    "stall, 2 readings": "readings = 2",
    "burst": "",
    "burst, 2 readings": "readings = 2",
    "failed_polls": "readings = 2",
    "hidden": "readings = 2",
    "removed": "",
    "no_reading": "hours = 26",
}
TOML = "".join(f'[[{name.partition(",")[0]}]]\nname = "{name}"\n{keys}\n' for name, keys in KINDS.items())
CLEAN = (
    World(views=2_000),
    World(views=20_000, refreshed_hours=3),
    World(views=100_000, rhythm=0.9),
    World(views=100_000, refreshed_hours=6, taken_back=0.0005),
    World(views=10_000_000),
)
PLANTED = {
    "purge of 5 % of views": ("purge", World(purged=0.05), (1, 24)),
    "purge of 20 % of views": ("purge", World(purged=0.2), (1, 24)),
    "stall of 24 h, 20,000 views": ("stall", World(views=20_000, stalled=24), (1, 24)),
    "stall of 72 h, 20,000 views": ("stall", World(views=20_000, stalled=72), (1, 24)),
    "burst x5, 12 h": ("burst", World(times=5, rate=0.05, lasts=12), (1,)),
    "burst x10, 12 h": ("burst", World(times=10, rate=0.05, lasts=12), (1,)),
    "burst x5, 48 h": ("burst", World(times=5, rate=0.05, lasts=48), (1, 24)),
    "removal of 9 of 10 videos": ("removed", World(), (1, 24)),
}


def frames(worlds: Sequence[World], every: int, videos: int) -> pl.DataFrame:
    """Return the readings of some videos of each world."""
    random = np.random.Generator(np.random.PCG64(3))
    parts = [as_frame(world.series(random, videos, *DAYS[every]), every) for world in worlds]
    named = (part.with_columns(video_id=pl.format("w{}{}", pl.lit(n), "video_id")) for n, part in enumerate(parts))
    return pl.concat(named)


def snapshot(stats: pl.DataFrame, taken_at: datetime) -> lab.Snapshot:
    """Return readings as the snapshot of a complete read."""
    facts = lab.parse_pages([{"data": [], "pagination": {"total": 0}}], taken_at.isoformat()).manifest
    ids = stats.select("video_id").unique().sort("video_id")
    columns = {name: dtype for name, dtype in dtypes(VIDEOS).items() if name != "video_id"}
    videos = ids.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in columns.items())
    videos = videos.with_columns(platform=pl.lit("TikTok"), title=pl.format("Title of {}", "video_id"))
    ordered = stats.select(pl.col(name).cast(dtype) for name, dtype in dtypes(STATS).items()).sort(
        "video_id", "timestamp"
    )
    points = 4 * ordered.height
    facts["accounting"] = {"received": points, "kept": points, "rejected": 0, "duplicates": 0}
    facts["total_reported"] = [videos.height] * 2
    return lab.Snapshot.build(videos.select(dtypes(VIDEOS).keys()), ordered, empty(REJECTED), facts)


def watch_at(stats: pl.DataFrame, hours: Sequence[int], removed_at: datetime | None = None) -> list[dict[str, Any]]:
    """Refresh and watch at some hours, and return all events; videos are removed from the list at an instant."""
    events = []
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        archive, watch = lab.Archive(f"{folder}/archive"), parse_watch(TOML)
        for hour in hours:
            now = START + timedelta(hours=hour)
            known = stats.filter(pl.col("timestamp") <= now)
            if removed_at is not None and now >= removed_at:
                known = known.filter(pl.col("video_id").str.ends_with("0"))
            archive.add(snapshot(known, now))
            events += run_watch(watch, archive, Path(folder, "state.json"), now=now, environment={}).events
    return events


def each_day(every: int) -> range:
    return range(24, 24 * DAYS[every][0] + 1, 24)


def show_alarms(videos: int) -> None:
    """Print the false alarms a video-year of each condition; without any the upper limit of a 95 % interval."""
    years = {every: videos * DAYS[every][0] / 365 for every in READ}
    print(f"False alarms a video-year, {videos} clean videos of 5 kinds:\n")
    head(["condition", *(f"{read}, {years[every]:.0f} video-years" for every, read in READ.items())])
    events = {every: watch_at(frames(CLEAN, every, videos // len(CLEAN)), each_day(every)) for every in READ}
    for name in KINDS:
        alarms = {every: _count_alarms(events[every], name) for every in READ}
        row(
            [
                name,
                *(
                    f"{n / years[every]:.2g}" if n else f"0 (below {3 / years[every]:.2g})"
                    for every, n in alarms.items()
                ),
            ]
        )


def _count_alarms(events: Sequence[dict[str, Any]], name: str) -> int:
    return sum(event["change"] == "begins" and event["condition"] == name for event in events)


def show_delays(videos: int) -> None:
    """Print in how many videos what is planted is found, and how many hours after its first reading could show it."""
    print(f"Found in % of {videos} videos / median hours from its start to the reading of the event:\n")
    head(["planted", "condition", *READ.values()])
    for planted, (kind, world, reads) in PLANTED.items():
        found = {every: dict(_find_delays(kind, world, every, videos)) for every in reads}
        for name in next(iter(found.values())):
            row([planted, name, *(found[every][name] if every in found else "" for every in READ)])


def _find_delays(kind: str, world: World, every: int, videos: int) -> Iterator[tuple[str, str]]:
    since = START + timedelta(days=DAYS[every][1])
    if kind == "removed":  # is seen at reads, which are as many as readings
        hours = range(24 * DAYS[every][1] - 3 * every, 24 * DAYS[every][1] + 4 * every, every)
        events = watch_at(frames([world], every, videos // 10), hours, since + timedelta(minutes=1))
    else:
        events = watch_at(frames([world], every, videos), each_day(every))
    for name in KINDS:
        if name.partition(",")[0] == kind and "likes" not in name:
            late: dict[str, float] = {}
            for event in events:
                after = (datetime.fromisoformat(event["at"]) - since) / timedelta(hours=1)
                if event["condition"] == name and event["change"] == "begins" and after >= 0:
                    late.setdefault(event["subject"]["video_id"], after)
            expected = videos // 10 * 9 // 10 if kind == "removed" else videos
            yield name, f"{100 * len(late) / expected:.0f} / {median(late.values()):.0f}" if late else "0"


def show_scale(videos: int, readings: int = 100) -> None:
    """Print seconds and memory of runs over a large archive, each in a process of its own."""
    random = np.random.Generator(np.random.PCG64(3))
    hours = pl.DataFrame({"hour": np.arange(readings) * 6})
    size = pl.DataFrame({"video_id": [f"v{n:05}" for n in range(videos)], "views": random.lognormal(9, 1.8, videos)})
    grown = size.join(hours, how="cross").with_columns(
        timestamp=pl.lit(START) + pl.duration(hours="hour"),
        views=(1000 + pl.col("views") * (1 - (-pl.col("hour") / 200.0).exp()) + pl.col("hour") * 3).cast(pl.Int64),
    )
    stats = grown.with_columns(
        likes=pl.col("views") // 25, comments=pl.col("views") // 200, reposts=pl.col("views") // 300
    )
    ends = [START + timedelta(hours=6 * n + 1) for n in (readings - 3, readings - 2, readings - 1)]
    fewer = stats.filter((pl.col("timestamp") < ends[1]) | (pl.col("video_id") < f"v{videos // 20:05}"))
    with tempfile.TemporaryDirectory() as folder:
        archive = lab.Archive(f"{folder}/archive")
        print(f"{videos:,} videos x {readings} readings:\n")
        head(["run", "seconds", "of processor time", "MB at most", "events"])
        archive.add(snapshot(stats.filter(pl.col("timestamp") < ends[0]), ends[0]))
        Path(folder, "watch.toml").write_text(TOML, encoding="utf-8")
        row(["first", *_run_process(folder, ends[0])])
        row(["nothing was read since", *_run_process(folder, ends[0])])
        archive.add(snapshot(stats.filter(pl.col("timestamp") < ends[1]), ends[1]))
        row(["one new reading of each video", *_run_process(folder, ends[1])])
        archive.add(snapshot(fewer, ends[2]))
        row(["one new reading of 5 % of videos", *_run_process(folder, ends[2])])


_RUN = """
import sys, time, resource
from datetime import datetime
from pathlib import Path
import influtics_lab as lab
from influtics_lab.watch import read_watch, run_watch
folder, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
result = run_watch(read_watch(folder / "watch.toml"), lab.Archive(folder / "archive"), folder / "state.json", now=now)
used = resource.getrusage(resource.RUSAGE_SELF)
memory = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]  # getrusage counts the parent's, too
print(len(result.events), f"{used.ru_utime + used.ru_stime:.1f}", int(memory) // 1024, file=sys.stderr)
"""


def _run_process(folder: str, now: datetime) -> tuple[str, ...]:
    started = time.monotonic()
    command = [sys.executable, "-c", _RUN, folder, now.isoformat()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = time.monotonic() - started
    events, processor, memory = done.stderr.split()
    return f"{seconds:.1f}", processor, memory, events


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("alarms", "delays", "scale"))
    parser.add_argument("--videos", type=int)
    options = parser.parse_args()
    shows = {"alarms": (show_alarms, 500), "delays": (show_delays, 200), "scale": (show_scale, 10_000)}
    show, usual = shows[options.what]
    show(options.videos or usual)


if __name__ == "__main__":
    main()
