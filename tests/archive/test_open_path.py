"""Opening a snapshot from a snapshot's folder, an archive, or the sample."""

from __future__ import annotations

from pathlib import Path

import pytest

import influtics_lab as lab
from influtics_lab import errors


def test_a_folder_an_archive_and_the_sample_are_opened(tmp_path: Path) -> None:
    sample = lab.sample_snapshot()
    archive = lab.Archive(tmp_path / "archive")
    archive.add(sample)
    digest = sample.manifest["content_digest"]
    for place in (None, sample.write(tmp_path), tmp_path / "archive", str(tmp_path / "archive")):
        assert lab.open_snapshot(place).manifest["content_digest"] == digest


def test_where_there_is_neither_the_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.SnapshotError, match=r"nothing\.here"):
        lab.open_snapshot(tmp_path / "nothing.here")
