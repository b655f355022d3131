"""A log with any malformed entry is refused."""

from __future__ import annotations

import base64
import os
import threading
from pathlib import Path
from typing import Any

import orjson
import pytest

import influtics_lab as lab
from influtics_lab.archive.log import _dump_packed
from influtics_lab.archive.log_segments import pack_content, unpack_content
from influtics_lab.errors import ArchiveError, StorageError
from tests.archive.days import day, item


@pytest.fixture
def archive(tmp_path: Path) -> lab.Archive:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5})))
    archive.add(day(2, item("a", {1: 5, 2: 6})))
    return archive


def rewrite(archive: lab.Archive, change: Any) -> None:
    """Change the log's content and seal it again, as somebody could who knows how."""
    file = archive.folder / "archive.json"
    content = unpack_content(base64.b64decode(orjson.loads(file.read_bytes())["content"]))
    change(content)
    file.write_bytes(_dump_packed(base64.b64encode(pack_content(content)).decode()))


def refused(archive: lab.Archive, match: str = "archive.json") -> None:
    for use in (archive.verify, archive.history, archive.files, lambda: archive.add(day(3, item("a", {1: 5})))):
        with pytest.raises(ArchiveError, match=match):
            use()


PATHS = [
    "../outside.parquet",
    "/dev/zero",
    "stats/../../outside.parquet",
    "stats/snapshot_date=2025-07-01/../x/000001-000001-01234567.parquet",
    "stats/snapshot_date=2025-07-01/000001-000001-01234567.parquet\n",
    "other/snapshot_date=2025-07-01/000001-000001-01234567.parquet",
    "stats/000001-000001-01234567.parquet",
    f"stats/snapshot_date=2025-07-01/{'0' * 5000}1-000001-01234567.parquet",
    "stats/snapshot_date=2025-07-01/\u0660\u0660\u0660\u0660\u0660\u0661-000001-01234567.parquet",
    "",
    5,
    None,
]


@pytest.mark.parametrize("path", PATHS)
def test_log_with_a_malformed_file_entry_is_refused(archive: lab.Archive, path: Any) -> None:
    rewrite(archive, lambda content: content["files"][0].update(path=path))
    refused(archive, "no file of an archive")


FILES = [
    {"table": "videos"},
    {"first": 2},
    {"last": 99},
    {"first": "1"},
    {"rows": 0},
    {"rows": -5},
    {"rows": 1.0},
    {"rows": True},
    {"sha256": "0" * 64},
    {"sha256": "x"},
    {"sha256": None},
]


@pytest.mark.parametrize("changes", FILES, ids=str)
def test_a_log_that_describes_a_file_otherwise_is_refused(archive: lab.Archive, changes: dict[str, Any]) -> None:
    stats = next(n for n, file in enumerate(archive._load_log().files) if file.table == "stats")
    rewrite(archive, lambda content: content["files"][stats].update(changes))
    refused(archive)


ENTRIES = [
    {"number": 2},
    {"number": "1"},
    {"number": True},
    {"taken_at": "yesterday"},
    {"taken_at": "2025-07-01T12:00:00"},
    {"read_until": 5},
    {"content_digest": "abc"},
    {"content_digest": 5},
    {"facts": {}},
    {"facts": []},
    {"facts": {"videos": 1, "readings": 1, "completeness": "whole"}},
    {"changes": {"stats": {"new": 1}}},
    {"changes": {"videos": {"lost": 1}, "stats": {}, "rejected": {}}},
    {"changes": {"videos": {"new": -1}, "stats": {}, "rejected": {}}},
    {"query": {"platform": 5}},
    {"query": ["TikTok"]},
    {"more": 1},
]


@pytest.mark.parametrize("changes", ENTRIES, ids=str)
def test_a_log_that_describes_a_snapshot_otherwise_is_refused(archive: lab.Archive, changes: dict[str, Any]) -> None:
    rewrite(archive, lambda content: content["snapshots"][0].update(changes))
    refused(archive)


def test_a_log_that_names_a_file_twice_is_refused(archive: lab.Archive) -> None:
    rewrite(archive, lambda content: content["files"].append(content["files"][0]))
    refused(archive, "twice")


@pytest.mark.parametrize("make", ["pipe", "link", "folder"])
def test_what_is_no_regular_file_is_not_opened(archive: lab.Archive, make: str) -> None:
    file = archive.files("stats")[0]
    whole = file.read_bytes()
    file.unlink()
    if make == "pipe":
        os.mkfifo(file)
    elif make == "link":
        (archive.folder / "elsewhere").write_bytes(whole)
        file.symlink_to(archive.folder / "elsewhere")
    else:
        file.mkdir()
    for use in (archive.verify, archive.history, archive.compact):
        with pytest.raises(ArchiveError, match="no regular file"):
            use()


@pytest.mark.parametrize("make", ["pipe", "device", "folder"])
def test_a_log_that_is_no_regular_file_is_not_opened(archive: lab.Archive, make: str) -> None:
    file = archive.folder / "archive.json"
    file.unlink()
    {"pipe": lambda: os.mkfifo(file), "device": lambda: file.symlink_to("/dev/zero"), "folder": file.mkdir}[make]()
    with pytest.raises(StorageError, match="not a regular file"):
        archive.history()


@pytest.mark.slow
def test_verify_and_history_follow_a_writer_that_replaces_files(archive: lab.Archive) -> None:
    stop, problems, rounds = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            for use in (archive.verify, archive.history):
                try:
                    use()
                    rounds.append(1)
                except Exception as error:  # noqa: BLE001  # each is shown below
                    problems.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(3, 13):
        archive.add(day(number, item("a", dict.fromkeys(range(number), 5))))
        archive.compact()
    stop.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert rounds
