"""``influtics-lab demo``: the whole workflow on this machine alone, in under a minute."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import polars as pl

from influtics_lab import plots
from influtics_lab.cli.console import local_path
from influtics_lab.cli.snapshot import prepare_folder, summarize_read
from influtics_lab.config import find_bundled
from influtics_lab.defaults import COMPARED_PARTS
from influtics_lab.load import Client, sample_costs, take_snapshot
from influtics_lab.localapi import LocalAPI
from influtics_lab.metrics import engagement_rate, latest, with_age
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import format_percentage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--out", type=local_path, default=Path("demo"), metavar="DIR", help="where to write (default demo)"
    )


def run_command(options: argparse.Namespace) -> int:
    """Serve, read over HTTP, write a snapshot, compute, draw, and print where the results are and what to do next."""
    out: Path = options.out
    prepare_folder(out)
    _print_now("1/4 Serving invented videos on this machine, as the service documents it: no key, no network.")
    with LocalAPI() as api, Client(api.key, base_url=api.url) as client:
        _print_now(f"2/4 Reading {len(api.catalogue)} videos from {api.url}, page by page.")
        snapshot = take_snapshot(client=client, with_status=True)
    path = _write_snapshot(snapshot, out / "snapshots")
    _print_now(f"    Read {summarize_read(snapshot)}")
    _print_now("3/4 Measuring engagement.")
    frame = snapshot.frame().pipe(with_age).pipe(engagement_rate, COMPARED_PARTS)
    _print_now(f"\n{_format_table(snapshot, frame)}\n")
    _print_now("4/4 Drawing two pictures. The first time, matplotlib looks for fonts.")
    pictures = _draw_pictures(frame, out)
    costs, notebooks = out / "costs.csv", _copy_notebooks(out / "notebooks")
    sample_costs(latest(frame)).write_csv(costs)  # of videos that have readings
    print("\nLook at:")
    places = [("snapshot", path), *(("picture", picture) for picture in pictures), ("costs", costs)]
    for what, place in [*places, ("notebooks", notebooks)]:
        print(f"  {what:<10}{place}")
    _print_next(notebooks, path)
    return 0


def _print_now(text: str) -> None:
    print(text, flush=True)  # also into a pipe, before the next step begins


def _write_snapshot(snapshot: Snapshot, folder: Path) -> Path:
    """Write the snapshot; a second run finds the equal one of the first, and leaves it."""
    digest = str(snapshot.manifest["snapshot_id"]).rpartition("-")[2]
    equal = sorted(folder.glob(f"*-{digest}"))
    return equal[-1] if equal else snapshot.write(folder)


def _copy_notebooks(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for notebook in find_bundled("notebooks").glob("*.ipynb"):
        if not (folder / notebook.name).exists():  # an existing copy may hold the user's work
            shutil.copy(notebook, folder)
    return folder


def _print_next(notebooks: Path, snapshot: Path) -> None:
    lab = _command_path("influtics-lab")
    print("\nNext, one of these:")
    for what, command in (
        ("the first notebook", f"{_command_path('jupyter')} lab {notebooks / '01_quickstart.ipynb'}"),
        ("the dashboard, as a web page", f"{lab} dashboard {snapshot}"),
        ("your own videos, with INFLUTICS_API_KEY set", f"{lab} snapshot --out data/snapshots"),
    ):
        print(f"  # {what}\n  {command}")


def _format_table(snapshot: Snapshot, frame: pl.DataFrame) -> str:
    """Return one line for each platform: sizes, last known views, and the median of the last engagement rates."""
    last = latest(frame).select("video_id", "views", "engagement_rate_pct")
    readings = frame.group_by("video_id").agg(readings=pl.len())
    videos = snapshot.videos.select("video_id", "platform")
    rows = (
        videos.join(last, on="video_id", how="left")
        .join(readings, on="video_id", how="left")
        .group_by("platform")
        .agg(pl.len(), pl.col("readings").sum(), pl.col("views").sum(), pl.col("engagement_rate_pct").median())
        .sort("platform")
    )
    lines = [f"{'platform':<12}{'videos':>8}{'readings':>10}{'views, last':>14}{'median engagement rate, last':>31}"]
    for platform, number, reading_count, views, rate in rows.iter_rows():
        rate_text = f"{format_percentage(rate)} %" if rate is not None else "not available"
        lines.append(f"{platform:<12}{number:>8,}{reading_count:>10,}{views:>14,}{rate_text:>31}")
    lines.append(
        f"Engagement rate by views: ({' + '.join(COMPARED_PARTS)}) / views, at the last reading that has all of them."
    )
    return "\n".join(lines)


def _draw_pictures(frame: pl.DataFrame, out: Path) -> list[Path]:
    drawn = {
        "views.png": plots.plot_counts(frame, "views", scale="log"),
        "engagement.png": plots.plot_engagement(frame, by="tracked_age_hours"),
    }
    for name, ax in drawn.items():
        (out / name).write_bytes(plots.to_png(ax))
    return [out / name for name in drawn]


def _command_path(name: str) -> str:
    """Return how to type a command of this environment: its name if that is on the path, else its path."""
    command = Path(sys.executable).parent / name
    if shutil.which(name) == str(command):
        return name
    try:
        return str(command.relative_to(Path.cwd()))
    except ValueError:
        return str(command)
