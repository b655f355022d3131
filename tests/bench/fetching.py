"""How long fetching slow pages takes against the ideal: pages x delay / workers.

    python tests/bench/fetching.py [--pages N] [--delay SECONDS] [--workers N] [--readings N] [--tries N]

The server is a process of its own. The first page is fetched alone, because nobody knows the list's length before:
(1 + (pages - 1) / workers, rounded up) x delay is the least that can be had, and is printed as well: 3.5 s for 100
pages of 250 ms with 8 workers, 1.12 times the ideal. To ask for a next page before the total is known does not lower
it: 1 + 13 rounds remain, and only three pages or more would save one. Accounts of up to 100 videos would then send four
requests, three of them answered empty, where one is enough.

Nor would decoding outside of the threads that fetch: on a busy machine, a read that keeps ids alone, without any
decoding, took 1.23 times the ideal, and reads that decode 1.23 to 1.29 (smaller batches) and 1.32 to 1.44 times.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from pages import OVERLAP, VIDEOS_A_PAGE, video

import influtics_lab as lab
from influtics_lab.api.connection import Connection
from influtics_lab.api.list_reader import ListRead, read_list
from influtics_lab.simulation import SimulatedVideo


def serve(pages: int, readings: int, delay: float) -> None:
    """Serve until standard input ends; the address is the first line of standard output."""
    number = pages * (VIDEOS_A_PAGE - OVERLAP) + OVERLAP
    videos = [SimulatedVideo(video(n, readings, readings), "active") for n in range(number)]
    with lab.LocalAPI(videos, delay=delay) as api:
        print(api.url, flush=True)
        sys.stdin.read()


def read_once(url: str, workers: int) -> tuple[float, ListRead]:
    """Give the seconds of a read, from the first request to the frames."""
    with Connection("local-key", url, workers=workers) as connection:
        started = time.perf_counter()
        reading = read_list(connection, None, None, what="videos", budget=connection.new_budget())
        return time.perf_counter() - started, reading


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
        seconds, reading = min((read_once(url, given.workers) for _ in range(given.tries)), key=lambda told: told[0])
        server.stdin.close()
    ideal = given.pages * given.delay / given.workers
    least = (1 + -(-(given.pages - 1) // given.workers)) * given.delay
    print(f"{reading.proof.requests} requests of {1000 * given.delay:.0f} ms, {given.workers} at once: ", end="")
    print(f"{seconds:.3f} s, {seconds / ideal:.2f} times the ideal of {ideal:.3f} s, ", end="")
    print(f"{seconds / least:.2f} times the least of {least:.3f} s (best of {given.tries})")


if __name__ == "__main__":
    main()
