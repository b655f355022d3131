"""The public surface, and what an import costs."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import subprocess
import sys
from pathlib import Path
from rlcompleter import Completer

import pytest

import influtics_lab as lab
from influtics_lab import errors, schema
from influtics_lab.archive import Added, Refreshed

PUBLIC = [
    "Archive",
    "Client",
    "CountingRule",
    "DataQualityWarning",
    "InfluticsError",
    "LocalAPI",
    "Snapshot",
    "__version__",
    "acceleration",
    "at_age",
    "audit_er",
    "backtest",
    "benchmark",
    "columns",
    "compare",
    "compare_pairs",
    "concentration",
    "count_ratios",
    "counting_rules",
    "cpe",
    "cpm",
    "cpv",
    "definitions",
    "doubling_time",
    "emv",
    "engagement_rate",
    "export_frame",
    "flag_counters",
    "forecast",
    "gained",
    "growth",
    "half_life",
    "hit_rate",
    "incremental_engagement_rate",
    "latest",
    "lifetime_average",
    "load_stats",
    "multiple_of_usual",
    "open_snapshot",
    "parse_pages",
    "resample",
    "rule_change_effect",
    "sample_costs",
    "sample_snapshot",
    "simulate",
    "summarize",
    "table",
    "take_snapshot",
    "time_to",
    "to_excel",
    "total_gained",
    "views_at_ages",
    "window_gain",
    "with_age",
    "with_creator",
    "with_published",
]


def test_the_public_names_are_these() -> None:
    assert sorted(lab.__all__) == sorted(PUBLIC)
    assert all(getattr(lab, name) is not None for name in PUBLIC)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        lab.nonsense  # noqa: B018  # the look-up is the test


@pytest.mark.slow
def test_the_import_is_light() -> None:
    heavy = ("matplotlib", "ipywidgets", "pandas", "pyarrow", "uvicorn", "starlette", "IPython")
    code = f"import sys, influtics_lab; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_version_is_the_packages() -> None:
    assert lab.__version__ == importlib.metadata.version("influtics-lab")


def test_every_error_is_in_the_tree_with_its_exit_code() -> None:
    drawn = errors.__doc__ or ""
    found = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    for kind in found:
        assert kind.__name__ in drawn
        line = next(line for line in drawn.splitlines() if f" {kind.__name__} " in f"{line} ")
        if issubclass(kind, lab.InfluticsError) and kind is not lab.InfluticsError:
            assert f"  {kind.exit_code}  " in line
            builtin = line.split("(")[1].split(")")[0]
            assert any(base.__name__ == builtin for base in kind.__mro__)


def test_every_table_has_a_dictionary() -> None:
    for table in (schema.VIDEOS, schema.STATS, schema.REJECTED, schema.FRAME):
        described = schema.describe(table)
        assert described.height == len(table)
        assert described["meaning"].str.len_chars().min() > 0


@pytest.mark.slow
def test_no_module_imports_its_own_package_inside_a_function() -> None:
    for file in Path(lab.__file__).parent.rglob("*.py"):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [node for node in ast.walk(function) if isinstance(node, ast.ImportFrom)]
                assert not any((node.module or "").startswith("influtics_lab") for node in inner), file


@pytest.mark.parametrize("name", ["", ".metrics", ".plots", ".explore", ".campaign"])
def test_completion_offers_every_public_name_and_nothing_else(name: str) -> None:
    module = importlib.import_module(f"influtics_lab{name}")
    assert dir(module) == sorted(module.__all__)
    offered = {text.removeprefix("it.").rstrip("()") for text in Completer({"it": module}).attr_matches("it.")}
    assert offered == set(module.__all__) - {"__version__"}


def test_help_links_the_recipes() -> None:
    assert "00_recipes.ipynb" in str(lab.__doc__)


def test_renamed_names_raise_an_error_that_names_the_new_one() -> None:
    refreshed = Refreshed(Added(1, True, {}), False, "", 1, 1)
    for place, old, new in ((refreshed, "missed", "Refreshed.unseen"), (schema, "PLATFORMS", "platforms.PLATFORMS")):
        with pytest.raises(AttributeError, match=new):
            getattr(place, old)
        assert not hasattr(place, "unheard_of")
