"""Every metric on a Spark master: what comes out goes into a folder, for the test that compares it.

A process of its own, because a process has one Spark context. Run it as
``python -m metrics.engines.on_cluster MASTER FRAME.parquet FOLDER``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from metrics.engines.kinds import back
from metrics.engines.registry import CASES
from metrics.engines.sessions import ON_TWO_WORKERS, environment, session

PATIENCE: Final = 400.0
TESTS: Final = Path(__file__).parents[2]


def run(master: str, frame: Path, folder: Path) -> None:
    """Run this module as a process of its own."""
    command = [sys.executable, "-m", "metrics.engines.on_cluster", master, str(frame), str(folder)]
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    own = environment() | {"PYTHONPATH": path}
    done = subprocess.run(command, check=False, env=own, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


def main(master: str, frame: str, out: str) -> None:
    folder = Path(out)
    with session(master, folder / "spark", ON_TWO_WORKERS) as spark:
        readings = spark.read.parquet(frame).repartition(4)
        readings.count()
        hosts = spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1  # less the driver
        (folder / "workers").write_text(str(hosts))
        for label, metric in CASES.items():
            out = metric(readings)
            assert type(out).__module__.startswith("pyspark.sql"), label
            back(out).write_parquet(folder / f"{label}.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
