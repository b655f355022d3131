from __future__ import annotations

import datetime as dt
import threading
import time
from email.utils import format_datetime

import pytest

from influtics_lab.api.patience import Failure, Patience, _retry_after
from influtics_lab.errors import UnavailableError


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0.05),
        ("0", 0.05),
        ("1e9", 60),
        ("inf", 60),
        ("nan", None),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after_in_seconds_is_obeyed_within_reason(header: str | None, seconds: float | None) -> None:
    assert _retry_after(header) == seconds


def test_retry_after_as_a_date_is_obeyed() -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=20)
    assert _retry_after(format_datetime(at, usegmt=True)) == pytest.approx(20, abs=2)
    assert _retry_after("Mon, 01 Jan 2001 00:00:00 GMT") == 0.05


def test_all_workers_wait_after_a_429() -> None:
    patience = Patience(10)
    patience.spend(Failure("429", retry_after="0.3"), 0)
    started = time.monotonic()
    workers = [threading.Thread(target=patience.wait_for_turn) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert time.monotonic() - started > 0.2


def test_the_budget_is_one_for_the_whole_read() -> None:
    patience = Patience(5)
    patience.spend(Failure("first"), 2)
    patience.succeed()
    with pytest.raises(UnavailableError, match="second") as caught:
        patience.spend(Failure("second"), 4)
    assert caught.value.tries == 2


def test_a_cancelled_read_neither_asks_nor_waits() -> None:
    patience = Patience(100)
    patience.cancel()
    with pytest.raises(KeyboardInterrupt):
        patience.wait_for_turn()
    with pytest.raises(KeyboardInterrupt):
        patience.spend(Failure("x"), 0)


def test_a_pause_that_all_workers_make_is_lost_once() -> None:
    patience = Patience(60)
    for _ in range(8):
        patience.spend(Failure("429", retry_after="45"), 0)
    with pytest.raises(UnavailableError):
        patience.spend(Failure("429", retry_after="60"), 10)


def test_a_429_without_a_header_slows_all_workers() -> None:
    patience = Patience(60)
    for _ in range(6):
        patience.spend(Failure("429", throttled=True), 0)
    assert patience._resume_at > time.monotonic()


def test_a_header_that_is_no_date_says_nothing() -> None:
    assert _retry_after("Mon, 01 Jan 99999999999 00:00:00 GMT") is None
