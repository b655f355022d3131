"""The key figures of a campaign again, from CSV, JSON and TOML, in plain Python and exact fractions.

It knows nothing of the package. Random numbers alone are numpy's: the raw stream of its PCG64.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import itertools
import json
import math
import statistics
import tomllib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from numpy.random import PCG64

COUNTS = ("views", "likes", "comments", "reposts")
FLAGS = ("correction", "purge", "hidden", "failed_poll", "cached", "stalled")
PLACES = ("last_read", "at_start", "at_end", "gained", "counted")
UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
DAY = 86_400_000_000
WEEK = 7 * DAY
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def micros(instant: dt.datetime) -> int:
    return (instant - EPOCH) // dt.timedelta(microseconds=1)


def student_t(tail: float, df: float) -> float:
    """Give the value that Student's t exceeds with this probability: its density by Simpson's rule, then bisection.

    With t = sqrt(df) tan(angle) the density is proportional to cos(angle)^(df - 1).
    """

    def integral(angle: float, steps: int = 400) -> float:
        ends = math.cos(0) ** (df - 1) + math.cos(angle) ** (df - 1)
        inner = sum((4 if i % 2 else 2) * math.cos(angle * i / steps) ** (df - 1) for i in range(1, steps))
        return (ends + inner) * angle / steps / 3

    half, low, high = math.sqrt(math.pi) * math.gamma(df / 2) / math.gamma((df + 1) / 2) / 2, 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if integral(middle) < half * (1 - 2 * tail) else (low, middle)
    return math.sqrt(df) * math.tan(low)


def is_purge(count: str, before: int, now: int) -> bool:
    """Whether a fall is more than a correction."""
    lost = before - now
    return 100 * lost > before and (lost > 10 if count == "views" else lost * lost > 9 * before)


def of_the_day_before(counts: list[tuple[int, int]], end: int) -> float | None:
    """What a count gained in each hour of the 24 before, on the straight lines between its readings."""
    ends = []
    for at in (end - DAY, end):
        before = max((c for c in counts if c[0] <= at), default=None)
        after = min((c for c in counts if c[0] >= at), default=None)
        if before is None or after is None:
            return None
        share = (at - before[0]) / (after[0] - before[0]) if after[0] > before[0] else 0
        ends.append(before[1] + share * (after[1] - before[1]))
    per_hour = (ends[1] - ends[0]) / 24
    return per_hour if per_hour >= 0 else None


class Oracle:
    """One campaign over one snapshot."""

    def __init__(self, folder: Path) -> None:
        self.file = tomllib.loads((folder / "campaign.toml").read_text())
        self.videos = {row["video_id"]: row for row in json.loads((folder / "videos.json").read_text())}
        digest = json.loads((folder / "manifest.json").read_text())["content_digest"]
        self.seed = int(digest[:12], 16)
        self.rows: dict[str, list[tuple[int, dict[str, int | None]]]] = {video: [] for video in self.videos}
        with (folder / "frame.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                counts = {count: int(row[count]) if row[count] else None for count in COUNTS}
                self.rows[row["video_id"]].append((micros(dt.datetime.fromisoformat(row["timestamp"])), counts))
        for rows in self.rows.values():
            rows.sort(key=lambda row: row[0])
        self.hidden = {video: self._hidden(video) for video in self.videos}
        self.failed = {video: self._failed(video) for video in self.videos}
        self.as_of = max(t for video, rows in self.rows.items() for t, _ in rows if t not in self.failed[video])
        self.once = self._once()
        self.external = {row["external_video_id"]: self.once[video] for video, row in self.videos.items()}
        self.videos = {video: row for video, row in self.videos.items() if self.once[video] == video}
        self.settings = {"counted": "auto", "engagement_rate": ["pooled", "median"], "parts": ["likes", "comments"]}
        self.settings |= {"level_pct": 95, "resamples": 10_000, "draw": "creators", "max_gap": None}
        self.settings |= self.file.get("estimators", {})
        self.compare = {"against": "platform", "at_age": "7d", "age": "published", "videos": []}
        self.compare |= self.file.get("compare", {})
        self.parts = [part for part in COUNTS if part in self.settings["parts"]]
        self.gap = self.micros_of(self.settings["max_gap"]) if self.settings["max_gap"] else None
        self.chosen, self.missing = self._chosen()
        self.owner = {name: one["name"] for one in reversed(self.file.get("creators", [])) for name in one["videos"]}
        self.creator = {
            self.meant(name): one["name"] for one in reversed(self.file.get("creators", [])) for name in one["videos"]
        }
        self.start = self.begin(self.file["period"]["start"])
        self.end = self.close(self.file["period"]["end"])
        self.standing = self.standings(self.start, *self.until(self.end))

    @staticmethod
    def micros_of(duration: str) -> int:
        found, number = 0, ""
        for sign in duration:
            number, found = (number + sign, found) if sign.isdigit() else ("", found + int(number) * UNITS[sign])
        return found * 1_000_000

    def begin(self, moment: dt.date) -> int:
        zone = ZoneInfo(self.file["period"].get("time_zone", "UTC"))
        if not isinstance(moment, dt.datetime):
            moment = dt.datetime(moment.year, moment.month, moment.day, tzinfo=zone)
        return micros(moment if moment.tzinfo else moment.replace(tzinfo=zone))

    def close(self, moment: dt.date) -> int:
        return self.begin(moment if isinstance(moment, dt.datetime) else moment + dt.timedelta(days=1))

    def until(self, end: int) -> tuple[int, bool]:
        return (self.as_of, True) if end > self.as_of else (end, False)

    @staticmethod
    def canonical(row: dict[str, Any]) -> tuple[str, str] | None:
        platform, name = row["platform"], row["external_video_id"]
        if platform is None or name is None:
            return None
        if platform == "Instagram" and name.split("_")[0].isdigit():
            number, code = int(name.split("_")[0]), ""
            while number:
                code, number = BASE64[number % 64] + code, number // 64
            name = code
        return platform, name[:11] if platform == "Instagram" and len(name) == 39 else name

    def _once(self) -> dict[str, str]:
        """Each video's series that counts: the newest visible views, then created_at, then video_id."""
        groups: dict[Any, list[str]] = {}
        for video, row in self.videos.items():
            groups.setdefault(self.canonical(row) or video, []).append(video)
        found = {}
        for videos in groups.values():
            newest = {video: max((t for t, _ in self.shown(video, "views")), default=-1) for video in videos}
            counts = min(videos, key=lambda video: (-newest[video], self.videos[video]["created_at"] or "~", video))
            found |= dict.fromkeys(videos, counts)
        return found

    def meant(self, name: str) -> str:
        """The video that counts for an id of the service or of a platform; the id itself where there is none."""
        return self.once.get(name) or self.external.get(name) or name

    def _chosen(self) -> tuple[list[str], set[str]]:
        wanted = self.file["videos"]
        excluded = wanted.get("exclude", [])
        named = {*wanted.get("ids", []), *wanted.get("external_ids", [])}
        found = {self.meant(name) for name in named if self.meant(name) in self.videos}
        if "platform" in wanted:
            found |= {video for video, row in self.videos.items() if row["platform"] in wanted["platform"]}
        missing = {name for name in named - set(excluded) if self.meant(name) not in self.videos}
        return sorted(found - {self.meant(name) for name in excluded}), missing

    def named(self) -> set[str]:
        wanted = self.file["videos"]
        return {self.meant(name) for name in (*wanted.get("ids", []), *wanted.get("external_ids", []))} & {*self.chosen}

    def lacking(self, kind: str, name: str | None) -> int:
        """How many missing posts belong to a group: no platform is known of one that an id names."""
        if kind == "campaign":
            return len(self.missing)
        return sum(self.owner.get(post) == name for post in self.missing) if kind == "creator" else 0

    def published(self, video: str) -> int | None:
        row = self.videos[video]
        given = {self.meant(name): moment for name, moment in self.file.get("published_at", {}).items()}
        if row["published_at"]:
            return micros(dt.datetime.fromisoformat(row["published_at"]))
        return self.begin(given[video]) if video in given else None

    def born(self, video: str) -> int | None:
        if self.compare["age"] == "published":
            return self.published(video)
        created = self.videos[video]["created_at"]
        return micros(dt.datetime.fromisoformat(created)) if created else None

    def _hidden(self, video: str) -> set[tuple[int, str]]:
        found: set[tuple[int, str]] = set()
        most = max((row["views"] or 0 for _, row in self.rows[video]), default=0)
        for count in COUNTS:
            above = any((row[count] or 0) > 0 for _, row in self.rows[video])
            before = 0
            for t, row in self.rows[video]:
                value = row[count]
                fallen = before > (0 if count == "views" else 5)
                if value == 0 and (fallen or (count == "likes" and not above and most > 1000)):
                    found.add((t, count))
                elif value is not None and (value > 0 or count != "views"):
                    before = value
        return found

    def _failed(self, video: str) -> set[int]:
        """Instants at which views are hidden and every other reported count is 0."""
        return {
            t
            for t, row in self.rows[video]
            if (t, "views") in self.hidden[video] and not any(row[count] for count in COUNTS)
        }

    def shown(self, video: str, count: str) -> list[tuple[int, int]]:
        return [
            (t, row[count])
            for t, row in self.rows[video]
            if row[count] is not None and (t, count) not in self.hidden[video] and t not in self.failed[video]
        ]

    def at(self, video: str, count: str, t: int, since: float = -math.inf) -> Fraction | None:
        points = [point for point in self.shown(video, count) if point[0] >= since]
        before, after = [p for p in points if p[0] <= t], [p for p in points if p[0] >= t]
        if before and before[-1][0] == t:
            return Fraction(before[-1][1])
        if not before or not after or (self.gap is not None and after[0][0] - before[-1][0] > self.gap):
            return None
        (t0, v0), (t1, v1) = before[-1], after[0]
        return v0 + Fraction((v1 - v0) * (t - t0), t1 - t0)

    # counts

    def standings(self, start: int, until: int, running: bool) -> dict[str, dict[str, dict[str, Any]]]:
        del running
        found = {}
        for video in self.chosen:
            gains = self.rule(video, start) == "gained"
            counts = {count: self._standing(video, count, start, until, gains) for count in COUNTS}
            parts = [counts[part] for part in self.parts]
            engaged = {place: self.added([part[place] for part in parts], strict=True) for place in PLACES}
            for place in ("gained", "counted"):
                bounds = [part[place] if part[place] is not None else part[f"{place}_least"] for part in parts]
                engaged[f"{place}_least"] = self.added(bounds, strict=True) if engaged[place] is None else None
                engaged[f"{place}_fell"] = any(part[place] is None and part[f"{place}_fell"] for part in parts[:1])
                first = next((part for part in parts if part[place] is None), None)
                engaged[f"{place}_fell"] = first is not None and first[f"{place}_fell"]
            engaged["end_at"] = max((part["end_at"] for part in parts if part["end_at"] is not None), default=None)
            counts["engagements"] = engaged
            found[video] = counts
        return found

    def rule(self, video: str, start: int) -> str:
        """Whether a video counts what it gained, or its last known value."""
        if self.settings["counted"] != "auto":
            return "last" if self.settings["counted"] == "read" else "gained"
        views, published = self.shown(video, "views"), self.published(video)
        if any(t <= start and value > 0 for t, value in views) or (published is not None and published >= start):
            return "gained"
        if published is None:
            return "last"
        soon = bool(views) and views[0][0] >= start and views[0][0] - published <= self.long_gap()
        return "last" if soon else "gained"

    def long_gap(self) -> float:
        return self.gap if self.gap is not None else max((self.end - self.start) / 4, 2 * DAY)

    def _standing(self, video: str, count: str, start: int, until: int, gains: bool) -> dict[str, Any]:
        points = self.shown(video, count)
        inside = [point for point in points if start <= point[0] <= until]
        last = Fraction(inside[-1][1]) if inside else None
        first, published = self.at(video, count, start), self.published(video)
        is_inside = published is not None and start <= published <= until
        if points and (is_inside or (first is None and published is not None and published >= start)):
            first = Fraction(0)
        end, end_at = self.at(video, count, until), until
        is_early = bool(points) and points[-1][0] < until and not (published is not None and published > until)
        if end is None and inside and is_early and until - inside[-1][0] <= min((until - start) / 10, DAY):
            end, end_at = last, inside[-1][0]
        gained = end - first if inside and end is not None and first is not None else None
        pairs = itertools.pairwise(points)
        fell = any(after[1] < before[1] and start < after[0] <= until for before, after in pairs)
        least = None
        if inside and gained is None and not fell:
            least = (last if end is None else end) - (Fraction(inside[0][1]) if first is None else first)
        is_fallen = bool(inside) and gained is None and fell
        found = {"last_read": last, "at_start": first, "at_end": end, "gained": gained, "end_at": end_at}
        found |= {"gained_least": least, "gained_fell": is_fallen, "counted": gained if gains else last}
        return found | {"counted_least": least if gains else None, "counted_fell": gains and is_fallen}

    @staticmethod
    def added(values: list[Fraction | None], *, strict: bool) -> Fraction | None:
        known = [value for value in values if value is not None]
        if (strict and len(known) < len(values)) or not known:
            return None
        return sum(known, Fraction(0))

    def total(
        self, values: list[Fraction | None], lacking: int = 0, bounds: Any = (), fell: bool = False
    ) -> dict[str, Any]:
        n = sum(value is not None for value in values)
        there = [*values, *(least for value, least in zip(values, bounds, strict=False) if value is None)]
        facts = {"known": self.added(there, strict=False), "n": n, "of": len(values) + lacking, "fell": fell}
        facts["bounded"] = sum(value is not None for value in there) - n
        return {"value": self.added([*values, *[None] * lacking], strict=True), **facts}

    def of_place(self, standing: Any, videos: list[str], count: str, place: str, lacking: int) -> dict[str, Any]:
        rows = [standing[video][count] for video in videos]
        bounds = [row.get(f"{place}_least") for row in rows]
        fell = any(row.get(f"{place}_fell") for row in rows)
        return self.total([row[place] for row in rows], lacking, bounds, fell)

    # engagement rates

    def rates(self, rows: list[tuple[str, Fraction | None, Fraction | None]], name: str | None) -> dict[str, Any]:
        kept = [(video, v, e) for video, v, e in sorted(rows) if v is not None and e is not None and v > 0]
        found: dict[str, Any] = {"n": len(kept), "n_effective": None, "n_drawn_effective": None}
        units = self._units([video for video, _, _ in kept])
        if kept:
            found["n_effective"] = self._effective([sum(kept[i][1] for i in unit) for unit in units])
            found["n_drawn_effective"] = self._effective([len(unit) for unit in units])
        draws = self._draws(units, name) if len(units) >= 5 else []
        pairs = [(float(v), float(e)) for _, v, e in kept]
        for estimator in self.settings["engagement_rate"]:
            value = self._estimate(estimator, pairs) if pairs else None
            values = sorted(self._estimate(estimator, [pairs[i] for i in drawn]) for drawn in draws)
            weights = [sum(kept[i][1] if estimator == "pooled" else 1 for i in unit) for unit in units]
            outside = self._outside(max(5.0, self._effective(weights))) if values else 0.0
            low, high = (self._quantile(values, q) if values else None for q in (outside, 1 - outside))
            found[estimator] = {"value": value, "low": low, "high": high}
        return found

    def _units(self, videos: list[str]) -> list[list[int]]:
        """Give what is drawn together: a creator's videos where at least five creators are named, else each alone."""
        creators = {self.creator[video] for video in videos if self.creator.get(video) is not None}
        together = self.settings["draw"] == "creators" and len(creators) >= 5
        units: dict[Any, list[int]] = {}
        for i, video in enumerate(videos):
            creator = self.creator.get(video) if together else None
            units.setdefault(("alone", i) if creator is None else ("in", creator), []).append(i)
        return list(units.values())

    @staticmethod
    def _effective(weights: list[Any]) -> float:
        return float(sum(weights) ** 2 / sum(weight**2 for weight in weights))

    def _outside(self, n: float) -> float:
        """Give the share of draws beyond each end of an expanded percentile interval (Hesterberg 2015)."""
        t = student_t((100 - self.settings["level_pct"]) / 200, n - 1)
        return statistics.NormalDist().cdf(-math.sqrt(n / (n - 1)) * t)

    def _draws(self, units: list[list[int]], name: str | None) -> list[list[int]]:
        digest = hashlib.sha256(repr((self.seed, (name,))).encode()).digest()
        bits, k, draws = PCG64(int.from_bytes(digest, "big")), len(units), []
        for _ in range(self.settings["resamples"]):
            words = [word for raw in bits.random_raw((k + 1) // 2).tolist() for word in (raw % 2**32, raw >> 32)]
            draws.append([i for word in words[:k] for i in units[(word * k) >> 32]])
        return draws

    @staticmethod
    def _estimate(estimator: str, pairs: list[tuple[float, float]]) -> float:
        if estimator == "pooled":
            return 100 * math.fsum(e for _, e in pairs) / math.fsum(v for v, _ in pairs)
        rates = [100 * e / v for v, e in pairs]
        return math.fsum(rates) / len(rates) if estimator == "mean" else statistics.median(rates)

    @staticmethod
    def _quantile(values: list[float], q: float) -> float:
        at = (len(values) - 1) * q
        low = math.floor(at)
        return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (at - low)

    def rated(self, video: str, start: int, until: int) -> tuple[int, Fraction, Fraction] | None:
        """The last reading with views and all parts: its instant, views and engagements."""
        by_time = [dict(self.shown(video, count)) for count in ("views", *self.parts)]
        for t, _ in reversed(self.rows[video]):
            if start <= t <= until and all(t in counts for counts in by_time) and by_time[0][t] > 0:
                return t, Fraction(by_time[0][t]), Fraction(sum(counts[t] for counts in by_time[1:]))
        return None

    def last_rate(self, videos: list[str], name: str | None) -> dict[str, Any]:
        found = {video: self.rated(video, self.start, self.until(self.end)[0]) for video in videos}
        rows = [(video, one[1], one[2]) for video, one in found.items() if one is not None]
        ages = []
        for video, one in found.items():
            published = self.published(video)
            if one is not None and published is not None:
                ages.append((one[0] - published) / 3.6e9)
        spread = {"youngest": min(ages), "median": statistics.median(ages), "oldest": max(ages)} if ages else {}
        return self.rates(rows, name) | {"of": len(videos), "age_hours": spread | {"n": len(ages)}}

    def rate_at_age(self, videos: list[str], name: str | None) -> dict[str, Any]:
        rows = [(video, *self.pair_at_age(video)) for video in videos if self.rows[video]]
        age = self.micros_of(self.compare["at_age"])
        without = sum(views is None for _, views, _ in rows)
        facts = {"of": len(videos), "age_hours": age / 3.6e9, "without_age": without}
        return self.rates(rows, name) | facts

    def pair_at_age(self, video: str) -> tuple[Fraction | None, Fraction | None]:
        born = self.born(video)
        if born is None:
            return None, None
        t = born + self.micros_of(self.compare["at_age"])
        views = self.at(video, "views", t, born)  # readings before publication have no age
        return views, self.added([self.at(video, part, t, born) for part in self.parts], strict=True)

    # money

    def exchange(self, currency: str | None) -> Fraction | None:
        told = self.file["currency"]
        if currency == told["report"]:
            return Fraction(1)
        rate = told.get("rates", {}).get(currency)
        return None if rate is None else Fraction(rate)

    def spend_videos(self, spend: dict[str, Any]) -> set[str]:
        if "video" in spend:
            return {self.meant(spend["video"])} & set(self.chosen)
        if "creator" in spend:
            return {video for video in self.chosen if self.creator.get(video) == spend["creator"]}
        if "platform" in spend:
            return {video for video in self.chosen if self.videos[video]["platform"] == spend["platform"]}
        return set(self.chosen)

    def last_day(self, until: int, running: bool) -> dt.date:
        zone = ZoneInfo(self.file["period"].get("time_zone", "UTC"))
        instant = EPOCH + dt.timedelta(microseconds=until if running else until - 1)
        return instant.astimezone(zone).date()

    def spent(
        self, kind: str, name: str | None, videos: list[str], shared: bool, dates: Callable[[dt.date], bool]
    ) -> tuple[Fraction | None, int | None]:
        amounts = []
        for spend in self.file.get("spend", []):
            if not dates(spend["date"]):
                continue
            its, named = self.spend_videos(spend), kind == "campaign" or (name is not None and spend.get(kind) == name)
            whole, platform = not {"video", "creator", "platform"} & spend.keys(), "platform" in spend
            touches = whole or bool(its & set(videos))
            if shared:
                counts = (whole or platform) and touches and (kind == "campaign" or not named)
            elif named:
                counts = True
            elif whole or platform or not touches:
                counts = False
            elif its <= set(videos):
                counts = True
            else:
                return None, None
            if counts:
                rate = self.exchange(spend.get("currency"))
                if rate is None:
                    return None, None
                amounts.append(Fraction(spend["amount"]) * rate)
        return (sum(amounts), len(amounts)) if amounts else (None, 0)

    def money(
        self, kind: str, name: str | None, videos: list[str], standing: Any = None, window: tuple[int, bool] = (0, True)
    ) -> dict[str, Any]:
        standing, window = (self.standing, self.until(self.end)) if standing is None else (standing, window)
        day, lacking = self.last_day(*window), self.lacking(kind, name)
        spent, entries = self.spent(kind, name, videos, False, lambda date: date <= day)
        shared, shares = self.spent(kind, name, videos, True, lambda date: date <= day)
        later, laters = self.spent(kind, name, videos, False, lambda date: date > day)
        whole = self.spent(kind, name, videos, False, lambda _: True)[0] if later is not None else None
        found: dict[str, Any] = {"spend": {"value": spent, "entries": entries}}
        for price, count, per in (("cpm", "views", 1000), ("cpv", "views", 1), ("cpe", "engagements", 1)):
            units = self.of_place(standing, videos, count, "counted", lacking)
            found[price] = self.price(spent, units, per)
        views = self.of_place(standing, videos, "views", "counted", lacking)
        worths = [self.worth(standing[video], "counted") for video in videos]
        found["emv"] = self.total(worths, lacking, [self.worth(standing[video], None) for video in videos])
        found["not_allocated"] = {"value": shared, "entries": shares}
        found["later"] = {"spend": {"value": later, "entries": laters}, "cpm": self.price(whole, views, 1000)}
        return found

    @staticmethod
    def price(spent: Fraction | None, units: dict[str, Any], per: int) -> dict[str, Any]:
        there = spent is not None and units["value"] is not None and units["value"] > 0
        is_bound = units["known"] is not None and units["known"] > 0 and not units["fell"]
        most = per * spent / units["known"] if spent is not None and is_bound else None
        return {
            "value": per * spent / units["value"] if there else None,
            "at_most": most,
            "n": units["n"],
            "of": units["of"],
        }

    def worth(self, counts: dict[str, dict[str, Any]], place: str | None) -> Fraction | None:
        """What a video's counts are worth; without a place what they are worth at least."""
        rates = {name: Fraction(rate) for name, rate in self.file.get("emv", {}).items() if name in COUNTS}
        values = {name: counts[name]["counted"] for name in rates}
        if place is None:
            values = {name: n if n is not None else counts[name]["counted_least"] for name, n in values.items()}
        if not rates or any(value is None for value in values.values()):
            return None
        return sum(rates[name] * value for name, value in values.items() if value is not None) * (
            self.exchange(self.file["emv"]["currency"]) or Fraction(0)
        )

    # what is told

    def scope(self, kind: str, name: str | None, videos: list[str]) -> dict[str, Any]:
        lacking = self.lacking(kind, name)
        counts = {
            count: {place: self.of_place(self.standing, videos, count, place, lacking) for place in PLACES}
            for count in (*COUNTS, "engagements")
        }
        drawn = "campaign" if sorted(videos) == sorted(self.chosen) else name  # all videos have one interval
        rate = {"last_read": self.last_rate(videos, drawn), "at_age": self.rate_at_age(videos, drawn)}
        for figure in rate.values():
            figure["of"] += lacking
        told = {"videos": len(videos), "missing": lacking, "counts": counts, "engagement_rate": rate}
        return told | {"money": self.money(kind, name, videos)}

    def scopes(self, kind: str, of: dict[str, str | None], names: list[str]) -> list[dict[str, Any]]:
        groups = [self.scope(kind, name, [v for v in self.chosen if of.get(v) == name]) for name in sorted(names)]
        rest = [video for video in self.chosen if of.get(video) is None]
        return groups + ([self.scope(kind, None, rest)] if rest else [])

    def video(self, video: str) -> dict[str, Any]:
        counts = self.standing[video]
        rated = self.rated(video, self.start, self.until(self.end)[0])
        rate = {"last_read": {"value": None if rated is None else 100 * rated[2] / rated[1]}}
        views, engaged = counts["views"], counts["engagements"]
        known = None not in {views["gained"], engaged["gained"]} and engaged["end_at"] == views["end_at"]
        known = known and views["gained"] > 0
        rate["gained"] = {"value": 100 * engaged["gained"] / views["gained"] if known else None}
        share = {}
        for count in ("views", "engagements"):
            every = [self.standing[one][count]["counted"] for one in self.chosen]
            whole = self.of_place(self.standing, self.chosen, count, "counted", 0)["known"]
            own, negative = counts[count]["counted"], any(value is not None and value < 0 for value in every)
            share[count] = {"value": 100 * own / whole if own is not None and whole and not negative else None}
        told = {
            name: {place: {"value": row[place], "at_least": row.get(f"{place}_least")} for place in PLACES}
            for name, row in counts.items()
        }
        compared = {measure: self.compared(video, measure) for measure in ("views", "engagement_rate")}
        return {
            "counts": told,
            "engagement_rate": rate,
            "money": self.money("video", video, [video]),
            "share_pct": share,
            "comparison": compared,
        }

    def value_at_age(self, video: str, measure: str) -> Fraction | None:
        views, engaged = self.pair_at_age(video)
        if measure == "views":
            return views
        return 100 * engaged / views if views is not None and engaged is not None and views > 0 else None

    def compared(self, video: str, measure: str) -> dict[str, Any]:
        value, others = self.value_at_age(video, measure), self.others(video)
        if others is None:
            return {"value": value, "others": 0, "percentile_pct": None}
        values = [found for one in others if (found := self.value_at_age(one, measure)) is not None]
        if not self.rows[video]:
            return {"value": None, "others": 0, "percentile_pct": None}
        percentile = None
        if value is not None and len(values) >= 5:
            below, equal = sum(v < value for v in values), sum(v == value for v in values)
            percentile = 100 * (below + Fraction(equal, 2)) / len(values)
        return {"value": value, "others": len(values), "percentile_pct": percentile}

    def others(self, video: str) -> list[str] | None:
        if self.compare["against"] == "videos":
            return [one for one in {self.meant(name) for name in self.compare["videos"]} if one not in self.chosen]
        if self.compare["against"] == "platform":
            same = self.videos[video]["platform"]
            return [one for one, row in self.videos.items() if row["platform"] == same and one not in self.chosen]
        if video not in self.creator:
            return None
        born = self.born(video)
        of_creator = [one for one in self.videos if self.creator.get(one) == self.creator[video]]
        own = [one for one in of_creator if one not in self.chosen]
        return [one for one in own if born is not None and (self.born(one) or math.inf) < born]

    def target(self, target: dict[str, Any]) -> dict[str, Any]:
        by = self.close(target["date"])
        until, running = self.until(by)
        standing = self.standings(self.start, until, running)
        lacking = len(self.missing)
        views = self.of_place(standing, self.chosen, "views", "counted", lacking)
        price = self.money("campaign", None, self.chosen, standing, (until, running))
        value, n = {
            "views": (views["known"], views["n"]),
            "cpm": (price["cpm"]["value"], price["cpm"]["n"]),
            "engagement_rate": self._pooled(until),
        }[target["measure"]]
        wanted = Fraction(target["value"])
        found: dict[str, Any] = {"target": wanted, "value": {"value": value, "n": n, "of": len(self.chosen) + lacking}}
        if target["measure"] == "cpm":
            found["value"]["at_most"] = price["cpm"]["at_most"]
        found["days_left"] = Fraction(by - until, DAY) if running else 0
        known_share = value is not None and target["measure"] != "cpm"
        found["reached_pct"] = 100 * value / wanted if known_share else None
        reached = value is not None and (value <= wanted if target["measure"] == "cpm" else value >= wanted)
        by_bound = reached and target["measure"] == "views" and not views["fell"]
        by_bound |= target["measure"] == "cpm" and (found["value"].get("at_most") or math.inf) <= wanted
        found["verdict"] = self.verdict(found["value"], running, reached, by_bound)
        paced = running and value is not None and not reached and target["measure"] != "engagement_rate"
        if not paced:
            return found | {name: {"value": None} for name in ("needed_per_day", "expected_by_now", "recent_per_day")}
        has = value
        if target["measure"] == "cpm":
            wanted, has = 1000 * price["spend"]["value"] / wanted, views["value"]
        found["needed_per_day"] = {"value": (wanted - has) / found["days_left"]}
        found["expected_by_now"] = {"value": wanted * Fraction(until - self.start, by - self.start)}
        length = min(WEEK, until - self.start)
        if length < DAY:
            return found | {"recent_per_day": {"value": None, "n": 0, "of": len(self.chosen) + lacking}}
        week = self.standings(until - length, until, True)
        gained = self.of_place(week, self.chosen, "views", "gained", lacking)
        days = Fraction(length, DAY)
        recent = None if gained["known"] is None or gained["fell"] else gained["known"] / days
        return found | {"recent_per_day": {"value": recent, "n": gained["n"], "of": gained["of"], "days": days}}

    @staticmethod
    def verdict(value: Any, running: bool, reached: bool, by_bound: bool) -> str:
        """How a target stands: of what is known in part, only as far as its bound decides."""
        if value["value"] is None or value["n"] < value["of"]:
            return "reached" if by_bound else "unknown"
        return "reached" if reached else "not yet" if running else "missed"

    def earlier_views(self) -> list[str]:
        """Videos that count their last known value although they may have had views before the period."""
        if self.settings["counted"] != "auto":
            return []
        kept = [video for video in self.chosen if self.rule(video, self.start) == "last"]
        counts = {video: self.standing[video]["views"] for video in kept}
        return [video for video in kept if counts[video]["at_start"] != 0 and counts[video]["last_read"] is not None]

    def tracked_twice(self) -> dict[str, list[str]]:
        others = {video: [one for one, counts in self.once.items() if counts == video != one] for video in self.chosen}
        return {video: sorted(names) for video, names in others.items() if names}

    def _pooled(self, until: int) -> tuple[Fraction | None, int]:
        kept = [one for video in self.chosen if (one := self.rated(video, self.start, until)) is not None]
        return (100 * sum(e for _, _, e in kept) / sum(v for _, v, _ in kept) if kept else None), len(kept)

    def spend(self, spend: dict[str, Any]) -> dict[str, Any]:
        rate = self.exchange(spend.get("currency"))
        worth = None if rate is None else Fraction(spend["amount"]) * rate
        return {"amount": Fraction(spend["amount"]), "reported": {"value": worth}}

    def flagged(self) -> dict[str, dict[str, int]]:
        """How many readings in the period have which flag; bursts are left to the tests of the metrics."""
        found: dict[str, dict[str, int]] = {name: {} for name in FLAGS}
        until = self.until(self.end)[0]
        for video in self.chosen:
            for t, flags in self._flags(video):
                for flag in flags if self.start <= t <= until else ():
                    found[flag][video] = found[flag].get(video, 0) + 1
        return found

    def _flags(self, video: str) -> list[tuple[int, set[str]]]:
        before: dict[str, int] = {}
        told, since, speed = [], None, None
        views = [(t, row["views"]) for t, row in self.rows[video] if (t, "views") not in self.hidden[video]]
        views = [(t, v) for t, v in views if v is not None]
        for t, row in self.rows[video]:
            now = {c: v for c, v in row.items() if v is not None and (t, c) not in self.hidden[video]}
            now = {} if t in self.failed[video] else now
            flags = {"hidden"} if any(at == t for at, _ in self.hidden[video]) else set()
            flags |= {"failed_poll"} if t in self.failed[video] else set()
            falls = [(c, before[c], v) for c, v in now.items() if before.get(c, 0) > v]
            flags |= {"purge" if is_purge(*fall) else "correction" for fall in falls}
            if now and all(c in before and before[c] == v for c, v in now.items()):
                hours = None if since is None else (t - since) / 3.6e9
                if hours is not None and hours < 1:
                    flags.add("cached")
                elif hours is not None and hours >= 8 and speed is not None and "views" in now:
                    flags |= {"stalled"} if (1 + 4 * speed) ** (-hours / 4) < 5e-6 else set()
            elif now:
                since, speed = t, of_the_day_before(views, t)
            before |= now
            told.append((t, flags))
        return told

    def long_gaps(self) -> dict[str, float]:
        """Gaps at an end of the period over which views are interpolated, in hours."""
        found: dict[str, float] = {}
        for video in self.chosen:
            points = [t for t, _ in self.shown(video, "views")]
            for instant in (self.start, self.until(self.end)[0]):
                before, after = [t for t in points if t <= instant], [t for t in points if t >= instant]
                if before and after and (gap := after[0] - before[-1]) > self.long_gap():
                    found[video] = max(gap / 3.6e9, found.get(video, 0))
        return found

    def figures(self) -> dict[str, Any]:
        platforms = {video: self.videos[video]["platform"] for video in self.chosen}
        creators = [one["name"] for one in self.file.get("creators", [])]
        videos = [self.video(video) for video in self.chosen]
        comparison = {}
        for measure in ("views", "engagement_rate"):
            told = [one["comparison"][measure]["percentile_pct"] for one in videos]
            there = [percentile for percentile in told if percentile is not None]
            middle = statistics.median(there) if there else None
            comparison[measure] = {"value": middle, "n": len(there), "of": len(told) + len(self.missing)}
        until = self.until(self.end)[0]
        own = [t for video in self.chosen for t, _ in self.rows[video]]
        return {
            "totals": self.scope("campaign", self.file["name"], self.chosen),
            "by_creator": self.scopes("creator", self.creator, creators) if creators else [],
            "by_platform": self.scopes("platform", platforms, list(set(platforms.values()) - {None})),
            "videos": videos,
            "targets": [self.target(target) for target in self.file.get("targets", [])],
            "comparison": comparison,
            "spend": [self.spend(spend) for spend in self.file.get("spend", [])],
            "quality": {
                "videos": len(self.chosen),
                "asked": len(self.chosen) + len(self.missing),
                "named": len(self.named()) + len(self.missing),
                "named_found": len(self.named()),
                "readings": len(own),
                "readings_in_period": sum(self.start <= t <= until for t in own),
                "flagged": self.flagged(),
                "long_gaps": self.long_gaps(),
                "earlier_views": self.earlier_views(),
                "tracked_twice": self.tracked_twice(),
                "not_found": sorted(self.missing),
            },
        }
