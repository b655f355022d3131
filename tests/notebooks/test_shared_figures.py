"""One number, one source: each figure of the sample that is shown in two places, in all of them, and by a plain count.

INFLUTICS_LAB_FIGURES=path writes the table of figures by place.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from commands import run_here
from dashboards import dashboard, page
from notebooks.kernels import SHOWN, execute, named
from notebooks.places import HOME, Places
from notebooks.plain_sample import Sample
from notebooks.shown import Walk, shown_on_page

import influtics_lab as lab
from influtics_lab.cli import demo
from notebooks import report_figures, sample_figures

PAGES: Final = [file.read_bytes() for file in sorted((HOME / "data" / "sample").glob("*.json"))]
TABLE: Final = os.environ.get("INFLUTICS_LAB_FIGURES")  # read here, as a clean environment is without it
ADDED: Final = [
    add for module in (sample_figures, report_figures) for name, add in vars(module).items() if name.startswith("add_")
]


@pytest.fixture(scope="module")
def quickstart(clean_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Notebook 01, which reads a service: one that serves the sample."""
    folder = tmp_path_factory.mktemp("quickstart")
    with lab.LocalAPI(PAGES) as api, pytest.MonkeyPatch.context() as environment:
        environment.setenv("INFLUTICS_API_KEY", api.key)
        return execute(named("01"), folder, base_url=api.url, keep_in=str(folder / "kept"))


@pytest.fixture(scope="module")
def demo_output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demo prints of the sample, served over HTTP as it serves its own videos."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "LocalAPI", partial(lab.LocalAPI, PAGES))
        return run_here("demo", "--out", tmp_path_factory.mktemp("demo"), key=None).stdout


@pytest.fixture(scope="module")
def dashboard_page(clean_environment: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("voila")
    with dashboard(tmp_path_factory.mktemp("dashboard")) as (_, url):
        return shown_on_page(page(url))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of all videos of the sample, as the command line builds it."""
    home = tmp_path_factory.mktemp("report")
    snapshot = lab.sample_snapshot().write(home)
    run_here("campaign", "init", "--snapshot", snapshot, "--out", home / "campaign.toml")
    run_here("report", home / "campaign.toml", "--snapshot", snapshot, "--out", home / "report")
    return home / "report"


@pytest.fixture(scope="module")
def walk(quickstart: Any, demo_output: str, dashboard_page: str, report: Path, on_the_sample: Any) -> Walk:
    notebooks = {number: on_the_sample(named(number)) for number in SHOWN} | {"01": quickstart}
    walked, places, sample = Walk(), Places(notebooks, demo_output, dashboard_page, report), Sample()
    for add in ADDED:
        add(walked, sample, places)
    if TABLE:
        Path(TABLE).write_text(walked.table(), encoding="utf-8")
    return walked


def test_every_figure_is_the_same_in_all_places_and_by_a_plain_count(walk: Walk) -> None:
    assert walk.wrong() == []


def test_each_figure_is_shown_in_two_places_or_more(walk: Walk) -> None:
    assert [name for name, places in walk.places.items() if len(places) < 2] == []
    assert len(walk.places) > 60
