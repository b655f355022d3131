"""The template of a campaign file is valid for any snapshot, and so is every example in it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from campaign.cases import snapshot, video

import influtics_lab as lab
from influtics_lab.campaign import Campaign, check_campaign, new_campaign, parse_campaign
from influtics_lab.campaign.figures.matching import choose_videos

HOSTILE = 'x\nids = []\r\u2028"""\u202e<b>\x00 # "'


@pytest.mark.parametrize("found", [lab.sample_snapshot(), lab.simulate(30, seed=4)])
def test_template_names_all_videos_and_has_no_problem(found: lab.Snapshot) -> None:
    campaign = parse_campaign(new_campaign(found))
    assert choose_videos(campaign, found.videos).videos == tuple(found.videos["video_id"].sort())
    assert [finding.text for finding in check_campaign(campaign, found) if finding.level == "problem"] == []
    assert campaign.period.start == found.stats["timestamp"].dt.date().min()


def test_every_example_of_the_template_is_valid(tmp_path: Path) -> None:
    text = new_campaign(lab.sample_snapshot())
    used = re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE)
    used = re.sub(
        r"^(platform|title_pattern|created|published|exclude|external_ids) = .*\n", "", used, flags=re.MULTILINE
    )
    used = re.sub(r"^(cutoff_date = 2025-07-31|worksheet = .*)\n", "", used, flags=re.MULTILINE)
    (tmp_path / "creators.csv").write_text("creator,Net fee\nA creator,5\n")
    (tmp_path / "outcomes.csv").write_text("creator,Net sales\nA creator,5\n")
    campaign = parse_campaign(used, folder=tmp_path)
    assert campaign.spend[1].post == campaign.posts[0]
    assert len(campaign.outcome_rows) == 1
    campaign = dataclasses.replace(campaign, spend=campaign.spend[:1])
    assert len(campaign.creators) == len(campaign.spend) == len(campaign.targets) == 1
    assert campaign.emv is not None
    assert campaign.published_at


def test_template_has_every_table() -> None:
    text = new_campaign(lab.simulate(3))
    for field in dataclasses.fields(Campaign):
        assert re.search(rf"^#?(\[+{field.name}\]+|{field.name} =)", text, flags=re.MULTILINE), field.name
        inner = field.metadata["type"]
        for key in dataclasses.fields(inner) if isinstance(inner, type) else ():
            assert key.name in text or "is_derived" in key.metadata, key.name


def test_hostile_titles_and_ids_end_no_line() -> None:
    found = snapshot(video(HOSTILE, {1: [5]}, title=HOSTILE, external_video_id=HOSTILE), video("b", {}, title=None))
    text = new_campaign(found)
    assert parse_campaign(text).videos.ids == tuple(sorted(["b", HOSTILE]))
    assert not set("\r\u2028\u202e\x00") & set(text)


def test_template_of_snapshot_without_videos_is_valid(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text(new_campaign(snapshot()))
    assert parse_campaign((tmp_path / "campaign.toml").read_text()).name == "Campaign"


def test_many_videos_are_selected_by_a_condition_that_all_meet() -> None:
    for fields, condition in (({}, 'platform = ["YouTube"]'), ({"platform": None}, "created = {since = 2025-06-01}")):
        found = snapshot(*(video(f"v{n}", {1: [n]}, **(fields if n == 7 else {})) for n in range(101)))
        text = new_campaign(found)
        assert f"\n{condition}\n" in text
        assert len(text.splitlines()) < 200
        assert len(choose_videos(parse_campaign(text), found.videos).videos) == 101
