"""A clean environment for kernels, and each notebook run in one: once for all the tests that look at the outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from notebooks.kernels import clean, execute, read_notebook
from once import make_once


@pytest.fixture(scope="module")
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        clean(environment, tmp_path_factory.mktemp("settings"))
        yield


@pytest.fixture(scope="module")
def on_the_sample(clean_environment: None, run_folder: Path) -> Callable[[Path], Any]:
    """Return what runs a notebook as it is stored; 01 keeps its snapshot and 03 its report beside it."""

    @cache
    def run(path: Path) -> Any:
        number = path.stem[:2]

        def make(folder: Path) -> None:
            import nbformat

            folder.mkdir(parents=True)
            kept = {"01": {"keep_in": str(folder / "kept")}, "03": {"out": str(folder / "report")}}
            nbformat.write(execute(path, folder, **kept.get(number, {})), folder / path.name)

        return read_notebook(make_once(run_folder / f"notebook-{number}", make) / path.name)

    return run
