"""Every figure of drawn campaigns, computed again by the plain Python of `oracle`."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from campaign.drawn_campaigns import draw_campaign
from campaign.figures.test_recomputed import assert_same, leaves, looked_up, save
from campaign.oracle import Oracle
from draws import count_draws

import influtics_lab as lab
from influtics_lab.campaign import key_figures, read_campaign
from influtics_lab.schema import COUNTS, Instant

DAY = timedelta(days=1)
CAMPAIGNS = count_draws(16, "INFLUTICS_LAB_CAMPAIGNS")
PARTS = ("totals", "by_creator", "by_platform", "videos", "targets", "comparison", "spend", "quality")


@pytest.mark.slow
@pytest.mark.timeout(180 + 10 * CAMPAIGNS)
def test_every_figure_of_drawn_campaigns_comes_out_again(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in range(CAMPAIGNS):
        text, snapshot = draw_campaign(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        figures = key_figures(read_campaign(save(folder, snapshot, text)), snapshot).to_dict()
        try:
            check(figures, Oracle(folder))
            check_gains(figures, snapshot)
        except (AssertionError, KeyError, IndexError) as error:
            error.add_note(f"campaign {seed}:\n{text}")
            raise
        seen.update(kinds_of(figures))
    if CAMPAIGNS >= 200:
        print(*sorted(seen.items()), sep="\n")
        assert min(seen[kind] for kind in KINDS) > 0


def check(figures: dict[str, Any], oracle: Oracle) -> None:
    again = oracle.figures()
    found = leaves({part: figures[part] for part in PARTS})
    assert_same([(path, value, looked_up(again, path)) for path, value in found])
    for part in ("earlier_views", "tracked_twice"):
        assert figures["quality"][part] == again["quality"][part], part
    assert sorted(figures["quality"]["not_found"]) == again["quality"]["not_found"]
    assert [one["verdict"] for one in figures["targets"]] == [one["verdict"] for one in again["targets"]]
    for group in ("totals", "by_creator", "by_platform"):
        for one, other in zip(*(_listed(side[group]) for side in (figures, again)), strict=True):
            for place in ("gained", "counted"):
                figure = one["counts"]["views"][place]
                assert figure["is_bound"] == (not other["counts"]["views"][place]["fell"])
                assert sum(figure["bounds"].values()) == other["counts"]["views"][place]["bounded"]


def check_gains(figures: dict[str, Any], snapshot: lab.Snapshot) -> None:
    """Gains are those of `lab.gained` over the period, where no gap is too long and none was read before its time."""
    start, until = (datetime.fromisoformat(figures["campaign"][name]) for name in ("start", "until"))
    if figures["settings"]["max_gap"] is not None or until <= start:
        return
    born = {one["video_id"]: one["published_at"] for one in figures["videos"]}
    dates = [born[name] and datetime.fromisoformat(born[name]) for name in born]
    given = pl.DataFrame({"video_id": list(born), "published_at": dates}, schema_overrides={"published_at": Instant})
    frame = snapshot.frame().drop("published_at").join(given, on="video_id", how="left")
    gains = lab.gained(frame, *COUNTS, last=until - start, until=until, slack=min((until - start) / 10, DAY))
    rows = {row["video_id"]: row for row in gains.iter_rows(named=True)}
    early = set(frame.filter(pl.col("timestamp") < pl.col("published_at"))["video_id"])
    for one in figures["videos"]:
        row = rows.get(one["video_id"])
        for count in () if row is None or one["video_id"] in early else COUNTS:
            figure, value = one["counts"][count]["gained"], row[f"{count}_gained_in_window"]
            said = {"exact": figure["value"], "at least": figure["at_least"]}.get(row[f"{count}_gained_status"])
            assert (said is None) == (value is None), (one["video_id"], count, figure, row)
            assert said is None or said == pytest.approx(value, rel=1e-9, abs=1e-6), (one["video_id"], count)
            assert (figure["value"] is not None) == (row[f"{count}_gained_status"] == "exact")


def kinds_of(figures: dict[str, Any]) -> Counter[str]:
    """What a campaign has, so that drawn ones can be seen to have all of it."""
    quality, money, views = figures["quality"], figures["totals"]["money"], figures["totals"]["counts"]["views"]
    seen = Counter(f"verdict {one['verdict']}" for one in figures["targets"])
    seen.update(f"counts {one['counts']['views']['counted']['basis']}" for one in figures["videos"])
    found = {
        "tracked twice": quality["tracked_twice"],
        "not found": quality["not_found"],
        "long gap": quality["long_gaps"],
        "failed poll": quality["flagged"]["failed_poll"],
        "hidden": quality["flagged"]["hidden"],
        "lower bound": views["gained"]["bounds"],
        "fell": not views["gained"]["is_bound"],
        "known of all": views["counted"]["value"] is not None,
        "spend": money["spend"]["value"],
        "not allocated": money["not_allocated"]["value"],
        "later spend": money["later"]["spend"]["value"],
        "cpm at most": money["cpm"]["value"] is None and money["cpm"]["at_most"],
        "recent pace": any(one["recent_per_day"]["value"] is not None for one in figures["targets"]),
        "interval": figures["totals"]["engagement_rate"]["last_read"]["pooled"]["low"],
    }
    seen.update(name for name, there in found.items() if there)
    return seen


KINDS = (
    "tracked twice", "not found", "long gap", "failed poll", "hidden", "lower bound", "fell", "known of all", "spend",
    "not allocated", "later spend", "cpm at most", "recent pace", "interval", "verdict reached", "verdict missed",
    "verdict not yet", "verdict unknown", "counts gained", "counts from 0", "counts last known",
    "counts may contain earlier views",
)  # fmt: skip


def _listed(part: Any) -> list[Any]:
    return part if isinstance(part, list) else [part]
