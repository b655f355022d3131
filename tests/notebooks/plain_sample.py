"""The sample's figures, counted in plain Python from the rows of its frame."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from fractions import Fraction

from metrics.lines import gain, line
from metrics.plain_counts import Reading, last_known, visible_readings

import influtics_lab as lab

DAY, WEEK, GAP = timedelta(days=1), timedelta(days=7), timedelta(days=3)


class Sample:
    """The visible readings of each video, and figures of them."""

    def __init__(self) -> None:
        self.snapshot = lab.sample_snapshot()
        self.frame = self.snapshot.frame()
        self.readings = visible_readings(self.frame)
        self.videos = {row["video_id"]: row for row in self.snapshot.videos.to_dicts()}
        self.views = {video: last_known(rows, "views")[0] for video, rows in self.readings.items()}
        self.of_platform: dict[str, list[str]] = defaultdict(list)
        for video in self.readings:
            self.of_platform[self.videos[video]["platform"]].append(video)
        self.end = self.frame["timestamp"].max()  # no poll of the sample failed
        self.best = sorted(self.readings, key=lambda video: -self.views[video])
        self.fastest = sorted(self.readings, key=lambda video: -(self.gain(video, WEEK)[0] or -1))

    def rated(self, video: str) -> Reading | None:
        """The last reading with visible views above 0, likes and comments."""
        rows = [row for row in self.readings[video] if row["views"] and None not in (row["likes"], row["comments"])]
        return rows[-1] if rows else None

    def rate(self, video: str) -> float | None:
        row = self.rated(video)
        return None if row is None else 100 * (row["likes"] + row["comments"]) / row["views"]

    def rates(self, videos: list[str]) -> list[float]:
        return [rate for video in videos if (rate := self.rate(video)) is not None]

    def pooled(self, videos: list[str]) -> float:
        rows = [row for video in videos if (row := self.rated(video))]
        return 100 * sum(row["likes"] + row["comments"] for row in rows) / sum(row["views"] for row in rows)

    def at_week(self, video: str, count: str) -> Fraction | None:
        """A count 7 days after tracking began, over gaps of at most 3 days."""
        points = [(row["timestamp"], row[count]) for row in self.readings[video] if row[count] is not None]
        return line(points, self.videos[video]["created_at"] + WEEK, GAP)

    def rates_at_week(self, videos: list[str]) -> list[float]:
        counts = [[self.at_week(video, count) for count in ("views", "likes", "comments")] for video in videos]
        return [float(100 * (row[1] + row[2]) / row[0]) for row in counts if None not in row and row[0]]

    def gain(self, video: str, length: timedelta) -> tuple[Fraction | None, str]:
        """Return what its views gained in the window that ends at the newest reading, and how exactly."""
        points = [(row["timestamp"], row["views"]) for row in self.readings[video] if row["views"] is not None]
        slack = min(length / 10, DAY)
        return gain(points, self.videos[video]["published_at"], self.end, length, slack=slack)

    def counted(self, video: str, start: datetime, basis: str) -> Fraction | None:
        """What a campaign of all videos counts of a video's views in a period that still runs, by a rule of its own."""
        if basis in {"gained", "from 0"}:
            return self.gain(video, self.end - start)[0]
        return Fraction(self.views[video])
