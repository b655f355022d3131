"""Draw hostile answers over a real socket: memory, time and errors of the client, the server in its own process.

python -m tests.bench.hostile_answers [NUMBER]
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import threading
import time
import warnings
from collections import Counter
from multiprocessing.connection import Connection

import influtics_lab as lab
from tests.hostile import KINDS, hostile_handler
from tests.sockets import raw_server

TIMEOUT = 2.0
WORKERS = 8  # answers at once: most of the time is waiting for the deadline


def serve(pipe: Connection) -> None:
    with raw_server(hostile_handler) as url:
        pipe.send(url)
        pipe.recv()


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(number: int) -> None:
    warnings.simplefilter("ignore", lab.DataQualityWarning)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=[theirs], daemon=True)
    server.start()
    client = lab.Client("some-key", ours.recv(), timeout=TIMEOUT, patience=0.01)
    lab.simulate(3)  # loads what decoding needs
    base, left, lock = peak_mb(), iter(range(number)), threading.Lock()
    outcomes: Counter[str] = Counter()
    seconds: dict[int, float] = {}
    bombs = threading.Lock()  # one large answer at a time: the bound is for each

    def ask(nth: int) -> None:
        started = time.monotonic()
        try:
            client.page(offset=nth)
            outcome = "read"
        except lab.InfluticsError as error:
            outcome = type(error).__name__
        except Exception as error:  # noqa: BLE001  # that is what is looked for
            outcome = f"OUTSIDE THE TREE: {nth} {error!r}"
        with lock:
            outcomes[outcome] += 1
            seconds[nth] = time.monotonic() - started

    def work() -> None:
        while True:
            with lock:
                nth = next(left, None)
            if nth is None:
                return
            if KINDS[nth % len(KINDS)].__name__ in {"_bomb", "_flood", "_json"}:
                with bombs:
                    ask(nth)
            else:
                ask(nth)

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    slowest = max(seconds, key=lambda nth: seconds[nth])
    print(f"{number} answers; {dict(outcomes)}")
    timeouts = seconds[slowest] / TIMEOUT
    print(f"memory: {peak_mb() - base:.0f} MB over start; slowest: answer {slowest}, {timeouts:.2f} timeouts")
    server.terminate()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
