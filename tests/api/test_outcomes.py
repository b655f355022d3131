"""How a read of some pages ends under each fault: once, three times, and for ever.

INFLUTICS_LAB_TABLE=path writes the outcomes as a Markdown table, with the waits as they are; else waits are short.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import influtics_lab as lab
from influtics_lab.api import retry_budget as waits
from influtics_lab.errors import InfluticsError
from influtics_lab.localapi import Fault
from influtics_lab.simulation import simulate_videos

TABLE = os.environ.get("INFLUTICS_LAB_TABLE")
TIMES = {"once": 1, "three times": 3, "for ever": None}
TIMEOUT = 1.0  # where the fault is that no answer comes; elsewhere a busy machine must not look like one
PATIENCE = dict.fromkeys(TIMES, 10.0) if TABLE else {"once": 60.0, "three times": 60.0, "for ever": 0.5}
SOON = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)  # a Retry-After that has passed

# What each ends with when it comes once, three times, and for ever.
ENDS: dict[str, tuple[Fault, tuple[int, int, int]]] = {
    "500": (Fault.http(500), (0, 0, 5)),
    "502, an HTML page": (Fault.http(502, html=True), (0, 0, 5)),
    "503": (Fault.http(503), (0, 0, 5)),
    "408": (Fault.http(408), (0, 0, 5)),
    "429": (Fault.http(429), (0, 0, 5)),
    "429, Retry-After 0.1 s": (Fault.http(429, retry_after=0.1), (0, 0, 5)),
    "429, Retry-After a date": (Fault.http(429, retry_after=SOON), (0, 0, 5)),
    "429, Retry-After no time at all": (Fault.http(429, retry_after="soon"), (0, 0, 5)),
    "429, Retry-After beyond the patience": (Fault.http(429, retry_after=10**9), (5, 5, 5)),
    "no answer in time": (Fault.delay(20), (0, 0, 5)),
    "a stall within the body": (Fault.stall(20), (0, 0, 5)),
    "reset before the answer": (Fault.reset(), (0, 0, 5)),
    "reset within the body": (Fault.reset(0.5), (0, 0, 5)),
    "body cut short": (Fault.short(), (0, 0, 5)),
    "JSON cut short": (Fault.cut_json(), (0, 0, 5)),
    "200, an HTML page": (Fault.html(), (0, 0, 5)),
    '200, "success": false': (Fault.unsuccessful(), (0, 0, 4)),
    "200, another shape": (Fault("shape", body=lambda _: b'{"videos": []}'), (0, 0, 4)),
    "200, an empty page in the middle": (Fault.empty(), (0, 0, 6)),
    "302": (Fault.redirect(), (4, 4, 4)),
    "400": (Fault.http(400), (4, 4, 4)),
    "401": (Fault.http(401), (3, 3, 3)),
    "403": (Fault.http(403), (3, 3, 3)),
    "404": (Fault.http(404), (4, 4, 4)),
}

UNANSWERED = {"no answer in time", "a stall within the body"}

pytestmark = pytest.mark.filterwarnings("ignore::influtics_lab.errors.DataQualityWarning")


@dataclass(frozen=True)
class Outcome:
    """How a read ended."""

    exit_code: int
    requests: int
    seconds: float
    digest: str | None

    def __str__(self) -> str:
        return f"exit {self.exit_code}, {self.requests} requests, {self.seconds:.1f} s"


def read(api: lab.LocalAPI, patience: float, timeout: float = 60) -> Outcome:
    api.requests.clear()
    started = time.monotonic()
    with lab.Client(api.key, api.url, timeout=timeout, patience=patience) as client:
        try:
            digest, code = lab.take_snapshot(client=client).manifest["content_digest"], 0
        except InfluticsError as error:
            digest, code = None, error.exit_code
    return Outcome(code, len(api.requests), time.monotonic() - started, digest)


@pytest.fixture(scope="module")
def api() -> Iterator[lab.LocalAPI]:
    with lab.LocalAPI(list(simulate_videos(300, seed=4))) as running:
        yield running


@pytest.fixture(scope="module")
def outcomes(api: lab.LocalAPI) -> Iterator[dict[tuple[str, str], Outcome]]:
    """Of each fault and number of times; that of no fault stands first."""
    found = {("none", ""): read(api, 10)}
    yield found
    if TABLE:
        rows = [f"| {name} | {' | '.join(str(found.get((name, times), '')) for times in TIMES)} |" for name in ENDS]
        head = f"| fault in one page of 300 videos | {' | '.join(TIMES)} |\n|---|{'---|' * len(TIMES)}"
        Path(TABLE).write_text("\n".join([head, *rows]) + "\n")


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("name", ENDS)
def test_a_read_ends_whole_or_with_its_exit_code(
    api: lab.LocalAPI,
    outcomes: dict[tuple[str, str], Outcome],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    times: str,
) -> None:
    if not TABLE:
        monkeypatch.setattr(waits, "_FIRST_WAIT", 0.02)
    fault, codes = ENDS[name]
    api.faults.clear()
    api.faults.add(fault, times=TIMES[times], when=lambda query: query["offset"] == "98")
    outcome = outcomes[name, times] = read(api, PATIENCE[times], TIMEOUT if name in UNANSWERED else 60)
    api.faults.clear()
    undisturbed = outcomes["none", ""]
    assert outcome.exit_code == dict(zip(TIMES, codes, strict=True))[times]
    if outcome.exit_code == 0:
        assert outcome.digest == undisturbed.digest
        more = outcome.requests - undisturbed.requests - (TIMES[times] or 0)
        assert more == 0 or (more > 0 and name in UNANSWERED)  # other answers may come too late as well
    else:
        assert outcome.digest is None
