from __future__ import annotations

import datetime as dt
import threading
import time
from email.utils import format_datetime

import pytest

from influtics_lab.api.retry_budget import Failure, RetryBudget, _parse_retry_after
from influtics_lab.errors import IncompleteReadError, UnavailableError


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("0", 0),
        ("1e9", 60),
        ("inf", 60),
        ("nan", None),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after_in_seconds_is_obeyed_within_reason(header: str | None, seconds: float | None) -> None:
    assert _parse_retry_after(header) == seconds


def test_retry_after_as_a_date_is_obeyed() -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=20)
    assert _parse_retry_after(format_datetime(at, usegmt=True)) == pytest.approx(20, abs=2)
    assert _parse_retry_after("Mon, 01 Jan 2001 00:00:00 GMT") == 0


@pytest.mark.parametrize("ahead", [-86_400, -5, 0, 3600])
def test_a_date_is_read_by_the_clock_of_the_server(ahead: int) -> None:
    server = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ahead)
    header = format_datetime(server + dt.timedelta(seconds=20), usegmt=True)
    assert _parse_retry_after(header, format_datetime(server, usegmt=True)) == 20


def test_invalid_date_header_is_ignored() -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=20)
    assert _parse_retry_after(format_datetime(at, usegmt=True), "today") == pytest.approx(20, abs=2)


def pauses(header: str | None, monkeypatch: pytest.MonkeyPatch, draw: float) -> list[float]:
    """Return the waits that six failures in a row lead to, where each jitter is a share of its range."""
    monkeypatch.setattr("random.uniform", lambda low, high: low + draw * (high - low))
    budget = RetryBudget(3600)
    waits: list[float] = []
    monkeypatch.setattr(budget._cancelled, "wait", waits.append)
    for _ in range(6):
        budget._resume_at = 0.0
        budget.spend_on_failure(Failure("busy", retry_after=header, throttled=False), 0)
        if header is not None:
            waits.append(budget._resume_at - time.monotonic())
    return waits


@pytest.mark.parametrize("header", ["0", "-5", "0.001", "Mon, 01 Jan 2001 00:00:00 GMT"])
def test_a_short_retry_after_does_not_shorten_our_own_growing_pause(
    header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pauses(header, monkeypatch, 1.0) == pytest.approx([0.5, 1, 2, 4, 8, 16], abs=0.05)


def test_a_long_retry_after_is_the_least_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pauses("3", monkeypatch, 1.0) == pytest.approx([3, 3, 3, 4, 8, 16], abs=0.05)
    assert pauses("3", monkeypatch, 0.1) == pytest.approx([3] * 6, abs=0.05)


def test_a_read_ends_after_its_most_pages() -> None:
    budget = RetryBudget(10, max_pages=2)
    budget.count_success()
    budget.count_success()
    with pytest.raises(IncompleteReadError, match="max_pages"):
        budget.count_success()


def test_all_workers_wait_after_a_429() -> None:
    budget = RetryBudget(10)
    budget.spend_on_failure(Failure("429", retry_after="0.3"), 0)
    started = time.monotonic()
    workers = [threading.Thread(target=budget.wait_for_turn) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert time.monotonic() - started > 0.2


def test_budget_is_shared_by_the_whole_read() -> None:
    budget = RetryBudget(5)
    budget.spend_on_failure(Failure("first"), 2)
    budget.count_success()
    with pytest.raises(UnavailableError, match="second") as caught:
        budget.spend_on_failure(Failure("second"), 4)
    assert caught.value.tries == 2


def test_a_cancelled_read_neither_asks_nor_waits() -> None:
    budget = RetryBudget(100)
    budget.cancel()
    with pytest.raises(KeyboardInterrupt):
        budget.wait_for_turn()
    with pytest.raises(KeyboardInterrupt):
        budget.spend_on_failure(Failure("x"), 0)


def test_a_pause_that_all_workers_make_is_lost_once() -> None:
    budget = RetryBudget(60)
    for _ in range(8):
        budget.spend_on_failure(Failure("429", retry_after="45"), 0)
    with pytest.raises(UnavailableError):
        budget.spend_on_failure(Failure("429", retry_after="60"), 10)


def test_a_429_without_a_header_slows_all_workers() -> None:
    budget = RetryBudget(60)
    for _ in range(6):
        budget.spend_on_failure(Failure("429", throttled=True), 0)
    assert budget._resume_at > time.monotonic()


def test_retry_after_that_is_no_date_is_ignored() -> None:
    assert _parse_retry_after("Mon, 01 Jan 99999999999 00:00:00 GMT") is None


def test_tries_that_are_not_repeated_use_no_time_and_do_not_lengthen_later_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, high: high)
    budget = RetryBudget(1)
    for _ in range(9):
        with pytest.raises(UnavailableError):
            budget.spend_on_failure(Failure("busy"), 100, retry=False)
    waits: list[float] = []
    monkeypatch.setattr(budget._cancelled, "wait", waits.append)
    budget.spend_on_failure(Failure("busy"), 0)
    assert (waits, budget.retries) == ([0.5], 10)
