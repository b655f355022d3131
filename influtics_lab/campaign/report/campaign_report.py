"""A report: a campaign, a snapshot, their key figures, and each section of the page."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from matplotlib.axes import Axes

from influtics_lab.archive import open_snapshot
from influtics_lab.campaign.changes.campaign_changes import changes
from influtics_lab.campaign.changes.change_types import CampaignChanges
from influtics_lab.campaign.figures.campaign_against import AgainstFigures, compare_campaigns
from influtics_lab.campaign.figures.campaign_data import gather_data
from influtics_lab.campaign.figures.campaign_results import CampaignResults, compute_results
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.figures.key_figures import compute_key_figures
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.file.parser import parse_campaign, read_campaign
from influtics_lab.campaign.file.template import new_campaign
from influtics_lab.campaign.report.changes_section import render_changes
from influtics_lab.campaign.report.html_document import render_page
from influtics_lab.campaign.report.markdown_text import render_markdown
from influtics_lab.campaign.report.output_files import APPENDIX, PAGE, encode_pictures, write_files
from influtics_lab.campaign.report.provenance_section import render_provenance
from influtics_lab.campaign.report.quality_section import render_quality
from influtics_lab.campaign.report.report_charts import ReportCharts
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.campaign.report.thumbnails import read_thumbnails
from influtics_lab.campaign.report.title_and_logo import read_logo
from influtics_lab.campaign.report.videos_section import render_videos
from influtics_lab.language import Language, resume_language, use_language
from influtics_lab.markup import Html
from influtics_lab.platforms import PLATFORMS
from influtics_lab.plots.font_text import find_names_without_font
from influtics_lab.snapshot import Snapshot

CLIENT_SECTIONS: Final = (
    "title_and_logo", "summary", "progress", "creators", "best_content", "budget_and_cost", "against", "learnings",
    "method",
)  # fmt: skip
APPENDIX_SECTIONS: Final = (
    "targets", "totals", "creators_and_platforms", "costs", "equal_age", "videos", "quality", "changes_since",
    "measures", "definitions", "provenance",
)  # fmt: skip
_APPENDIX: Final = "Appendix"
_NEW_FILE: Final = "campaign.toml"
_T = TypeVar("_T")
_write_in_english: Final = resume_language(Language())  # figures, appendix and workbook, whatever language is in use
_RENAMED: Final = {
    "answer": "summary", "cover": "title_and_logo", "groups": "creators_and_platforms", "standing": "equal_age",
}  # fmt: skip


def _write_in_language(section: Callable[[Report], _T]) -> Callable[[Report], _T]:
    """Return a method that writes in the report's language."""

    @wraps(section)
    def write(report: Report) -> _T:
        with report._use_language():  # noqa: SLF001  # of the same class
            return section(report)

    return write


@dataclass(frozen=True)
class Report:
    """The report of a campaign; each method returns a section of the page, which a notebook shows.

    Attributes
    ----------
    campaign : Campaign
    snapshot : Snapshot
    key_figures : KeyFigures
        Every number of the report but these:
    results : CampaignResults
        Creators against what is usual for them, promised posts, the budget, the client's outcomes.
    changes : CampaignChanges or None
        What changed since an earlier snapshot; None without one.
    file : str
        The campaign file's name.
    inputs : tuple of str
        Commands that write the snapshot and the campaign file, if these were not given.
    logo : str or None
        The client's logo as a data URI.
    since : str or None
        The earlier snapshot's id.
    other : AgainstFigures or None
        Another campaign beside this one.
    thumbnails : mapping of str to Html
        Pinned pictures of videos as data URIs.
    """

    campaign: Campaign
    snapshot: Snapshot = field(repr=False)
    key_figures: KeyFigures = field(repr=False)
    results: CampaignResults = field(repr=False)
    changes: CampaignChanges | None = field(repr=False, default=None)
    file: str = _NEW_FILE
    inputs: tuple[str, ...] = ()
    logo: str | None = field(repr=False, default=None)
    since: str | None = None
    other: AgainstFigures | None = field(repr=False, default=None)
    thumbnails: Mapping[str, Html] = field(repr=False, default_factory=dict)

    if not TYPE_CHECKING:  # a type checker should refuse other names

        def __getattr__(self, name: str) -> object:
            if name not in _RENAMED:
                raise AttributeError(f"A Report has no attribute {name!r}.")
            new = _RENAMED[name]
            warnings.warn(f"Report.{name} is called {new} now. Call report.{new}().", DeprecationWarning, stacklevel=2)
            return getattr(self, new)

    @cached_property
    def figures(self) -> dict[str, Any]:
        """Every number of the report as a plain dict, as ``report.json`` has it."""
        return self.key_figures.to_dict()

    @cached_property
    def _illustrations(self) -> ReportCharts:
        return ReportCharts(self.campaign, self.snapshot, self.key_figures)

    def _use_language(self) -> AbstractContextManager[None]:
        return use_language(self.campaign.language, self.campaign.number_format)

    @_write_in_language
    def title_and_logo(self) -> Html:
        """Return the head of the first page: logo, client, name, period and time zone."""
        return self._render_title()

    def _render_title(self, edition: str = "") -> Html:
        return self._render("title_and_logo", colours=self.campaign.look.colours, logo=self.logo, edition=edition)

    @_write_in_language
    def summary(self) -> Html:
        """Return the team's text, and the summary in lines: views, target, cost, next steps, engagement, data."""
        return self._render(
            "summary_section",
            results=self.results,
            objectives=self.campaign.objectives,
            text=render_markdown(self.campaign.summary),
            next_steps=self.campaign.next_steps,
            changes=self.changes,
        )

    @_write_in_language
    def progress(self) -> Html:
        """Return the picture of the views day by day, beside their target."""
        return self._render("progress_section")

    @_write_in_language
    def creators(self) -> Html:
        """Return each creator against the usual, with fee, CPM and whether to book again; and each platform."""
        return self._render("creators_section", results=self.results)

    @_write_in_language
    def best_content(self) -> Html:
        """Return the best and the weakest videos, with links and cost per post."""
        return self._render("best_content_section", results=self.results, thumbnails=self.thumbnails)

    @_write_in_language
    def budget_and_cost(self) -> Html:
        """Return what was spent, and what a thousand views, an engagement and a post cost."""
        return self._render("budget_and_cost_section", results=self.results, without_font=self._names_without_font())

    @_write_in_language
    def against(self) -> Html:
        """Return the other campaign beside this one at the same age."""
        return self._render("against_section", against=self.other)

    @_write_in_language
    def learnings(self) -> Html:
        """Return what was learned."""
        return self._render(
            "learnings_section",
            learnings=render_markdown(self.campaign.learnings),
            next_steps=render_markdown(self.campaign.next_steps),
        )

    @_write_in_language
    def method(self) -> Html:
        """Return how the numbers were counted, in a box, and of which videos each is."""
        platforms = [group.name for group in self.key_figures.by_platform]
        views = [(name, PLATFORMS[name].view) for name in platforms if name in PLATFORMS]
        return self._render("method_section", results=self.results, view_definitions=views)

    def targets(self) -> Html:
        """Return each target, its status, and the views a day that it still needs."""
        return self._render("targets_section")

    def totals(self) -> Html:
        """Return each count of the whole campaign, and its engagement rates with their intervals."""
        return self._render("totals_section")

    def creators_and_platforms(self) -> Html:
        """Return each creator and each platform beside the whole campaign."""
        return self._render("creators_and_platforms_section", without_font=self._names_without_font())

    def costs(self) -> Html:
        """Return the spend, and what views and engagements cost."""
        return self._render("costs_section", titles={video.video_id: video.title for video in self.key_figures.videos})

    def equal_age(self) -> Html:
        """Return the rank of each video among others at equal age."""
        return self._render("equal_age_section")

    def videos(self) -> Html:
        """Return every video: its views, gain, share and engagement rate."""
        return render_videos(self.key_figures, self._illustrations)

    def quality(self) -> Html:
        """Return what is missing, hidden, flagged, stale or too young, and what follows for the summary."""
        return render_quality(self.key_figures)

    def changes_since(self) -> Html:
        """Return what changed since the earlier snapshot."""
        return render_changes(self.key_figures, self.changes)

    def measures(self) -> Html:
        """Return which measures of the ANA guidelines the report has, and why it lacks others."""
        return self._render("measures_section", results=self.results)

    def definitions(self) -> Html:
        """Return the definition of every figure, and of every reason why a figure is not available."""
        return self._render("definitions_section")

    def provenance(self) -> Html:
        """Return the snapshot, the settings, the versions, and the command that makes the report again."""
        return render_provenance(self.key_figures, file=self.file, since=self.since, inputs=self.inputs)

    def _names_without_font(self) -> dict[str, str]:
        names = (group.name for group in self.key_figures.by_creator if group.name is not None)
        return find_names_without_font(names)

    def _render(self, name: str, **values: object) -> Html:
        return render(name, figures=self.key_figures, pictures=self._illustrations, **values)

    @_write_in_language
    def page(self) -> bytes:
        """Return the client edition as one HTML file, which needs nothing else."""
        names = (name for name in CLIENT_SECTIONS if name != "against" or self.other is not None)
        return render_page(self.campaign.name, [getattr(self, name)() for name in names])

    @_write_in_english
    def appendix(self) -> bytes:
        """Return the internal appendix as one HTML file: all tables, data quality, definitions and provenance."""
        sections = [self._render_title(_APPENDIX), *(getattr(self, name)() for name in APPENDIX_SECTIONS)]
        return render_page(f"{self.campaign.name}: {_APPENDIX.lower()}", sections)

    @_write_in_language
    def pictures(self) -> dict[str, Axes]:
        """Return each picture by its name, as the page shows it."""
        return self._illustrations.draw_all()

    @_write_in_english
    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write both editions, the workbook, the numbers as JSON, and the pictures into a folder.

        Parameters
        ----------
        folder : path

        Returns
        -------
        pathlib.Path
            The folder.
        """
        return write_files(
            Path(folder),
            pages={PAGE: self.page(), APPENDIX: self.appendix()},
            figures=self.key_figures,
            results=self.results,
            against=self.other,
            changes=self.changes,
            pictures=self._encode_pictures(),
        )

    @_write_in_language
    def _encode_pictures(self) -> dict[str, bytes]:
        return encode_pictures(self.pictures())


def open_report(
    campaign: str | os.PathLike[str] | None = None,
    snapshot: str | os.PathLike[str] | None = None,
    since: str | os.PathLike[str] | None = None,
    against: str | os.PathLike[str] | None = None,
) -> Report:
    """Open the report of a campaign, to show its sections and write its files.

    Parameters
    ----------
    campaign : path, optional
        A campaign file; None is what `new_campaign` writes for the snapshot: all of its videos.
    snapshot : path, optional
        A snapshot's folder, or an archive's: its latest; None is the bundled sample of invented videos.
    since : path, optional
        The snapshot of an earlier report; the report then shows what changed since.
    against : path, optional
        The file of another campaign, whose videos are in the same snapshot; the report then compares both.

    Returns
    -------
    Report
        The same from the same campaign file and snapshots, everywhere.

    Raises
    ------
    ConfigError
        If the campaign file cannot be read or is not valid (with file, line, key and what is allowed), or if the
        earlier snapshot is the later one.
    SnapshotError
        If there is no snapshot, or it is damaged.

    Examples
    --------
    >>> report = open_report()
    >>> report.campaign.name, report.figures["totals"]["videos"]
    ('Campaign', 60)
    >>> "2,491,823 views" in report.summary()
    True
    """
    now = open_snapshot(snapshot)
    then = None if since is None else open_snapshot(since)
    if campaign is None:
        campaign_file, file = parse_campaign(new_campaign(now)), Path(_NEW_FILE)
    else:
        campaign_file, file = read_campaign(campaign), Path(campaign)
    other = None if against is None else read_campaign(against)
    report = compute_report(campaign_file, now, then, file, other)
    return replace(report, inputs=tuple(_write_inputs(now, is_sample=snapshot is None, is_new=campaign is None)))


def _write_inputs(snapshot: Snapshot, *, is_sample: bool, is_new: bool) -> Iterator[str]:
    """Yield the commands that write the inputs which were not given."""
    if is_sample:
        yield "python -c \"import influtics_lab as lab; lab.sample_snapshot().write('.')\""
    if is_new:
        yield f"influtics-lab campaign init --snapshot {snapshot.manifest['snapshot_id']} --out {_NEW_FILE}"


@_write_in_english
def compute_report(
    campaign: Campaign, snapshot: Snapshot, since: Snapshot | None, file: Path, against: Campaign | None = None
) -> Report:
    """Compute the figures of a campaign, and what changed since an earlier snapshot.

    Parameters
    ----------
    campaign : Campaign
    snapshot : Snapshot
    since : Snapshot or None
        An earlier one.
    file : pathlib.Path
        The campaign file; the logo is beside it.
    against : Campaign, optional
        Another campaign, to compare with at the same age.

    Returns
    -------
    Report
    """
    data = gather_data(campaign, snapshot)
    figures = compute_key_figures(data)
    other = None
    if against is not None:
        other_data = gather_data(against, snapshot)
        other = compare_campaigns(data, figures, other_data, compute_key_figures(other_data))
    return Report(
        campaign=campaign,
        snapshot=snapshot,
        key_figures=figures,
        results=compute_results(data, figures),
        changes=None if since is None else changes(campaign, snapshot, since, figures=figures),
        file=file.name,
        logo=read_logo(campaign, file.parent),
        since=None if since is None else str(since.manifest["snapshot_id"]),
        other=other,
        thumbnails=read_thumbnails(file.parent) if file.is_file() else {},
    )
