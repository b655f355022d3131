"""Refresh an archive many times against a changing, failing server: descriptors, memory, and what a full read finds.

python -m tests.bench.refresh_soak [TIMES]
"""

from __future__ import annotations

import datetime as dt
import random
import resource
import sys
import tempfile
import warnings
from pathlib import Path

import influtics_lab as lab
from influtics_lab.localapi import Catalogue, Fault
from influtics_lab.simulation import SimulatedVideo

VIDEOS = 300
FAULTS = [Fault.http(503), Fault.http(429, retry_after=0), Fault.reset(0.5), Fault.short(), Fault.cut_json()]
START = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)


def instant(second: int) -> str:
    return (START + dt.timedelta(seconds=second)).isoformat()


def change(catalogue: Catalogue, clock: int, draw: random.Random) -> None:
    """Give a drawn video another reading, and move it up; now and then add one."""
    entries = list(catalogue)
    name = draw.choice(entries).video_id if draw.random() < 0.9 else f"n{clock}"
    views = catalogue[name].answer()["stats"]["views"] if name in catalogue else {}
    answer = {"video_id": name, "platform": "TikTok", "created_at": instant(clock)}
    if name in catalogue:
        answer = catalogue[name].answer()
    answer |= {"stats": {"views": views | {instant(clock): clock}}, "stats_last_updated": instant(clock)}
    catalogue.insert(answer)


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def main(times: int) -> None:
    warnings.simplefilter("ignore", lab.DataQualityWarning)
    draw, clock = random.Random(1), VIDEOS
    videos = [
        SimulatedVideo(
            {"video_id": f"v{n:03d}", "platform": "TikTok", "created_at": instant(n), "stats_last_updated": instant(n),
             "stats": {"views": {instant(n): n}}},
            "active",
        )
        for n in range(VIDEOS)
    ]  # fmt: skip
    samples = []
    with tempfile.TemporaryDirectory() as folder, lab.LocalAPI(videos) as api:
        archive = lab.Archive(Path(folder, "archive"))
        full = failed = 0
        for nth in range(times):
            for _ in range(draw.randrange(20)):
                clock += 1
                change(api.catalogue, clock, draw)

            def meanwhile(catalogue: Catalogue, number: int) -> None:
                nonlocal clock
                if number % 3 == 0:
                    clock += 1
                    change(catalogue, clock, draw)

            api.before_request = meanwhile
            if draw.random() < 0.5:
                api.faults.add(draw.choice(FAULTS), times=draw.choice([1, 3, None]))
            with lab.Client(api.key, api.url, patience=3, timeout=2) as client:
                try:
                    full += archive.refresh(client).full
                except lab.InfluticsError:
                    failed += 1
            api.faults.clear()
            samples.append((resident_mb(), len(list(Path("/proc/self/fd").iterdir()))))
            if nth % 10 == 9:
                print(f"after {nth + 1}: {samples[-1][0]:.0f} MB, {samples[-1][1]} descriptors", flush=True)
        api.before_request = None
        with lab.Client(api.key, api.url) as client:
            archive.refresh(client)
            held = archive.snapshot().manifest["content_digest"]
            last = archive.refresh(client, full_every=0)
            read = lab.take_snapshot(client=client).manifest["content_digest"]
        print(f"{times} refreshes: {full} full, {failed} failed; at the end {last.unseen or 'nothing unseen'}")
        print(f"equal to a full read: {held == read}; {archive.verify().status()}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
