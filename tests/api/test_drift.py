"""Lists that change between any two requests, over a real socket: nothing listed throughout is lost, or exit 6.

INFLUTICS_LAB_SCHEDULES says how many schedules are drawn; beyond the usual 100, what came of them is printed.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from draws import count_draws

import influtics_lab as lab
from influtics_lab.errors import IncompleteReadError
from influtics_lab.localapi import Catalogue

SCHEDULES = count_draws(100, "INFLUTICS_LAB_SCHEDULES")
SECOND = 1_000_000
START = int(dt.datetime(2025, 1, 1, tzinfo=dt.UTC).timestamp()) * SECOND
NO_DATE = "2025-06-31T00:00:00+00:00"

pytestmark = [
    pytest.mark.filterwarnings("ignore::influtics_lab.errors.DataQualityWarning"),
    pytest.mark.timeout(60 + SCHEDULES),
]


@dataclass
class Kept:
    """A video of the server: its position, how its creation is reported, and how often it was counted."""

    at: int
    reported: str  # "as it is"; "no date": listed last, as a null; "garbled": listed in its place, but not readable
    status: str
    version: int = 0


@dataclass
class Drift:
    """A catalogue, the filter that it is read with, and what happens to it between requests."""

    seed: int
    ties: int
    most: int = 3
    filtered: bool = False
    videos: dict[str, Kept] = field(default_factory=dict)
    statuses: dict[str, set[str]] = field(default_factory=dict)
    throughout: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.catalogue = Catalogue(ties="random", seed=self.seed)
        unreadable = self.rng.choice([0, 0, 0.02, 0.1])
        for i in range(self.rng.randint(90, 700)):
            odd = self.rng.random() < unreadable
            reported = self.rng.choice(["no date", "garbled"]) if odd else "as it is"
            self.put(f"v{i:05d}", Kept(START + i // self.ties * 60 * SECOND, reported, self.rng.choice(STATUSES)))
        self.throughout = {name for name in self.videos if self.listed(name)}

    def listed(self, name: str) -> bool:
        return not self.filtered or self.videos[name].status == "active"

    def put(self, name: str, video: Kept) -> None:
        self.videos[name] = video
        self.statuses.setdefault(name, set()).add(video.status)
        reported = created(video.at) if video.reported == "as it is" else NO_DATE
        self.catalogue.insert(answer(name, reported, video.version), video.status)
        if video.reported == "garbled":
            self.catalogue._put_entry(replace(self.catalogue[name], created_at=video.at))

    def before(self, _: Catalogue, number: int) -> None:
        """Change it up to so many times, but not before the first request."""
        for _ in range(self.rng.randint(0, self.most) if number else 0):
            self.rng.choice([self.insert, self.append, self.delete, self.restate, self.count])(f"n{len(self.statuses)}")

    def insert(self, new: str) -> None:
        near = self.videos[self.any()].at if self.videos else START
        self.put(new, Kept(near + self.rng.choice([0, 1, -1]), "as it is", self.rng.choice(STATUSES)))

    def append(self, new: str) -> None:
        at = START + (10**7 + len(self.statuses)) * SECOND
        self.put(new, Kept(at, "as it is", "active"))

    def delete(self, _: str) -> None:
        if self.videos:
            name = self.any()
            self.catalogue.delete(name)
            del self.videos[name]
            self.throughout.discard(name)

    def restate(self, _: str) -> None:
        if self.videos:
            name = self.any()
            self.put(name, replace(self.videos[name], status=self.rng.choice(STATUSES)))
            self.throughout -= set() if self.listed(name) else {name}

    def count(self, _: str) -> None:
        if self.videos:
            name = self.any()
            self.put(name, replace(self.videos[name], version=self.videos[name].version + 1))

    def any(self) -> str:
        return self.rng.choice(list(self.videos))


STATUSES = ("active", "active", "active", "completed", "failed")


def created(at: int) -> str:
    return dt.datetime.fromtimestamp(at / SECOND, dt.UTC).isoformat()


def answer(name: str, reported: str, version: int) -> dict[str, Any]:
    points = {f"2025-06-30 {8 + hour:02d}:00:00+00": 10 * version + hour for hour in range(1 + version % 3)}
    fields = {"video_id": name, "created_at": reported, "title": f"{name}, {version}", "views": version}
    return fields | {"stats": {"views": points}}


@pytest.fixture(scope="module")
def api() -> Iterator[lab.LocalAPI]:
    with lab.LocalAPI([]) as running:
        yield running


def serve(api: lab.LocalAPI, drift: Drift, cap: int | None) -> None:
    api.requests.clear()
    api.catalogue, api.before_request, api.manners.cap = drift.catalogue, drift.before, cap


def said_by(pages: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return each answer's fields and sorted readings of each video."""
    said: dict[str, list[tuple[Any, ...]]] = {}
    for page in pages.iterdir():
        for item in orjson.loads(page.read_bytes())["data"]["data"]:
            readings = sorted((dt.datetime.fromisoformat(key), n) for key, n in item["stats"]["views"].items())
            said.setdefault(item["video_id"], []).append((item["title"], item["views"], readings))
    return said


def held_by(snapshot: lab.Snapshot) -> dict[str, tuple[Any, ...]]:
    readings: dict[str, list[tuple[dt.datetime, int]]] = {}
    for name, at, views in snapshot.stats.select("video_id", "timestamp", "views").iter_rows():
        readings.setdefault(name, []).append((at, views))
    rows = snapshot.videos.select("video_id", "title", "latest_views").iter_rows()
    return {name: (title, views, readings.get(name, [])) for name, title, views in rows}


def read(api: lab.LocalAPI, drift: Drift, pages: Path) -> tuple[int, bool]:
    """Read once and hold it against the laws; give the requests beyond plain paging, and whether it ended complete."""
    caps = [cap for cap in (None, None, None, 97, 50, 25) if cap is None or cap >= 2 * drift.ties]
    cap, workers = drift.rng.choice(caps), drift.rng.choice([1, 4])
    serve(api, drift, cap)
    plain = -(-len(drift.throughout) // (cap or 100))
    status = "active" if drift.filtered else None
    with lab.Client(api.key, api.url, workers=workers) as client:
        try:
            snapshot = lab.take_snapshot(status=status, client=client, pages=pages)
        except IncompleteReadError:
            return len(api.requests) - plain, False
    held, said = held_by(snapshot), said_by(pages)
    assert drift.throughout <= held.keys(), "lost what was listed throughout"
    assert snapshot.videos.height == len(held), "doubled"
    assert held.keys() == said.keys(), "lost what an answer held"
    assert all(held[name] in said[name] for name in held), "says what no answer said"
    assert snapshot.verify() is snapshot
    return len(api.requests) - plain, True


@pytest.mark.slow
@pytest.mark.parametrize("ties", [1, 3, 12, 60])
def test_videos_listed_throughout_are_read_exactly_once_or_the_read_fails(
    api: lab.LocalAPI, tmp_path: Path, capsys: pytest.CaptureFixture[str], ties: int
) -> None:
    extra, incomplete = 0, []
    seeds = range(10**6 * ties, 10**6 * ties + -(-SCHEDULES // 4))
    for seed in seeds:
        pages = tmp_path / str(seed)
        pages.mkdir()
        drift = Drift(seed, ties, most=1 + seed % 3, filtered=seed % 2 == 0)
        try:
            more, complete = read(api, drift, pages)
        except Exception as error:
            error.add_note(f"schedule: Drift({seed}, {ties}), {len(api.requests)} requests")
            raise
        extra += more
        incomplete += [] if complete else [seed]
    if SCHEDULES > 100:
        with capsys.disabled():
            reported = f"{len(incomplete)} ended with exit 6 {incomplete[:9]}, {extra / len(seeds):.2f} requests more"
            print(f"\n{len(seeds)} schedules, groups of {ties}: 0 lost, 0 doubled, {reported} than plain paging")
    assert len(incomplete) <= max(2, 0.02 * len(seeds))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 4])
def test_with_status_keeps_every_video_once_with_a_status_it_had_or_null(api: lab.LocalAPI, workers: int) -> None:
    for seed in range(max(4, SCHEDULES // 20)):
        drift = Drift(seed, ties=3, most=1 + seed % 2)
        serve(api, drift, None)
        unchanged = {name: video.status for name, video in drift.videos.items()}
        with lab.Client(api.key, api.url, workers=workers) as client:
            snapshot = lab.take_snapshot(with_status=True, client=client)
        found = dict(snapshot.videos.select("video_id", "status").iter_rows())
        steady = drift.throughout & {name for name in unchanged if drift.statuses[name] == {unchanged[name]}}
        assert snapshot.videos.height == len(found)
        assert drift.throughout <= found.keys()
        assert {name: found[name] for name in steady} == {name: unchanged[name] for name in steady}
        assert all(status is None or status in drift.statuses[name] for name, status in found.items())
        unsettled = sorted(name for name, status in found.items() if status is None)
        assert sorted(snapshot.manifest["status_unsettled"]) == unsettled


def labelled(api: lab.LocalAPI, after: tuple[str | None, ...], change: Callable[[Catalogue], None]) -> lab.Snapshot:
    """Read with statuses, and change the catalogue once these lists have been read."""
    drift = Drift(7, ties=1, most=0)
    drift.put("v00000", replace(drift.videos["v00000"], status="active"))
    serve(api, drift, None)
    with lab.Client(api.key, api.url, workers=1) as client:
        for status in after:
            lab.take_snapshot(status=status, client=client)
        asked = len(api.requests)
        api.requests.clear()
        api.before_request = lambda catalogue, number: change(catalogue) if number == asked else None
        snapshot = lab.take_snapshot(with_status=True, client=client)
    others = {name: video.status for name, video in drift.videos.items() if name != "v00000"}
    assert others.items() <= dict(snapshot.videos.select("video_id", "status").iter_rows()).items()
    return snapshot


def test_video_found_under_two_statuses_is_settled_by_a_second_read(api: lab.LocalAPI) -> None:
    snapshot = labelled(api, (None, "active"), lambda catalogue: catalogue.set_status("v00000", "completed"))
    assert snapshot.videos.filter(video_id="v00000")["status"].to_list() == ["completed"]
    assert snapshot.manifest["status_unsettled"] == []


def test_a_video_that_no_label_reached_stays_with_null(api: lab.LocalAPI) -> None:
    snapshot = labelled(api, (None,), lambda catalogue: catalogue.delete("v00000"))
    assert snapshot.videos.filter(video_id="v00000")["status"].to_list() == [None]
    assert snapshot.manifest["status_unsettled"] == ["v00000"]
