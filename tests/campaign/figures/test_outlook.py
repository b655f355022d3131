"""The forecast of a campaign's views: on track, behind, or why that cannot be said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from campaign.cases import campaign, snapshot, tiktok, video

from influtics_lab.campaign import key_figures, tables
from influtics_lab.campaign.figures.outlook import describe_outlook, describe_period_end
from influtics_lab.campaign.report.campaign_report import compute_report

HEAD = 'name = "June"\n[period]\nstart = 2025-06-01\nend = 2025-06-08\n'
OTHERS = 27
"""Videos of before that had 1,000 views at 2 days and 1,200 at 3, and 1,200 to 2,500 at 7."""


def others() -> list[dict[str, Any]]:
    return [
        series(f"o{number:02}", -20, {2: 1000, 3: 1200, 4: 1200, 5: 1200, 6: 1200 + 30 * number, 7: 1200 + 50 * number})
        for number in range(OTHERS)
    ]


def series(name: str, born: float, views: dict[float, int]) -> dict[str, Any]:
    readings = {born + age: (count, 10, 1, 1) for age, count in views.items()}
    return video(name, readings, platform="TikTok", external_video_id=tiktok(born, name))


def judged(target: int, *own: dict[str, Any], ids: tuple[str, ...] = ("a", "b"), more: str = "") -> dict[str, Any]:
    names = ", ".join(f'"{name}"' for name in ids)
    text = f'[videos]\nids = [{names}]\n{more}[[targets]]\nmeasure = "views"\nvalue = {target}\ndate = 2025-06-08\n'
    found = key_figures(campaign(text, HEAD), snapshot(*others(), *own))
    return found.to_dict()


def own(name: str, born: float = 1.0) -> dict[str, Any]:
    return series(name, born, {0.1: 10, 2: 1000, 3: 1200})


@pytest.mark.slow
def test_sure_is_on_track_or_behind_and_else_it_cannot_be_said() -> None:
    both = own("a"), own("b")
    reached, behind, open_ = (judged(target, *both)["targets"][0]["outlook"] for target in (2500, 9000, 4000))
    assert [one["verdict"] for one in (reached, behind, open_)] == ["on track", "behind", "cannot be said"]
    assert 2500 <= reached["low"] < 4000 < reached["high"] < 9000
    assert (reached["n"], reached["of"], reached["level_pct"]) == (2, 2, 90.0)
    assert [one["because"] for one in (reached, behind)] == [None, None]
    assert open_["because"] == "the limits are on both sides of the target"


@pytest.mark.slow
def test_the_limits_are_joint_limits_of_the_sum_and_not_the_sum_of_limits() -> None:
    apart = judged(9000, own("a"), own("b"))["targets"][0]["outlook"]
    creators = '[[creators]]\nname = "Ann"\nvideos = ["a", "b"]\n'
    together = judged(9000, own("a"), own("b"), more=creators)["targets"][0]["outlook"]
    assert apart["low"] > together["low"]
    assert apart["high"] < together["high"]  # videos of one creator rise and fall together


@pytest.mark.slow
def test_a_video_without_a_forecast_leaves_only_a_lower_bound_and_is_named() -> None:
    young = series("b", 3.5, {0.1: 10, 0.5: 700})
    outlook = judged(4000, own("a"), young)["targets"][0]["outlook"]
    assert (outlook["verdict"], outlook["high"], outlook["n"]) == ("cannot be said", None, 1)
    assert outlook["because"] == "1 of 2 videos have no forecast (1 younger than 2 days)"
    assert outlook["low"] >= 1200 + 700
    assert judged(1950, own("a"), young)["targets"][0]["outlook"]["verdict"] == "on track"


def test_a_missing_post_is_open_too() -> None:
    outlook = judged(9000, own("a"), ids=("a", "gone"))["targets"][0]["outlook"]
    assert outlook["because"] == "1 of 2 videos have no forecast (1 not in the snapshot)"


def test_what_needs_no_forecast_has_none_and_says_why() -> None:
    outlook = judged(1000, own("a"), own("b"))["targets"][0]["outlook"]
    assert (outlook["verdict"], outlook["because"]) == (None, "the target is reached")


def test_the_end_of_the_period_has_limits_of_its_own() -> None:
    figures = judged(9000, own("a"), own("b"))
    assert figures["period_end"]["low"] == pytest.approx(figures["targets"][0]["outlook"]["low"], rel=0.05)
    assert figures["period_end"]["verdict"] is None
    table = tables(figures)["targets"]
    assert table.select("outlook", "forecast_low").row(0) == ("behind", figures["targets"][0]["outlook"]["low"])


def test_the_sentence_has_verdict_limits_and_reason() -> None:
    figures = key_figures(
        campaign('[videos]\nids = ["a"]\n[[targets]]\nmeasure = "views"\nvalue = 9000\ndate = 2025-06-08\n', HEAD),
        snapshot(*others(), own("a")),
    )
    outlook = figures.targets[0].outlook
    assert outlook is not None
    assert outlook.high is not None
    assert describe_outlook(outlook) == (
        f"Behind: the forecast is {outlook.low:,.0f} to {outlook.high:,.0f} (90 % limits, 1 of 1 video)."
    )


@pytest.mark.slow
def test_the_end_of_the_period_is_in_both_editions_as_a_sentence() -> None:
    text = '[videos]\nids = ["a", "b"]\n'
    young = series("b", 3.5, {0.1: 10, 0.5: 700})
    for videos, sentence_pattern in (
        ((own("a"), own("b")), r"period \(8\sJun\s2025\): [\d,]+ to [\d,]+ views \(90 % limits, 2 of 2 videos\)\.$"),
        (
            (own("a"), young),
            r"at least [\d,]+ views \(90 .*, 1 of 2 videos\); 1 of 2 videos have no forecast \(1 younger",
        ),
        (
            (young,),
            r"^No forecast for the end of the period \(8\sJun\s2025\): 2 of 2 videos have no forecast \(1 not in",
        ),
    ):
        report = compute_report(campaign(text, HEAD), snapshot(*others(), *videos), None, Path("june.toml"))
        sentence = describe_period_end(report.key_figures)
        assert re.search(sentence_pattern, sentence)
        assert describe_period_end(report.key_figures, with_reasons=False) in report.progress()
        assert sentence in report.targets()


def test_a_period_that_is_over_has_no_forecast() -> None:
    late = series("z", -20, {40: 9000})
    figures = key_figures(campaign('[videos]\nids = ["a"]\n', HEAD), snapshot(own("a"), late))
    assert figures.period_end is not None
    assert (figures.period_end.because, describe_period_end(figures)) == ("the period is over", "")
