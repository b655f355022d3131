"""The code behind a picture: a few lines on public names, put together from a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from influtics_lab.explore.filters import NEED_REVIEW, Filters, conditions

_WIDTH: Final = 100
_IMPORTS: Final = {
    "datetime(": "from datetime import UTC, datetime",
    "lab.": "import influtics_lab as lab",
    "pl.": "import polars as pl",
    "plots.": "from influtics_lab import plots",
}


def script(*lines: str, before: Sequence[str] = (), after: Sequence[str] = ()) -> str:
    """Put the imports that lines need before them, and other imports before and after these.

    Examples
    --------
    >>> print(script("ax = plots.plot_counts(frame)"))
    from influtics_lab import plots
    <BLANKLINE>
    ax = plots.plot_counts(frame)
    """
    body = "\n".join(lines)
    imports = [line for used, line in _IMPORTS.items() if used in body]
    return "\n".join([*before, *imports, *after, "", body])


def filtered(
    filters: Filters, pipes: Sequence[str] = (), *, extra: Sequence[str] = (), name: str = "data"
) -> list[str]:
    r"""Write the lines that give the readings which filters leave, with what some functions add.

    Parameters
    ----------
    filters : Filters
    pipes : sequence of str
        What is piped, such as ``lab.growth, 'views'``: of the whole frame, before readings are left out.
    extra : sequence of str
        Other conditions.
    name : str
        What the result is called.

    Returns
    -------
    list of str

    Examples
    --------
    >>> filtered(Filters(platform="TikTok"), ["lab.with_age"])
    ['data = frame.pipe(lab.with_age).filter(pl.col("platform") == \'TikTok\')']
    """
    lines = []
    if filters.flagged:
        named = ", ".join(f'"{flag}"' for flag in NEED_REVIEW)
        lines.append("flags = frame.pipe(lab.flag_counters)")
        lines.append(f'flagged = flags.filter(pl.any_horizontal({named}))["video_id"].unique()')
    source = "frame" + "".join(f".pipe({pipe})" for pipe in pipes)
    asked = [*conditions(filters).code, *extra]
    return [*lines, f"{name} = {call(f'{source}.filter', asked) if asked else source}"]


def call(function: str, arguments: Sequence[str]) -> str:
    """Write a call on one line where it fits, else an argument to a line.

    Examples
    --------
    >>> call("f", ["1", "x=2"])
    'f(1, x=2)'
    """
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return line
    inside = "".join(f"    {argument},\n" for argument in arguments)
    return f"{function}(\n{inside})"
