"""What a hand can do to any explorer: set drawn controls to drawn values, and run the code that comes of it."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import ipywidgets as w
import polars as pl
from draws import count_draws

DRAWS = count_draws(20, "INFLUTICS_LAB_DRAWS")
SEARCHES = ("", "", "STRETCH", "ext000", "the", "'\"\\ \u202e", "no such title")
DAYS = (None, None, date(2025, 6, 20), date(2025, 7, 1), date(2025, 7, 2), date(2025, 7, 5))
AGES = ("", "", "0.5", "1", "2,5", "7", "30")


def drawn_value(name: str, control: Any, dice: random.Random) -> Any:
    """A value that this control can be set to."""
    if isinstance(control, w.ToggleButtons | w.Dropdown):
        return dice.choice([value for _, value in _pairs(control)])
    if isinstance(control, w.ToggleButton):
        return dice.choice([True, False, False])
    if isinstance(control, w.DatePicker):
        return dice.choice(DAYS)
    return dice.choice(SEARCHES if name == "search" else AGES)


def click(explorer: Any, dice: random.Random, times: int) -> None:
    """Set some controls, one after the other."""
    for name in dice.choices(
        [name for name, control in explorer.controls.items() if hasattr(control, "value")], k=times
    ):
        explorer.controls[name].value = drawn_value(name, explorer.controls[name], dice)


def run(explorer: Any, **names: Any) -> dict[str, Any]:
    """Run the code of an explorer in a namespace that has its input, without the lines that load that."""
    inputs = ["frame = lab.", "snapshot = lab.", "campaign = read_"]
    inputs += ["frame, rejected = "] if "frame" in names else []
    lines = explorer.code().splitlines()
    exec("\n".join(line for line in lines if not line.startswith(tuple(inputs))), names)
    return names


def same(explorer: Any, **names: Any) -> None:
    """The code gives the same frame, and byte for byte the same picture."""
    assert explorer.error is None, explorer.error
    made = run(explorer, **names)
    assert made["png"] == explorer.png(), explorer.code()
    assert same_frame(made["data"], explorer.data), explorer.code()


def same_frame(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    return one.schema == other.schema and one.equals(other)


def _pairs(control: Any) -> list[tuple[str, Any]]:
    return [option if isinstance(option, tuple) else (option, option) for option in control.options]
