"""How much processor time decoding to frames needs against `orjson.loads` of the same pages, and how much memory.

Run it: ``python tests/bench/decoding.py [MEGABYTES ...] [--readings N ...] [--tries N]``. Each row is measured in a
process of its own, in which the two take turns; the best of each is printed. Pages are dropped after `orjson.loads`.
Memory is what the process needs beyond what it had before, in another process.

    MB   pages   a video  readings    loads [s]   ours [s]   times frames [MB] memory [MB]   times
    16     134         5     65670        0.040      0.144    3.62         7.2          21    3.00
   156    1298         5    636030        0.381      1.400    3.67        69.4         164    2.36
    17      21        50    103000        0.034      0.086    2.53         7.1          16    2.30
   157     196        50    960500        0.325      0.810    2.49        66.7         135    2.03
    17       5       225    110700        0.054      0.099    1.83         7.3          11    1.45
   157      45       225    992700        0.570      1.015    1.78        65.5         119    1.82

That was on a quiet machine, where six rounds at 50 readings gave 2.49 to 2.64 times. The host changes the times more
than any change tried: within three hours rounds at 50 gave 2.37 to 2.75, and once 3.9 while `orjson.loads` alone was as
fast as ever. The version before and this one in turn, medians of four: at 5 readings 3.35 and 3.27 times (16 MB), 3.63
and 3.51 (156 MB); at 50, 2.50 and 2.32, 2.62 and 2.39. With POLARS_MAX_THREADS=1 it takes 6 percent less at 50: threads
that wait for work are counted, too.

Of the 21 MB, 12 are used before the parts are put in order, and 5 are needed whatever the size. At the peak, polars'
allocator holds 4 MB that are free: with ``_RJEM_MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0`` in the environment the
process needs 18 MB, and 13 at 50 readings. With a quarter of the videos in a batch it needs 20.

Tried and dropped:

- Counts read page by page: at 50 readings as fast at 16 MB and 3 to 10 percent slower at 156, at 5 slower.
- Publication times as an expression: 10 ms for 13,400 videos; one by one they take 7.
- No garbage collection: it takes 9 of 1,450 ms at 156 MB. Page faults take about 100.
- Columns in one piece before rows are gathered, not one after the other: 3.6 times the frames instead of 2.9.
- Timestamps read by Arrow (45 lines fewer): as fast, but four times as slow where one of twenty is invalid.

Before answers were decoded in batches, the times were 22.1, 6.5 and 3.3, and the memory 11.7, 4.3 and 2.9 times.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
from pages import write_pages

from influtics_lab.api.decode import Frames
from influtics_lab.api.decode_answers import AnswerDecoder
from influtics_lab.api.envelope import open_envelope

ROW = "{:>6} {:>7} {:>9} {:>9} {:>12} {:>10} {:>7} {:>11} {:>11} {:>7}"
HEAD = ("MB", "pages", "a video", "readings", "loads [s]", "ours [s]", "times", "frames [MB]", "memory [MB]", "times")


def parse_and_drop(paths: Sequence[Path]) -> None:
    for path in paths:
        orjson.loads(path.read_bytes())


def decode(paths: Sequence[Path]) -> Frames:
    decoder = AnswerDecoder()
    for number, path in enumerate(paths):
        decoder.add(open_envelope(path.read_bytes()).items, number)
    return decoder.finish()


def best_of(tries: int, *jobs: Callable[[], object]) -> list[float]:
    """Let the jobs take turns; return the least processor time of each."""
    best = [float("inf")] * len(jobs)
    for _ in range(tries):
        for n, job in enumerate(jobs):
            started = time.process_time()
            job()
            best[n] = min(best[n], time.process_time() - started)
    return best


def resident(what: str) -> float:
    """Return the process's memory in MB: what it has, or had at most (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) * 1024 / 1e6


def measure_time(paths: Sequence[Path], tries: int) -> str:
    loads, ours = best_of(tries, lambda: parse_and_drop(paths), lambda: decode(paths))
    return f"{loads} {ours}"


def measure_memory(paths: Sequence[Path]) -> str:
    decode(paths[:2])  # what is loaded at first use is no memory of the pages
    before = resident("VmRSS")
    frames = decode(paths)
    size = sum(table.estimated_size() for table in (frames.videos, frames.stats, frames.rejected)) / 1e6
    return f"{size} {resident('VmHWM') - before} {frames.stats.height}"


def alone(folder: Path, measure: str, tries: int) -> list[float]:
    command = [sys.executable, __file__, "--measure", measure, "--folder", str(folder), "--tries", str(tries)]
    return [float(text) for text in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("megabytes", nargs="*", type=float, default=[16, 156])
    parser.add_argument("--readings", nargs="*", type=int, default=[5, 50, 225], help="of each video")
    parser.add_argument("--tries", type=int, default=9)
    parser.add_argument("--measure", choices=["time", "memory"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        paths = sorted(given.folder.iterdir())
        print(measure_time(paths, given.tries) if given.measure == "time" else measure_memory(paths))
        return
    print(ROW.format(*HEAD))
    for readings, megabytes in itertools.product(given.readings, given.megabytes):
        with tempfile.TemporaryDirectory() as name:
            paths = write_pages(Path(name), megabytes, readings)
            real = sum(path.stat().st_size for path in paths) / 1e6
            loads, ours = alone(Path(name), "time", given.tries)
            size, memory, rows = alone(Path(name), "memory", given.tries)
        time_, room = (f"{loads:.3f}", f"{ours:.3f}", f"{ours / loads:.2f}"), (f"{size:.1f}", f"{memory:.0f}")
        print(ROW.format(f"{real:.0f}", len(paths), readings, int(rows), *time_, *room, f"{memory / size:.2f}"))


if __name__ == "__main__":
    main()
