"""A campaign with all that a report can hold, and its report."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from hostile_titles import hostile_sample

import influtics_lab as lab

COMMAND = Path(sys.executable).parent / "influtics-lab"
END = datetime(2025, 6, 24, 22, tzinfo=UTC)  # of the period, in Berlin
NAME = "Paper boats <b>&amp; $1"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 1"><rect width="3" height="1" fill="#146"/></svg>'
FILE = """
name = "Paper boats <b>&amp; $1"
client = "=Kettle & Co"
[period]
start = 2025-06-03
end = 2025-06-24
time_zone = "Europe/Berlin"
[videos]
platform = ["TikTok", "YouTube"]
links_csv = "lists/links.csv"
[[creators]]
name = "=SUM(A1)"
videos = ["61419ceb-96d2-45cd-a6a0-c5a2b018a02a", "fbec61f6-573b-4d1b-9899-4a9e6f2fb845"]
[[creators]]
name = "<script>alert(1)</script>"
videos = ["820fa0b7-38c9-46c3-8e04-e97b13e02798"]
[[spend]]
amount = 1500.00
currency = "EUR"
date = 2025-06-04
creator = "=SUM(A1)"
[[spend]]
amount = 700.10
currency = "USD"
date = 2025-06-08
platform = "YouTube"
[currency]
report = "EUR"
rates = {USD = 0.92}
[[targets]]
measure = "views"
value = 9000000
date = 2025-07-15
[emv]
currency = "EUR"
views = 0.01
[look]
logo = "logo.svg"
colours = ["#114466"]
"""


def write_campaign(folder: Path) -> Path:
    """Write the campaign file with its links and its logo."""
    (folder / "lists").mkdir(parents=True)
    (folder / "lists" / "links.csv").write_text("link\nhttps://www.instagram.com/reel/DK1dnUMl6qN/\n")
    (folder / "logo.svg").write_text(LOGO)
    file = folder / "boats.toml"
    file.write_text(FILE, encoding="utf-8")
    return file


def earlier(day: datetime = datetime(2025, 6, 16, tzinfo=UTC)) -> lab.Snapshot:
    """The sample with hostile titles as it was on a day of June."""
    return _with_stats(hostile_sample().stats.filter(pl.col("timestamp") < day), day.isoformat())


def with_one_more_view(video: str) -> lab.Snapshot:
    """That sample with one view more at a video's last reading in the period."""
    stats = hostile_sample().stats
    own = (pl.col("video_id") == video) & (pl.col("timestamp") < END)
    last = own & (pl.col("timestamp") == pl.col("timestamp").filter(own).max())
    return _with_stats(stats.with_columns(views=pl.col("views") + last.cast(pl.Int64)))


def _with_stats(stats: pl.DataFrame, taken_at: str | None = None) -> lab.Snapshot:
    sample = hostile_sample()
    facts = sample.manifest | ({} if taken_at is None else {"taken_at": taken_at})
    return lab.Snapshot.build(sample.videos, stats, sample.rejected, facts)


def report(*words: object, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, in a folder, under some variables of the environment."""
    command = [str(COMMAND), "report", *map(str, words)]
    env = os.environ | variables
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def build_report(home: Path) -> None:
    """Build the report of the campaign in ``home / "report"``, from snapshots beside it."""
    write_campaign(home / "files")
    snapshot, since = hostile_sample().write(home / "snapshots"), earlier().write(home / "snapshots")
    words = (home / "files" / "boats.toml", "--snapshot", snapshot, "--since", since, "--out", home / "report")
    ended = report(*words, folder=home, TZ="Asia/Tokyo", LC_ALL="C", INFLUTICS_API_KEY="sk-secret-4711")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == str(home / "report")
