"""An archive stores only new and changed rows, and each past day can be read again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from archive.days import at, day, item, same
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import influtics_lab as lab
from influtics_lab.errors import ArchiveError, QueryError, SnapshotError
from influtics_lab.schema import FRAME, VIDEOS, dtypes


@pytest.fixture
def archive(tmp_path: Path) -> lab.Archive:
    return lab.Archive(tmp_path / "archive")


def rows(archive: lab.Archive, table: str = "stats") -> int:
    return sum(pl.read_parquet(file, hive_partitioning=False).height for file in archive.files(table))


def test_only_what_is_new_or_changed_is_stored(archive: lab.Archive) -> None:
    archive.add(day(1, item("a", {1: 5, 2: 6}), item("b", {1: 7})))
    added = archive.add(day(2, item("a", {1: 5, 2: 8, 3: 9}), item("b", {1: 7})))
    assert added.changes["stats"] == {"new": 1, "changed": 1, "removed": 0}
    assert added.changes["videos"] == {"new": 0, "changed": 0, "removed": 0}
    assert str(added) == "snapshot 2: readings: 1 new, 1 changed"
    assert rows(archive) == 5
    assert rows(archive, "videos") == 2


def test_a_five_that_became_six_and_five_again_keeps_all_three(archive: lab.Archive) -> None:
    for number, value in enumerate((5, 6, 5), start=1):
        archive.add(day(number, item("a", {1: value})))
    assert rows(archive) == 3
    assert [archive.history(f"2025-07-0{n}")["views"].item() for n in (1, 2, 3)] == [5, 6, 5]
    changed = archive.revisions()
    assert changed.select("views_before", "views", "withdrawn").rows() == [(5, 6, False), (6, 5, False)]
    assert changed["seen_at"].dt.day().to_list() == [2, 3]


def test_a_video_that_left_is_still_found_in_an_earlier_day(archive: lab.Archive) -> None:
    days = [day(1, item("a", {1: 5}), item("b", {1: 7})), day(2, item("a", {1: 5}))]
    days.append(day(3, item("a", {1: 5}), item("b", {1: 7, 2: 8})))
    for snapshot in days:
        archive.add(snapshot)
    for number, snapshot in enumerate(days, start=1):
        same(archive, snapshot, f"2025-07-{number:02d}")
    assert rows(archive) == 3  # b's first reading came back with it, and was there already
    assert archive.snapshots()["videos_removed"].to_list() == [0, 1, 0]


def test_a_withdrawn_reading_is_gone_from_then_on(archive: lab.Archive) -> None:
    for snapshot in (day(1, item("a", {1: 5, 2: 6})), day(2, item("a", {2: 6}))):
        archive.add(snapshot)
        same(archive, snapshot)
    assert archive.history("2025-07-01")["views"].to_list() == [5, 6]
    assert archive.revisions().select("views_before", "views", "withdrawn").rows() == [(5, None, True)]


def test_a_reading_withdrawn_while_its_video_was_away_is_withdrawn(archive: lab.Archive) -> None:
    archive.add(day(1, item("a", {1: 5, 2: 6})))
    archive.add(day(2))
    back = day(3, item("a", {2: 6}))
    archive.add(back)
    same(archive, back)


def test_fields_are_as_they_were(archive: lab.Archive) -> None:
    archive.add(day(1, item("a", {1: 5}, title="old")))
    archive.add(day(2, item("a", {1: 5}, title=None)))
    assert archive.videos("2025-07-01")["title"].to_list() == ["old"]
    assert archive.videos()["title"].to_list() == [None]


def test_what_repeats_the_last_reading_is_stored_once_and_given_back(archive: lab.Archive) -> None:
    agreeing = {"views": 6, "stats_last_updated": "2025-07-01T02:00:00+00:00"}
    days = [day(1, item("a", {1: 5, 2: 6}, **agreeing), item("b", {1: 7}, **agreeing), item("c", views=6))]
    days.append(day(2, item("a", {1: 5, 2: 6, 3: 9}, views=9, stats_last_updated="2025-07-01T03:00:00+00:00")))
    days.append(day(3, item("a", {1: 5, 2: 6, 3: 9}, views=8, stats_last_updated="2025-07-01T03:00:00+00:00")))
    for snapshot in days:
        archive.add(snapshot)
    for number, snapshot in enumerate(days, start=1):
        same(archive, snapshot, f"2025-07-0{number}")
    stored = pl.concat([pl.read_parquet(file, hive_partitioning=False) for file in archive.files("videos")])
    assert stored.filter(~pl.col("removed")).select("video_id", "snapshot", "as_read", "latest_views").rows() == [
        ("a", 1, True, None), ("b", 1, False, 6), ("c", 1, False, 6), ("a", 3, False, 8),
    ]  # fmt: skip


def test_rejected_values_are_stored_once(archive: lab.Archive) -> None:
    broken = item("a", {1: 5, 2: "six"})
    archive.add(day(1, broken))
    added = archive.add(day(2, broken, {"video_id": None}, {"video_id": None}))
    assert rows(archive, "rejected") == 3
    assert added.changes["rejected"] == {"new": 2, "changed": 0, "removed": 0}
    assert archive.snapshot().rejected.height == 3
    assert archive.snapshot("2025-07-01").rejected["raw_value"].to_list() == ['"six"']


def test_adding_again_does_nothing(archive: lab.Archive) -> None:
    snapshot = day(1, item("a", {1: 5}))
    archive.add(snapshot)
    before = {file: file.stat().st_mtime_ns for file in archive.folder.rglob("*")}
    again = archive.add(snapshot)
    assert again.already_there
    assert str(again) == "snapshot 1 is already there"
    assert {file: file.stat().st_mtime_ns for file in archive.folder.rglob("*")} == before


def test_adding_again_does_nothing_where_another_query_was_read_at_the_same_time(archive: lab.Archive) -> None:
    first = day(1, item("a", {1: 5}), platform="TikTok")
    archive.add(first)
    archive.add(day(1, item("b", {1: 5}, platform="YouTube"), platform="YouTube"))
    assert str(archive.add(first)) == "snapshot 1 is already there"


def test_equal_content_of_a_different_time_is_a_new_snapshot(archive: lab.Archive) -> None:
    archive.add(day(1, item("a", {1: 5})))
    assert str(archive.add(day(2, item("a", {1: 5})))) == "snapshot 2: nothing changed"
    assert archive.snapshots().height == 2
    assert len(archive.files()) == 1


def test_an_older_snapshot_is_refused(archive: lab.Archive) -> None:
    archive.add(day(2, item("a", {1: 5})))
    with pytest.raises(ArchiveError, match="in the order in which they were taken"):
        archive.add(day(1, item("a")))
    assert archive.snapshots().height == 1


def test_a_part_is_refused(archive: lab.Archive) -> None:
    snapshot = day(1, item("a"))
    facts = snapshot.manifest | {"completeness": {"proven": "part: 1 of 5 videos"}}
    with pytest.raises(ArchiveError, match="part: 1 of 5 videos"):
        archive.add(lab.Snapshot.build(snapshot.videos, snapshot.stats, snapshot.rejected, facts))


def test_snapshot_that_contradicts_its_manifest_is_refused(archive: lab.Archive) -> None:
    snapshot = day(1, item("a", {1: 5}))
    broken = lab.Snapshot(snapshot.videos, snapshot.stats[:0], snapshot.rejected, snapshot.manifest)
    with pytest.raises(SnapshotError):
        archive.add(broken)


def test_a_filtered_snapshot_removes_nothing_outside_its_filter(archive: lab.Archive) -> None:
    archive.add(day(1, item("a", {1: 5}), item("b", {1: 6}, platform="YouTube"), item("c", {1: 7})))
    archive.add(day(2, item("a", {1: 8}), platform="TikTok"))
    assert archive.history()["video_id"].to_list() == ["a", "b"]
    assert archive.history()["views"].to_list() == [8, 6]
    assert archive.snapshot().verify().manifest["query"] is None


def test_what_left_a_status_is_gone_within_it(archive: lab.Archive) -> None:
    archive.add(day(1, item("a"), item("b"), status="active"))
    archive.add(day(1, item("c"), status="completed"))
    archive.add(day(2, item("a"), status="active"))
    assert archive.videos()["video_id"].to_list() == ["a", "c"]
    assert archive.videos("2025-07-01").select("video_id", "status").rows() == [
        ("a", "active"), ("b", "active"), ("c", "completed"),
    ]  # fmt: skip


def test_a_video_of_unknown_status_is_not_removed_by_a_status(archive: lab.Archive) -> None:
    archive.add(day(1, item("a"), item("b")))
    archive.add(day(2, item("a"), status="active"))
    assert archive.videos()["video_id"].to_list() == ["a", "b"]


def test_as_of_a_date_is_the_end_of_that_day_and_an_instant_is_the_reads_end(archive: lab.Archive) -> None:
    late = at("2025-07-01T23:50:00+00:00", [item("a", {1: 5})])
    archive.add(late)
    crossing = at("2025-07-01T23:55:00+00:00", [item("a", {1: 6})])
    facts = crossing.manifest | {"finished_at": "2025-07-02T00:05:00+00:00"}
    archive.add(lab.Snapshot.build(crossing.videos, crossing.stats, crossing.rejected, facts))
    for as_of, views in (
        ("2025-07-01", 5),
        (dt.date(2025, 7, 2), 6),
        ("2025-07-02T00:04:59+00:00", 5),
        ("2025-07-02T02:05:00+02:00", 6),
        (dt.datetime(2025, 7, 2, 0, 5, tzinfo=dt.UTC), 6),
    ):
        assert archive.history(as_of)["views"].item() == views


@pytest.mark.parametrize("as_of", ["yesterday", "2025-07-01T10:00:00", dt.datetime(2025, 7, 1), 5, "2025-06-30"])
def test_days_outside_the_archive_are_reported(archive: lab.Archive, as_of: Any) -> None:
    archive.add(day(1, item("a", {1: 5})))
    with pytest.raises(QueryError, match="as_of is"):
        archive.history(as_of)


def test_an_empty_catalogue_is_a_day_too(archive: lab.Archive) -> None:
    nothing = day(1)
    archive.add(nothing)
    same(archive, nothing)
    assert archive.history().schema == dtypes(FRAME)
    assert archive.videos().schema == dtypes(VIDEOS)
    assert archive.revisions().height == 0
    archive.verify()


def test_folder_without_an_archive_is_reported(archive: lab.Archive, tmp_path: Path) -> None:
    for read in (archive.history, archive.verify, archive.snapshots, archive.files, archive.compact):
        with pytest.raises(ArchiveError, match="is not an archive: no such folder"):
            read()
    assert not archive.folder.exists()
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "thesis.txt").write_text("mine")
    with pytest.raises(ArchiveError, match=r"thesis\.txt"):
        archive.add(day(1))
    assert [file.name for file in archive.folder.iterdir()] == ["thesis.txt"]


def at_the_files(lazy: pl.LazyFrame) -> list[str]:
    """The filters that are applied while files are read."""
    return [line for line in lazy.explain().splitlines() if "SELECTION" in line]


def test_filter_on_a_video_or_week_reads_only_matching_rows(archive: lab.Archive) -> None:
    archive.add(day(1, item("a", {1: 5}), item("b", {1: 6})))
    archive.add(day(2, item("a", {1: 5, 2: 9}), item("b", {1: 6})))
    one_video = archive.scan().filter(pl.col("video_id") == "a")
    assert len(filters := at_the_files(one_video)) >= 2  # of the readings and of the videos
    assert all('col("video_id") == "a"' in line for line in filters)
    one_hour = archive.scan().filter(pl.col("timestamp").dt.hour() < 2)
    assert sum('col("timestamp")' in line for line in at_the_files(one_hour)) == 1
    both = one_hour.filter(pl.col("video_id") == "a")
    assert both.collect().select("views", "stats_last_updated").rows() == [(5, None)]
    assert archive.scan("2025-07-01").collect().equals(archive.history("2025-07-01"))


def month_of_days() -> list[lab.Snapshot]:
    days = [f"2025-{month:02d}-{n:02d}T12:00:00+00:00" for month in (7, 8, 9) for n in (1, 15, 28)]
    return [at(when, [item("a", {1: n, 2: n // 2}), item(f"v{n}", {3: n})]) for n, when in enumerate(days)]


@pytest.mark.slow
def test_compacting_changes_no_day(archive: lab.Archive) -> None:
    days = month_of_days()
    for snapshot in days:
        archive.add(snapshot)
    folders = {file.parent.name for file in archive.files()}
    assert folders == {f"snapshot_date=2025-{rest}" for rest in ("07-01", "08-01", "09-01", "09-15", "09-28")}
    archive.compact()
    assert len(archive.files()) == 3
    assert set(archive.folder.rglob("*.parquet")) == {
        file for table in ("stats", "videos", "rejected") for file in archive.files(table)
    }
    for snapshot in days:
        same(archive, snapshot, snapshot.manifest["taken_at"])
    assert archive.compact().verify().snapshots().height == len(days)


@pytest.mark.slow
def test_small_files_of_the_current_month_are_merged_now_and_then(archive: lab.Archive) -> None:
    days = [day(n, item("a", {1: n})) for n in range(1, 19)]
    files = []
    for snapshot in days:
        archive.add(snapshot)
        files.append(len(archive.files()))
        assert all(file.exists() for file in archive.files())
    assert files == [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 4]
    for snapshot in days:
        same(archive, snapshot, snapshot.manifest["taken_at"])


@pytest.mark.slow
def test_a_reader_that_lost_its_files_to_a_compaction_reads_again(
    archive: lab.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for snapshot in month_of_days()[:3]:
        archive.add(snapshot)
    before = archive._load_log()
    archive.compact()
    now = archive._load_log()
    logs = iter([before, now])
    monkeypatch.setattr(archive, "_load_log", lambda: next(logs, now))
    same(archive, month_of_days()[2])


@pytest.mark.slow
def test_the_same_snapshots_give_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        for snapshot in month_of_days():
            lab.Archive(folder).add(snapshot)
    one, two = ({file.relative_to(f): file.read_bytes() for file in f.rglob("*.*")} for f in folders)
    assert one == two


readings = st.dictionaries(st.integers(0, 3), st.sampled_from([0, 5, 6, "bad", None, -1]), max_size=3)
an_item = st.builds(
    lambda name, views, fields: item(name, views, **fields),
    st.sampled_from("abcd"),
    readings,
    st.fixed_dictionaries({}, optional={
        "title": st.sampled_from(["x", "y", None]),
        "er": st.sampled_from([0.0, -0.0, 1 / 3, "no"]),
        "platform": st.sampled_from(["TikTok", "YouTube", "Odeon"]),
        "views": st.sampled_from([5, 6, None]),
    }),
)  # fmt: skip
nobody = st.sampled_from([{"video_id": None, "stats": {"views": {"x": 1}}}, "no object", {"video_id": ""}])
a_catalogue = st.tuples(
    st.lists(an_item, max_size=4, unique_by=lambda video: video["video_id"]),
    st.lists(nobody, max_size=2),
)


@pytest.mark.slow
@examples(20, "INFLUTICS_LAB_DRAWS")  # 200 before a release
@given(catalogues=st.lists(a_catalogue, min_size=1, max_size=5), compact=st.booleans())
def test_every_day_is_the_snapshot_frozen_that_day(
    tmp_path_factory: pytest.TempPathFactory, catalogues: list[Any], compact: bool
) -> None:
    archive = lab.Archive(tmp_path_factory.mktemp("drawn") / "archive")
    days = [day(number, *videos, *others) for number, (videos, others) in enumerate(catalogues, start=1)]
    for snapshot in days:
        archive.add(snapshot)
    if compact:
        archive.compact()
    for number, snapshot in enumerate(days, start=1):
        same(archive, snapshot, dt.date(2025, 7, number))
    archive.verify()


@pytest.mark.slow
@examples(20, "INFLUTICS_LAB_DRAWS")  # 200 before a release
@given(steps=st.lists(st.tuples(st.sampled_from([None, "TikTok", "YouTube"]), a_catalogue), min_size=1, max_size=5))
def test_within_its_filter_each_snapshot_is_what_the_archive_has_and_the_rest_stays(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    archive = lab.Archive(tmp_path_factory.mktemp("drawn") / "archive")
    for number, (platform, (videos, _)) in enumerate(steps, start=1):
        mine = [video for video in videos if platform in {None, video["platform"]}]
        before = archive.videos() if number > 1 else day(1).videos
        snapshot = day(number, *mine, platform=platform)
        archive.add(snapshot)
        inside = pl.lit(True) if platform is None else pl.col("platform") == platform
        after = archive.videos()
        assert after.filter(inside).equals(snapshot.videos)
        outside = ~inside & ~pl.col("video_id").is_in(snapshot.videos["video_id"].implode())
        assert after.filter(~inside).equals(before.filter(outside))
        assert archive.history().filter(inside).equals(snapshot.frame())
    archive.verify()
