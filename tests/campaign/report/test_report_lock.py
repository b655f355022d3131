"""The lock names the versions that affect the output; folders without a report are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from campaign.cases import snapshot, video

import influtics_lab as lab
from influtics_lab.campaign.report.campaign_report import open_report
from influtics_lab.campaign.report.pdf import find_chromium, write_pdf
from influtics_lab.campaign.report.report_inputs import open_source
from influtics_lab.campaign.report.report_lock import LOCK, collect_versions, read_lock
from influtics_lab.errors import ConfigError, SnapshotError
from influtics_lab.plots.font_text import installed_fonts
from influtics_lab.snapshot.manifest import dump_manifest


def test_every_version_that_affects_the_output_is_in_the_lock():
    found = collect_versions()
    assert {"python", "influtics-lab", "polars", "matplotlib", "XlsxWriter", "time zones", "zlib"} <= set(found)
    assert all(family in found["fonts"] for family in installed_fonts())
    assert "not installed" not in found.values()
    assert all(found.values())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "has no report.lock.json"),
        ("{", "cannot be read"),
        ("[]", "is not the lock of a report"),
        ('{"kind": "influtics-lab report", "format": 9}', "has the format 9; this version reads 3"),
        ('{"kind": "influtics-lab report", "format": 1}', r"Install the version that built it: influtics-lab==0\.1\.0"),
        ('{"kind": "influtics-lab report", "format": 2}', r"influtics-lab==0\.2\.0\. Or build the report again"),
        ('{"kind": "influtics-lab report", "format": 3, "inputs": []}', "is incomplete"),
    ],
)
def test_a_folder_without_a_valid_lock_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / LOCK).write_text(content)
    with pytest.raises(ConfigError, match=message):
        read_lock(tmp_path)


@pytest.mark.slow
def test_a_report_names_a_snapshot_by_its_id_whatever_its_folder_is_called(tmp_path: Path) -> None:
    sample = lab.simulate(3)
    folder = sample.write(tmp_path / "a")
    renamed = folder.rename(tmp_path / "june")
    source = open_source(renamed)
    assert (source.place, source.facts["snapshot_id"]) == (renamed, sample.manifest["snapshot_id"])
    text = open_report(snapshot=renamed).provenance()
    assert sample.manifest["snapshot_id"] in text
    assert "june" not in text


def test_an_archive_opens_its_latest_snapshot_or_the_wanted_one(tmp_path: Path) -> None:
    first = snapshot(video("a", {1: (10,)}))
    second = snapshot(video("a", {1: (10,), 2: (30,)}), video("b", {2: (1,)}))
    archive = lab.Archive(tmp_path / "archive")
    archive.add(first)
    once = open_source(archive.folder)
    archive.add(second)
    assert open_source(archive.folder).snapshot.videos.height == 2
    again = open_source(archive.folder, once.facts)
    assert again.facts == once.facts


@pytest.mark.slow
def test_a_combined_state_of_an_archive_is_found_after_later_snapshots(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    parts = {"TikTok": video("t", {1: (10,)}, platform="TikTok"), "YouTube": video("y", {1: (20,)})}
    for n, (platform, one) in enumerate(parts.items()):
        found = snapshot(one)
        facts = {"taken_at": f"2025-06-0{n + 5}T00:00:00+00:00", "query": {"platform": platform, "status": None}}
        archive.add(lab.Snapshot.build(found.videos, found.stats, found.rejected, found.manifest | facts))
    once = open_source(archive.folder)
    assert once.snapshot.videos.height == 2
    late = snapshot(video("t", {1: (10,), 4: (30,)}, platform="TikTok"))
    facts = {"taken_at": "2025-06-08T00:00:00+00:00", "query": {"platform": "TikTok", "status": None}}
    archive.add(lab.Snapshot.build(late.videos, late.stats, late.rejected, late.manifest | facts))
    assert open_source(archive.folder, once.facts).facts == once.facts


def test_a_snapshot_that_does_not_match_its_digest_is_refused(tmp_path: Path) -> None:
    folder = lab.simulate(3).write(tmp_path)
    manifest = folder / "manifest.json"
    manifest.write_bytes(dump_manifest(json.loads(manifest.read_bytes()) | {"content_digest": "0" * 64}))
    with pytest.raises(SnapshotError, match="does not match the digest in its manifest"):
        open_source(folder)


def test_a_chromium_that_fails_leaves_no_pdf_and_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\nexit 7\n")
    program.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    assert find_chromium() == str(program)
    message = write_pdf(tmp_path / "report.html", tmp_path / "report.pdf")
    assert message == "No report.pdf: Chromium wrote none (exit code 7). Print report.html from a browser."
    monkeypatch.delenv("CHROMIUM")
    monkeypatch.setenv("PATH", str(tmp_path))
    if find_chromium() is None:
        assert "there is no Chromium on this machine" in str(write_pdf(tmp_path / "a", tmp_path / "b"))
