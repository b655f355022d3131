"""The campaign file as frozen dataclasses: each field is a key of the file; the JSON Schema is made from them."""
# ruff: noqa: RUF009  # declare_key is dataclasses.field() with our metadata

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from influtics_lab.campaign.file.deals import Deal
from influtics_lab.campaign.file.field_types import (
    AMOUNT,
    COLOURS,
    COLUMNS,
    CURRENCY,
    DATE,
    DATE_OR_INSTANT,
    DURATION,
    MONEY,
    PERCENT,
    PLATFORM,
    PLATFORMS,
    POSITIVE,
    PUBLICATION_TIMES,
    RATES,
    TEXT,
    TEXTS,
    ZONE,
    DateOrInstant,
    choice_type,
    declare_key,
    number_type,
    subset_type,
)
from influtics_lab.campaign.file.sheet_types import Link, LinkSheet, Outcome, OutcomeSheet, PlanSheet, PromisedPost
from influtics_lab.defaults import AT_AGE, BOOTSTRAP_DRAWS, COMPARED_PARTS, LEVEL_PCT
from influtics_lab.language import LANGUAGES, NUMBER_FORMATS
from influtics_lab.platforms import SCOPES, CountingRule
from influtics_lab.schema import COUNTS

COUNTED: Final = ("auto", "read", "gained")
ESTIMATORS: Final = ("pooled", "mean", "median")


@dataclass(frozen=True, kw_only=True)
class DateRange:
    """From one date to another, both included; either may be omitted."""

    since: DateOrInstant | None = declare_key(DATE_OR_INSTANT, "not before", default=None)
    until: DateOrInstant | None = declare_key(DATE_OR_INSTANT, "not after; a date includes the whole day", default=None)


@dataclass(frozen=True, kw_only=True)
class Period:
    """When the campaign runs."""

    start: DateOrInstant = declare_key(DATE_OR_INSTANT, "the first day, or the instant of the start")
    end: DateOrInstant = declare_key(DATE_OR_INSTANT, "the last day, included, or the instant of the end")
    time_zone: str = declare_key(ZONE, "the time zone in which days begin and end", default="UTC")


@dataclass(frozen=True, kw_only=True)
class Videos:
    """Which videos belong: those that are named, and those that meet all of the conditions that are given."""

    ids: tuple[str, ...] = declare_key(TEXTS, "named: ids of the service", default=())
    external_ids: tuple[str, ...] = declare_key(TEXTS, "named: ids of the platforms", default=())
    links_csv: str | None = declare_key(TEXT, "named: a CSV file with a column link or url", default=None)
    platform: tuple[str, ...] = declare_key(PLATFORMS, "condition: on one of these platforms", default=())
    title_pattern: str | None = declare_key(
        TEXT, "condition: the title, in any case; * is any text and ? any one character", default=None
    )
    created: DateRange | None = declare_key(DateRange, "condition: tracking began in this time", default=None)
    published: DateRange | None = declare_key(DateRange, "condition: published in this time", default=None)
    exclude: tuple[str, ...] = declare_key(TEXTS, "ids or links of videos that do not belong", default=())
    link_sheet: LinkSheet | None = field(default=None, metadata={"is_derived": True})

    @property
    def links(self) -> tuple[Link, ...]:
        """Return the addresses of the CSV of links, including those that name no video."""
        return self.link_sheet.links if self.link_sheet is not None else ()

    @property
    def has_conditions(self) -> bool:
        """Return whether any condition is given."""
        return bool(self.platform or self.title_pattern or self.created or self.published)

    @property
    def has_named_videos(self) -> bool:
        """Return whether any video is named."""
        return bool(self.ids or self.external_ids or self.links_csv)


@dataclass(frozen=True, kw_only=True)
class Creator:
    """Who made what. Videos outside the campaign are the creator's history."""

    name: str = declare_key(TEXT, "the creator's name")
    videos: tuple[str, ...] = declare_key(TEXTS, "ids or links of the creator's videos", default=())


@dataclass(frozen=True, kw_only=True)
class Spend:
    """Money that was spent: for a video, a creator or a platform; without any of them, for the whole campaign."""

    amount: float = declare_key(AMOUNT, "how much")
    date: dt.date = declare_key(DATE, "when")
    currency: str | None = declare_key(CURRENCY, "in which currency", default=None)
    video: str | None = declare_key(TEXT, "for this video: an id or a link", default=None)
    creator: str | None = declare_key(TEXT, "for this creator", default=None)
    platform: str | None = declare_key(PLATFORM, "for this platform", default=None)
    post: PromisedPost | None = field(default=None, metadata={"is_derived": True})

    def name_entry(self, number: int) -> str:
        """Return how messages name it: by its line in the sheet, else by its number in the campaign file."""
        return f"spend[{number}]" if self.post is None else f"sheet, line {self.post.line}"

    @property
    def is_for_all(self) -> bool:
        """Return whether it is for the whole campaign."""
        return self.video is None and self.creator is None and self.platform is None


@dataclass(frozen=True, kw_only=True)
class Target:
    """A goal and its date."""

    measure: str = declare_key(choice_type("views", "engagement_rate", "cpm"), "the figure that has a goal")
    value: float = declare_key(POSITIVE, "the goal: views and engagement_rate (in %) at least, cpm at most")
    date: DateOrInstant = declare_key(DATE_OR_INSTANT, "by when; a date includes the whole day")


@dataclass(frozen=True, kw_only=True)
class Currency:
    """The currency of all figures, and exchange rates."""

    report: str = declare_key(CURRENCY, "the currency of all figures")
    rates: tuple[tuple[str, float], ...] = declare_key(
        RATES, "the value of one unit of another currency in the currency of the figures", default=()
    )


@dataclass(frozen=True, kw_only=True)
class MediaRates:
    """What one view, like, comment or repost is worth to you. There are no default rates."""

    currency: str = declare_key(CURRENCY, "the currency of the rates")
    views: float | None = declare_key(AMOUNT, "value of one view", default=None)
    likes: float | None = declare_key(AMOUNT, "value of one like", default=None)
    comments: float | None = declare_key(AMOUNT, "value of one comment", default=None)
    reposts: float | None = declare_key(AMOUNT, "value of one repost", default=None)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Which other videos each video is compared with, and at which age."""

    against: str = declare_key(choice_type("platform", "own history", "videos"), "the other videos", default="platform")
    videos: tuple[str, ...] = declare_key(TEXTS, 'ids or links of the other videos, for against = "videos"', default=())
    at_age: str = declare_key(DURATION, "the age at which all are compared", default=AT_AGE)
    age: str = declare_key(
        choice_type("published", "tracked"), "since publication, or since tracking began", default="published"
    )


@dataclass(frozen=True, kw_only=True)
class RuleChange:
    """A day from which a platform counts views in another way, besides those that are known."""

    platform: str = declare_key(PLATFORM, "the platform")
    changed_on: dt.date = declare_key(DATE, "the first day under the new rule, UTC")
    change: str = declare_key(TEXT, "what changed")
    source: str = declare_key(TEXT, "who says so")
    scope: str = declare_key(choice_type(*SCOPES), "which videos of the platform it is about", default="all")


@dataclass(frozen=True, kw_only=True)
class Estimators:
    """How figures are computed."""

    counted: str = declare_key(
        choice_type(*COUNTED),
        "which counts money, targets and contributions use: gains in the period for videos that are older than it and "
        "last known counts for the others (auto), last known counts for all (read), or gains for all (gained)",
        default="auto",
    )
    engagement_rate: tuple[str, ...] = declare_key(
        subset_type(*ESTIMATORS), "which engagement rates are reported", default=("pooled", "median")
    )
    parts: tuple[str, ...] = declare_key(
        subset_type(*COUNTS[1:]), "the counts that make up engagement", default=COMPARED_PARTS
    )
    max_gap: str | None = declare_key(
        DURATION,
        "no interpolation over longer gaps between readings; without it, gaps longer than a quarter of the period and "
        "than 2 days are findings",
        default=None,
    )
    level_pct: float = declare_key(PERCENT, "the confidence level of intervals, in %", default=LEVEL_PCT)
    resamples: int = declare_key(
        number_type("a whole number from 100 to 100000", is_whole=True, minimum=100, maximum=100_000),
        "the number of bootstrap draws of an interval",
        default=BOOTSTRAP_DRAWS,
    )
    draw: str = declare_key(
        choice_type("videos", "creators"),
        "whether intervals draw whole creators, where at least five are named, or videos",
        default="creators",
    )


@dataclass(frozen=True, kw_only=True)
class Branding:
    """How the report looks."""

    logo: str | None = declare_key(TEXT, "the client's logo, a PNG or SVG file", default=None)
    colours: tuple[str, ...] = declare_key(COLOURS, "the client's colours, the first for headings", default=())


@dataclass(frozen=True, kw_only=True)
class SheetFile:
    """The client's sheet, CSV or XLSX: one row for each post, with its creator, fee, dates and terms."""

    path: str = declare_key(TEXT, "a CSV or XLSX file beside the campaign file")
    worksheet: str | None = declare_key(TEXT, "the worksheet of an XLSX file; else the first visible one", default=None)
    columns: tuple[tuple[str, str], ...] = declare_key(
        COLUMNS, "the names of columns that are not recognised: by key, such as fee", default=()
    )
    currency: str | None = declare_key(CURRENCY, "of amounts for which the sheet has no currency", default=None)
    cutoff_date: DateOrInstant | None = declare_key(
        DATE_OR_INSTANT, "the cut-off of rows that are paid for views and have none of their own", default=None
    )
    cutoff_age: str | None = declare_key(DURATION, "the same, as an age since publication", default=None)
    content: PlanSheet | None = field(default=None, metadata={"is_derived": True})


@dataclass(frozen=True, kw_only=True)
class OutcomeFile:
    """What the client counted, CSV or XLSX: clicks, codes, orders and revenue, by link or creator."""

    path: str = declare_key(TEXT, "a CSV or XLSX file beside the campaign file")
    worksheet: str | None = declare_key(TEXT, "the worksheet of an XLSX file; else the first visible one", default=None)
    columns: tuple[tuple[str, str], ...] = declare_key(
        COLUMNS, "the names of columns that are not recognised: by key, such as revenue", default=()
    )
    currency: str | None = declare_key(CURRENCY, "of revenue for which the sheet has no currency", default=None)
    content: OutcomeSheet | None = field(default=None, metadata={"is_derived": True})


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The budget of the whole campaign."""

    amount: Decimal = declare_key(MONEY, "the most that the campaign may cost")
    currency: str = declare_key(CURRENCY, "its currency")


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign: the contents of its file.

    Examples
    --------
    >>> from influtics_lab.campaign import parse_campaign
    >>> text = '''
    ... name = "Summer"
    ... [period]
    ... start = 2025-06-01
    ... end = 2025-06-30
    ... time_zone = "Europe/Berlin"
    ... [videos]
    ... platform = "TikTok"
    ... '''
    >>> parse_campaign(text).videos.platform
    ('TikTok',)
    """

    name: str = declare_key(TEXT, "the name of the campaign")
    client: str | None = declare_key(TEXT, "the client", default=None)
    period: Period = declare_key(Period, "when the campaign runs")
    language: str = declare_key(choice_type(*LANGUAGES), "the language of the client edition", default="en")
    number_format: str | None = declare_key(
        choice_type(*NUMBER_FORMATS),
        "thousands and decimals in the client edition; else as in its language",
        default=None,
    )
    objectives: tuple[str, ...] = declare_key(TEXTS, "what the campaign is for, a sentence each", default=())
    summary: str | None = declare_key(TEXT, "free text for the report: what happened", default=None)
    learnings: str | None = declare_key(TEXT, "free text for the report: what was learned", default=None)
    next_steps: str | None = declare_key(TEXT, "free text for the report: what to do next", default=None)
    sheet: SheetFile | None = declare_key(SheetFile, "the client's sheet of creators and posts", default=None)
    videos: Videos = declare_key(
        Videos, "which videos belong to it; with [sheet] those of the sheet belong, too", default_factory=Videos
    )
    published_at: tuple[tuple[str, DateOrInstant], ...] = declare_key(
        PUBLICATION_TIMES, "publication times that ids do not carry: by id or link", default=()
    )
    creators: tuple[Creator, ...] = declare_key(Creator, "the creators and their videos", is_list=True, default=())
    spend: tuple[Spend, ...] = declare_key(Spend, "what was spent on what", is_list=True, default=())
    deals: tuple[Deal, ...] = declare_key(Deal, "what creators are paid for views", is_list=True, default=())
    budget: Budget | None = declare_key(Budget, "the budget of the whole campaign", default=None)
    outcomes: OutcomeFile | None = declare_key(OutcomeFile, "what the client counted: orders, revenue", default=None)
    currency: Currency | None = declare_key(Currency, "the currency of all figures, and exchange rates", default=None)
    targets: tuple[Target, ...] = declare_key(Target, "goals and their dates", is_list=True, default=())
    emv: MediaRates | None = declare_key(MediaRates, "rates for the earned media value", default=None)
    compare: Comparison = declare_key(Comparison, "what videos are compared with", default_factory=Comparison)
    rules: tuple[RuleChange, ...] = declare_key(
        RuleChange, "days from which a platform counts views in another way", is_list=True, default=()
    )
    estimators: Estimators = declare_key(Estimators, "how figures are computed", default_factory=Estimators)
    look: Branding = declare_key(Branding, "how the report looks", default_factory=Branding)

    @property
    def added_rules(self) -> tuple[CountingRule, ...]:
        """Return the counting rules that the file adds to those that are known."""
        return tuple(CountingRule(**vars(rule)) for rule in self.rules)

    @property
    def posts(self) -> tuple[PromisedPost, ...]:
        """Return the promised posts of the sheet."""
        return () if self.sheet is None or self.sheet.content is None else self.sheet.content.posts

    @property
    def outcome_rows(self) -> tuple[Outcome, ...]:
        """Return the rows of the sheet of outcomes."""
        return () if self.outcomes is None or self.outcomes.content is None else self.outcomes.content.outcomes
