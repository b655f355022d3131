"""How long fetching slow pages takes against the ideal: pages x delay / workers.

    python tests/bench/fetching.py [--pages N] [--delay SECONDS] [--workers N] [--readings N] [--tries N]

The server is a process of its own. In a first read, the first page is fetched alone, because nobody knows the list's
length before: (1 + (pages - 1) / workers, rounded up) x delay is the least that can be had, and is printed as well: 3.5
s for 100 pages of 250 ms with 8 workers, 1.12 times the ideal. A client that has seen the list's total, in an earlier
read or by a refresh's request for the latest update, requests the next pages together with the first one: the least is
3.25 s, 1.04 times the ideal, and for a refresh one delay more.

Measured (the least of 4 tries): a first read 3.63 s, 1.16 times the ideal; read again 3.40 s, 1.09
times; a refresh 3.89 s, 1.25 times, with what it writes; in a slow phase of the host 0.04 s more. A first read
that decodes nothing takes 3.62 s: the rest is requests and JSON, since pages arrive in groups of eight. Opening eight
connections at once takes 0.01 s, so opening them earlier gains nothing here, nor does decoding in a thread of its own.

Pages are parsed and decoded one at a time. When threads did so at once, they waited for the interpreter at every step:
60 pages of 100 readings a video took 2.88 s first and 2.62 s again, now 2.64 and 2.42 s (medians of six, in turn).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pages import OVERLAP, VIDEOS_A_PAGE, video

import influtics_lab as lab
from influtics_lab.api.list_reader import read_list
from influtics_lab.simulation import SimulatedVideo


def serve(pages: int, readings: int, delay: float) -> None:
    """Serve until standard input ends; the address is the first line of standard output."""
    number = pages * (VIDEOS_A_PAGE - OVERLAP) + OVERLAP
    videos = [SimulatedVideo(video(n, readings, readings), "active") for n in range(number)]
    with lab.LocalAPI(videos, delay=delay) as api:
        print(api.url, flush=True)
        sys.stdin.read()


def time_reads(url: str, workers: int, folder: Path) -> dict[str, float]:
    """Return the seconds of a first read, of another one by the same client, and of an archive's first refresh."""
    with (
        lab.Client("local-key", url, workers=workers) as client,
        lab.Client("local-key", url, workers=workers) as other,
    ):
        return {
            "first read": measure(lambda: read_list(client, None, None, what="videos", budget=client.new_budget())),
            "read again": measure(lambda: read_list(client, None, None, what="videos", budget=client.new_budget())),
            "refresh": measure(lambda: lab.Archive(folder).refresh(other)),
        }


def measure(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--delay", type=float, default=0.25)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--readings", type=int, default=10, help="of each video")
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.pages, given.readings, given.delay)
        return
    command = [sys.executable, __file__, "--serve", *sys.argv[1:]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as folder:
            tries = [time_reads(url, given.workers, Path(folder, str(n))) for n in range(given.tries)]
        server.stdin.close()
    rounds = -(-given.pages // given.workers)
    first_rounds = 1 + -(-(given.pages - 1) // given.workers)
    ideal = given.pages * given.delay / given.workers
    print(f"{given.pages} pages of {1000 * given.delay:.0f} ms, {given.workers} at once, ideal {ideal:.3f} s")
    for name, least_rounds in {"first read": first_rounds, "read again": rounds, "refresh": 1 + rounds}.items():
        seconds, least = min(times[name] for times in tries), least_rounds * given.delay
        print(f"{name}: {seconds:.3f} s, {seconds / ideal:.2f} times the ideal; least {least:.3f} s", end="")
        print(f" (best of {given.tries})")


if __name__ == "__main__":
    main()
