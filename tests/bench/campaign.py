"""What a campaign costs in time and memory: its figures, what changed, its explorer, and the whole report.

Run it: ``python tests/bench/campaign.py [--videos 500] [--readings 200]``. Each line is a process of its own: the
seconds of the work alone by the clock and in CPU, and the most memory that the process ever had, with Python and the
packages (the line "nothing" is that of a process which only reads the snapshot).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import influtics_lab as lab
from influtics_lab.campaign import key_figures, read_campaign
from influtics_lab.campaign.changes.campaign_changes import changes
from influtics_lab.campaign.report.campaign_report import APPENDIX_SECTIONS, CLIENT_SECTIONS, open_report
from influtics_lab.campaign.report.report_folder import build_report
from influtics_lab.explore import CampaignExplorer
from influtics_lab.schema import REJECTED, STATS, VIDEOS, dtypes, empty

ROW = "{:<34} {:>9} {:>9} {:>9}"
PIECES = (*CLIENT_SECTIONS, *APPENDIX_SECTIONS)
CLICKS = (
    ("picture", "contributions"), ("by", "platform"), ("picture", "rates"), ("when", "at_age"), ("picture", "costs"),
    ("counted", "gained"), ("counted", "read"), ("picture", "progress"),
)  # fmt: skip


def snapshot_of(videos: int, readings: int, *, cut: int = 0, seed: int = 1) -> lab.Snapshot:
    """Videos of three platforms, each read about twice a day; cut: without so many of the last readings of each."""
    draw = np.random.Generator(np.random.PCG64(seed))
    start = np.datetime64("2025-03-01T00:00:00", "us")
    born = draw.integers(0, 10 * 86_400, videos)
    at = born[:, None] + np.cumsum(draw.uniform(0.1, 1.9, (videos, readings)) * 12 * 3600, axis=1)
    age = (at - born[:, None]) / 3600
    views = np.floor(
        draw.lognormal(10, 1.5, videos)[:, None] * (1 - np.exp(-age / draw.uniform(24, 400, videos)[:, None]))
    )
    likes = np.floor(views * draw.beta(4, 60, videos)[:, None])
    ids, kept = [f"v{n:06}" for n in range(videos)], readings - cut
    counts = {"views": views, "likes": likes, "comments": likes // 20, "reposts": likes // 50}
    stats = pl.DataFrame(
        {
            "video_id": np.repeat(ids, kept),
            "timestamp": (start + at[:, :kept].astype("timedelta64[s]")).ravel(),
            **{name: values[:, :kept].ravel().astype(np.int64) for name, values in counts.items()},
        }
    )
    table = pl.DataFrame(
        {
            "video_id": ids,
            "external_video_id": [f"e{n}" for n in range(videos)],
            "platform": [("TikTok", "YouTube", "Instagram")[n % 3] for n in range(videos)],
            "title": [f"Video number {n}" for n in range(videos)],
            "created_at": start + (born + 1800).astype("timedelta64[s]"),
            "published_at": start + born.astype("timedelta64[s]"),
        }
    )
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in dtypes(VIDEOS).items() if name not in table]
    whole = table.with_columns(missing).with_columns(pl.col("created_at", "published_at").dt.replace_time_zone("UTC"))
    read = stats.with_columns(pl.col("timestamp").dt.replace_time_zone("UTC")).cast(dtypes(STATS))
    points = read.height * len(counts)
    facts = {
        "taken_at": f"2025-07-{20 - cut // 10:02}T00:00:00+00:00",
        "query": None,
        "completeness": {"proven": "simulated"},
        "accounting": {"received": points, "kept": points, "rejected": 0, "duplicates": 0},
        "rejected_fields": 0,
    }
    return lab.Snapshot.build(whole.select(dtypes(VIDEOS).keys()).cast(dtypes(VIDEOS)), read, empty(REJECTED), facts)


def written(folder: Path, videos: int, readings: int) -> None:
    """A campaign of all videos, ten creators, money and targets, and two snapshots."""
    snapshot_of(videos, readings).write(folder / "now")
    snapshot_of(videos, readings, cut=readings // 10).write(folder / "then")
    parts = ['name = "Large"\n[period]\nstart = 2025-03-05\nend = 2025-05-20\n']
    parts.append('[videos]\nplatform = ["TikTok", "YouTube", "Instagram"]\n')
    for n in range(10):
        names = [f"v{one:06}" for one in range(n, videos, 10)]
        parts.append(f'[[creators]]\nname = "Creator {n}"\nvideos = {json.dumps(names)}\n')
        parts.append(f'[[spend]]\namount = {1000 + n}\ncurrency = "EUR"\ndate = 2025-03-0{n % 9 + 1}\n')
        parts.append(f'creator = "Creator {n}"\n')
    parts.append('[[targets]]\nmeasure = "views"\nvalue = 90000000\ndate = 2025-05-20\n')
    (folder / "campaign.toml").write_text("".join(parts))


def _explorer(folder: Path) -> None:
    explorer = CampaignExplorer(read_campaign(folder / "campaign.toml"), _read(folder, "now"))
    for name, value in CLICKS:
        started = time.perf_counter()
        explorer.controls[name].value = value
        print(f"  {name} {value}: {1000 * (time.perf_counter() - started):.0f} ms", file=sys.stderr)
        if explorer.error is not None:
            raise RuntimeError(explorer.error)


def _pieces(folder: Path) -> None:
    report = open_report(folder / "campaign.toml", _place(folder, "now"), _place(folder, "then"))
    for name in PIECES:
        getattr(report, name)()


def _place(folder: Path, which: str) -> Path:
    return next((folder / which).iterdir())


def _read(folder: Path, which: str) -> lab.Snapshot:
    return lab.Snapshot.read(_place(folder, which))


WORK: dict[str, Callable[[Path], Any]] = {
    "nothing": lambda folder: _read(folder, "now"),
    "key_figures": lambda folder: key_figures(read_campaign(folder / "campaign.toml"), _read(folder, "now")),
    "changes": lambda folder: changes(
        read_campaign(folder / "campaign.toml"), _read(folder, "now"), _read(folder, "then")
    ),
    "explorer, opened and eight clicks": _explorer,
    "report, all pieces of the page": _pieces,
    "report, whole folder": lambda folder: build_report(
        folder / "campaign.toml", _place(folder, "now"), folder / "report", _place(folder, "then")
    ),
}


def measured(name: str, folder: Path) -> dict[str, float]:
    """Do one thing, with what its own processes do."""
    clock, cpu = time.perf_counter(), _cpu()
    WORK[name](folder)
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"clock": time.perf_counter() - clock, "cpu": _cpu() - cpu, "memory": most / 1024}


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=500)
    parser.add_argument("--readings", type=int, default=200)
    parser.add_argument("--only", choices=WORK, help="only this one, in this process, as JSON")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.only:
        print(json.dumps(measured(asked.only, asked.folder)))
        return
    with tempfile.TemporaryDirectory() as made:
        written(Path(made), asked.videos, asked.readings)
        print(f"{asked.videos:,} videos x {asked.readings:,} readings")
        print(ROW.format("", "s", "s of CPU", "MiB"))
        for name in WORK:
            command = [sys.executable, __file__, "--only", name, "--folder", made]
            found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            said = f"{found['clock']:.1f}", f"{found['cpu']:.1f}", f"{found['memory']:.0f}"
            print(ROW.format(name, *said), flush=True)


if __name__ == "__main__":
    main()
