"""Conditions are about everything, a platform, a creator, a campaign or a video."""

from __future__ import annotations

from pathlib import Path

import pytest
from watch.cases import Watched, growing, item

CAMPAIGN = """
name = "June"
period = {start = 2026-07-01, end = 2026-07-30}
videos = {ids = ["a", "b"]}
creators = [{name = "Ann", videos = ["a", "c"]}, {name = "Bo", videos = ["b"]}]
targets = [{measure = "views", value = 500000, date = 2026-07-20}]
"""
LINK = "https://www.tiktok.com/@bo/video/7489443966908189959"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "june.toml").write_text(CAMPAIGN, encoding="utf-8")
    (tmp_path / "creators.csv").write_text(f"link,creator\n{LINK},Bo\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("head", "scope", "videos"),
    [
        ("", "", "abcd"),
        ("", 'platform = "youtube"', "d"),
        ("", 'platform = ["TikTok", "YouTube"]', "abcd"),
        ("", 'video = "a"', "a"),
        ("", f'video = ["b", "{LINK}"]', "bc"),
        ("", 'campaign = "june.toml"', "ab"),
        ("", 'campaign = "june.toml"\ncreator = "Ann"', "a"),
        ("", 'campaign = "june.toml"\ncreator = ["Ann", "Bo"]\nvideo = "b"', "b"),
        ('creators_csv = "creators.csv"\n', 'creator = "Bo"', "c"),
        ('creators_csv = "creators.csv"\n', 'creator = "Nobody"', ""),
    ],
)
def test_a_scope_is_the_videos_that_meet_all_its_keys(files: Path, head: str, scope: str, videos: str) -> None:
    watched = Watched(files, f'{head}[[value]]\nname = "v"\nmeasure = "views"\nat_least = 1\n{scope}')
    result = [
        item("a", growing(2)),
        item("b", growing(2)),
        item("c", growing(2), external_video_id="7489443966908189959"),
        item("d", growing(2), platform="YouTube"),
    ]
    watched.add(2, *result)
    run = watched.run(2)
    assert "".join(sorted(event["subject"]["video_id"] for event in run.events)) == videos
    assert run.notes == ([] if videos else ["v: it is about no video of the archive."])


def test_a_campaign_without_a_target_is_noted(files: Path) -> None:
    (files / "june.toml").write_text(CAMPAIGN.partition("targets")[0], encoding="utf-8")
    watched = Watched(files, '[[pace]]\nname = "p"\ncampaign = "june.toml"')
    watched.add(2, item("a", growing(2)))
    assert watched.run(2).notes == ["p: its campaign file has no target of views."]


def test_a_total_of_a_campaign_is_named_by_it(files: Path) -> None:
    watched = Watched(
        files, '[[value]]\nname = "v"\nmeasure = "views"\nat_least = 23000\ntotal = true\ncampaign = "june.toml"'
    )
    (event,) = watched.see(2, item("a", growing(2)), item("b", growing(2)), item("c", growing(2)))
    assert event["summary"] == 'Campaign "June": 24,000 views, at least 23,000.'


@pytest.mark.slow
def test_a_pace_without_a_target_is_that_of_the_campaign_file(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(files, '[[pace]]\nname = "p"\ncampaign = "june.toml"')
    videos = [item(name, growing(100, per_hour=500), external_video_id=name) for name in "ab"]
    (event,) = watched.see(100, *videos)
    monkeypatch.chdir(files)
    names: dict[str, object] = {}
    exec("\n".join(event["python"][:-1]), names)
    (target,) = eval(event["python"][-1], names)
    assert event["evidence"]["needed_per_day"] == target.needed_per_day.value
    assert event["evidence"]["gained_per_day"] == target.recent_per_day.value
