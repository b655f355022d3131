"""What the README shows is what happens."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import influtics_lab as lab
from influtics_lab import metrics

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, flags=re.DOTALL | re.MULTILINE)


def test_the_first_example_has_six_lines_and_gives_the_output_shown() -> None:
    (kind, example), (output_kind, output) = BLOCKS[:2]
    assert (kind, output_kind) == ("python", "text")
    assert len([line for line in example.splitlines() if line]) <= 6
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(example, {})
    assert printed.getvalue() == output


@pytest.mark.parametrize("heading", ["Run it", "Test it"])
def test_there_is_one_such_section_with_one_command_line(heading: str) -> None:
    sections = re.findall(rf"^## {heading}$\n(.*?)(?=^## |\Z)", TEXT, flags=re.DOTALL | re.MULTILINE)
    assert len(sections) == 1
    blocks = re.findall(r"^```\w*\n(.*?)^```$", sections[0], flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) == 1
    assert len(blocks[0].splitlines()) == 1


def test_every_example_is_python() -> None:
    for kind, block in BLOCKS:
        if kind == "python":
            compile(block, "README.md", "exec")


def block_with(text: str) -> str:
    (found,) = (block for kind, block in BLOCKS if kind == "python" and text in block)
    return found


@pytest.mark.slow
def test_the_comparisons_run_on_the_sample() -> None:
    exec(block_with("lab.compare_pairs"), {"lab": lab, "frame": lab.sample_snapshot().frame()})


@pytest.mark.kernel
@pytest.mark.filterwarnings("ignore::influtics_lab.errors.DataQualityWarning")  # the sample has impossible timestamps
def test_all_blocks_run_in_their_order_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    names: dict[str, Any] = {}
    with lab.LocalAPI(lab.sample_snapshot()) as api:
        monkeypatch.setenv("INFLUTICS_BASE_URL", api.url)
        monkeypatch.setenv("INFLUTICS_API_KEY", api.key)
        for kind, block in BLOCKS:
            if kind == "python":
                exec(block, names)
            elif kind == "sh" and "venv" not in block:  # .ci/run types the two lines that install
                subprocess.run(["bash", "-ec", block], check=True, timeout=170)
    assert len(list(Path("data/snapshots").iterdir())) == 2
    assert Path("report/report.html").is_file()
    figures = json.loads(Path("report/report.json").read_bytes())["figures"]
    assert figures["totals"]["videos"] == names["snapshot"].videos.height


@pytest.mark.slow
def test_an_archive_measured_by_buckets_is_measured_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sample = lab.sample_snapshot()
    lab.Archive("data/archive").add(sample)
    Path("out").mkdir()
    (block,) = re.findall(r"(?<=::\n\n) {4}import polars.*?(?=\n\n\S)", metrics.__doc__, flags=re.DOTALL)
    exec(textwrap.dedent(block), {"lab": lab})
    found = pl.read_parquet("out/*.parquet").sort("video_id", "timestamp")
    assert_frame_equal(found, sample.frame().pipe(lab.growth, "views").pipe(lab.engagement_rate))


def test_every_file_that_is_linked_is_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert target.startswith("https://") or (README.parent / target).is_file(), target
