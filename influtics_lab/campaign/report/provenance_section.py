"""Where the numbers come from: snapshot, settings, versions, and the command that makes the report again."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.config import VERSION
from influtics_lab.markup import Html

_PACKAGES: Final = ("polars", "numpy", "matplotlib")


def render_provenance(figures: KeyFigures, *, file: str, since: str | None, inputs: Sequence[str] = ()) -> Html:
    """Return what two people compare to see whether they have the same report.

    Parameters
    ----------
    figures : KeyFigures
    file : str
        The campaign file's name, without its folder.
    since : str or None
        The earlier snapshot's id.
    inputs : sequence of str
        Commands that write the inputs, if these are not files yet.
    """
    snapshot, earlier = figures.snapshot.snapshot_id, "" if since is None else f" --since {since}"
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in _PACKAGES)]
    return render(
        "provenance_section",
        figures=figures,
        file=file,
        since=since,
        version=VERSION,
        versions=", ".join(versions),
        inputs=inputs,
        command=f"influtics-lab report {shlex.quote(file)} --snapshot {snapshot} --out report{earlier}",
    )
