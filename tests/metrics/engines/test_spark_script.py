from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import polars as pl
import pytest
from metrics.engines import sessions
from metrics.engines.kinds import difference

import influtics_lab as lab
from tests.s3_server import find_server, make_bucket

SCRIPT = Path(__file__).parents[3] / "notebooks" / "spark_metrics.py"
DAY = "2025-07-01"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> lab.Archive:
    """Two snapshots: the second has corrected counts and new ones, and neither some videos nor some readings."""
    first = lab.simulate(videos=150, seed=3)
    stats = first.stats.with_columns(pl.col("likes") + pl.col("views") % 3).filter(pl.col("views").fill_null(1) % 7 > 0)
    gone = first.videos.head(10)
    kept = [each.join(gone, on="video_id", how="anti") for each in (first.videos, stats, first.rejected)]
    points = sum(kept[1][name].count() for name in ("views", "likes", "comments", "reposts"))
    lost = int(kept[2]["field"].str.starts_with("stats.").sum())
    account = {"received": points + lost, "kept": points, "rejected": lost, "duplicates": 0}
    facts = {"accounting": account, "rejected_fields": kept[2].height - lost}
    archive = lab.Archive(tmp_path_factory.mktemp("archive") / "archive")
    archive.add(lab.Snapshot.build(first.videos, first.stats, first.rejected, first.manifest | at("2025-07-01")))
    archive.add(lab.Snapshot.build(*kept, first.manifest | facts | at("2025-07-02")))
    return archive


def at(day: str) -> dict[str, str]:
    return {"taken_at": f"{day}T10:00:00+00:00", "read_until": f"{day}T10:00:01+00:00"}


def submit(master: str, archive: lab.Archive, out: Path, *options: str) -> None:
    settings = [f"--conf={name}={value}" for name, value in (sessions.SETTINGS | sessions.ON_TWO_WORKERS).items()]
    command = [str(sessions.home() / "bin" / "spark-submit"), "--master", master, *settings, str(SCRIPT)]
    command += [str(archive.folder), str(out), *options]
    environment = sessions.environment() | {"SPARK_LOCAL_DIRS": str(out.parent)}
    done = subprocess.run(
        command, check=False, env=environment, capture_output=True, text=True, timeout=150, cwd=out.parent
    )
    assert done.returncode == 0, done.stderr


def assert_measured(out: Path, archive: lab.Archive, day: str | None) -> None:
    """Hold what the script wrote against polars."""
    frame = archive.history(day).pipe(lab.growth, "views", "likes").pipe(lab.acceleration, "views")
    expected = frame.pipe(lab.engagement_rate).pipe(lab.incremental_engagement_rate).pipe(lab.with_age)
    for table, wanted in (("readings", expected), ("latest", lab.latest(expected))):
        found = pl.read_parquet(out / table / "*.parquet")
        assert found.height > 100
        assert difference(found, wanted.select(found.columns), in_order=False) < 1e-9


def test_the_script_on_one_machine_returns_what_polars_returns(
    with_spark: None, archive: lab.Archive, tmp_path: Path
) -> None:
    submit("local[2]", archive, tmp_path / "out")
    assert_measured(tmp_path / "out", archive, None)


def test_the_script_on_two_workers_measures_an_archive_in_a_bucket_as_of_a_day(
    master: str, archive: lab.Archive, tmp_path: Path, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("obstore")
    pytest.importorskip("moto")
    bucket, env = make_bucket(find_server(run_folder))
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    in_bucket = lab.Archive(f"{bucket}/archive")
    for day in (DAY, None):
        in_bucket.add(archive.snapshot(day))
    submit(master, in_bucket, tmp_path / "out", "--copy-to", str(tmp_path / "copy"), "--as-of", DAY)
    assert_measured(tmp_path / "out", archive, DAY)


def test_the_two_days_differ(archive: lab.Archive) -> None:
    assert archive.history(DAY).height > archive.history().height > 1000


def test_the_script_uses_public_names_alone() -> None:
    tree = ast.parse(SCRIPT.read_text())
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in imported if name.startswith("influtics_lab")} == {"influtics_lab"}
    used = {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "lab"
    }
    assert used <= set(lab.__all__)
