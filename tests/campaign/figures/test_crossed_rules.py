"""Views of a campaign from before and after a day on which a platform changed what a view is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from campaign.cases import campaign, codes, figures, snapshot, tiktok, video, words

from influtics_lab.campaign import new_campaign, plot_progress, settle
from influtics_lab.campaign.report.campaign_report import compute_report

RULE = -41  # 21 April 2025, in days after 1 June
HEAD = 'name = "April"\n[period]\nstart = 2025-04-10\nend = 2025-05-01\n'
ALL = '[videos]\nplatform = "Instagram"'


def insta(name: str, *days: float, created: str = "2025-04-01T00:00:00+00:00") -> dict[str, object]:
    readings = {day: (1000 * (number + 1), 10, 1) for number, day in enumerate(days)}
    return video(name, readings, platform="Instagram", created_at=created)


def test_views_from_before_and_after_the_day_are_a_finding_with_the_videos() -> None:
    found = figures(ALL, insta("both", RULE - 8, RULE - 1, RULE + 2), insta("before", RULE - 9, RULE - 3), head=HEAD)
    text = words(found, "rule_change")
    assert text == (
        "Instagram changed what a view is on 2025-04-21: views take the place of plays in the API. Views of 1 of 2 "
        "videos were counted before and after: both. Their gains, targets and prices mix both."
    )
    assert found["quality"]["flagged"]["rule_change"] == {"both": 1}


@pytest.mark.slow
def test_a_period_after_the_day_that_counts_gains_crosses_nothing() -> None:
    later = HEAD.replace("2025-04-10", "2025-04-22")
    gained = figures(ALL, insta("both", RULE - 8, RULE + 2, RULE + 5), head=later)
    assert "rule_change" not in codes(gained)
    last = figures(f'{ALL}\n[estimators]\ncounted = "read"', insta("both", RULE - 8, RULE + 2, RULE + 5), head=later)
    assert "rule_change" in codes(last)


def test_a_settlement_of_such_views_says_so_in_its_notes() -> None:
    plan = campaign(
        f'{ALL}\n[[creators]]\nname = "Ann"\nvideos = ["both"]\n[[deals]]\ncreator = "Ann"\ncurrency = "EUR"\ncpm = 2\n'
        "cutoff_date = 2025-04-30T12:00:00\n",
        HEAD,
    )
    taken = snapshot(insta("both", RULE - 8, RULE - 1, RULE + 2, RULE + 12))
    (statement,) = settle(plan, taken, as_of="2025-05-02").statements
    assert any(note.startswith("Instagram changed what a view is on 2025-04-21") for note in statement.notes)


@pytest.mark.slow
def test_the_chart_of_progress_has_a_dotted_line_on_the_day() -> None:
    taken = snapshot(insta("both", RULE - 12, RULE - 1, RULE + 2, RULE + 12))
    for count, labels in (("views", ["Instagram 2025-04-21: new counting rule"]), ("likes", [])):
        ax = plot_progress(campaign(ALL, HEAD), taken, count)
        assert [text.get_text() for text in ax.texts if text.get_gid() == "rule"] == labels


MINE = """
[[rules]]
platform = "TikTok"
changed_on = 2025-06-04
change = "<b>replays</b> count"
source = "a letter of TikTok"
"""
JUNE = 'name = "June"\n[period]\nstart = 2025-06-01\nend = 2025-06-08\n'
LABEL = "TikTok 2025-06-04"


def clip(name: str, born: float, *days: float) -> dict[str, object]:
    readings = {day: (1000 * (number + 1), 10, 1, 1) for number, day in enumerate(days)}
    return video(name, readings, platform="TikTok", external_video_id=tiktok(born, name))


CLIPS = (
    clip("mid", 1, 1.1, 2, 3.5, 4, 5),
    *(clip(f"b{n}", -20, -19.9, -18, -13, -12) for n in range(6)),
    clip("late", 3.2, 3.3, 4, 5),
)
NAMED = '[videos]\nids = ["mid"]'
MONEY = """
[[creators]]
name = "Ann"
videos = ["mid", "b0", "b1", "b2", "b3", "b4"]
[[spend]]
amount = 10
currency = "EUR"
date = 2025-06-01
[[deals]]
creator = "Ann"
currency = "EUR"
cpm = 2
videos = ["mid"]
cutoff_date = 2025-06-04T12:00:00
[[targets]]
measure = "views"
value = 90000
date = 2025-06-08
[compare]
at_age = "24h"
"""


def test_a_rule_of_the_file_is_used_by_flags_findings_comparisons_and_the_forecast() -> None:
    plain = figures(NAMED + MONEY, *CLIPS, head=JUNE)
    found = figures(NAMED + MONEY + MINE, *CLIPS, head=JUNE)
    assert "rule_change" not in codes(plain)
    assert words(found, "rule_change") == (
        "TikTok changed what a view is on 2025-06-04: <b>replays</b> count. Views of 1 of 1 video were counted "
        "before and after: mid. Their gains, targets and prices mix both."
    )
    assert (plain["quality"]["flagged"]["rule_change"], found["quality"]["flagged"]["rule_change"]) == (
        {},
        {"mid": 1},
    )
    assert words(found, "rule_comparison") == (
        "Videos that are compared at equal age lie on both sides of a counting rule: "
        f"{LABEL}: 7 videos before, 1 after."
    )
    reasons = [one["targets"][0]["outlook"]["because"] for one in (plain, found)]
    assert reasons[0].startswith("1 of 1 videos have no forecast (1 no calibrators")
    assert reasons[1] == "1 of 1 videos have no forecast (1 a counting rule changes before the horizon)"
    assert found["period_end"]["because"] == reasons[1]
    assert (plain["settings"]["rules"], found["settings"]["rules"]) == (
        [],
        [f"{LABEL}: <b>replays</b> count (a letter of TikTok)"],
    )


@pytest.mark.slow
def test_a_rule_of_the_file_is_in_the_settlement_the_chart_and_both_editions() -> None:
    plan, taken = campaign(NAMED + MONEY + MINE, JUNE), snapshot(*CLIPS)
    (statement,) = settle(plan, taken, as_of="2025-06-06").statements
    assert any(note.startswith("TikTok changed what a view is on 2025-06-04") for note in statement.notes)
    ax = plot_progress(plan, taken)
    assert [text.get_text() for text in ax.texts if text.get_gid() == "rule"] == [f"{LABEL}: new counting rule"]
    report = compute_report(plan, taken, None, Path("june.toml"))
    listed = f"{LABEL}: &lt;b&gt;replays&lt;/b&gt; count (a letter of TikTok)"
    assert listed in report.method()
    assert listed in report.provenance()
    bare = compute_report(campaign(NAMED + MONEY, JUNE), taken, None, Path("june.toml"))
    assert "Counting rules" not in bare.method() + bare.provenance()


@pytest.mark.slow
def test_two_campaigns_on_both_sides_of_a_rule_of_a_file_say_so() -> None:
    other = 'name = "May"\n[period]\nstart = 2025-05-10\nend = 2025-05-25\n'
    others = campaign('[videos]\nids = ["b0", "b1"]', other)
    late = NAMED.replace('"mid"', '"late"')
    for rules, note in ((MINE, f"{LABEL}: 1 video after; {LABEL}: 2 videos before"), ("", None)):
        report = compute_report(
            campaign(late + '\n[compare]\nat_age = "24h"' + rules, JUNE),
            snapshot(*CLIPS),
            None,
            Path("june.toml"),
            others,
        )
        assert report.other is not None
        assert (report.other.rule_note is None) == (note is None)
        assert (LABEL in report.against()) == (note is not None)


def test_a_new_campaign_file_mentions_rules_in_one_line() -> None:
    assert sum("rules" in line for line in new_campaign(snapshot(*CLIPS)).splitlines()) == 1


@pytest.mark.parametrize(("zone", "hours"), [("UTC", 0), ("Pacific/Apia", 13), ("America/Bogota", -5)])
def test_the_line_of_a_rule_is_at_the_local_time_of_its_start_as_the_days_of_the_chart_are(
    zone: str, hours: int
) -> None:
    taken = snapshot(insta("both", RULE - 12, RULE - 1, RULE + 2, RULE + 12))
    ax = plot_progress(campaign(ALL, f'{HEAD}time_zone = "{zone}"\n'), taken)
    (line,) = (line for line in ax.get_lines() if line.get_gid() == "rule")
    assert line.get_xdata()[0] == pytest.approx((date(2025, 4, 21) - date(1970, 1, 1)).days + hours / 24)
