"""Every number of the key figures, computed again by plain Python that shares no code with the package."""

from __future__ import annotations

import json
import numbers
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from campaign.oracle import Oracle

import influtics_lab as lab
from influtics_lab.campaign import key_figures, read_campaign

# What the other one does not compute: settings and counts of the snapshot, why something is null, and bursts, rule
# changes, forecasts, rejected values and gains that are unknown, which have tests of their own.
_ELSEWHERE = {
    *("reasons", "bounds", "gains_unknown", "rejected_values", "rejected_by_reason", "burst", "rule_change", "outlook")
}
_PARTS = ("totals", "by_creator", "by_platform", "videos", "targets", "comparison", "spend", "quality")

PAST = """
start = 2025-06-05
end = 2025-06-20
time_zone = "Europe/Berlin"
"""
RUNNING = """
start = 2025-06-10T12:00:00+02:00
end = 2025-07-20
time_zone = "America/New_York"
"""
TARGETS = """
[[targets]]
measure = "views"
value = 200000
date = 2025-06-15
[[targets]]
measure = "views"
value = 90000000
date = 2025-07-15
[[targets]]
measure = "engagement_rate"
value = 4.5
date = 2025-08-01
[[targets]]
measure = "cpm"
value = 0.05
date = 2025-07-10T10:00:00
[emv]
currency = "USD"
views = 0.01
likes = 0.2
[currency]
report = "EUR"
rates = {USD = 0.9}
"""
CASES = {
    "gained in a period that is over": (
        PAST,
        '[estimators]\ncounted = "gained"\nresamples = 300\n',
    ),
    "read in a period that runs, creators drawn, own history": (
        RUNNING,
        (
            '[estimators]\ndraw = "creators"\nmax_gap = "2d"\nengagement_rate = ["mean", "pooled", "median"]\n'
            'resamples = 200\n[compare]\nagainst = "own history"\nat_age = "36h"\n'
        ),
    ),
    "against named videos at a tracked age, with reposts": (
        PAST,
        (
            '[estimators]\nparts = ["likes", "reposts"]\nlevel_pct = 80\nresamples = 200\n'
            '[compare]\nagainst = "videos"\nage = "tracked"\nat_age = "3d"\nvideos = VIDEOS\n'
        ),
    ),
}


def complete(folder: Path, snapshot: lab.Snapshot) -> Path:
    """Files of a campaign of which everything is known: videos of one platform read before, throughout and after it."""
    days = [f"2025-06-{day}" for day in (24, 27)]
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in lab.flag_counters(snapshot.frame()).iter_rows(named=True):
        rows.setdefault(row["video_id"], []).append(row)
    ids = [
        video
        for video, of in sorted(rows.items())
        if of[0]["timestamp"].isoformat() < days[0] and of[-1]["timestamp"].isoformat() > "2025-06-28"
        if of[0]["platform"] == "TikTok" and not any(row["is_hidden"] for row in of)
        if all(row[count] is not None for row in (of[0], of[-1]) for count in ("views", "likes", "comments", "reposts"))
    ]
    halves = (ids[:11], ids[11:])
    people = "".join(f'[[creators]]\nname = "C{n}"\nvideos = {half}\n' for n, half in enumerate(halves))
    money = "".join(
        f'[[spend]]\namount = {100 + n}\ncurrency = "EUR"\ndate = {days[0]}\n{what}\n'
        for n, what in enumerate((f'video = "{ids[11]}"', f'video = "{ids[12]}"', 'creator = "C0"', ""))
    )
    text = f'name = "Complete"\n[period]\nstart = {days[0]}\nend = {days[1]}\n[videos]\nids = {ids}\n{people}{money}'
    settings = '[estimators]\nresamples = 200\nengagement_rate = ["pooled", "mean", "median"]\n'
    settings += 'counted = "read"\n[compare]\nat_age = "30h"\n'
    return save(folder, snapshot, text.replace("'", '"') + TARGETS.replace("06-15", "06-26") + settings)


def save(folder: Path, snapshot: lab.Snapshot, text: str) -> Path:
    """The files that the other one reads."""
    (folder / "campaign.toml").write_text(text)
    (folder / "manifest.json").write_text(json.dumps(snapshot.manifest))
    (folder / "videos.json").write_text(json.dumps(snapshot.videos.to_dicts(), default=lambda value: value.isoformat()))
    snapshot.export(folder / "frame.csv")
    return folder / "campaign.toml"


def written(folder: Path, snapshot: lab.Snapshot, period: str, rest: str) -> Path:
    """A campaign of many videos, four creators and spends of every kind."""
    ids = snapshot.videos["video_id"].sort().to_list()
    parts = [f'name = "Both"\n[period]{period}[videos]\nplatform = ["TikTok", "YouTube"]\nids = {ids[:9]}\n']
    parts.append(f"exclude = {ids[3:5]}\n")
    undated = snapshot.videos.filter(snapshot.videos["published_at"].is_null())["video_id"].sort().to_list()
    parts.append(f'[published_at]\n"{undated[0]}" = 2025-06-12\n"{undated[1]}" = 2025-06-13T08:00:00\n')
    for n, name in enumerate(("Ann", "Bo", "Cy", "Di", "Ed", "Flo")):
        parts.append(f'[[creators]]\nname = "{name}"\nvideos = {ids[n * 9 : n * 9 + 9]}\n')
    tiktok = snapshot.videos.filter(snapshot.videos["platform"] == "TikTok")["video_id"].sort().to_list()
    parts += [
        f'[[spend]]\namount = {150.25 + n}\ncurrency = "{currency}"\ndate = 2025-06-0{n + 1}\n{what}\n'
        for n, (currency, what) in enumerate(
            [("EUR", f'video = "{tiktok[0]}"'), ("USD", 'creator = "Bo"'), ("EUR", 'platform = "YouTube"'), ("EUR", "")]
        )
    ]
    text = "".join(parts).replace("'", '"') + TARGETS + rest.replace("VIDEOS", json.dumps(ids[5:25]))
    return save(folder, snapshot, text)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every number, and every null that stands where a number could."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in _ELSEWHERE:
                yield from leaves(one, (*path, name))
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from leaves(one, (*path, n))
    elif not isinstance(value, bool) and (isinstance(value, numbers.Real) or (value is None and path[-1] in _NULLABLE)):
        yield path, value


_NULLABLE = {
    "value",
    "at_most",
    "at_least",
    "known",
    "low",
    "high",
    "percentile_pct",
    "n_effective",
    "n_drawn_effective",
    "reached_pct",
}


def looked_up(found: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        found = found[name]
    return found


def both(folder: Path, file: Path, snapshot: lab.Snapshot) -> list[tuple[tuple[Any, ...], Any, Any]]:
    """Every number's path, the number, and the number that the other one has there."""
    figures, again = key_figures(read_campaign(file), snapshot).to_dict(), Oracle(folder).figures()
    found = leaves({part: figures[part] for part in _PARTS})
    return [(path, value, looked_up(again, path)) for path, value in found]


def assert_same(compared: list[tuple[tuple[Any, ...], Any, Any]]) -> None:
    for path, value, expected in compared:
        assert (value is None) == (expected is None), path
        if value is not None:
            assert value == pytest.approx(float(expected), rel=1e-9, abs=1e-9), path


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_every_number_comes_out_again(name: str, tmp_path: Path) -> None:
    snapshot = lab.simulate(70, seed=11)
    compared = both(tmp_path, written(tmp_path, snapshot, *CASES[name]), snapshot)
    assert_same(compared)
    assert sum(value is not None for _, value, _ in compared) > 1500


@pytest.mark.slow
def test_every_number_of_a_campaign_of_which_all_is_known_comes_out_again(tmp_path: Path) -> None:
    snapshot = lab.simulate(240, seed=5)
    compared = both(tmp_path, complete(tmp_path, snapshot), snapshot)
    assert_same(compared)
    absent = {"later", "not_allocated"}  # no later spend, and none that is shared in the campaign's creators
    groups = [(path, value) for path, value, _ in compared if path[0] in {"totals", "by_creator"}]
    assert not [path for path, value in groups if value is None and not absent & set(path)]


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_is_missing_from_a_total_is_counted_by_reason(name: str, tmp_path: Path) -> None:
    snapshot = lab.simulate(70, seed=11)
    figures = key_figures(read_campaign(written(tmp_path, snapshot, *CASES[name])), snapshot).to_dict()
    for group in (figures["totals"], *figures["by_creator"], *figures["by_platform"]):
        for places in group["counts"].values():
            for figure in places.values():
                assert sum(figure["reasons"].values()) == figure["of"] - figure["n"]
                assert figures["reasons"].keys() >= figure["reasons"].keys()
    gains = figures["quality"]["gains_unknown"]["views"]
    assert gains == figures["totals"]["counts"]["views"]["gained"]["reasons"]


@pytest.mark.slow
def test_flags_of_the_period_are_those_of_the_readings(tmp_path: Path) -> None:
    snapshot = lab.simulate(70, seed=11)
    file = written(tmp_path, snapshot, *CASES["gained in a period that is over"])
    figures = key_figures(read_campaign(file), snapshot).to_dict()
    own = {video["video_id"] for video in figures["videos"]}
    counted: dict[str, int] = {}
    for row in lab.flag_counters(snapshot.frame()).iter_rows(named=True):
        when = row["timestamp"].isoformat()
        inside = figures["campaign"]["start"] <= when <= figures["campaign"]["until"]
        if row["video_id"] in own and inside and row["is_burst"]:
            counted[row["video_id"]] = counted.get(row["video_id"], 0) + 1
    assert figures["quality"]["flagged"]["burst"] == dict(sorted(counted.items()))
    rejected = [row for row in snapshot.rejected.to_dicts() if row["video_id"] in own]
    assert figures["quality"]["rejected_values"] == len(rejected)
    assert sum(figures["quality"]["rejected_by_reason"].values()) == len(rejected)
