"""Where the numbers come from: definitions, the snapshot, versions, parameters, and the command to run again."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final

from influtics_lab.campaign.figures.figure_definitions import DEFINITIONS
from influtics_lab.campaign.figures.formatting import format_moment
from influtics_lab.campaign.figures.plain_formatting import counted_words
from influtics_lab.campaign.report.html_tables import Cell, grid, label_of, paragraph, plain, words
from influtics_lab.campaign.report.summary_lines import age_words
from influtics_lab.config import VERSION
from influtics_lab.text_format import join_words, plural

Figures = Mapping[str, Any]
_PACKAGES: Final = ("polars", "numpy", "matplotlib")


def definitions() -> str:
    """Give what every figure means, with the numbers that the footnotes have."""
    rows = [
        [
            Cell(f'<span id="definition-{place}">{place}</span>', kind="text"),
            *(words(text) for text in (label_of(one.figure), one.formula, one.unit, one.null)),
            Cell(f"<i>{plain(one.source)}</i>", kind="text"),
        ]
        for place, one in enumerate(DEFINITIONS, start=1)
    ]  # fmt: skip
    return grid(["No.", "Figure", "Formula", "Unit", "Not known where", "Source"], rows, name="definitions")


def reasons(figures: Figures) -> str:
    """Give what each reason means for which a figure is not known."""
    rows = [[words(name.replace("_", " ")), words(text)] for name, text in figures["reasons"].items()]
    return grid(["Reason", "what it means"], rows, name="reasons", caption="Why a figure is not known")


def provenance(figures: Figures, *, file: str, since: str | None) -> str:
    """Give what two people compare to see whether they have the same report.

    Parameters
    ----------
    figures : mapping
    file : str
        The campaign file's name, without its folder.
    since : str or None
        The earlier snapshot's id.
    """
    rows = [[words(name), Cell(text, kind="text")] for name, text in _facts(figures, file, since)]
    command = _command(figures, file, since)
    again = paragraph(
        "The same digest means the same data. The same data, earlier snapshot, campaign file with its links and logo, "
        "versions, fonts and kind of machine (report.lock.json lists them) give the same report, byte for byte. Draws "
        "are seeded from the digest, and no figure knows today's date.",
        "To make it again, run this where the campaign file and the folders of the snapshots are; "
        "influtics-lab report --check DIR also reads snapshots from an archive:",
    )
    return grid(["What", "which"], rows, name="provenance") + again + f"<pre>{command}</pre>"


def _facts(figures: Figures, file: str, since: str | None) -> Iterator[tuple[str, str]]:
    snapshot, campaign = figures["snapshot"], figures["campaign"]
    zone = campaign["time_zone"]
    yield "Snapshot", f"<code>{plain(snapshot['snapshot_id'])}</code>"
    yield "Digest of its content", f"<code>{plain(snapshot['content_digest'])}</code>"
    taken = f"{format_moment(snapshot['taken_at'], zone)} ({zone})"
    yield "Taken", f"{plain(taken)}<small>{plain(snapshot['taken_at'])}</small>"
    as_of = snapshot["as_of"]
    yield "Last reading", "none" if as_of is None else plain(f"{format_moment(as_of, zone)} ({zone})")
    yield "In it", plain(f"{plural(snapshot['videos'], 'video')}, {plural(snapshot['readings'], 'reading')}")
    if since is not None:
        yield "Earlier snapshot", f"<code>{plain(since)}</code>"
    yield "Campaign file", f"<code><bdi>{plain(file)}</bdi></code>"
    yield from _settings(figures)
    yield "Computed by", plain(f"influtics-lab {VERSION}, Python {platform.python_version()}, {_versions()}")


def _versions() -> str:
    return ", ".join(f"{name} {version(name)}" for name in _PACKAGES)


def _settings(figures: Figures) -> Iterator[tuple[str, str]]:
    settings = figures["settings"]
    yield "Counts taken", plain(f"{counted_words(figures)}, for money, targets and shares")
    yield "Engagement", plain(f"{join_words(settings['parts'])}; rates: {join_words(settings['engagement_rate'])}")
    yield "Compared", plain(f"{age_words(figures)}, with: {settings['compared_with']}")
    gap = settings["max_gap"] or "any"
    yield (
        "Interpolated",
        plain(
            f"on the line between two readings, over gaps of {gap} length"
            if gap == "any"
            else f"on the line between two readings at most {gap} apart"
        ),
    )
    drawn = f"{settings['level_pct']:g} % of {settings['resamples']:,} draws of whole {settings['drawn']}"
    drawn += f", seed {settings['seed']}"
    yield "Intervals", plain(drawn)


def _command(figures: Figures, file: str, since: str | None) -> str:
    snapshot, earlier = figures["snapshot"]["snapshot_id"], "" if since is None else f" --since {since}"
    return plain(f"influtics-lab report {shlex.quote(file)} --snapshot {snapshot} --out report{earlier}")
