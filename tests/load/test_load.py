"""Snapshots from the service over a real socket, from answer pages, and from simulations."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from answers import AT, LATER, SHARED, answer, flat, needs_shared, video

import influtics_lab as lab
from influtics_lab.errors import IncompleteReadError, PayloadError, QueryError, StorageError
from influtics_lab.localapi import Catalogue, Fault
from influtics_lab.schema import FRAME, dtypes


@pytest.fixture(scope="module")
def simulated() -> lab.Snapshot:
    return lab.simulate(250, seed=5)


@pytest.fixture(scope="module")
def api(simulated: lab.Snapshot) -> Iterator[lab.LocalAPI]:
    with lab.LocalAPI(simulated) as running:
        yield running


@pytest.fixture
def client(api: lab.LocalAPI) -> Iterator[lab.Client]:
    api.faults.clear()
    api.requests.clear()
    with lab.Client(api.key, api.url) as connected, warnings.catch_warnings():
        warnings.simplefilter("ignore", lab.DataQualityWarning)
        yield connected


@needs_shared
def test_the_documented_answer_is_two_videos_and_four_values_that_cannot_be() -> None:
    body = (SHARED / "endpoint" / "documented_response.json").read_bytes()
    with pytest.warns(lab.DataQualityWarning, match=r"^4 of 16 values could not be kept\. take_snapshot\(\)\.rejected"):
        snapshot = lab.parse_pages([body])
    assert (snapshot.videos.height, snapshot.stats.height) == (2, 3)
    assert snapshot.manifest["accounting"] == {"received": 16, "kept": 12, "rejected": 4, "duplicates": 0}
    assert snapshot.rejected["raw_timestamp"].unique().to_list() == ["2025-06-31 08:26:03.730104+00"]
    published = snapshot.videos.filter(external_video_id="7489443966908189959")["published_at"].item()
    assert published == dt.datetime(2025, 4, 4, 13, 7, 39, tzinfo=dt.UTC)
    with pytest.warns(lab.DataQualityWarning):
        other = lab.parse_pages([flat(json.loads(body))])
    assert other.manifest["content_digest"] == snapshot.manifest["content_digest"]


def test_what_is_read_over_http_is_what_is_served(simulated: lab.Snapshot, client: lab.Client) -> None:
    read = lab.take_snapshot(client=client, with_status=True)
    assert read.manifest["content_digest"] == simulated.manifest["content_digest"]
    assert read.manifest["completeness"] == {"proven": "strict", "refetched": 0}
    assert read.manifest["total_reported"] == (250, 250)
    assert read.manifest["accounting"] == simulated.manifest["accounting"]
    assert read.manifest["query"] == {"platform": None, "status": None, "with_status": True}


def test_totals_of_pages_at_hand_are_recorded_from_the_least_to_the_largest() -> None:
    pages = [{"data": [], "pagination": {"total": total}} for total in (2, 3, 1)]
    assert lab.parse_pages(pages).manifest["total_reported"] == [1, 3]


def test_load_stats_returns_one_row_for_each_video_and_timestamp(simulated: lab.Snapshot, client: lab.Client) -> None:
    frame = lab.load_stats(client=client)
    assert dict(frame.schema) == dtypes(FRAME)
    assert frame.select("video_id", "timestamp").equals(simulated.stats.select("video_id", "timestamp"))
    assert frame["status"].null_count() == frame.height


def test_filters_are_the_servers(simulated: lab.Snapshot, client: lab.Client) -> None:
    frame = lab.load_stats("TikTok", "active", client=client)
    wanted = simulated.videos.filter(platform="TikTok", status="active")["video_id"]
    found = lab.take_snapshot("TikTok", "active", client=client).videos
    assert found["video_id"].to_list() == wanted.sort().to_list()
    assert set(frame["status"]) == {"active"}


@pytest.mark.parametrize("fault", [Fault.http(503), Fault.cut_json(), Fault.empty(), Fault.reset()])
def test_a_fault_in_one_page_loses_nothing(
    simulated: lab.Snapshot, api: lab.LocalAPI, client: lab.Client, fault: Fault
) -> None:
    api.faults.add(fault, at=1)
    read = lab.take_snapshot(client=client)
    assert read.stats.equals(simulated.stats)
    assert read.manifest["retries"] == 1


def test_videos_that_come_and_go_while_reading_lose_nobody(simulated: lab.Snapshot) -> None:
    doomed = simulated.videos.sort("created_at")["video_id"].head(9).to_list()

    def change(catalogue: Catalogue, number: int) -> None:
        for _ in range(3):
            if number and doomed:
                catalogue.delete(doomed.pop())

    stayed = set(simulated.videos["video_id"]) - set(doomed)
    with lab.LocalAPI(simulated, ties="random") as api, lab.Client(api.key, api.url, workers=1) as client:
        api.before_request = change
        with pytest.warns(lab.DataQualityWarning):
            read = lab.take_snapshot(client=client)
    assert not doomed
    assert stayed <= set(read.videos["video_id"])
    assert read.manifest["completeness"]["proven"] == "strict"


def test_a_server_that_ignores_offset_fails_the_read(simulated: lab.Snapshot) -> None:
    with lab.LocalAPI(simulated, ignore={"offset"}) as api, pytest.raises(IncompleteReadError, match="offset"):
        lab.load_stats(client=lab.Client(api.key, api.url))


@pytest.mark.parametrize("deviation", [{"cap": 40}, {"envelope": "flat"}, {"ties": "random"}])
def test_a_server_that_differs_within_reason_is_read_whole(
    simulated: lab.Snapshot, deviation: dict[str, object]
) -> None:
    with lab.LocalAPI(simulated, **deviation) as api, pytest.warns(lab.DataQualityWarning):
        read = lab.take_snapshot(client=lab.Client(api.key, api.url))
    assert read.stats.equals(simulated.stats)


def test_pages_are_kept_as_they_came(simulated: lab.Snapshot, client: lab.Client, tmp_path: Path) -> None:
    read = lab.take_snapshot(client=client, pages=tmp_path)
    again = lab.parse_pages([file.read_bytes() for file in sorted(tmp_path.iterdir())])
    assert len(list(tmp_path.iterdir())) == read.manifest["pages"]
    assert again.manifest["content_digest"] == read.manifest["content_digest"]
    with pytest.raises(StorageError, match="Choose another folder"):
        lab.take_snapshot(client=client, pages=tmp_path / "nowhere")


def test_top_ten_by_views_is_one_line_and_marked_as_a_part(simulated: lab.Snapshot, client: lab.Client) -> None:
    top = client.page(sort="views", order="desc", limit=10)
    assert (
        top.videos["latest_views"].to_list()
        == simulated.videos["latest_views"].top_k(10).sort(descending=True).to_list()
    )
    assert top.manifest["completeness"]["proven"] == "part: 10 of 250 videos"
    with pytest.raises(QueryError, match="updated_at"):
        client.page(sort="shares")


def test_wrong_parameters_are_reported_before_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFLUTICS_API_KEY", raising=False)
    with pytest.raises(QueryError):
        lab.load_stats("tik-tok")


@pytest.mark.parametrize(
    "page",
    [
        b"<html>",
        b"[]",
        b"{}",
        {"data": {}},
        {"data": []},
        {"data": [], "pagination": {"total": "1"}},
        {"success": False},
    ],
)
def test_page_of_a_wrong_shape_is_reported(page: object) -> None:
    with pytest.raises(PayloadError):
        lab.parse_pages([page])  # type: ignore[list-item]  # that is the test


def test_no_pages_are_an_empty_snapshot() -> None:
    snapshot = lab.parse_pages([], taken_at="2025-07-01T00:00:00Z")
    assert snapshot.frame().height == 0
    assert dict(snapshot.frame().schema) == dtypes(FRAME)
    assert snapshot.verify() is snapshot


def test_pages_are_dated_by_their_latest_reading_or_the_given_time() -> None:
    pages = [answer(video(stats={"views": {AT: 1}}))]
    assert lab.parse_pages(pages).manifest["taken_at"] == "2025-06-30T08:26:03+00:00"
    assert lab.parse_pages(pages, "2025-07-01T02:00:00+02:00").manifest["taken_at"] == "2025-07-01T00:00:00+00:00"
    for wrong in ("yesterday", "2025-07-01T00:00:00", dt.datetime(2025, 7, 1), dt.date(2025, 7, 1)):
        with pytest.raises(QueryError, match="taken_at"):
            lab.parse_pages(pages, wrong)


def test_the_order_of_pages_and_keys_does_not_matter_to_the_content() -> None:
    one, two = video("a", {"views": {AT: 1}}), video("b", {"likes": {AT: 2}, "views": {AT: 5}})
    turned = video("b", {"views": {AT: 5}, "likes": {AT: 2}})
    digests = {
        lab.parse_pages(pages).manifest["content_digest"]
        for pages in ([answer(one), answer(two)], [answer(turned, one)], [answer(two), answer(one), answer(two)])
    }
    assert len(digests) == 1


def test_the_sample_is_whole() -> None:
    snapshot = lab.sample_snapshot().verify()
    assert snapshot.videos.height >= 50
    assert snapshot.rejected.height > 0


@pytest.mark.slow
@needs_shared
def test_real_series_are_read_value_by_value(tmp_path: Path) -> None:
    subprocess.run([sys.executable, SHARED / "real" / "as_pages.py", tmp_path], check=True, capture_output=True)
    with lab.LocalAPI(tmp_path) as api, lab.Client(api.key, api.url) as client:
        read = lab.take_snapshot(client=client)
    assert read.manifest["completeness"]["proven"] == "counted"  # up to 400 of them were first read at one instant
    assert read.manifest["pages"] <= 2 * 28
    assert (read.videos.height, read.stats.height) == (2646, 19998)
    expected = {}
    for file in tmp_path.glob("*.json"):
        for item in json.loads(file.read_bytes())["data"]["data"]:
            for metric, points in item["stats"].items():
                for at, value in points.items():
                    moment = dt.datetime.fromisoformat(at)
                    expected.setdefault((item["video_id"], moment), {})[metric] = value
    found = read.stats.select("video_id", "timestamp", pl.struct("views", "likes", "comments", "reposts"))
    got = {(name, at): {m: v for m, v in counts.items() if v is not None} for name, at, counts in found.iter_rows()}
    assert got == expected


def test_objects_that_no_json_holds_are_rejected_and_do_not_raise() -> None:
    wild = video("a", {"views": {AT: 2**70, LATER: float("inf")}}, er=2**2000, title="x" + chr(0xFFFD))
    with pytest.warns(lab.DataQualityWarning):
        snapshot = lab.parse_pages([answer(wild)])
    assert sorted(snapshot.rejected["reason"]) == ["not_a_count", "not_a_number", "out_of_range"]
    snapshot.verify()


def test_a_key_and_an_address_may_be_given_directly_and_a_platform_in_any_case() -> None:
    with lab.LocalAPI(lab.simulate(12), key="other-key") as api:
        frame = lab.load_stats("tiktok", api_key="other-key", base_url=api.url)
        snapshot = lab.take_snapshot(" TIKTOK ", api_key="other-key", base_url=api.url)
        with (
            lab.Client("other-key", api.url) as client,
            pytest.raises(lab.InfluticsError, match="api_key= and base_url="),
        ):
            lab.load_stats(client=client, api_key="other-key")
    assert set(frame["platform"]) == {"TikTok"}
    assert snapshot.manifest["query"]["platform"] == "TikTok"


def test_invented_costs_leave_out_videos_that_no_link_can_name():
    videos = lab.sample_snapshot().videos.head(3).with_columns(platform=pl.Series(["TikTok", "Vine", None]))
    assert lab.sample_costs(videos).rows() == lab.sample_costs().rows()[:1]
