"""The key figures as a whole: the same everywhere, JSON, and complete."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from campaign.figures.test_recomputed import CASES, complete, written

import influtics_lab as lab
from influtics_lab.campaign import key_figures, new_campaign, parse_campaign, read_campaign, tables

_CASE = CASES["read in a period that runs, creators drawn, own history"]


@pytest.mark.slow
def test_they_are_the_same_in_every_time_zone_locale_and_process(tmp_path: Path) -> None:
    snapshot = lab.simulate(70, seed=11)
    file, folder = written(tmp_path, snapshot, *_CASE), snapshot.write(tmp_path / "snapshots")
    code = (
        "import sys, json, influtics_lab as lab; from influtics_lab.campaign import key_figures, read_campaign; "
        "print(json.dumps(key_figures(read_campaign(sys.argv[1]), lab.Snapshot.read(sys.argv[2])).to_dict()))"
    )
    told = set()
    for zone, seed, threads in (("Asia/Tokyo", "1", "1"), ("America/New_York", "2", "2")):
        env = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed, "POLARS_MAX_THREADS": threads, "LC_ALL": "C"}
        command = [sys.executable, "-c", code, str(file), str(folder)]
        told.add(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
    assert len(told) == 1
    assert json.loads(told.pop()) == json.loads(json.dumps(key_figures(read_campaign(file), snapshot).to_dict()))


@pytest.mark.slow
def test_today_is_the_snapshots_last_reading_and_not_the_clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    snapshot = lab.simulate(70, seed=11)
    file = written(tmp_path, snapshot, *_CASE)
    before = key_figures(read_campaign(file), snapshot)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert key_figures(read_campaign(file), snapshot) == before
    assert before.snapshot.as_of == snapshot.stats["timestamp"].max().isoformat()


@pytest.mark.slow
def test_another_content_draws_otherwise_and_the_same_content_the_same(tmp_path: Path) -> None:
    snapshot = lab.simulate(70, seed=11)
    campaign = read_campaign(written(tmp_path, snapshot, *_CASE))
    facts = {**snapshot.manifest, "taken_at": "2026-01-01T00:00:00+00:00"}
    again = lab.Snapshot.build(snapshot.videos, snapshot.stats, snapshot.rejected, facts)
    first, second = (key_figures(campaign, one).to_dict() for one in (snapshot, again))
    assert {name for name in first if first[name] != second[name]} == {"snapshot"}
    assert first["snapshot"]["content_digest"] == second["snapshot"]["content_digest"]


@pytest.mark.slow
def test_the_snapshot_stays_as_it_was(tmp_path: Path) -> None:
    snapshot = lab.simulate(70, seed=11)
    videos, stats = snapshot.videos.clone(), snapshot.stats.clone()
    key_figures(read_campaign(written(tmp_path, snapshot, *_CASE)), snapshot)
    assert snapshot.videos.equals(videos)
    assert snapshot.stats.equals(stats)


@pytest.mark.slow
def test_counts_ten_times_as_high_leave_rates_alone(tmp_path: Path) -> None:
    snapshot = lab.simulate(240, seed=5)
    campaign = read_campaign(complete(tmp_path, snapshot))
    tenfold = snapshot.stats.with_columns(pl.col("views", "likes", "comments", "reposts") * 10)
    rates = [
        key_figures(campaign, lab.Snapshot.build(snapshot.videos, stats, snapshot.rejected, snapshot.manifest)).totals
        for stats in (snapshot.stats, tenfold)
    ]
    one, ten = (found.engagement_rate.last_read.estimators["pooled"].value for found in rates)
    assert one == pytest.approx(ten)
    one, ten = (found.money.cpm.value for found in rates)
    assert one == pytest.approx(10 * ten)


def test_every_part_is_told_of_the_bundled_sample() -> None:
    snapshot = lab.sample_snapshot()
    found = key_figures(parse_campaign(new_campaign(snapshot)), snapshot).to_dict()
    assert list(found) == [
        "format", "campaign", "snapshot", "settings", "totals", "by_creator", "by_platform", "videos", "targets",
        "period_end", "comparison", "spend", "quality", "findings", "reasons",
    ]  # fmt: skip
    assert found["totals"]["videos"] == snapshot.videos.height
    assert [group["name"] for group in found["by_platform"]] == ["Instagram", "TikTok", "YouTube"]
    assert [one["video_id"] for one in found["videos"]] == snapshot.videos["video_id"].sort().to_list()


@pytest.mark.slow
def test_every_group_has_the_same_keys_whatever_is_known_of_it() -> None:
    def keys(value: object) -> object:
        if not isinstance(value, dict):
            return None
        return {name: keys(one) for name, one in value.items() if name not in {"reasons", "bounds"}}

    snapshot = lab.simulate(70, seed=11)
    empty, full = snapshot.videos["video_id"].sort()[0], snapshot.videos["video_id"].sort().to_list()
    silent = sorted(set(full) - set(snapshot.stats["video_id"]))[:1]
    text = f'name = "K"\n[period]\nstart = 2025-06-01\nend = 2025-06-20\n[videos]\nids = {full}\n'
    people = {"Ann": silent, "Bo": ["ghost"], "Cy": [empty], "Di": full[5:30]}
    text += "".join(f'[[creators]]\nname = "{name}"\nvideos = {videos}\n' for name, videos in people.items())
    found = key_figures(parse_campaign(text.replace("'", '"')), snapshot).to_dict()
    groups = [found["totals"], *found["by_creator"], *found["by_platform"]]
    assert len(groups) == 1 + 5 + 3
    assert all(keys(group) == keys(found["totals"]) for group in groups)
    assert all(keys(one) == keys(found["videos"][0]) for one in found["videos"])


@pytest.mark.slow
def test_frames_hold_the_figures_and_come_from_json_as_well(tmp_path: Path) -> None:
    snapshot = lab.simulate(240, seed=5)
    found = key_figures(read_campaign(complete(tmp_path, snapshot)), snapshot)
    frames, again = tables(found), tables(json.loads(json.dumps(found.to_dict())))
    assert list(frames) == ["groups", "videos", "targets", "spend", "findings", "reasons"]
    assert all(frame.equals(again[name]) for name, frame in frames.items())
    total = frames["groups"].row(0, named=True)
    assert total["cpm"] == found.totals.money.cpm.value
    assert total["engagement_rate_last_read_pooled_low_pct"] is not None
    assert frames["videos"]["views_gained"].sum() == pytest.approx(total["views_gained"])
    assert frames["videos"]["views_share_pct"].sum() == pytest.approx(100)
    assert frames["targets"].height == 4


@pytest.mark.slow
def test_frames_without_rows_have_columns_and_columns_without_values_have_types() -> None:
    text = 'name = "K"\n[period]\nstart = 2025-06-01\nend = 2025-06-20\n[videos]\nids = ["ghost"]\n'
    frames = tables(key_figures(parse_campaign(text), lab.sample_snapshot()))
    assert {name: frame.height for name, frame in frames.items() if name in {"videos", "targets", "spend"}} == {
        "videos": 0, "targets": 0, "spend": 0,
    }  # fmt: skip
    assert "video_id" in frames["videos"].columns
    assert "verdict" in frames["targets"].columns
    assert all(dtype != pl.Null for frame in frames.values() for dtype in frame.schema.values())
    assert frames["groups"].schema["cpm"] == pl.Float64


@pytest.mark.slow
def test_a_video_among_its_creators_earlier_ones_and_one_without_a_creator(tmp_path: Path) -> None:
    snapshot = lab.simulate(240, seed=5)
    file = complete(tmp_path, snapshot)
    text = file.read_text().replace("[compare]", '[compare]\nagainst = "own history"')
    belonging = read_campaign(file).videos.ids
    history = [video for video in snapshot.videos["video_id"] if video not in belonging]
    file.write_text(text.replace('name = "C0"\nvideos = [', f'name = "C0"\nvideos = [{json.dumps(history)[1:-1]}, '))
    others = [video.comparison.views.others for video in key_figures(read_campaign(file), snapshot).videos]
    assert min(others) == 0
    assert max(others) > 5


@pytest.mark.slow
def test_a_group_of_all_videos_has_the_campaigns_interval_whatever_it_is_called() -> None:
    snapshot = lab.simulate(70, seed=11)
    one = 'name = "%s"\n[period]\nstart = 2025-06-01\nend = 2025-06-29\n[videos]\nplatform = "TikTok"\n'
    first, second = (key_figures(parse_campaign(one % name), snapshot) for name in ("A", "B"))
    assert first.totals.engagement_rate == second.totals.engagement_rate
    (platform,) = first.by_platform
    assert platform.engagement_rate == first.totals.engagement_rate
    assert first.totals.engagement_rate.last_read.estimators["pooled"].low is not None
