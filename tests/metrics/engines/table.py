"""The largest relative difference from polars, of each metric on each engine, as a Markdown table.

Run it: ``PYTHONPATH=tests python -m metrics.engines.table``. Whatever differs in more than floats raises.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from metrics.engines import kinds, on_cluster, sessions
from metrics.engines.nasty import snapshot_and_nasty
from metrics.engines.registry import CASES


def main() -> None:
    frame = snapshot_and_nasty()
    found: dict[str, dict[str, float]] = {label: {} for label in CASES}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "frame.parquet"
        frame.write_parquet(path)
        for engine in ("polars lazy", "pandas", "DuckDB"):
            for label, metric in CASES.items():
                out = kinds.back(metric(kinds.given(engine, frame, path)))
                in_order = engine in kinds.IN_ORDER
                found[label][engine] = kinds.difference(out, metric(frame), in_order=in_order)
        with sessions.session("local[2]", folder / "spark") as spark:
            for label, metric in CASES.items():
                out = kinds.back(metric(kinds.given("Spark", frame, path, spark)))
                found[label]["Spark local"] = kinds.difference(out, metric(frame), in_order=False)
        with sessions.two_workers(folder / "cluster") as master:
            on_cluster.run(master, path, folder)
        for label, metric in CASES.items():
            out = pl.read_parquet(folder / f"{label}.parquet")
            found[label]["Spark, two workers"] = kinds.difference(out, metric(frame), in_order=False)
    engines = list(found["growth"])
    print(f"{frame.height:,} readings of {frame['video_id'].n_unique()} videos\n")
    print(f"| metric | {' | '.join(engines)} |\n|---|{'---:|' * len(engines)}")
    for label, row in found.items():
        print(f"| {label} | {' | '.join(f'{row[engine]:.1e}' if row[engine] else '0' for engine in engines)} |")


if __name__ == "__main__":
    main()
