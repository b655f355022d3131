"""A report: a campaign laid over a snapshot, and what a page, a workbook and pictures tell of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes

from influtics_lab.archive import open_snapshot
from influtics_lab.campaign.changes.campaign_changes import changes
from influtics_lab.campaign.figures.key_figures import key_figures
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.file.parser import parse_campaign, read_campaign
from influtics_lab.campaign.file.template import new_campaign
from influtics_lab.campaign.report import (
    costs_section,
    cover,
    provenance,
    quality_section,
    totals_section,
    videos_section,
)
from influtics_lab.campaign.report.changes_section import changes_since
from influtics_lab.campaign.report.chart_section import Illustrations
from influtics_lab.campaign.report.html_tables import fragment
from influtics_lab.campaign.report.output_files import write
from influtics_lab.campaign.report.summary_lines import answer_lines
from influtics_lab.markup import Html
from influtics_lab.snapshot import Snapshot

_MADE: Final = "campaign.toml"


@dataclass(frozen=True)
class Report:
    """The report of a campaign; each method gives a piece of the page, which a notebook shows.

    Attributes
    ----------
    campaign : Campaign
    snapshot : Snapshot
    figures : dict
        As `key_figures` gives them: every number of the report.
    changes : dict or None
        What changed since an earlier snapshot; None without one.
    file : str
        The campaign file's name.
    logo : str or None
        The client's logo as a data URI.
    since : str or None
        The earlier snapshot's id.
    """

    campaign: Campaign
    snapshot: Snapshot = field(repr=False)
    figures: Mapping[str, Any] = field(repr=False)
    changes: Mapping[str, Any] | None = field(repr=False, default=None)
    file: str = _MADE
    logo: str | None = field(repr=False, default=None)
    since: str | None = None

    @cached_property
    def _drawn(self) -> Illustrations:
        return Illustrations(self.campaign, self.snapshot, self.figures)

    def cover(self) -> Html:
        """Give the head of the first page: logo, client, name, period and time zone."""
        return fragment("cover", cover.cover(self.campaign, self.figures, self.logo))

    def answer(self) -> Html:
        """Give the answer in five lines."""
        return fragment("answers", cover.answer(answer_lines(self.figures)))

    def progress(self) -> Html:
        """Give the picture of the views day by day, against their target."""
        return fragment("progress", self._drawn.figure("progress"))

    def totals(self) -> Html:
        """Give what the whole campaign has: each count, and the engagement rates with their intervals."""
        return fragment("section-totals", totals_section.totals(self.figures))

    def groups(self) -> Html:
        """Give each creator and each platform beside the whole campaign."""
        drawn = [self._drawn.figure(name) for name in ("creators", "rates") if self._drawn.has(name)]
        return fragment("section-groups", *drawn, totals_section.groups(self.figures))

    def costs(self) -> Html:
        """Give what was spent, and what views and engagements cost."""
        drawn = self._drawn.figure("costs") if self._drawn.has("costs") else ""
        return fragment("section-costs", drawn, costs_section.costs(self.figures))

    def targets(self) -> Html:
        """Give each target, where it stands, and what it still needs a day."""
        return fragment("section-targets", totals_section.targets(self.figures))

    def standing(self) -> Html:
        """Give where each video stands among others at equal age."""
        return fragment("section-standing", self._drawn.figure("standing"), videos_section.standing(self.figures))

    def videos(self) -> Html:
        """Give every video: its views, what it gained, its share, its rate."""
        return fragment("section-videos", self._drawn.figure("contributions"), videos_section.videos(self.figures))

    def quality(self) -> Html:
        """Give what is missing, hidden, flagged, stale or too young, and what that means."""
        return fragment("section-quality", quality_section.quality(self.figures))

    def changes_since(self) -> Html:
        """Give what changed since the earlier snapshot."""
        return fragment("section-changes", changes_since(self.figures, self.changes))

    def definitions(self) -> Html:
        """Give what every figure means, and what each reason means for which one is not known."""
        return fragment("section-definitions", provenance.definitions(), provenance.reasons(self.figures))

    def provenance(self) -> Html:
        """Give the snapshot, the parameters, the versions, and the command to run again."""
        told = provenance.provenance(self.figures, file=self.file, since=self.since)
        return fragment("section-provenance", told)

    def pictures(self) -> dict[str, Axes]:
        """Give each picture by its name, as the page shows it."""
        return self._drawn.all()

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write the workbook, the numbers as JSON, and the pictures into a folder.

        Parameters
        ----------
        folder : path

        Returns
        -------
        pathlib.Path
            The folder.
        """
        return write(self, folder)


def open_report(
    campaign: str | os.PathLike[str] | None = None,
    snapshot: str | os.PathLike[str] | None = None,
    since: str | os.PathLike[str] | None = None,
) -> Report:
    """Lay a campaign over a snapshot, ready to be shown and written.

    Parameters
    ----------
    campaign : path, optional
        A campaign file; None is what `new_campaign` makes of the snapshot: all of its videos.
    snapshot : path, optional
        A snapshot's folder, or an archive's: its latest; None is the bundled sample of invented videos.
    since : path, optional
        The snapshot of an earlier report: what changed since is told, too.

    Returns
    -------
    Report
        The same from the same campaign file and snapshots, everywhere.

    Raises
    ------
    ConfigError
        If the campaign file cannot be read, or is not valid: file, line, key, what was found, what is allowed; or if
        the earlier snapshot is the later one.
    SnapshotError
        If there is no snapshot, or it is damaged.

    Examples
    --------
    >>> report = open_report()
    >>> report.campaign.name, report.figures["totals"]["videos"]
    ('Campaign', 60)
    >>> "2,491,885 views known" in report.answer()
    True
    """
    now = open_snapshot(snapshot)
    then = None if since is None else open_snapshot(since)
    if campaign is None:
        read, file, folder = parse_campaign(new_campaign(now)), _MADE, Path()
    else:
        read, file, folder = read_campaign(campaign), Path(campaign).name, Path(campaign).parent
    figures = key_figures(read, now)
    return Report(
        campaign=read,
        snapshot=now,
        figures=figures,
        changes=None if then is None else changes(read, now, then, figures=figures),
        file=file,
        logo=cover.logo_of(read, folder),
        since=None if then is None else str(then.manifest["snapshot_id"]),
    )
