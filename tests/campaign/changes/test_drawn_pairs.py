"""Every sentence of "since the last report" is true of every pair of snapshots, and none that is due is missing.

INFLUTICS_LAB_PAIRS says how many pairs are drawn.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from campaign.page_sentences import (
    SENTENCES,
    Page,
    agrees,
    moved_views,
    read_page,
    same_videos,
    true_details,
    true_sentences,
)
from campaign.pairs import Pair, Side, draw_pair
from draws import count_draws

from influtics_lab.campaign import changes, key_figures
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.report.changes_section import render_changes
from influtics_lab.errors import ConfigError

PAIRS = count_draws(24, "INFLUTICS_LAB_PAIRS")
VERDICTS = {"not yet": "not reached yet", "unknown": "cannot be said"}
WORDS = {"came": "New in the campaign", "went": "No longer in the campaign"}


class Drawn:
    """A pair, its figures, and the page that was written of it."""

    def __init__(self, seed: int) -> None:
        self.pair: Pair = draw_pair(seed)
        self.then, self.now = (
            key_figures(self.pair.campaign, one.snapshot).to_dict() for one in (self.pair.then, self.pair.now)
        )
        found = changes(self.pair.campaign, self.pair.now.snapshot, self.pair.then.snapshot, figures=self.now)
        self.found = found.to_dict()
        self.page: Page = read_page(render_changes(KeyFigures.of(self.now), found))
        self.before, self.after = ({one["video_id"]: one for one in side["videos"]} for side in (self.then, self.now))
        own = (
            [one for one in side.videos if one.video_id in ids]
            for side, ids in ((self.pair.then, self.before), (self.pair.now, self.after))
        )
        self.same = same_videos(*own)


@pytest.mark.slow
def test_every_sentence_is_true_and_none_is_missing() -> None:
    seen: Counter[str] = Counter()
    for seed in range(PAIRS):
        drawn = Drawn(seed)
        try:
            check(drawn)
        except AssertionError as error:
            error.add_note(f"pair {seed}: {drawn.page}")
            raise
        seen.update(drawn.page.sentences.keys() | drawn.page.tables.keys())
    assert seen["changed"] > 0
    if PAIRS >= 300:
        print(*sorted(seen.items()), sep="\n")
        assert SENTENCES.keys() <= seen.keys()


def check(drawn: Drawn) -> None:
    assert_sentences(drawn)
    assert_order_of_time(drawn.pair)
    if "same content" not in drawn.page.sentences:
        assert_totals(drawn)
        assert_targets(drawn)
        assert_movers(drawn)
        assert_members(drawn)
        assert_details(drawn)
        assert_corrections(drawn)
        assert_findings(drawn)


def assert_sentences(drawn: Drawn) -> None:
    true = true_sentences(drawn.pair, drawn.then, drawn.now)
    said = drawn.page.sentences
    assert said.keys() == true.keys()
    for kind, parts in said.items():
        expected = [_local(one, drawn.pair.zone) for one in true[kind]]
        assert len(parts) == len(expected), kind
        assert all(map(agrees, parts, expected)), (kind, parts, expected)
        times = [part for part, one in zip(parts, expected, strict=True) if isinstance(one, datetime)]
        assert len(times) == len(set(times)), "two instants that differ are written alike"


def _local(true: Any, zone: str) -> Any:
    return true.astimezone(ZoneInfo(zone)) if isinstance(true, datetime) else true


def assert_order_of_time(pair: Pair) -> None:
    if pair.then.taken_at == pair.now.taken_at:
        return
    ids = [one.snapshot.manifest["snapshot_id"] for one in (pair.now, pair.then)]
    with pytest.raises(
        ConfigError, match=rf"since is the snapshot {ids[0]}, taken at .* after the other one, {ids[1]}"
    ):
        changes(pair.campaign, pair.then.snapshot, pair.now.snapshot)


def number(text: str) -> float | None:
    """The number in a cell; None where it says why there is none."""
    found = re.fullmatch(r"(at least )?([+\u2212±-]?)([\d,]+(?:\.\d+)?)", re.sub(r" \[.*\]$", "", text))
    if found is None:
        return None
    return float(found[3].replace(",", "")) * (-1 if found[2] in {"\u2212", "-"} else 1)


def assert_close(text: str, expected: float | None) -> None:
    said = number(text)
    assert (said is None) == (expected is None), (text, expected)
    assert said is None or expected is None or abs(said - expected) < 1, (text, expected)
    assert not re.match(r"[+\u2212]0( |$)", text)


def assert_totals(drawn: Drawn) -> None:
    _, rows = drawn.page.tables["changed"]
    named = {row[0].split()[0].lower(): row for row in rows}
    for count in ("views", "likes", "comments", "reposts", "engagements"):
        _, before, after, difference, alike = named[count]
        sides = [side["totals"]["counts"][count]["counted"] for side in (drawn.then, drawn.now)]
        for text, figure in zip((before, after), sides, strict=True):
            assert_close(text, figure["known"])
            assert text.startswith("at least") == (
                figure["known"] is not None and figure["value"] is None and figure["is_bound"]
            )
        values = [figure["value"] for figure in sides]
        assert_close(difference, None if None in values else values[1] - values[0])
        both = [
            (drawn.before[earlier]["counts"][count]["counted"]["value"],
             drawn.after[later]["counts"][count]["counted"]["value"])
            for later, earlier in drawn.same.items()
        ]  # fmt: skip
        known = [pair for pair in both if None not in pair]
        assert_close(alike, sum(now - then for then, now in known) if known else None)
        if known:
            assert agrees(re.sub(r".*\[(.*) videos?\]$", r"\1", alike), (len(known), len(both))), alike

    assert_rate(drawn, rows)


def assert_rate(drawn: Drawn, rows: list[list[str]]) -> None:
    (row,) = [row for row in rows if row[0].startswith("Engagement rate as last read, ")]
    estimator = row[0].rpartition(", ")[2]
    values = [side["totals"]["engagement_rate"]["last_read"][estimator]["value"] for side in (drawn.then, drawn.now)]
    values.append(None if None in values else values[1] - values[0])
    for text, value in zip(row[1:], values, strict=False):
        said = number(re.sub(r" (%|points)", "", text))
        assert said == (None if value is None else pytest.approx(value, rel=0.01, abs=0.006)), (row, values)


def assert_targets(drawn: Drawn) -> None:
    _, rows = drawn.page.tables.get("changed-targets", ("", []))
    sides = [side["targets"] for side in (drawn.then, drawn.now)]
    assert len(rows) == len(sides[0])
    for row, *targets in zip(rows, *sides, strict=True):
        assert row[1:3] == [VERDICTS.get(one["verdict"], one["verdict"]) for one in targets]
        for text, one in zip(row[3:], targets, strict=True):
            reached = one["reached_pct"]
            said = number(text.replace(" %", ""))
            assert said == (None if reached is None else pytest.approx(reached, rel=0.01, abs=0.006))
            is_bound = one["value"]["reason"] is not None and one["value"].get("is_bound", False)
            assert text.startswith("at least") == (reached is not None and is_bound)


def assert_movers(drawn: Drawn) -> None:
    moved = moved_views(drawn.same, drawn.before, drawn.after)
    caption, rows = drawn.page.tables.get("changed-videos", ("", []))
    assert len(rows) == len(moved)
    if not moved:
        return
    assert agrees(
        re.sub(r"^Changed views (counted|gained|as last read): (.*) videos?$", r"\2", caption),
        (len(moved), len(drawn.same)),
    )
    sizes = [abs((now or 0) - (then or 0)) for then, now in moved.values()]
    order = [name for _, name in sorted(zip((-size for size in sizes), moved, strict=True))]
    for row, name in zip(rows, order, strict=True):
        then, now = moved[name]
        assert row[0].startswith(drawn.after[name]["title"] or "without a title")
        for text, value in zip(row[1:], (then, now, None if None in moved[name] else now - then), strict=True):  # type: ignore[operator]
            assert_close(text, value)


def assert_members(drawn: Drawn) -> None:
    sides = {
        "came": (drawn.after.keys() - drawn.same.keys(), drawn.pair.then, drawn.pair.now),
        "went": (drawn.before.keys() - set(drawn.same.values()), drawn.pair.now, drawn.pair.then),
    }
    for state, (ids, other, own) in sides.items():
        titles = [title for title in drawn.page.lists if title.startswith(WORDS[state])]
        assert len(titles) == bool(ids)
        if not ids:
            continue
        assert titles[0] == f"{WORDS[state]}: {len(ids)} video{'s' * (len(ids) != 1)}"
        assert drawn.found[state] == sorted(ids)
        for text, name in zip(drawn.page.lists[titles[0]], sorted(ids), strict=True):
            assert_reason(text, name, other, own, "earlier" if state == "came" else "later")


def assert_reason(text: str, name: str, other: Side, own: Side, word: str) -> None:
    video = next(one for one in own.videos if one.video_id == name)
    there = [one for one in other.videos if one.video_id == name]
    again = [one for one in other.videos if one.who == video.who and one.video_id != name]
    filtered = other.query is not None and (
        other.query["status"] is not None or other.query["platform"] not in {None, video.platform}
    )
    if there:
        why = f"The {word} snapshot has the video, but the campaign file does not choose it there."
    elif again:
        why = f"The {word} snapshot has the same video under another id."
    elif filtered:
        why = "The snapshot without the video has a filter, which can leave it out."
    elif other.is_part:
        why = "The snapshot without the video is one page of the list: the video can be on another page."
    else:
        why = f"The {word} snapshot does not have the video."
    assert text == f"{video.title or 'without a title'}: {why}"


def assert_details(drawn: Drawn) -> None:
    said = drawn.page.lists.get("Changed details", [])
    expected = [
        (drawn.after[later], label)
        for later, earlier in sorted(drawn.same.items())
        for label in true_details(drawn.before[earlier], drawn.after[later])
    ]
    assert len(said) == len(expected)
    for video, label in expected:
        start = f"{video['title'] or 'without a title'}: {label} "
        (text,) = [one for one in said if one.startswith(start)] if video["title"] else [said[0]]
        if " was " in text.removeprefix(start):
            then, now = text.rpartition(": ")[2].partition(" was ")[2].split(", is ", 1)
            assert then != now


def assert_corrections(drawn: Drawn) -> None:
    _, rows = drawn.page.tables.get("corrected", ("", []))
    n = drawn.found["readings"]["corrected"]["values"]
    assert len(rows) == min(n, 25)
    stated = drawn.page.sentences.get("counts changed", ("0",))
    assert int(stated[0]) == n
    for row in rows:
        at = datetime.strptime(row[1], "%Y-%m-%d %H:%M:%S UTC" if row[1].count(":") == 2 else "%Y-%m-%d %H:%M UTC")
        place = ("views", "likes", "comments", "reposts").index(row[2])
        then, now = (
            {one.readings[key][place] for one in side.videos for key in one.readings if key.replace(tzinfo=None) == at}
            for side in (drawn.pair.then, drawn.pair.now)
        )
        assert number(row[3]) in then
        assert number(row[4]) in now
        assert row[3] != row[4]


def assert_findings(drawn: Drawn) -> None:
    then, now = ({one["text"] for one in side["findings"]} for side in (drawn.then, drawn.now))
    changed = [one.partition(" Before: ")[::2] for one in drawn.page.lists.get("Changed findings", [])]
    new = {*drawn.page.lists.get("New findings", []), *(one for one, _ in changed)}
    gone = {*drawn.page.lists.get("Findings no longer made", []), *(one for _, one in changed)}
    assert new == {one.replace("\u00a0", " ") for one in now - then}
    assert gone == {one.replace("\u00a0", " ") for one in then - now}
