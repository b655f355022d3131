"""A list whose length is known from an earlier answer: pages are requested before the first one has arrived."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from influtics_lab.api import retry_budget
from influtics_lab.api.connection import Connection
from influtics_lab.api.list_reader import ListRead, read_list
from influtics_lab.api.page_overlap import offsets_behind_first
from influtics_lab.api.query import Query
from influtics_lab.errors import KeyRefusedError
from influtics_lab.localapi import Fault, LocalAPI

LENGTH = 305
START = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)


def video(number: int, *, same_instant: bool = False) -> dict[str, Any]:
    created = START if same_instant else START + dt.timedelta(minutes=number)
    return {"video_id": f"{number:04d}", "created_at": created.isoformat(), "stats": {}}


def serve(**options: Any) -> LocalAPI:
    return LocalAPI([{"data": [video(n) for n in range(LENGTH)], "pagination": {"total": LENGTH}}], **options)


@pytest.fixture(scope="module")
def running() -> Iterator[LocalAPI]:
    with serve() as api:
        yield api


@pytest.fixture
def api(running: LocalAPI) -> LocalAPI:
    for thread in threading.enumerate():  # requests of an earlier test that turned out to be beyond the list's end
        if thread.name.startswith("influtics-early"):
            thread.join()
    running.faults.clear()
    change_length(running, LENGTH)
    running.requests.clear()
    return running


def change_length(api: LocalAPI, length: int) -> None:
    for number in range(length, len(api.catalogue)):
        api.catalogue.delete(f"{number:04d}")
    for number in range(len(api.catalogue), length):
        api.catalogue.insert(video(number))


def connect(api: LocalAPI, workers: int = 4, patience: float = 20.0) -> Connection:
    return Connection(api.key, api.url, workers=workers, patience=patience)


def read(connection: Connection) -> ListRead:
    return read_list(connection, None, None, what="videos", budget=connection.new_budget())


def offsets_of(api: LocalAPI) -> list[int]:
    return sorted(int(asked.query["offset"]) for asked in api.requests)


def is_offset(wanted: Callable[[int], bool]) -> Callable[[Mapping[str, str]], bool]:
    return lambda query: wanted(int(query["offset"]))


@pytest.mark.parametrize("order", [("created_at", "asc"), ("updated_at", "desc")])
def test_pages_are_requested_before_the_first_one_is_answered(
    api: LocalAPI, monkeypatch: pytest.MonkeyPatch, order: tuple[str, str]
) -> None:
    monkeypatch.setattr(retry_budget, "_FIRST_WAIT", 0.02)
    with connect(api) as connection:
        connection.get(Query(None, None, *order, limit=100))
        api.requests.clear()
        others = {*offsets_behind_first(LENGTH)}
        api.faults.add(
            Fault.http(503), times=None, when=is_offset(lambda offset: offset == 0 and not others <= {*offsets_of(api)})
        )
        result = read(connection)
    assert (result.proof.how, result.proof.requests, len(result.ids)) == ("strict", 4, LENGTH)
    assert [offset for offset in offsets_of(api) if offset] == sorted(others)


def test_without_a_known_length_the_first_page_is_requested_alone(api: LocalAPI) -> None:
    with connect(api) as connection:
        api.faults.add(Fault.http(401))
        with pytest.raises(KeyRefusedError):
            read(connection)
        connection.get(Query(None, "active", limit=100))  # a different list
        connection.get(Query(None, None, limit=50))
        api.faults.add(Fault.http(401))
        with pytest.raises(KeyRefusedError):
            read(connection)
    assert offsets_of(api) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("length", "beyond_end"),
    [
        (LENGTH, Fault()),
        (290, Fault.http(500)),
        (150, Fault()),
        (150, Fault.http(400)),
        (50, Fault.http(500)),
        (0, Fault()),
        (500, Fault()),
    ],
)
def test_a_list_that_changed_its_length_is_proven_by_its_own_total(
    api: LocalAPI, length: int, beyond_end: Fault
) -> None:
    with connect(api, patience=0.001) as connection:
        read(connection)
        change_length(api, length)
        api.requests.clear()
        api.faults.add(beyond_end, times=None, when=is_offset(lambda offset: offset > 0 and offset >= length))
        result = read(connection)
        asked = offsets_of(api)
    needed = {0, *offsets_behind_first(length)}
    assert (result.proof.how, result.proof.requests, len(result.ids)) == ("strict", len(needed), length)
    assert result.proof.totals == (length, length)
    assert needed <= {*asked} <= needed | {*offsets_behind_first(LENGTH)}
    assert len(asked) == len({*asked})


def test_the_first_page_may_arrive_last(api: LocalAPI) -> None:
    with connect(api) as connection:
        first = read(connection)
        api.requests.clear()
        api.faults.add(Fault.delay(0.1), when=is_offset(lambda offset: offset == 0))
        second = read(connection)
    assert offsets_of(api) == [0, *offsets_behind_first(LENGTH)]
    assert second.proof == first.proof
    assert second.frames.videos.equals(first.frames.videos)


@pytest.mark.parametrize("workers", [1, 4])
def test_no_request_follows_a_first_page_that_is_refused(api: LocalAPI, workers: int) -> None:
    with connect(api, workers) as connection:
        read(connection)
        api.requests.clear()
        api.faults.add(Fault.http(401), times=None)
        with pytest.raises(KeyRefusedError):
            read(connection)
    asked = offsets_of(api)
    assert {0} <= {*asked} <= {0, *offsets_behind_first(LENGTH)[: workers - 1]}
    assert len(asked) == len({*asked})


def test_an_early_page_that_fails_is_requested_again_after_the_pause_that_the_server_asks_for(api: LocalAPI) -> None:
    with connect(api) as connection:
        read(connection)
        api.requests.clear()
        api.faults.add(Fault.http(429, retry_after=0.1), when=is_offset(lambda offset: offset == 196))
        result = read(connection)
    tries = [asked for asked in api.requests if asked.query["offset"] == "196"]
    assert (result.proof.how, result.retries, len(tries)) == ("strict", 1, 2)
    assert tries[1].at - tries[0].at >= dt.timedelta(seconds=0.1)


def test_a_server_with_smaller_pages_is_not_asked_early() -> None:
    with serve(cap=40) as api, connect(api) as connection:
        requests = []
        for _ in range(2):
            assert read(connection).proof.how == "strict"
            requests.append(offsets_of(api))
            api.requests.clear()
    assert requests[0] == requests[1]


def test_a_list_of_one_instant_is_still_counted_in_two_passes() -> None:
    page = {"data": [video(n, same_instant=True) for n in range(LENGTH)], "pagination": {"total": LENGTH}}
    with LocalAPI([page]) as api, connect(api) as connection:
        first, second = read(connection), read(connection)
    assert second.proof == first.proof == dataclasses.replace(first.proof, how="counted", requests=8)
