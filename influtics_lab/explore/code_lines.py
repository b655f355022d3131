"""The code behind a picture: a few lines of public names, built from a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from influtics_lab.explore.filters import NEED_REVIEW, Filters, list_conditions
from influtics_lab.load import sample_snapshot
from influtics_lab.snapshot import Snapshot

Pipes: TypeAlias = tuple[tuple[str, ...], ...]  # functions and their arguments, such as ("growth", "views")

_WIDTH: Final = 100
_IMPORTS: Final = {
    "datetime(": "from datetime import UTC, datetime",
    "lab.": "import influtics_lab as lab",
    "pl.": "import polars as pl",
    "plots.": "from influtics_lab import plots",
}


def join_script(*lines: str, before: Sequence[str] = (), after: Sequence[str] = ()) -> str:
    """Return lines with the imports that they need before them, and other imports before and after these.

    Examples
    --------
    >>> print(join_script("ax = plots.plot_counts(frame)"))
    from influtics_lab import plots
    <BLANKLINE>
    ax = plots.plot_counts(frame)
    """
    body = "\n".join(lines)
    imports = [line for used, line in _IMPORTS.items() if used in body]
    return "\n".join([*before, *imports, *after, "", body])


def write_snapshot_line(snapshot: Snapshot) -> str:
    """Return the line that opens a snapshot: from its folder, as the sample, or else from the service."""
    if snapshot.path is not None:
        return f"snapshot = lab.Snapshot.read({str(snapshot.path)!r})"
    is_sample = snapshot.manifest["content_digest"] == sample_snapshot().manifest["content_digest"]
    return f"snapshot = lab.{'sample' if is_sample else 'take'}_snapshot()"


def list_filter_lines(
    filters: Filters, pipes: Pipes = (), *, conditions: Sequence[str] = (), name: str = "data"
) -> list[str]:
    r"""Return the lines that select the readings which filters leave, with what some functions add.

    Parameters
    ----------
    filters : Filters
    pipes : tuple of tuples
        Functions that the whole frame is piped through before readings are left out.
    conditions : sequence of str
        Further conditions.
    name : str
        The name of the result.

    Returns
    -------
    list of str

    Examples
    --------
    >>> list_filter_lines(Filters(platform="TikTok"), (("growth", "views"),))
    ['data = frame.pipe(lab.growth, \'views\').filter(pl.col("platform") == \'TikTok\')']
    """
    lines = []
    if filters.flagged:
        named = ", ".join(f'"{flag}"' for flag in NEED_REVIEW)
        lines.append("flags = frame.pipe(lab.flag_counters)")
        lines.append(f'flagged = flags.filter(pl.any_horizontal({named}))["video_id"].unique()')
    source = "frame"
    for function, *arguments in pipes:
        source += f".pipe({', '.join([f'lab.{function}', *map(repr, arguments)])})"
    every = [*(condition.code for condition in list_conditions(filters)), *conditions]
    return [*lines, f"{name} = {format_call(f'{source}.filter', every) if every else source}"]


def list_arguments(values: Mapping[str, Any], usual: Mapping[str, Any]) -> list[str]:
    """Return arguments by name as code, without those that have their usual value.

    Examples
    --------
    >>> list_arguments({"by": "age_hours", "scale": "linear"}, {"scale": "linear"})
    ["by='age_hours'"]
    """
    return [f"{name}={value!r}" for name, value in values.items() if name not in usual or usual[name] != value]


def format_call(function: str, arguments: Sequence[str]) -> str:
    """Return a call on one line where it fits, else with one argument a line.

    Examples
    --------
    >>> format_call("f", ["1", "x=2"])
    'f(1, x=2)'
    """
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return line
    inside = "".join(f"    {argument},\n" for argument in arguments)
    return f"{function}(\n{inside})"
