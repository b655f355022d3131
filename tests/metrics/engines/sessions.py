"""Spark on this machine: a local session, and a standalone master with two workers, all on loopback."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

LOOPBACK: Final = "127.0.0.1"
SETTINGS: Final = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.bindAddress": LOOPBACK,
    "spark.driver.host": LOOPBACK,
    "spark.log.level": "ERROR",
}
ON_TWO_WORKERS: Final = {"spark.executor.memory": "512m", "spark.executor.cores": "1", "spark.cores.max": "2"}
_PATIENCE: Final = 60.0


def missing() -> str | None:
    """What Spark lacks here, if anything."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed: pip install 'influtics-lab[spark]'"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "there is no java"
    return None


def home() -> Path:
    """Where pyspark brings Spark."""
    found = importlib.util.find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def environment() -> dict[str, str]:
    """The environment of a process that runs Spark: loopback only, this Python, and a JVM that is soon there."""
    own = {"SPARK_HOME": str(home()), "SPARK_LOCAL_IP": LOOPBACK, "SPARK_LOCAL_HOSTNAME": LOOPBACK}
    java = {
        "SPARK_DAEMON_MEMORY": "512m",
        "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m",
    }
    python = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    return {**os.environ, **own, **java, **python}


@contextmanager
def session(master: str, folder: Path, settings: Mapping[str, str] = {}) -> Iterator[Any]:
    """A Spark session; what it writes for itself goes into the folder."""
    places = {"spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.local.dir": str(folder / "local")}
    builder = importlib.import_module("pyspark.sql").SparkSession.builder.master(master).appName("influtics-lab tests")
    for name, value in {**SETTINGS, **places, **settings}.items():
        builder = builder.config(name, value)
    before = dict(os.environ)
    os.environ.update(environment())
    try:
        spark = builder.getOrCreate()
        try:
            yield spark
        finally:
            spark.stop()
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def two_workers(folder: Path) -> Iterator[str]:
    """A standalone master with two workers; its address. All three are gone afterwards."""
    with ExitStack() as stack:
        where = ["--host", LOOPBACK, "--port", "0", "--webui-port", "0"]
        log = stack.enter_context(_daemon(folder / "master", "master.Master", where))
        master = _wait_for(log, r"Starting Spark master at (spark://[\w.:]+)")
        small = ["--cores", "1", "--memory", "512m"]
        for name in ("worker1", "worker2"):
            work = ["--work-dir", str(folder / name / "work")]
            log = stack.enter_context(_daemon(folder / name, "worker.Worker", [*where, *small, *work, master]))
            _wait_for(log, r"Successfully registered with (master \S+)")
        yield master


@contextmanager
def _daemon(folder: Path, name: str, arguments: list[str]) -> Iterator[Path]:
    folder.mkdir(parents=True)
    log = folder / "log"
    command = [str(home() / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
    own = {"SPARK_LOCAL_DIRS": str(folder)}
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=folder, env=environment() | own)
    try:
        yield log
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def _wait_for(log: Path, pattern: str) -> str:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if found := re.search(pattern, log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise TimeoutError(f"{pattern} did not appear within {_PATIENCE:g} seconds:\n{log.read_text(errors='replace')}")
