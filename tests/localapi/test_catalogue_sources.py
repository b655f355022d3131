"""Sources of a catalogue; a snapshot that is served and read again is unchanged."""

import json
import warnings
from pathlib import Path

import orjson
import polars as pl
import pytest
import requests

import influtics_lab as lab
from influtics_lab.errors import ConfigError, PayloadError, StorageError
from influtics_lab.localapi import Catalogue, LocalAPI
from influtics_lab.localapi.catalogue_sources import create_catalogue
from influtics_lab.localapi.snapshot_answers import restore_answers
from influtics_lab.schema import REASONS
from influtics_lab.simulation import answer_pages, simulate_videos
from influtics_lab.snapshot import Snapshot

AT = "2025-06-30 08:26:03.73+00"
SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def page(*items):
    return {"success": True, "data": {"data": list(items), "pagination": {"total": len(items)}}}


def read(*pages):
    """A snapshot of pages; that some of their values cannot be kept is what is tested here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lab.DataQualityWarning)
        return lab.parse_pages(pages)


def served(snapshot):
    """The snapshot that is read from the answers into which a snapshot is turned."""
    return read(orjson.dumps(page(*(answer for answer, _ in restore_answers(snapshot)))))


def same(snapshot):
    again = served(snapshot)
    for name in ("videos", "stats", "rejected"):
        frame, other = getattr(snapshot, name), getattr(again, name)
        drop = {"videos": ["status"], "rejected": ["page"]}.get(name, [])
        assert frame.drop(drop).sort(pl.all(), nulls_last=True).equals(other.drop(drop).sort(pl.all(), nulls_last=True))
    return True


# Sources


def test_without_a_source_it_serves_simulated_videos_with_their_statuses():
    catalogue = create_catalogue()
    assert len(catalogue) == 120
    assert {entry.status for entry in catalogue} == {"active", "completed", "failed"}


def test_pages_may_be_objects_or_bytes_in_either_envelope():
    flat = {"data": [{"video_id": "b"}], "pagination": {"total": 1}}
    catalogue = create_catalogue([page({"video_id": "a"}), json.dumps(flat).encode()])
    assert [(entry.video_id, entry.status) for entry in catalogue] == [("a", "active"), ("b", "active")]


def test_a_folder_of_pages_is_read_in_the_order_of_names(tmp_path):
    (tmp_path / "page-1.json").write_text(json.dumps(page({"video_id": "a", "title": "new"})))
    (tmp_path / "page-0.json").write_text(json.dumps(page({"video_id": "a", "title": "old"}, {"video_id": "b"})))
    (tmp_path / "notes.txt").write_text("no page")
    catalogue = create_catalogue(str(tmp_path))
    assert len(catalogue) == 2
    assert catalogue["a"].answer()["title"] == "new"


def test_the_bundled_sample_can_be_served_as_a_folder():
    simulated = {video.answer["video_id"]: video.answer for video in simulate_videos(60)}
    assert {entry.video_id: entry.answer() for entry in create_catalogue(SAMPLE)} == simulated


def test_a_snapshot_folder_is_served_with_its_statuses(tmp_path):
    snapshot = lab.simulate(videos=70, seed=2)
    labels = snapshot.videos["video_id"].to_list()
    named = snapshot.videos.with_columns(status=pl.Series(["completed"] * 30 + [None] * 40, dtype=pl.String))
    folder = Snapshot.build(named, snapshot.stats, snapshot.rejected, facts(snapshot)).write(tmp_path)
    catalogue = create_catalogue(folder)
    assert [catalogue[name].status for name in labels] == ["completed"] * 30 + ["active"] * 40


def facts(snapshot):
    made = ("kind", "format", "library_version", "snapshot_id", "videos", "readings", "rejected", "content_digest")
    return {name: value for name, value in snapshot.manifest.items() if name not in made}


def test_given_statuses_come_before_those_of_the_source():
    videos = list(simulate_videos(60))
    name = next(video.answer["video_id"] for video in videos if video.status == "failed")
    assert create_catalogue(videos, {name: "active"})[name].status == "active"
    assert create_catalogue([page({"video_id": "a"}, {"video_id": "b"})], {"b": "failed"})["b"].status == "failed"


def test_items_that_are_no_videos_are_served_as_they_are():
    catalogue = create_catalogue([page(7, {"title": "no id"}, {"video_id": 5}, None)])
    assert [entry.answer() for entry in catalogue] == [7, {"title": "no id"}, {"video_id": 5}, None]


def test_invalid_sources_are_reported(tmp_path):
    with pytest.raises(StorageError, match="neither a snapshot nor a folder"):
        create_catalogue(tmp_path)
    with pytest.raises(StorageError, match="nowhere"):
        create_catalogue(tmp_path / "nowhere")
    (tmp_path / "odd.json").write_text("[1]")
    with pytest.raises(PayloadError, match=r"odd\.json is no answer page"):
        create_catalogue(tmp_path)
    for odd in (7, b"{}", {"data": []}):
        with pytest.raises(ConfigError, match="expected a Snapshot"):
            create_catalogue(odd)


@pytest.mark.slow
def test_a_hundred_thousand_videos_can_be_listed():
    few = [
        {"video_id": f"{n}", "created_at": f"2025-06-30T08:{n % 60:02d}:00+00:00", "views": n} for n in range(100_000)
    ]
    catalogue = create_catalogue([page(*few)])
    assert len(catalogue) == 100_000
    assert orjson.loads(catalogue.listed(sort="views")[0]) == few[-1]


# The catalogue


def test_entries_know_what_they_are_sorted_by():
    catalogue = Catalogue(simulate_videos(0))
    catalogue.insert({"video_id": "a", "views": "5", "likes": True, "created_at": "2025-06-31T00:00:00+00:00"})
    entry = catalogue["a"]
    assert (entry.views, entry.likes, entry.created_at, entry.updated_at, entry.platform) == (None,) * 5
    assert "a" in catalogue
    catalogue.update("a", video_id="b", views=5.5)
    assert "a" not in catalogue
    assert catalogue["b"].views == 5.5


def test_changes_to_nobody_raise():
    catalogue = Catalogue()
    for change in (catalogue.delete, catalogue.update, lambda name: catalogue.set_status(name, "failed")):
        with pytest.raises(KeyError):
            change("nobody")


# A snapshot and back


@pytest.mark.slow
def test_a_simulated_snapshot_comes_back_as_it_was():
    snapshot = lab.simulate(videos=240, seed=4)
    assert snapshot.rejected.height > 0
    assert same(snapshot)


def test_keys_are_written_as_postgresql_does():
    spellings = {"2025-06-30T08:26:03.730000Z": 1, "2025-06-30 10:26:04+02": 2}
    answer, _ = next(restore_answers(lab.parse_pages([page({"video_id": "a", "stats": {"views": spellings}})])))
    assert answer["stats"] == {"views": {"2025-06-30 08:26:03.73+00": 1, "2025-06-30 08:26:04+00": 2}}


@pytest.mark.parametrize(
    "item",
    [
        {"video_id": "a", "stats": {"views": {AT: "12", "2025-06-31 08:00:00+00": 5, "2025-06-30 08:00:00": 7}}},
        {"video_id": "a", "stats": {"views": {AT: -1}, "likes": {AT: 12.5, "x": True}, "comments": {AT: [1]}}},
        {"video_id": "a", "stats": {"views": {AT: 2**63}, "likes": {AT: 1e300}, "reposts": {AT: 10}}},
        {"video_id": "a", "stats": {"views": [1, 2], "likes": {AT: 5}}},
        {"video_id": "a", "stats": "none"},
        {"video_id": "a", "stats": {}},
        {"video_id": "a", "created_at": "2025-06-31T00:00:00+00:00", "title": 5, "views": "many", "er": "x", "cpm": []},
        {"video_id": "a", "stats_last_updated": 5, "platform": {}, "external_video_id": 7, "likes": -1},
        {"video_id": "a", "stats": {"views": {AT: 5, "2025-06-30 10:26:03.73+02": 6}, "likes": {AT: 1}}},
        {"video_id": "a", "stats": {"views": {AT: 5, "2025-06-30 06:26:03.73-02": 6}, "likes": {AT: 1}}},
        {"video_id": "a", "stats": {"views": {AT: "5", "2025-06-30 06:26:03.73-02": 6}}},
        {"video_id": "a", "stats": {"views": {AT: "5", "2025-06-30 10:26:03.73+02": 6}}},
    ],
)
def test_rejected_values_come_back_where_they_were(item):
    assert same(read(page(item)))


def test_what_belongs_to_nobody_comes_back():
    snapshot = read(
        page(7, "x", {"stats": {"views": {AT: 5}}}, {"video_id": None, "stats": {"views": {AT: 6, "x": 1}}}),
        page({"video_id": "a"}, {"video_id": 8, "stats": {"likes": [1]}}, {"stats": "odd"}),
    )
    assert {"not_an_object", "no_video_id", "not_a_map"} == set(snapshot.rejected["reason"])
    assert same(snapshot)


def test_superseded_values_do_not_come_back():
    one, two = ({"video_id": "a", "stats": {"views": {AT: value}}} for value in (5, 6))
    snapshot = read(page(one), page(two))
    assert snapshot.rejected["reason"].to_list() == ["superseded"]
    again = served(snapshot)
    assert again.stats.equals(snapshot.stats)
    assert again.rejected.is_empty()


def test_the_reasons_are_those_that_were_thought_of():
    assert set(REASONS) == {
        "bad_timestamp", "no_offset", "not_a_count", "negative", "out_of_range", "conflict", "superseded", "not_a_map",
        "not_text", "not_a_number", "no_video_id", "not_an_object",
    }  # fmt: skip


def test_a_snapshot_read_over_the_socket_is_the_same_snapshot():
    snapshot = lab.simulate(videos=130, seed=6)
    with LocalAPI(snapshot) as api, pytest.warns(lab.DataQualityWarning):
        again = lab.take_snapshot(client=lab.Client(api.key, base_url=api.url), with_status=True)
    assert again.stats.equals(snapshot.stats)
    statuses = snapshot.videos["status"].fill_null("active")
    assert again.videos.equals(snapshot.videos.with_columns(status=statuses))
    order = ["video_id", "field", "raw_timestamp"]
    assert again.rejected.drop("page").sort(order).equals(snapshot.rejected.drop("page").sort(order))


def test_pages_of_a_snapshot_need_no_client():
    pages = answer_pages([video.answer for video in simulate_videos(5)])
    with LocalAPI(pages) as api:
        headers = {"Authorization": f"Bearer {api.key}"}
        body = requests.get(f"{api.url}/v1/videos/stats", headers=headers, timeout=10).json()
    assert body["data"]["data"] == pages[0]["data"]["data"]
