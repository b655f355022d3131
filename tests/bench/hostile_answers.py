"""Draw hostile answers over a real socket: memory, time and errors of a client that reads one answer after another.

The bounds hold for each answer, so each client and the server have a process of their own. Eight threads of one
process reached 525 to 576 MB: glibc keeps up to 64 MB of freed memory for each thread.

python -m tests.bench.hostile_answers [NUMBER]
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
import warnings
from collections import Counter
from multiprocessing.connection import Connection

import influtics_lab as lab
from tests.hostile import hostile_handler
from tests.sockets import raw_server

TIMEOUT = 2.0
CLIENTS = 8  # at once: most of the time is waiting for the deadline


def serve(pipe: Connection) -> None:
    with raw_server(hostile_handler) as url:
        pipe.send(url)
        pipe.recv()


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_answers(url: str, numbers: range) -> tuple[Counter[str], float, float, int, float]:
    """Return the outcomes, MB over start, the slowest answer's timeouts and number, and the most processor seconds."""
    warnings.simplefilter("ignore", lab.DataQualityWarning)
    client = lab.Client("some-key", url, timeout=TIMEOUT, patience=0.01)
    lab.simulate(3)  # loads what decoding needs
    base, outcomes, slowest, most_cpu_s = peak_mb(), Counter[str](), (0.0, -1), 0.0
    for number in numbers:
        started, cpu_s = time.monotonic(), time.process_time()
        try:
            client.page(offset=number)
            outcome = "read"
        except lab.InfluticsError as error:
            outcome = type(error).__name__
        except Exception as error:  # noqa: BLE001  # that is what is looked for
            outcome = f"OUTSIDE THE TREE: {number} {error!r}"
        outcomes[outcome] += 1
        slowest = max(slowest, ((time.monotonic() - started) / TIMEOUT, number))
        most_cpu_s = max(most_cpu_s, time.process_time() - cpu_s)
    return outcomes, peak_mb() - base, *slowest, most_cpu_s


def main(number: int) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=[theirs], daemon=True)
    server.start()
    url = ours.recv()
    parts = [range(number)[number * nth // CLIENTS : number * (nth + 1) // CLIENTS] for nth in range(CLIENTS)]
    with context.Pool(CLIENTS) as pool:
        results = pool.starmap(read_answers, [(url, part) for part in parts], chunksize=1)
    outcomes, memory, timeouts, slowest, cpu_s = zip(*results, strict=True)
    print(f"{number} answers; {dict(sum(outcomes, Counter[str]()))}")
    longest, nth = max(zip(timeouts, slowest, strict=True))
    print(f"memory: at most {max(memory):.0f} MB over start; slowest: answer {nth}, {longest:.2f} timeouts")
    print(f"most processor time of one answer: {max(cpu_s):.1f} s")  # the rest is waiting, also for other programs
    server.terminate()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
