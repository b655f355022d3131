"""The house rules that a program can check: names, words, docstrings and lengths."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

import influtics_lab

PACKAGE: Final = Path(influtics_lab.__file__).parent
MODULES: Final = sorted(PACKAGE.rglob("*.py"))
NOT_WORDS: Final = {"get", "do", "make"}
WRONG_WORDS: Final = re.compile(r"\b(told|whys|mend(ed|s)?)\b", re.IGNORECASE)
WRONG_VERBS: Final = ("Give ", "Gives ", "Tell ", "Tells ", "Say ", "Says ")
LONGEST_MODULE_LINES: Final = 400
LONGEST_FUNCTION_LINES: Final = 60
USUAL_FUNCTION_LINES: Final = 30  # of 95 % of all functions
ONE_WORD_SHARE: Final = 0.40

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions() -> Iterator[tuple[Path, Function]]:
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, Function):
                yield path, node


def length(function: Function) -> int:
    """Return the lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return int(function.end_lineno or 0) - body[0].lineno + 1


def test_module_names_are_unique_except_a_picture_named_like_its_metric() -> None:
    packages: dict[str, set[str]] = defaultdict(set)
    for path in MODULES:
        if path.stem not in {"__init__", "__main__"}:
            packages[path.stem].add(path.relative_to(PACKAGE).parts[0])
    shared = {name for name, found in packages.items() if len(found) > 1 and found != {"metrics", "plots"}}
    assert shared == set()


@pytest.mark.slow
def test_at_most_four_of_ten_function_names_are_one_word() -> None:
    names = [node.name for _, node in functions() if not node.name.startswith("__")]
    one_word = [name for name in names if len({*name.split("_")} - NOT_WORDS - {""}) == 1]
    assert len(one_word) <= ONE_WORD_SHARE * len(names), f"{len(one_word)} of {len(names)}"


def test_words_that_are_always_wrong_are_nowhere_in_the_package() -> None:
    assert not [path.name for path in MODULES if WRONG_WORDS.search(path.read_text(encoding="utf-8"))]


def test_docstrings_begin_with_what_a_function_does() -> None:
    wrong = [
        f"{path.name}: {node.name}"
        for path, node in functions()
        if (ast.get_docstring(node) or "").startswith(WRONG_VERBS)
    ]
    assert wrong == []


def test_modules_and_functions_are_short() -> None:
    assert [path.name for path in MODULES if path.read_text(encoding="utf-8").count("\n") > LONGEST_MODULE_LINES] == []
    lengths = sorted(length(node) for _, node in functions())
    assert [node.name for _, node in functions() if length(node) > LONGEST_FUNCTION_LINES] == []
    assert lengths[int(0.95 * (len(lengths) - 1))] <= USUAL_FUNCTION_LINES
