"""A refresh reads what changed, equals a full read, and states why it had to read everything."""

from __future__ import annotations

import datetime as dt
import json
import socket
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from archive.days import day, item
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import influtics_lab as lab
from influtics_lab.archive import Refreshed, refresh
from influtics_lab.archive.missed_changes import Unseen
from influtics_lab.errors import ArchiveError, ConfigError, QueryError, UnavailableError
from influtics_lab.localapi import Catalogue, Fault
from influtics_lab.simulation import SimulatedVideo
from tests.sockets import http_answer, raw_server

START = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)


def instant(minute: float) -> str:
    return (START + dt.timedelta(minutes=minute)).isoformat()


def numbered(n: int) -> list[SimulatedVideo]:
    """Videos that were each created and updated an hour after the one before, of three statuses and two platforms."""
    statuses, platforms = ("active", "completed", "failed"), ("TikTok", "YouTube")
    return [
        SimulatedVideo(
            item(
                f"v{i:05d}", {1: i}, platform=platforms[i % 2],
                created_at=instant(60 * i), stats_last_updated=instant(60 * i + 1),
            ),
            statuses[i % 3],
        )
        for i in range(n)
    ]  # fmt: skip


def change(catalogue: Catalogue, name: str, minute: float, views: Any = 77) -> None:
    """Change a value of a video, and move the video up as if it was updated then."""
    stats = catalogue[name].answer()["stats"]["views"] | {"2025-07-02 08:00:00+00": views}
    catalogue.update(name, stats={"views": stats}, stats_last_updated=instant(minute))


@pytest.fixture
def api() -> Iterator[lab.LocalAPI]:
    with lab.LocalAPI(numbered(420)) as running:
        yield running


@pytest.fixture
def client(api: lab.LocalAPI) -> Iterator[lab.Client]:
    with lab.Client(api.key, base_url=api.url, patience=1) as one:
        yield one


@pytest.fixture
def archive(tmp_path: Path) -> lab.Archive:
    return lab.Archive(tmp_path / "archive")


LATE = 60 * 500.0


def equal_to_a_full_read(archive: lab.Archive, client: lab.Client, **query: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lab.DataQualityWarning)
        full = lab.take_snapshot(client=client, **query)
    inside = pl.all_horizontal(pl.lit(True), *(pl.col(name) == query[name] for name in query if name != "with_status"))
    assert archive.videos().filter(inside).equals(full.videos)
    assert archive.history().filter(inside).equals(full.frame())
    if not {"platform", "status"} & query.keys():
        assert archive.snapshot().manifest["content_digest"] == full.manifest["content_digest"]
    archive.verify()


def requests_of(api: lab.LocalAPI, what: Callable[[], Refreshed]) -> tuple[int, Refreshed]:
    before = len(api.requests)
    done = what()
    return len(api.requests) - before, done


def test_first_refresh_reads_everything_and_states_the_reason(archive: lab.Archive, client: lab.Client) -> None:
    done = archive.refresh(client)
    assert (done.full, done.why, done.videos, done.unseen) == (True, "the first read of this query", 420, Unseen())
    assert str(done) == (
        "read everything (the first read of this query): 6 pages, 420 videos; "
        "snapshot 1: videos: 420 new; readings: 420 new"
    )
    equal_to_a_full_read(archive, client)


@pytest.mark.slow
def test_a_refresh_asks_for_what_changed_and_equals_a_full_read(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI
) -> None:
    archive.refresh(client)
    asked, done = requests_of(api, lambda: archive.refresh(client))
    assert (asked, done.full, done.pages) == (1, False, 1)
    for n in range(4):
        change(api.catalogue, f"v{n * 100:05d}", LATE + n)
    api.catalogue.insert(item("new", {1: 3, 2: "bad"}, stats_last_updated=instant(LATE + 9)))
    asked, done = requests_of(api, lambda: archive.refresh(client))
    assert (asked, done.full) == (1, False)
    assert done.added.changes["stats"] == {"new": 5, "changed": 0, "removed": 0}
    assert str(done).startswith("read the latest updates: 1 page, 421 videos; snapshot ")
    equal_to_a_full_read(archive, client)


def test_requests_grow_with_what_changed(archive: lab.Archive, client: lab.Client, api: lab.LocalAPI) -> None:
    archive.refresh(client)
    for n in range(150):
        change(api.catalogue, f"v{n:05d}", LATE + n)
    asked, done = requests_of(api, lambda: archive.refresh(client))
    assert (asked, done.full) == (3, False)  # two pages, and from the top again until one page is enough
    equal_to_a_full_read(archive, client)


def test_what_is_updated_while_it_is_read_is_read_again(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI
) -> None:
    archive.refresh(client)
    for n in range(150):
        change(api.catalogue, f"v{n:05d}", LATE + n)
    first = len(api.requests)

    def meanwhile(catalogue: Catalogue, number: int) -> None:
        if number - first in {1, 2}:
            change(catalogue, f"v{300 + number - first:05d}", LATE + 1000 + number, views=5)
            change(catalogue, "v00149", LATE + 2000 + number, views=number)

    api.before_request = meanwhile
    done = archive.refresh(client)
    api.before_request = None
    assert not done.full
    equal_to_a_full_read(archive, client)


def test_a_deletion_is_seen_by_the_total_and_everything_is_read(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI
) -> None:
    archive.refresh(client)
    api.catalogue.delete("v00007")
    done = archive.refresh(client)
    assert done.full
    assert done.why == "the list has 419 videos, but the archive would have 420"
    assert done.added.changes["videos"]["removed"] == 1
    equal_to_a_full_read(archive, client)


def test_deletions_and_insertions_while_it_reads_lose_nothing(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI
) -> None:
    archive.refresh(client)
    for n in range(150):
        change(api.catalogue, f"v{n:05d}", LATE + n)
    first = len(api.requests)

    def meanwhile(catalogue: Catalogue, number: int) -> None:
        if number - first in {1, 2}:
            catalogue.delete(f"v{140 + number - first:05d}")
            catalogue.insert(item(f"new {number}", {1: 3}, stats_last_updated=instant(LATE + 500 + number)))

    api.before_request = meanwhile
    done = archive.refresh(client)
    api.before_request = None
    assert done.full
    equal_to_a_full_read(archive, client)


@pytest.mark.slow
@examples(8, "INFLUTICS_LAB_DRAWS")  # 200 before a release
@given(
    steps=st.lists(
        st.lists(
            st.tuples(
                st.integers(0, 12),  # before which request
                st.sampled_from(["change", "insert", "delete"]),
                st.integers(0, 249),
            ),
            max_size=6,
        ),
        min_size=1,
        max_size=3,
    ),
    many=st.sampled_from([0, 120, 230]),
)
def test_whatever_happens_meanwhile_the_next_quiet_refresh_equals_a_full_read(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[int, str, int]]], many: int
) -> None:
    archive = lab.Archive(tmp_path_factory.mktemp("drawn") / "archive")
    with lab.LocalAPI(numbered(250), ties="random") as api, lab.Client(api.key, base_url=api.url) as client:
        archive.refresh(client)
        clock = LATE
        for step in steps:
            first = len(api.requests)
            for n in range(many):
                clock += 1
                change(api.catalogue, sorted(entry.video_id for entry in api.catalogue)[n], clock, views=int(clock))

            def meanwhile(catalogue: Catalogue, number: int, step: Any = step, first: int = first) -> None:
                nonlocal clock
                for when, what, which in step:
                    clock += 1
                    name = sorted(entry.video_id for entry in catalogue)[which % len(catalogue)]
                    if number - first != when:
                        continue
                    if what == "change":
                        change(catalogue, name, clock, views=int(clock))
                    elif what == "delete" and len(catalogue) > 200:
                        catalogue.delete(name)
                    elif what == "insert":
                        fields = {"created_at": instant(clock), "stats_last_updated": instant(clock)}
                        catalogue.insert(item(f"n{int(clock)}", {1: 1}, **fields))

            api.before_request = meanwhile
            archive.refresh(client)
            api.before_request = None
        archive.refresh(client)
        equal_to_a_full_read(archive, client)


@pytest.mark.slow
@pytest.mark.parametrize("query", [{"platform": "YouTube"}, {"status": "active"}, {"with_status": True}])
def test_a_query_is_refreshed_within_itself(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI, query: dict[str, Any]
) -> None:
    archive.refresh(client, **query)
    for n in (1, 3, 5):
        change(api.catalogue, f"v{n:05d}", LATE + n)
    api.catalogue.set_status("v00003", "completed")
    api.catalogue.set_status("v00005", "active")
    asked, done = requests_of(api, lambda: archive.refresh(client, **query))
    if query != {"status": "active"}:  # there v00003 left without a word
        assert (asked, done.full) == (4 if "with_status" in query else 1, False)
    equal_to_a_full_read(archive, client, **query)


@pytest.mark.slow
def test_a_status_that_changes_without_an_update_is_seen_by_the_totals(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI
) -> None:
    archive.refresh(client, with_status=True)
    api.catalogue.set_status("v00003", "failed")
    done = archive.refresh(client, with_status=True)
    assert done.why == "the numbers of videos by status do not add up"
    equal_to_a_full_read(archive, client, with_status=True)


@pytest.mark.slow
def test_platforms_are_refreshed_side_by_side(archive: lab.Archive, client: lab.Client, api: lab.LocalAPI) -> None:
    for platform in ("TikTok", "YouTube"):
        archive.refresh(client, platform=platform)
    change(api.catalogue, "v00002", LATE)
    change(api.catalogue, "v00003", LATE)
    assert not any(archive.refresh(client, platform=platform).full for platform in ("TikTok", "YouTube"))
    equal_to_a_full_read(archive, client)
    done = archive.refresh(client)
    assert done.why == "the first read of this query"


def test_a_server_that_ignores_the_sort_is_read_in_full(archive: lab.Archive) -> None:
    videos = numbered(250)
    for n, video in enumerate(videos):
        video.answer["stats_last_updated"] = instant(60 * (n * 7 % 250))
    with lab.LocalAPI(videos, ignore={"sort"}) as api, lab.Client(api.key, base_url=api.url) as client:
        archive.refresh(client)
        done = archive.refresh(client)
        assert done.why == "a page with sort=updated_at is not in the order of stats_last_updated"
        equal_to_a_full_read(archive, client)


def test_equal_instants_of_all_videos_need_a_full_read(archive: lab.Archive) -> None:
    videos = numbered(250)
    for video in videos:
        video.answer["stats_last_updated"] = instant(5)
    with lab.LocalAPI(videos, ties="random") as api, lab.Client(api.key, base_url=api.url) as client:
        archive.refresh(client)
        assert archive.refresh(client).why.startswith("the order of stats_last_updated cannot be followed")
        equal_to_a_full_read(archive, client)


def test_without_stats_last_updated_everything_is_read(archive: lab.Archive) -> None:
    videos = numbered(30)
    for video in videos:
        del video.answer["stats_last_updated"]
    with lab.LocalAPI(videos) as api, lab.Client(api.key, base_url=api.url) as client:
        archive.refresh(client)
        assert archive.refresh(client).why == "the list did not begin with a stats_last_updated"


@pytest.mark.slow
def test_a_change_that_moved_nothing_up_is_reported_by_the_next_full_read(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI
) -> None:
    archive.refresh(client)
    api.catalogue.update("v00010", title="Another title")
    missed = archive.refresh(client)
    assert not missed.full
    assert archive.videos().filter(video_id="v00010")["title"].item() == "Title of v00010"
    change(api.catalogue, "v00011", LATE)
    done = archive.refresh(client, full_every=0)
    assert (done.why, done.unseen) == ("every 0 days", Unseen(changed=("v00010",)))
    assert str(done).endswith("missed by the refresh before, or newer and not moved to the top: 1 video changed")
    equal_to_a_full_read(archive, client)


def test_a_change_that_moved_nothing_up_but_is_seen_makes_it_read_everything(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI
) -> None:
    archive.refresh(client)
    api.catalogue.update("v00400", title="Another title")  # on the first page
    done = archive.refresh(client)
    assert done.why == ("1 video changed, such as v00400, with a stats_last_updated before the last read")
    assert not done.unseen  # the read before was a full one, which can miss nothing
    equal_to_a_full_read(archive, client)


def test_a_full_read_comes_round_at_the_interval(
    archive: lab.Archive, client: lab.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.refresh(client)
    today = dt.datetime.now(dt.UTC)
    for days, full in ((6.9, False), (7.1, True)):
        monkeypatch.setattr(refresh, "_current_time", lambda days=days: today + dt.timedelta(days=days))
        done = archive.refresh(client)
        assert done.full is full
    assert done.why == "every 7 days"


def test_after_a_snapshot_added_by_hand_everything_is_read(archive: lab.Archive, client: lab.Client) -> None:
    archive.add(day(1, item("old", {1: 5})))
    done = archive.refresh(client)
    assert done.why == "the last snapshot was not added by refresh"
    equal_to_a_full_read(archive, client)
    assert archive.history("2025-07-01")["video_id"].to_list() == ["old"]


@pytest.mark.slow
def test_where_the_service_fails_the_archive_is_as_it_was(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI
) -> None:
    archive.refresh(client)
    change(api.catalogue, "v00001", LATE)
    api.faults.add(Fault.http(503), times=None)
    with pytest.raises(UnavailableError):
        archive.refresh(client)
    assert archive.verify().snapshots().height == 1


@pytest.mark.parametrize(
    "options",
    [
        {"platform": "tik-tok"},
        {"full_every": -1},
        {"full_every": float("nan")},
        {"full_every": float("inf")},
        {"full_every": 1e12},
        {"full_every": True},
    ],
)
def test_invalid_refresh_arguments_are_reported(archive: lab.Archive, options: dict[str, Any]) -> None:
    with pytest.raises((QueryError, ConfigError)):
        archive.refresh(lab.Client("key", base_url="http://127.0.0.1:9"), **options)


def test_a_clock_behind_the_archive_is_named_before_anything_is_read(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.refresh(client)
    before = len(api.requests)
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    monkeypatch.setattr(refresh, "_current_time", lambda: yesterday)
    with pytest.raises(ArchiveError, match="clock shows"):
        archive.refresh(client)
    assert len(api.requests) == before


@pytest.mark.slow
def test_deletions_offset_by_insertions_and_swapped_statuses_are_named_by_the_next_full_read(
    archive: lab.Archive, client: lab.Client, api: lab.LocalAPI
) -> None:
    archive.refresh(client, with_status=True)
    api.catalogue.delete("v00010")
    api.catalogue.insert(item("old", {1: 3}, stats_last_updated=instant(5)), "completed")  # as v00010 was
    api.catalogue.set_status("v00020", "active")
    api.catalogue.set_status("v00021", "failed")
    assert not archive.refresh(client, with_status=True).full
    done = archive.refresh(client, with_status=True, full_every=0)
    assert done.unseen == Unseen(changed=("old",), gone=("v00010",), other_status=("v00020", "v00021"))
    assert str(done).endswith("1 video changed, 1 video gone, 2 videos of other status")


def test_single_old_timestamp_at_the_end_of_a_page_does_not_end_the_read(tmp_path: Path) -> None:
    stamps = [instant(60 * n) for n in range(300)]
    videos = [item(f"v{n:03d}", {1: n}, created_at=stamps[n], stats_last_updated=stamps[n]) for n in range(300)]
    order = list(reversed(videos))  # by the true time of the update

    def answer(connection: socket.socket, request: bytes) -> bool:
        query = parse_qs(urlsplit(request.split(b" ")[1].decode()).query)
        offset, limit = int(query["offset"][0]), int(query["limit"][0])
        listed = order if query["sort"] == ["updated_at"] else videos
        page = {"total": 300, "limit": limit, "offset": offset}
        body = {"success": True, "data": {"data": listed[offset : offset + limit], "pagination": page}}
        connection.sendall(http_answer(json.dumps(body).encode()))
        return True

    archive = lab.Archive(tmp_path / "archive")
    with raw_server(answer) as url, lab.Client("some-key", url) as client:
        archive.refresh(client)
        for n in range(150):
            videos[n] |= item(f"v{n:03d}", {1: 1000 + n}, created_at=stamps[n], stats_last_updated=instant(10**5 + n))
        order[:] = [*reversed(videos[:150]), *reversed(videos[150:])]
        order[99]["stats_last_updated"] = instant(1)  # the last of the first page says that it is old
        archive.refresh(client)
        views = dict(archive.history().select("video_id", "views").iter_rows())
        assert views["v010"] == 1010  # on the second page


@pytest.mark.slow
def test_pages_counts_every_answer(archive: lab.Archive, client: lab.Client, api: lab.LocalAPI) -> None:
    for nth, query in enumerate(({"with_status": True}, {"with_status": True}, {"with_status": True})):
        if nth == 2:
            api.catalogue.set_status("v00003", "failed")  # everything is read after all walks were made
        asked, done = requests_of(api, lambda query=query: archive.refresh(client, **query))
        assert done.pages == asked
    assert done.full
