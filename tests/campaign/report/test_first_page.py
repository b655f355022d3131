"""The summary in six lines: each number with how many videos it is of, and what is not available in words."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from campaign.cases import HEAD, campaign, snapshot, tiktok, video
from campaign.drawn_campaigns import draw_campaign

from influtics_lab.campaign import Report, parse_campaign
from influtics_lab.campaign.figures.figure_types import OutlookFigure
from influtics_lab.campaign.report.campaign_report import compute_report
from influtics_lab.campaign.report.figure_bases import list_bases
from influtics_lab.campaign.report.summary_section import main_target

A = video("a", {1: [1000, 50, 5], 5: [2000, 90, 9]})
B = video("b", {1: [400, 10, 1], 4: [600, 20, 2]})
LATER = video("later", {20: [1, 1, 1]})
HIDDEN = video("h", {1: [5000, 0, 5], 5: [6000, 0, 9]})
ONE = '[videos]\nids = ["a"]\n'
TWO = '[videos]\nids = ["a", "b"]\n'
READ = '[estimators]\ncounted = "read"\n'
SPEND = '[[spend]]\namount = 30\ncurrency = "EUR"\ndate = 2025-06-02\n'


def target(measure: str, value: float, day: str) -> str:
    return f'[[targets]]\nmeasure = "{measure}"\nvalue = {value}\ndate = {day}\n'


class Line(NamedTuple):
    about: str
    headline: str
    text: str


def report(rest: str, *videos: dict) -> Report:
    return compute_report(campaign(rest), snapshot(*videos), None, Path("camp.toml"))


def summary_lines(found: Report) -> list[Line]:
    """Read the lines of the rendered summary."""
    page = re.sub(r"\s+", " ", html.unescape(found.summary().replace("\u00a0", " ")))
    head = r'<div class="line"><dt>(.*?)(?:<small>.*?</small>)?</dt>'
    pattern = head + "<dd><strong>(.*?)</strong><span>(.*?)</span></dd></div>"
    return [Line(*map(str.strip, parts)) for parts in re.findall(pattern, page)]


def lines(rest: str, *videos: dict) -> dict[str, Line]:
    found = report(rest if "[estimators]" in rest else rest + READ, *videos)
    return {line.about: line for line in summary_lines(found)}


@pytest.mark.slow
def test_there_are_six_lines_whatever_is_available() -> None:
    for rest in (ONE, '[videos]\nids = ["ghost"]\n', TWO + SPEND + target("views", 9, "2025-06-04")):
        assert list(lines(rest, A, B)) == ["Views", "Target", "Cost", "Next steps", "Engagement", "Data"]


def test_views_of_all_videos_are_a_complete_sum() -> None:
    views = lines(TWO, A, B)["Views"]
    assert views.headline == "2,600 views"
    assert views.text.startswith("As last read in the period up to 5 Jun 2025, from all 2 videos.")
    assert "Gained in the period: at least 1,200 (all 2 videos)." in views.text


def test_views_of_some_videos_are_a_lower_bound() -> None:
    views = lines('[videos]\nids = ["a", "lost"]\n', A, video("lost", {}))["Views"]
    assert views.headline == "At least 2,000 views"
    assert "from 1 of 2 videos. Not included: no readings (1)." in views.text


def test_gains_are_called_gains_and_totals_follow_them() -> None:
    views = lines(TWO + '[estimators]\ncounted = "gained"\n', A, B)["Views"]
    assert views.headline == "At least 1,200 views gained"
    assert "Views from before the period are not counted. With those that are known, the total is 2,600." in views.text


def test_missing_views_are_not_0() -> None:
    views = lines('[videos]\nids = ["lost"]\n', video("lost", {}))["Views"]
    assert views.headline == "Views are not available"
    assert "0" not in views.text.replace("2025", "").partition(" As last")[0]
    assert "no readings" in views.text


@pytest.mark.parametrize(
    ("value", "day", "headline"),
    [
        (1000, "2025-06-04", "Target reached: 100 % of 1,000 views"),
        (4000, "2025-06-04", "Target missed: 25.0 % of 4,000 views"),
        (4000, "2025-06-20", "Target not reached yet: 50.0 % of 4,000 views"),
    ],
)
def test_a_target_shows_its_verdict_and_share(value: float, day: str, headline: str) -> None:
    assert lines(ONE + target("views", value, day), A)["Target"].headline == headline


@pytest.mark.parametrize(
    ("measure", "value", "headline"),
    [
        ("engagement_rate", 4, "Target reached: an engagement rate of 4.00 %"),
        ("engagement_rate", 10, "Target missed: 49.5 % reached"),
        ("cpm", 20, "Target reached: a CPM of at most EUR 20.00"),
        ("cpm", 2, "Target missed"),
    ],
)
def test_a_target_that_is_not_of_views_is_named_in_its_headline(measure: str, value: float, headline: str) -> None:
    assert lines(ONE + SPEND + target(measure, value, "2025-06-05"), A, LATER)["Target"].headline == headline


@pytest.mark.parametrize("verdict", ["on track", "behind", "cannot be said"])
def test_a_forecast_that_decides_is_in_the_headline_of_the_target(verdict: str) -> None:
    found = report(ONE + READ + target("views", 4000, "2025-06-20"), A)
    figures = found.key_figures
    outlook = OutlookFigure(verdict, None, 1.0, 2.0, 90.0, 1, 1)
    judged = replace(figures, targets=(replace(figures.targets[0], outlook=outlook),))
    headline = summary_lines(replace(found, key_figures=judged))[1].headline
    assert headline == "Target not reached yet: 50.0 % of 4,000 views" + (
        "" if verdict == "cannot be said" else f"; forecast: {verdict}"
    )


def test_a_target_that_is_still_to_come_shows_the_views_needed_a_day() -> None:
    text = lines(ONE + target("views", 4000, "2025-06-10"), A)["Target"].text
    assert text.startswith("4,000 views by 10 Jun 2025: 2,000 counted.")
    assert "Needed: 400 views a day for the 5.0 days left." in text


def test_a_target_without_the_views_of_some_videos_has_no_verdict() -> None:
    line = lines('[videos]\nids = ["a", "lost"]\n' + target("views", 4000, "2025-06-20"), A, video("lost", {}))[
        "Target"
    ]
    assert line.headline == "At least 50.0 % of 4,000 views so far, 15.0 days left"
    assert "1 of 2 videos is not counted in full. More is possible." in line.text
    assert "Needed: at most" in line.text


def test_a_target_without_any_views_has_no_verdict() -> None:
    line = lines('[videos]\nids = ["lost"]\n' + target("views", 4000, "2025-06-04"), video("lost", {}))["Target"]
    assert line.headline == "It cannot be said whether the target is reached"
    assert line.text == "4,000 views by 4 Jun 2025: not available (no readings)."


def test_the_first_page_shows_the_target_of_views_that_is_still_to_come() -> None:
    every = [
        SimpleNamespace(measure="cpm", is_past=False),
        SimpleNamespace(measure="views", is_past=True),
        SimpleNamespace(measure="views", is_past=False),
    ]
    assert main_target(every) is every[2]
    assert main_target(every[:2]) is every[0]


def test_a_campaign_without_targets_has_a_line_for_them() -> None:
    assert lines(ONE, A)["Target"].headline == "No target"


def test_the_engagement_rate_names_estimator_n_and_formula() -> None:
    line = lines('[videos]\nids = ["a", "h"]\n', A, HIDDEN)["Engagement"]
    assert line.headline == "4.95 % engagement rate by views"
    assert (
        "All likes and comments over all views, at the last reading (1 of 2 videos; left out: hidden (1)); too few for"
        in line.text
    )


def test_the_engagement_rate_has_its_interval() -> None:
    many = [video(f"v{n}", {1: [1000, 10 * n + 10, 5]}) for n in range(8)]
    text = lines('[videos]\nplatform = "YouTube"\n', *many)["Engagement"].text
    assert "; 95 % interval " in text


def test_costs_are_bounds_where_views_are_missing() -> None:
    line = lines('[videos]\nids = ["a", "lost"]\n' + SPEND, A, video("lost", {}))["Cost"]
    assert line.headline == "EUR 30.00 spent, CPM at most EUR 15.00"
    assert "“At most”: the counts of some videos are incomplete, and more views make it lower." in line.text


def test_costs_of_complete_counts_have_no_bound() -> None:
    line = lines(TWO + SPEND + '[emv]\ncurrency = "EUR"\nviews = 0.01\n', A, B)["Cost"]
    assert line.headline == "EUR 30.00 spent, CPM EUR 11.54"
    assert "CPM is the whole spend for each thousand views as last read in the period. " in line.text
    assert "An engagement cost EUR 0.25." in line.text
    assert "Earned media value at your own rates: EUR 26.00 (all 2 videos)." in line.text


def test_a_campaign_without_spend_has_a_line_for_it() -> None:
    assert lines(ONE, A)["Cost"].text == "No spend is given."


def test_doubts_are_counted_each_video_once() -> None:
    line = lines('[videos]\nids = ["a", "h", "ghost"]\n', A, HIDDEN)["Data"]
    assert line.headline == "2 of 3 videos need review"
    assert line.text.startswith("3 videos = 2 counted in full + 1 not counted. To review also: 1 with hidden counts.")


def test_complete_data_need_no_review() -> None:
    fine = video(
        "f",
        {1.1: [10, 1, 1], 3: [20, 2, 1], 4.9: [25, 3, 1], 6: [27, 3, 1], 9: [30, 3, 1]},
        platform="TikTok",
        external_video_id=tiktok(1),
    )
    assert lines('[videos]\nids = ["f"]\n', fine)["Data"].headline == "No video needs review"


def test_no_line_claims_a_cause() -> None:
    found = report(TWO + SPEND + target("views", 9000, "2025-06-20"), A, B)
    text = " ".join(" ".join(line) for line in summary_lines(found)).casefold()
    for word in ("because", "caused", "thanks to", "drove", "led to", "generated", "due to", "impact"):
        assert word not in text


def test_a_target_after_the_period_shows_the_end_of_its_counts() -> None:
    summary = lines(TWO + target("views", 9000, "2025-06-20"), A, B, LATER)
    assert "2,600 (all 2 videos, counted up to 21 Jun 2025, 00:00)" in summary["Target"].text
    assert "up to 5 Jun 2025" in summary["Views"].text


@pytest.mark.slow
def test_the_other_targets_are_named_with_their_verdicts_the_worst_first() -> None:
    rest = target("views", 9000, "2025-07-20") + target("views", 2, "2025-06-05") + target("views", 8000, "2025-06-05")
    text = lines(TWO + rest, A, B, LATER)["Target"].text
    assert text.endswith(
        "Other targets: 8,000 views by 5 Jun 2025: missed, 2,600 (all 2 videos); "
        "2 views by 5 Jun 2025: reached, 2,600 (all 2 videos)."
    )


def test_of_many_other_targets_three_are_named_and_one_without_a_verdict_says_so() -> None:
    some = [target("views", n, "2025-06-20") for n in (2, 3, 4)]
    rest = "".join([some[0], target("engagement_rate", 4, "2025-06-20"), *some[1:], target("cpm", 5, "2025-06-20")])
    lost = [video("lost", {}), video("other", {8: [5, 1, 1]})]
    text = lines('[videos]\nids = ["lost"]\n' + rest, *lost)["Target"].text
    assert (
        "Other targets: an engagement rate of 4.00 % by 20 Jun 2025: not available (no video has a rate), so it cannot "
        "be said; 3 views by" in text
    )
    assert text.endswith(
        "; 4 views by 20 Jun 2025: not available (no readings), so it cannot be said; 1 more in the appendix."
    )


def test_a_target_that_is_almost_reached_is_not_at_100_percent() -> None:
    headline = lines(TWO + target("views", 2601, "2025-07-20"), A, B)["Target"].headline
    assert headline == "Target not reached yet: 99.96 % of 2,601 views"


@pytest.mark.slow
def test_videos_that_were_not_found_are_on_the_first_page() -> None:
    rest = '[videos]\nids = ["a", "ghost"]\n'
    views = lines(rest + target("views", 1500, "2025-06-04"), A, LATER)["Views"]
    assert views.headline == "At least 2,000 views"
    assert "from 1 of 2 videos. Not included: not in the data (1)." in views.text
    assert "1 of 2 named videos found" in report(rest + READ, A, LATER).title_and_logo()
    for value, headline in (
        (1500, "Target reached: at least 133 % of 1,500 views"),
        (2500, "It cannot be said whether the target is reached: at least 80.0 % counted"),
    ):
        assert lines(rest + target("views", value, "2025-06-05"), A, LATER)["Target"].headline == headline


def test_links_that_are_not_found_are_on_the_first_page_and_leave_a_target_open(tmp_path: Path) -> None:
    links = [f"https://youtu.be/dQw4w9WgX{n:02}" for n in range(27)]
    (tmp_path / "links.csv").write_text("\n".join(["link", *links]))
    rest = '[videos]\nlinks_csv = "links.csv"\n' + READ + target("views", 2600, "2025-06-04")
    every = [video(f"v{n}", {0: [0, 0, 0], 3: [100, 5, 1]}, external_video_id=links[n][-11:]) for n in range(25)]
    file = parse_campaign(HEAD + rest, folder=tmp_path)
    found = compute_report(file, snapshot(*every, LATER), None, tmp_path / "camp.toml")
    views, reached = summary_lines(found)[:2]
    assert views.headline.replace("\u00a0", " ") == "At least 2,500 views"
    assert "25 of 27 links found" in found.title_and_logo()
    assert reached.headline.startswith("It cannot be said whether the target is reached")


def test_the_total_is_named_beside_the_count_where_views_from_before_are_left_out() -> None:
    old = video("a", {0: [1000, 1, 1], 1: [1000, 1, 1], 5: [1600, 2, 2]})
    views = summary_lines(report(ONE, old, LATER))[0]
    assert views.headline == "600 views"
    assert "With those that are known, the total is 1,600." in views.text
    assert "Gained in the period:" not in views.text  # it is what counts


def test_a_total_that_differs_by_the_time_of_reading_alone_is_left_to_the_appendix() -> None:
    new = {"platform": "TikTok", "external_video_id": tiktok(1.5)}
    found = report(ONE, video("a", {2: [500, 9, 1], 4.5: [900, 20, 2], 5.5: [1300, 20, 2]}, **new), LATER)
    views = summary_lines(found)[0]
    assert (views.headline, "900" in views.text) == ("1,100 views", False)
    assert ">900<" in found.totals()


def test_a_sum_as_last_read_explains_a_larger_gain() -> None:
    new = {"platform": "TikTok", "external_video_id": tiktok(1.5)}
    later = video("a", {2: [500, 9, 1], 4.5: [900, 20, 2], 5.5: [1300, 20, 2]}, **new)
    views = lines(ONE, later, LATER)["Views"]
    assert views.headline == "900 views"
    assert "Gained in the period: 1,100 (1 video). This reaches beyond the last readings" in views.text


def test_the_gain_stands_beside_counts_that_may_include_earlier_views() -> None:
    late = video("a", {3: [1000, 1, 1], 5: [1600, 2, 2]})
    views = summary_lines(report(ONE, late, LATER))[0]
    assert views.headline == "1,600 views"
    assert (
        "may include views from before the period. Counted from their first readings alone, the total is" in views.text
    )
    assert "at least 600." in views.text


def test_a_video_tracked_twice_is_on_the_first_page() -> None:
    twin = {"external_video_id": "abc-DEF_123"}
    views = lines(TWO, A | twin, B | twin)["Views"]
    assert views.headline == "2,000 views"
    assert "1 video is tracked more than once and counts once." in views.text


def test_a_sum_without_a_bound_is_no_minimum() -> None:
    fallen = video("b", {1.5: [900, 1, 1], 3: [500, 1, 1]})
    line = lines(TWO + '[estimators]\ncounted = "gained"\n' + target("views", 9000, "2025-07-20"), A, fallen, LATER)
    assert line["Views"].headline == "1,000 views gained from 1 of 2 videos"
    assert (
        "Not included: count fell (1). A video whose count fell may have lost more than it gained" in line["Views"].text
    )
    assert line["Data"].text.startswith("2 videos = 1 counted in full + 1 not counted.")
    assert "by the views that are available" in line["Target"].text
    assert "at most" not in line["Target"].text


def test_incomplete_views_need_review() -> None:
    early = {"platform": "TikTok", "external_video_id": tiktok(1)}
    line = lines(
        ONE + '[estimators]\ncounted = "gained"\n', video("a", {1.1: [10, 1, 1], 2: [20, 2, 1]}, **early), LATER
    )
    assert line["Views"].headline == "At least 20 views gained"
    assert line["Views"].text.endswith("from 1 video. Incomplete: last read before the end (1).")
    assert line["Data"].headline == "1 video needs review"
    assert line["Data"].text == "1 video = 1 counted in part. See “Data quality” in the appendix."
    assert "No video can be compared at 7 days since publication: too young (1)." in line["Engagement"].text


def with_texts(*steps: str, summary: str = "", creators: tuple[tuple[str, str], ...] = ()) -> Report:
    texts = {"next_steps": "\n".join(steps), "summary": summary}
    written = "".join(f"{name} = {json.dumps(text)}\n" for name, text in texts.items() if text)
    found = compute_report(campaign(ONE, HEAD.replace("[period]", f"{written}[period]")), snapshot(A), None, Path("a"))
    judged = (SimpleNamespace(name=name, advice=advice) for name, advice in creators)
    return replace(found, results=SimpleNamespace(creators=tuple(judged)))


def test_the_next_steps_are_those_of_the_team_alone() -> None:
    found = with_texts("1. Book **Ann** again.", "2. Wait.", creators=(("Bo", "book again"),))
    line = {line.about: line for line in summary_lines(found)}
    assert line["Next steps"] == Line("Next steps", "Book Ann again.", "Wait.")
    assert "<dt>Next steps<small>The campaign team writes</small></dt>" in found.summary()
    assert "Book again: Bo" not in found.summary()


def test_of_many_steps_three_are_on_the_first_page() -> None:
    text = summary_lines(with_texts("- One", "- Two", "- Three", "- Four", "- Five"))[3].text
    assert text == "Two<br>Three<br>2 more under “Next steps”."


@pytest.mark.parametrize(
    ("advice", "headline", "how_sure"),
    [
        ("book again", "Book again: Bo and Cy", "Sure: clearly more than half of their posts are above their usual."),
        (
            "leaning to yes",
            "Perhaps book again: Bo and Cy",
            "Not sure: their typical post got more views than usual, but the posts are too few.",
        ),
        ("leaning to no", "No next step is named", ""),
        ("open", "No next step is named", ""),
    ],
)
def test_without_steps_of_the_team_the_figures_advise_where_they_can(advice: str, headline: str, how_sure: str) -> None:
    found = with_texts(creators=(("Bo", advice), ("Cy", advice)))
    assert summary_lines(found)[3] == Line("Next steps", headline, how_sure)
    assert ("<dt>Next steps<small>The figures show</small></dt>" in found.summary()) == (how_sure != "")


def test_the_words_of_the_team_are_apart_from_those_of_the_figures() -> None:
    page = with_texts(summary="Views are close to plan.").summary()
    author, figures = page.split("</div>\n</div>", 1)
    assert "The campaign team writes</p>" in author
    assert "Views are close to plan." in author
    assert "The figures show" not in author
    assert "The figures show</p>" in figures
    assert "Views are close to plan." not in figures
    assert "The figures show" not in with_texts().summary()  # no words of the team to tell apart


def test_a_target_to_come_has_the_views_it_needs_in_its_own_line() -> None:
    found = lines(ONE + target("views", 4000, "2025-06-10"), A)
    assert "Needed: 400 views a day" in found["Target"].text
    assert found["Next steps"].headline == "No next step is named"


def test_a_young_video_without_a_date_needs_no_review() -> None:
    line = lines(ONE, A)
    assert line["Data"].headline == "No video needs review"
    assert (
        "No video can be compared at 7 days since publication: publication date missing (1)." in line["Engagement"].text
    )


def test_a_target_that_cannot_be_said_has_its_reason_in_its_line() -> None:
    rest = '[videos]\nids = ["a", "lost"]\n' + SPEND + target("views", 1, "2025-06-04")
    for measure, value, reason in (
        ("engagement_rate", 9, "5.50 % (1 of 2 videos; the others have no rate), so it cannot be said."),
        ("cpm", 5, "at most EUR 30.00 (complete for 1 of 2 videos), so it cannot be said."),
    ):
        line = lines(rest + target(measure, value, "2025-06-04"), A, video("lost", {}), LATER)["Target"]
        assert line.text.endswith(reason)


def test_no_verdict_of_a_past_target_is_still_to_come() -> None:
    fallen = video("b", {1.5: [900, 1, 1], 3: [500, 1, 1]})
    gained = '[estimators]\ncounted = "gained"\n'
    for counted in (READ, gained):
        rest = TWO + counted + target("views", 9000, "2025-06-05") + target("engagement_rate", 9, "2025-06-05")
        text = " ".join(map(" ".join, lines(rest, A, fallen, LATER).values()))
        assert "yet" not in text
        assert counted == READ or "A count fell, so the true value may be lower or higher." in text


def test_a_cpm_that_has_no_bound_says_why_and_of_how_many_videos() -> None:
    fallen = video("b", {1.5: [900, 1, 1], 3: [500, 1, 1]})
    report_of = TWO + SPEND + '[estimators]\ncounted = "gained"\n'
    line = lines(report_of, A, fallen, LATER)["Cost"]
    assert line.headline == "EUR 30.00 spent"
    assert line.text.startswith(
        "No CPM is available: the count of 1 video fell and is incomplete, so the true views may"
    )
    found = report(
        f'{report_of}[[creators]]\nname = "Bo"\nvideos = ["a", "b"]\n{SPEND}creator = "Bo"\n', A, fallen, LATER
    )
    assert "The count of 1 video fell and is incomplete" in found.budget_and_cost()
    assert '<td class="none">count fell (1)</td>' in found.creators()


def test_amounts_without_an_exchange_rate_are_named_apart() -> None:
    dollars = '[[spend]]\namount = 5\ncurrency = "USD"\ndate = 2025-06-02\n'
    later = dollars.replace("06-02", "07-02").replace("5", "7", 1)
    found = report(TWO + SPEND + dollars + later + '[currency]\nreport = "EUR"\n', A, B)
    line = summary_lines(found)[2]
    assert line.headline == "EUR 30.00 and USD 5.00 spent"
    assert line.text == "The amounts are not added up, and there is no CPM: no exchange rate is given for USD."
    for text in (line.headline, line.text):
        assert text in html.unescape(found.budget_and_cost()).replace("\u00a0", " ")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_each_base_and_what_it_leaves_out_are_all_videos(seed: int) -> None:
    text, read = draw_campaign(seed)
    found = compute_report(parse_campaign(text), read, None, Path("camp.toml"))
    figures, results = found.key_figures, found.results
    bases = [base for _, base in list_bases(figures, results)]
    rates = figures.totals.engagement_rate
    known = (rates.last_read.n, rates.at_age.n, figures.comparison.views.n, results.uplift_pct.n)
    assert tuple(base.n for base in bases[1:]) == known
    for base in bases:
        assert base.n + sum(base.left_out.values()) == base.of == figures.quality.asked


def test_a_target_that_rests_on_views_from_before_the_period_says_so() -> None:
    late = video("a", {3: [1000, 1, 1], 5: [1600, 2, 2]})

    def read_target(rest: str) -> Line:
        return next(line for line in summary_lines(report(ONE + rest, late, LATER)) if line.about == "Target")

    doubt = "ot certain without views that may be from before the period"
    for value, is_certain in ((600, True), (601, False)):
        line = read_target(target("views", value, "2025-06-05"))
        assert line.headline.startswith("Target reached")
        assert (doubt in line.text) is not is_certain
    line = read_target(SPEND + target("views", 100, "2025-06-05") + target("cpm", 40, "2025-06-05"))
    assert line.text.endswith(f"a CPM of at most EUR 40.00 by 5 Jun 2025: reached, EUR 18.75 (1 video), n{doubt}.")
