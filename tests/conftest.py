"""The tiers of the tests, and what is made once for the whole run.

A run that names no path takes the tests that are in no tier and one smoke test of each tier (``--all``: every test), on
all cores, and draws less. A run that names a path takes everything there, in this process.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from draws import FEWER, examples
from hypothesis import settings
from metrics.engines import sessions
from once import make_once
from reports import build_report
from xdist.scheduler import LoadScopeScheduling

TIERS: Final = ("browser", "spark", "kernel", "slow")
TIER_OF_FIXTURE: Final = {
    "chromium": "browser",
    "with_spark": "spark",
    "clean_environment": "kernel",
    "built_report": "kernel",
}
ON_ONE_WORKER: Final = {"tests/browser/": "browser", "tests/metrics/engines/test_spark": "spark"}
"""Where tests are whose servers and sessions are too expensive to start on every worker."""
DEFAULT_SELECTION: Final = f"smoke or not ({' or '.join(TIERS)})"
SLOW_S: Final = 2.0  # of processor time; what is marked `slow` mostly takes more than 0.5 s

not_run: Counter[str] = Counter()


def is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help=f"run every tier: {', '.join(TIERS)}")


@pytest.hookimpl(tryfirst=True)  # pytest-xdist's own decides how many processes there are
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Choose the tests and the number of processes of a run that names no path."""
    option = config.option
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    if not (option.all or option.markexpr):
        option.markexpr = DEFAULT_SELECTION
    is_default = option.markexpr == DEFAULT_SELECTION
    os.environ[FEWER] = "8" if is_default else "4"
    if option.numprocesses is None and not (option.collectonly or is_worker()):
        waiting = 2 if is_default else 1  # tests that wait for a server, a browser or a time
        option.numprocesses = (os.cpu_count() or 1) + waiting


def pytest_configure() -> None:
    gc.disable()  # until all tests are collected
    # jsonschema would compile its grammar for two seconds, for a format that no schema of the tests has.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    settings.register_profile("lab", examples())
    settings.load_profile("lab")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test with the tier of its fixtures."""
    fixtures = getattr(item, "fixturenames", ())
    if tier := next((tier for fixture, tier in TIER_OF_FIXTURE.items() if fixture in fixtures), None):
        item.add_marker(tier)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start what takes longest first, so that no worker is alone at the end: tiers, then files of many tests."""
    sizes = Counter(item.path for item in items)

    def rank(item: pytest.Item) -> tuple[int, int, Path]:
        marks = {mark.name for mark in item.iter_markers()}
        tier = next((rank for rank, tier in enumerate(TIERS) if tier in marks), len(TIERS))
        return tier, -sizes[item.path], item.path

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected, which stays, out of every collection of garbage."""
    gc.enable()
    gc.freeze()


class FileByFile(LoadScopeScheduling):
    """Each file runs on one worker, which makes its fixtures once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return next((group for start, group in ON_ONE_WORKER.items() if file.startswith(start)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileByFile:
    """Return our own scheduler: the groups of xdist 3.8 have no effect under pytest 9."""
    return FileByFile(config, log)


def pytest_deselected(items: list[pytest.Item]) -> None:
    not_run.update(tier for item in items for tier in TIERS if item.get_closest_marker(tier))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if is_worker():
        session.config.workeroutput["not_run"] = dict(not_run)  # type: ignore[attr-defined]
    gc.unfreeze()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Read from a worker how many tests were left out: every worker leaves out the same."""
    not_run.clear()
    not_run.update(getattr(node, "workeroutput", {}).get("not_run", {}))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note the processor time of a test, its processes included: other programs on the machine do not change it."""
    before = sum(os.times()[:4])
    try:
        return (yield)
    finally:
        item.user_properties.append(("cpu_s", sum(os.times()[:4]) - before))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report the tests of the default run that take long."""
    if terminalreporter.config.option.markexpr != DEFAULT_SELECTION:
        return
    for report in terminalreporter.getreports("passed"):
        cpu_s = float(str(dict(report.user_properties).get("cpu_s", 0)))
        if cpu_s > SLOW_S and not report.keywords.keys() & {*TIERS, "smoke"}:
            terminalreporter.write_line(
                f"{report.nodeid} takes {cpu_s:.0f} s of processor time: make it faster, or mark it `slow`."
            )


def pytest_unconfigure(config: pytest.Config) -> None:
    """End a run of the default selection with what else there is."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and config.option.markexpr == DEFAULT_SELECTION and not_run and not is_worker():
        tiers = ", ".join(f"{not_run[tier]} {tier}" for tier in TIERS if not_run[tier])
        terminal.write_line(f"Not run: {tiers}. Run them with `--all`, or one tier with `-m {TIERS[0]}`.")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if is_worker() else own


@pytest.fixture(scope="session")
def built_report(run_folder: Path) -> Path:
    """Return the folder of a report that has all that a report can hold."""
    return make_once(run_folder / "made", build_report) / "report"


@pytest.fixture(scope="session")
def with_spark() -> None:
    if why := sessions.missing():
        pytest.skip(f"no Spark: {why}")


@pytest.fixture(scope="session")
def spark(with_spark: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One local session for the whole run."""
    with sessions.session("local[2]", tmp_path_factory.mktemp("spark")) as spark:
        yield spark
