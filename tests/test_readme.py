"""What the README shows is what happens."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

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


def test_every_file_that_is_linked_is_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert target.startswith("https://") or (README.parent / target).is_file(), target
