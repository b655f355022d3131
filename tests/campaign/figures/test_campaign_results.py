"""What followed from a campaign: creators against their usual, promised posts, budget, outcomes, another campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from campaign.cases import HEAD, snapshot, tiktok, video

from influtics_lab.campaign import parse_campaign
from influtics_lab.campaign.figures.campaign_against import AgainstFigures, compare_campaigns
from influtics_lab.campaign.figures.campaign_data import CampaignData, gather_data
from influtics_lab.campaign.figures.campaign_results import CampaignResults, compute_results
from influtics_lab.campaign.figures.key_figures import compute_key_figures

DAY = '[compare]\nat_age = "1d"\n'
LINK = "https://youtu.be/{}"


def data_of(rest: str, *videos: dict[str, Any], folder: Path = Path()) -> CampaignData:
    return gather_data(parse_campaign(HEAD + rest, folder=folder), snapshot(*videos))


def results(rest: str, *videos: dict[str, Any], folder: Path = Path()) -> CampaignResults:
    data = data_of(rest, *videos, folder=folder)
    return compute_results(data, compute_key_figures(data))


def dated(name: str, born: float, views: int) -> dict[str, Any]:
    """A TikTok that had so many views one day after it was published."""
    facts = {"platform": "TikTok", "external_video_id": tiktok(born)}
    return video(name, {born: [0, 0, 0], born + 1: [views, views // 10, 0]}, **facts)


def history(creator: str, views: list[int]) -> list[dict[str, Any]]:
    return [dated(f"{creator}{n}", -8 + n / 1000 + ord(creator) / 100, count) for n, count in enumerate(views)]


def creators(**videos: list[dict[str, Any]]) -> str:
    lists = {name: ", ".join(f'"{row["video_id"]}"' for row in rows) for name, rows in videos.items()}
    return "".join(f'[[creators]]\nname = "{name}"\nvideos = [{names}]\n' for name, names in lists.items())


OLD = {name: history(name, [100, 200, 300, 400, 500]) for name in "abc"}
NEW = {
    "a": [dated(f"n{n}", 1 + n / 100, 600 + n) for n in range(4)],
    "b": [dated("m1", 1.1, 150), dated("m2", 1.2, 900)],
    "c": [dated("k1", 1.3, 30)],
}
IDS = '[videos]\nids = ["n0", "n1", "n2", "n3", "m1", "m2", "k1"]\n'
EVERY = [row for rows in (*OLD.values(), *NEW.values()) for row in rows]


def test_creators_are_ranked_by_their_multiple_of_usual_with_a_hint_and_its_certainty() -> None:
    people = {name: OLD[name] + NEW[name] for name in OLD}
    spend = '[[spend]]\namount = 80\ncurrency = "EUR"\ndate = 2025-06-02\ncreator = "a"\n'
    found = results(IDS + DAY + creators(**people) + spend, *EVERY)
    rows = {row.name: row for row in found.creators}
    assert [row.name for row in found.creators] == ["a", "b", "c"]
    assert [(row.hits, row.n, row.of) for row in found.creators] == [(4, 4, 4), (1, 2, 2), (0, 1, 1)]
    assert rows["a"].multiple.value == pytest.approx(601.5 / 300, rel=1e-4)  # ids carry whole seconds
    assert rows["a"].hit_rate_pct.low == pytest.approx(51.01, abs=0.01)
    assert [row.advice for row in found.creators] == ["book again", "leaning to yes", "leaning to no"]
    assert rows["a"].cost_per_post.value == 20.0
    assert rows["b"].cost_per_post.reason == "no_spend"
    assert found.uplift_pct.value == pytest.approx(100 * (600 / 300 - 1), rel=1e-2)
    assert (found.uplift_pct.n, found.uplift_pct.of) == (7, 7)
    assert found.uplift_pct.low is not None
    assert found.uplift_pct.low < found.uplift_pct.value


def test_without_five_earlier_videos_nothing_is_usual() -> None:
    people = {"a": OLD["a"][1:] + NEW["a"]}
    found = results(IDS + DAY + creators(**people), *EVERY)
    (row,) = found.creators
    assert (row.multiple.reason, row.advice, row.n) == ("few_earlier", "open", 0)
    assert found.multiples["m1"].reason == "no_creator"
    assert (found.uplift_pct.value, found.uplift_pct.reason) == (None, "few_earlier")


def test_promised_posts_are_on_time_late_missing_or_open(tmp_path: Path) -> None:
    ids = [name * 11 for name in "vwxyz"]
    rows = [
        f"{LINK.format(ids[0])},Ann,2025-06-03,reel",
        f"{LINK.format(ids[1])},Ann,2025-06-02,reel",
        f"{LINK.format(ids[2])},Ben,2025-06-02,reel",
        f"{LINK.format(ids[3])},Ben,2025-06-02,",
        ",Cy,2025-06-03,story",
        ",Cy,2025-07-03,story",
    ]
    (tmp_path / "creators.csv").write_text("\n".join(["link,creator,due,deliverable", *rows]))
    born = f'[published_at]\n"{ids[0]}" = 2025-06-03T23:00:00Z\n"{ids[1]}" = 2025-06-05T01:00:00Z\n'
    posts = [video(name, {4: [9, 1, 1], 5: [10, 1, 1]}, external_video_id=name) for name in ids[:3]]
    found = results(f'{born}[sheet]\npath = "creators.csv"\n', *posts, folder=tmp_path)
    states = [(row.creator, row.state, row.days_late) for row in found.deliverables]
    assert states == [
        ("Ann", "on time", None), ("Ann", "late", 3), ("Ben", "posted", None), ("Ben", "not found", None),
        ("Cy", "overdue", 2), ("Cy", "open", None),
    ]  # fmt: skip
    assert found.deliverables[1].videos == (ids[1],)


@pytest.mark.slow
def test_the_budget_is_in_the_currency_of_the_figures_and_what_is_left_may_be_negative() -> None:
    rest = '[videos]\nids = ["n0"]\n[budget]\namount = 100\ncurrency = "EUR"\n'
    spends = "".join(
        f'[[spend]]\namount = {amount}\ncurrency = "{currency}"\ndate = 2025-{day}\n'
        for amount, currency, day in ((60, "EUR", "06-02"), (50, "USD", "06-03"), (20, "EUR", "07-20"))
    )
    budget = results(rest + spends + '[currency]\nreport = "EUR"\nrates = {USD = 0.5}\n', *NEW["a"]).budget
    values = [figure.value for figure in (budget.budget, budget.committed, budget.due, budget.paid, budget.left)]
    assert values == [100.0, 105.0, 85.0, 85.0, -5.0]
    lacking = results(rest + spends, *NEW["a"]).budget
    assert (lacking.committed.value, lacking.left.reason) == (None, "no_exchange_rate")


@pytest.mark.slow
def test_outcomes_have_cpa_and_roas_and_what_matches_nothing_is_in_no_sum(tmp_path: Path) -> None:
    sheet = "creator,clicks,orders,revenue,currency\na,100,4,200.50,EUR\nb,50,0,,\nNobody,9,9,900,EUR\n"
    (tmp_path / "sales.csv").write_text(sheet)
    people = {name: NEW[name] for name in "ab"}
    spend = "".join(
        f'[[spend]]\namount = {amount}\ncurrency = "EUR"\ndate = 2025-06-02\ncreator = "{name}"\n'
        for name, amount in (("a", 80), ("b", 40))
    )
    rest = IDS + '[outcomes]\npath = "sales.csv"\n' + creators(**people) + spend
    found = results(rest, *EVERY, folder=tmp_path).outcomes
    assert found is not None
    first, second = found.by_creator
    assert (found.total.clicks.value, found.total.orders.value, found.unmatched) == (150, 4, (4,))
    assert (found.total.cpa.value, found.total.roas.value) == (30.0, pytest.approx(200.5 / 120))
    assert (first.cpa.value, first.roas.value) == (20.0, pytest.approx(200.5 / 80))
    assert (second.cpa.value, second.cpa.reason, second.revenue.reason) == (None, "no_outcomes", "no_outcomes")
    assert results(IDS, *EVERY).outcomes is None


def against(rest: str, other: str) -> AgainstFigures:
    sides = [data_of(text + DAY, *EVERY) for text in (rest, other)]
    return compare_campaigns(sides[0], compute_key_figures(sides[0]), sides[1], compute_key_figures(sides[1]))


@pytest.mark.slow
def test_campaigns_are_compared_at_equal_age_without_the_videos_of_both() -> None:
    other = '[videos]\nids = ["m2", "k1", "a0", "a1", "a2"]\n'
    found = against(IDS, other)
    assert found.shared == ("k1", "m2")
    assert [(side.videos, side.n) for side in found.sides] == [(5, 5), (3, 3)]
    assert [side.views.value for side in found.sides] == pytest.approx([601.0, 200.0], rel=1e-4)
    assert found.difference.value is None  # fewer than five on one side
    assert not found.is_significant


@pytest.mark.slow
def test_a_campaign_against_itself_has_nothing_to_compare() -> None:
    found = against(IDS, IDS)
    assert len(found.shared) == 7
    assert [(side.videos, side.n, side.views.reason) for side in found.sides] == [(0, 0, "not_at_age")] * 2
