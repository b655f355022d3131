"""What the README shows is what happens."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import influtics_lab as lab

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


def test_the_comparisons_run_on_the_sample() -> None:
    exec(block_with("lab.compare_pairs"), {"lab": lab, "frame": lab.sample_snapshot().frame()})


@pytest.mark.slow
def test_the_figures_of_a_campaign_are_those_of_the_sample() -> None:
    names: dict[str, object] = {"lab": lab}
    exec(block_with("key_figures"), names)
    assert json.dumps(names["figures"])


@pytest.mark.slow
def test_an_archive_measured_by_buckets_is_measured_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sample = lab.sample_snapshot()
    lab.Archive("data/archive").add(sample)
    Path("out").mkdir()
    exec(block_with("sink_parquet"), {"lab": lab})
    found = pl.read_parquet("out/*.parquet").sort("video_id", "timestamp")
    assert_frame_equal(found, sample.frame().pipe(lab.growth, "views").pipe(lab.engagement_rate))


def test_every_file_that_is_linked_is_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert target.startswith("https://") or (README.parent / target).is_file(), target
