"""Views of a campaign from before and after a day on which a platform changed what a view is."""

from __future__ import annotations

from campaign.cases import campaign, codes, figures, snapshot, video, words

from influtics_lab.campaign import plot_progress, settle

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


def test_the_chart_of_progress_has_a_dotted_line_on_the_day() -> None:
    taken = snapshot(insta("both", RULE - 12, RULE - 1, RULE + 2, RULE + 12))
    for count, labels in (("views", ["Instagram 2025-04-21: new counting rule"]), ("likes", [])):
        ax = plot_progress(campaign(ALL, HEAD), taken, count)
        assert [text.get_text() for text in ax.texts if text.get_gid() == "rule"] == labels
