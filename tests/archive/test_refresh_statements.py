"""Every statement of a refresh is compared with what happened to the service, over random rounds."""

from __future__ import annotations

import datetime as dt
import random
import re
import warnings
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from archive.days import item
from draws import count_draws

import influtics_lab as lab
from influtics_lab.archive import Refreshed
from influtics_lab.localapi import Catalogue, Fault
from influtics_lab.simulation import SimulatedVideo

ROUNDS = count_draws(24, "INFLUTICS_LAB_ROUNDS")  # 1000 before a release
A_WORLD = 8  # rounds with one archive
START = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
STATUSES, PLATFORMS = ("active", "completed", "failed"), ("TikTok", "YouTube")
COUNTS = ["views", "likes", "comments", "reposts"]


def instant(minute: float) -> str:
    return (START + dt.timedelta(minutes=minute)).isoformat()


class World:
    """A service that changes by drawn events, an archive beside it, and what is known of both."""

    def __init__(self, folder: Path, draw: random.Random) -> None:
        self.draw, self.clock, self.count = draw, 60.0 * 200, 0
        self.archive = lab.Archive(folder)
        query: dict[str, Any] = draw.choice(
            [{}, {}, {"with_status": True}, {"platform": "YouTube"}, {"status": "active"}]
        )
        self.query = query
        size = draw.choice([0, 3, 40, 130, 230])
        self.api = lab.LocalAPI([self.video(n) for n in range(size)], ties=draw.choice(["stable", "random"]))
        self.improper = False  # whether a change since the last full read did not move up
        self.newest: int | None = None  # the newest stamp in the list when the last refresh read it
        self.last_full = True

    def video(self, n: int) -> SimulatedVideo:
        fields = {
            "platform": PLATFORMS[n % 2],
            "created_at": instant(60 * n),
            "stats_last_updated": instant(60 * n + 1),
        }
        return SimulatedVideo(item(f"v{n:04d}", {1: n}, **fields), STATUSES[n % 3])

    def event(self) -> None:
        """Let one thing happen: most of them move the video up, some do not."""
        catalogue, draw = self.api.catalogue, self.draw
        names = sorted(entry.video_id for entry in catalogue)
        self.clock += draw.choice([0, 1, 1, 7])
        what = draw.choice(
            ["change"] * 6 + ["insert"] * 2 + ["unmoved", "lying", "delete", "swap", "offset", "old", "tie"]
        )
        if not names or what == "insert":
            return self.insert(self.clock)
        name = draw.choice(names)
        if what in {"change", "tie"}:
            minute = self.clock if what == "change" or self.newest is None else None
            stamp = instant(minute) if minute is not None else self.stamp_of_newest()
            catalogue.update(name, stats=self.other_stats(name), stats_last_updated=stamp)
            self.improper |= what == "tie"
            return None
        self.improper = True
        if what == "unmoved":
            catalogue.update(name, **draw.choice([{"title": f"T{draw.random()}"}, {"stats": self.other_stats(name)}]))
        elif what == "lying":
            stamp = draw.choice(
                [instant(self.clock + 10**6), instant(-(10**5)), None, "soon", instant(self.clock - 700)]
            )
            catalogue.update(name, stats=self.other_stats(name), stats_last_updated=stamp)
        elif what == "delete":
            catalogue.delete(name)
        elif what == "swap":
            other = draw.choice(names)
            one, two = catalogue[name].status, catalogue[other].status
            catalogue.set_status(name, two)
            catalogue.set_status(other, one)
        elif what == "offset":
            catalogue.delete(name)
            self.insert(draw.choice([self.clock, 5]))
        else:
            self.insert(5)
        return None

    def insert(self, minute: float) -> None:
        self.count += 1
        fields = {"created_at": instant(self.clock), "stats_last_updated": instant(minute)}
        new = item(f"n{self.count:04d}", {1: self.draw.randrange(9)}, platform=self.draw.choice(PLATFORMS), **fields)
        self.api.catalogue.insert(new, self.draw.choice(STATUSES))

    def other_stats(self, name: str) -> dict[str, Any]:
        views = dict(self.api.catalogue[name].answer()["stats"]["views"])
        if self.draw.random() < 0.2:
            views.pop(next(iter(views), ""), None)
        views[f"2025-07-02 {self.draw.randrange(24):02d}:00:00+00"] = self.draw.choice([5, 6, 7, "bad"])
        return {"views": views}

    def stamp_of_newest(self) -> str:
        return dt.datetime.fromtimestamp((self.newest or 0) / 1e6, dt.UTC).isoformat()

    def listed(self) -> dict[str, Any]:
        """Return the videos of the query as they are now, each with its status."""
        wanted = {name: self.query[name] for name in ("platform", "status") if name in self.query}
        catalogue: Catalogue = self.api.catalogue
        return {e.video_id: e for e in catalogue if all(getattr(e, name) == value for name, value in wanted.items())}


def stored(archive: lab.Archive) -> dict[str, Any]:
    """Return what the archive holds of each video: fields, status and readings, apart."""
    if not (archive.folder / "archive.json").exists():
        return {}
    stats = archive.snapshot().stats
    readings = {key[0]: rows.rows() for key, rows in stats.group_by("video_id", maintain_order=True)}
    out = {}
    for row in archive.videos().iter_rows(named=True):
        status = row.pop("status")
        out[row["video_id"]] = (row, readings.get(row["video_id"], []), status)
    return out


def full_read(world: World, client: lab.Client) -> lab.Snapshot:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lab.DataQualityWarning)
        return lab.take_snapshot(client=client, **world.query)


def check_rows(world: World, done: Refreshed, truth: lab.Snapshot) -> None:
    if done.full or not world.improper:
        held = world.archive.snapshot()
        assert held.manifest["content_digest"] == truth.manifest["content_digest"]
    assert done.videos == world.archive.videos().height


def check_added(done: Refreshed, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Compare the counts of new, changed and removed rows with the archive before and after."""
    old = {(name, reading[1]): reading for name, (_, readings, _) in before.items() for reading in readings}
    new = {(name, reading[1]): reading for name, (_, readings, _) in after.items() for reading in readings}
    counted = done.added.changes["stats"]
    assert counted["new"] == len(new.keys() - old.keys())
    assert counted["changed"] == sum(old[key] != new[key] for key in old.keys() & new.keys())
    assert counted["removed"] == sum(key[0] in after for key in old.keys() - new.keys())
    videos = done.added.changes["videos"]
    assert (videos["new"], videos["removed"]) == (len(after.keys() - before.keys()), len(before.keys() - after.keys()))
    moved = [n for n in before.keys() & after.keys() if (before[n][0], before[n][2]) != (after[n][0], after[n][2])]
    assert videos["changed"] >= sum(after[n][0]["title"] != before[n][0]["title"] for n in moved)
    assert videos["changed"] <= len(moved)


def check_unseen(world: World, done: Refreshed, before: dict[str, Any], truth: lab.Snapshot) -> int:
    """Compare each name with what the service and the archive had; return how many names there were."""
    unseen = done.unseen
    if not done.full or world.last_full or world.newest is None:
        assert not unseen
        return 0
    now = world.listed()
    readings = {key[0]: rows.rows() for key, rows in truth.stats.group_by("video_id", maintain_order=True)}
    not_newer = {n for n, entry in now.items() if entry.updated_at is None or entry.updated_at <= world.newest}
    fields = {row["video_id"]: row for row in truth.videos.drop("status").iter_rows(named=True)}
    changed = {
        n for n in not_newer if n not in before or (before[n][0], before[n][1]) != (fields[n], readings.get(n, []))
    }
    assert set(unseen.changed) == changed
    assert set(unseen.gone) == before.keys() - now.keys()
    if "with_status" in world.query:
        assert set(unseen.other_status) == {n for n in not_newer & before.keys() if before[n][2] != now[n].status}
    else:
        assert not unseen.other_status
    return len(unseen.changed) + len(unseen.gone) + len(unseen.other_status)


def check_reason(world: World, done: Refreshed, before: dict[str, Any], first: bool, full_every: float) -> None:
    now = world.listed()
    why = done.why
    if not done.full:
        assert why == ""
    elif why == "the first read of this query":
        assert first
    elif why.startswith("every "):
        assert (why, full_every) == ("every 0 days", 0)
    elif found := re.fullmatch(r"the list has ([\d,]+) videos?, but the archive would have ([\d,]+)", why):
        assert int(found[1].replace(",", "")) == len(now) != int(found[2].replace(",", ""))
    elif found := re.search(r"changed, such as (\w+), with a stats_last_updated before the last read", why):
        name = found[1]
        assert name not in before or world.newest is None or (now[name].updated_at or 0) < world.newest
    elif why == "the numbers of videos by status do not add up":
        assert "with_status" in world.query
        assert any(n not in before or before[n][2] != entry.status for n, entry in now.items())
    elif why == "the list did not begin with a stats_last_updated":
        assert world.newest is None
    else:
        assert why == "the order of stats_last_updated cannot be followed from page to page"


def one_round(world: World, client: lab.Client) -> int:
    draw, before = world.draw, stored(world.archive)
    for _ in range(draw.choice([0, 1, 1, 2, 5, 30])):
        world.event()
    if draw.random() < 0.2:
        world.api.faults.add(draw.choice([Fault.http(503), Fault.reset(0.5), Fault.cut_json()]), times=2)
    full_every = draw.choice([7, 7, 7, 0])
    first, start = not before and not (world.archive.folder / "archive.json").exists(), len(world.api.requests)
    done = world.archive.refresh(client, full_every=full_every, **world.query)
    answered = sum(asked.outcome == "200" for asked in world.api.requests[start:])
    world.api.faults.clear()
    assert done.pages == answered
    truth = full_read(world, client)
    check_rows(world, done, truth)
    check_added(done, before, stored(world.archive))
    named = check_unseen(world, done, before, truth)
    check_reason(world, done, before, first, full_every)
    stamps = [entry.updated_at for entry in world.listed().values() if entry.updated_at is not None]
    world.newest = max(stamps, default=None)
    world.last_full = done.full
    world.improper &= not done.full
    return named


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_what_a_refresh_states_is_what_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influtics_lab.api.retry_budget._FIRST_WAIT", 0.02)
    named = full = 0
    for nth in range(-(-ROUNDS // A_WORLD)):
        world = World(tmp_path / str(nth), random.Random(nth))
        with world.api as api, lab.Client(api.key, api.url, patience=30) as client:
            for number in range(A_WORLD):
                try:
                    named += one_round(world, client)
                except AssertionError as error:
                    error.add_note(f"world {nth}, round {number}, {world.query}")
                    raise
            full += sum("full" in e.refresh and e.refresh["full"] for e in world.archive._load_log().entries)
            world.archive.verify()
    print(f"{ROUNDS} rounds, {full} full reads, {named} names of unseen changes, all true")
    assert full


@pytest.mark.slow
def test_three_values_within_one_second_are_three(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path)
    with lab.LocalAPI([SimulatedVideo(item("a", {1: 5}), "active")]) as api, lab.Client(api.key, api.url) as client:
        for nth, views in enumerate((5, 6, 5, 5, 6)):
            stamp = instant(nth)
            api.catalogue.update("a", stats={"views": {"2025-07-01 01:00:00+00": views}}, stats_last_updated=stamp)
            archive.refresh(client, full_every=0)
            assert archive.history()["views"].to_list() == [views]
    assert archive.verify().snapshots().height == 5
    assert pl.Series(archive.snapshots()["taken_at"]).n_unique() == 5
