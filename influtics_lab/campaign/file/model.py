"""The campaign file as frozen dataclasses. Each field is a key of the file; the JSON Schema is made from them."""
# ruff: noqa: RUF009  # entry(), table() and tables() are dataclasses.field() with our metadata

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from influtics_lab.campaign.file import field_types
from influtics_lab.campaign.file.field_types import Moment, entry, table, tables
from influtics_lab.defaults import AT_AGE, COMPARED_PARTS, LEVEL_PCT, RESAMPLES

COUNTED: Final = ("auto", "read", "gained")
ESTIMATORS: Final = ("pooled", "mean", "median")


@dataclass(frozen=True, kw_only=True)
class Span:
    """From one date to another, both included; either may be left out."""

    since: Moment | None = entry(field_types.MOMENT, "not before", default=None)
    until: Moment | None = entry(field_types.MOMENT, "not after; a date is meant to its end", default=None)


@dataclass(frozen=True, kw_only=True)
class Period:
    """When the campaign runs."""

    start: Moment = entry(field_types.MOMENT, "its first day, or instant")
    end: Moment = entry(field_types.MOMENT, "its last day, which belongs to it, or the instant at which it ends")
    time_zone: str = entry(field_types.ZONE, "where a day begins and ends", default="UTC")


@dataclass(frozen=True)
class Link:
    """One address in the CSV of links.

    Attributes
    ----------
    row : int
        The line of the file at which its row begins.
    text : str
    video : str or None
        The canonical id of the video that it names.
    reason : str or None
        Why it names none.
    """

    row: int
    text: str
    video: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class LinkSheet:
    """The CSV of links: how many rows below its header are not empty, its links, and the lines without any."""

    rows: int
    links: tuple[Link, ...]
    without_link: tuple[int, ...] = ()
    above_header: tuple[int, ...] = ()
    other_columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Videos:
    """Which videos belong: those that are named, and those that meet all of the conditions that are given."""

    ids: tuple[str, ...] = entry(field_types.TEXTS, "named: the service's ids", default=())
    external_ids: tuple[str, ...] = entry(field_types.TEXTS, "named: the platforms' own ids", default=())
    links_csv: str | None = entry(field_types.TEXT, "named: a CSV file with a column link or url", default=None)
    platform: tuple[str, ...] = entry(field_types.PLATFORMS, "condition: on this platform, or one of these", default=())
    title_pattern: str | None = entry(
        field_types.TEXT, "condition: the title, whatever its case; * is any text and ? any one character", default=None
    )
    created: Span | None = table(Span, "condition: tracking began in this time", default=None)
    published: Span | None = table(Span, "condition: published in this time", default=None)
    exclude: tuple[str, ...] = entry(field_types.TEXTS, "ids or links of videos that do not belong", default=())
    link_sheet: LinkSheet | None = field(default=None, metadata={"inside": True})

    @property
    def links(self) -> tuple[Link, ...]:
        """Return the addresses of the CSV of links, also those that name no video."""
        return self.link_sheet.links if self.link_sheet is not None else ()

    @property
    def conditions(self) -> bool:
        """Say whether any condition is given."""
        return bool(self.platform or self.title_pattern or self.created or self.published)

    @property
    def names(self) -> bool:
        """Say whether any video is named."""
        return bool(self.ids or self.external_ids or self.links_csv)


@dataclass(frozen=True, kw_only=True)
class Creator:
    """Who made what. Videos outside the campaign are the creator's history."""

    name: str = entry(field_types.TEXT, "the creator's name")
    videos: tuple[str, ...] = entry(field_types.TEXTS, "ids or links of the creator's videos", default=())


@dataclass(frozen=True, kw_only=True)
class Spend:
    """Money that was spent: for a video, a creator or a platform; without any of them, for the whole campaign."""

    amount: float = entry(field_types.AMOUNT, "how much")
    date: dt.date = entry(field_types.DAY, "when")
    currency: str | None = entry(field_types.CURRENCY, "in which currency", default=None)
    video: str | None = entry(field_types.TEXT, "for this video: an id or a link", default=None)
    creator: str | None = entry(field_types.TEXT, "for this creator", default=None)
    platform: str | None = entry(field_types.PLATFORM, "for this platform", default=None)

    @property
    def is_for_all(self) -> bool:
        """Say whether it is for the whole campaign."""
        return self.video is None and self.creator is None and self.platform is None


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is to be reached by when."""

    measure: str = entry(field_types.one_of("views", "engagement_rate", "cpm"), "what is to be reached")
    value: float = entry(field_types.POSITIVE, "views and engagement_rate (in %) at least, cpm at most")
    date: Moment = entry(field_types.MOMENT, "by when; a date is meant to its end")


@dataclass(frozen=True, kw_only=True)
class Currency:
    """In which currency money is told, and what others are worth in it."""

    report: str = entry(field_types.CURRENCY, "the currency of all figures")
    rates: tuple[tuple[str, float], ...] = entry(
        field_types.RATES, "what one unit of another currency is worth in it", default=()
    )


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What one view, like, comment or repost is worth to you. There are no default rates."""

    currency: str = entry(field_types.CURRENCY, "the currency of the rates")
    views: float | None = entry(field_types.AMOUNT, "worth of one view", default=None)
    likes: float | None = entry(field_types.AMOUNT, "worth of one like", default=None)
    comments: float | None = entry(field_types.AMOUNT, "worth of one comment", default=None)
    reposts: float | None = entry(field_types.AMOUNT, "worth of one repost", default=None)


@dataclass(frozen=True, kw_only=True)
class Compare:
    """With what each video is compared, at which age."""

    against: str = entry(
        field_types.one_of("platform", "own history", "videos"), "what the others are", default="platform"
    )
    videos: tuple[str, ...] = entry(field_types.TEXTS, 'ids or links of the others, for against = "videos"', default=())
    at_age: str = entry(field_types.DURATION, "the age at which all are compared", default=AT_AGE)
    age: str = entry(
        field_types.one_of("published", "tracked"), "since publication, or since tracking began", default="published"
    )


@dataclass(frozen=True, kw_only=True)
class Estimators:
    """How figures are made."""

    counted: str = entry(
        field_types.one_of(*COUNTED),
        "what money, targets and contributions count: what was gained in the period of videos that are older than it, "
        "and last known counts of others (auto), last known counts of all (read), or gains of all (gained)",
        default="auto",
    )
    engagement_rate: tuple[str, ...] = entry(
        field_types.some_of(*ESTIMATORS), "which engagement rates are told", default=("pooled", "median")
    )
    parts: tuple[str, ...] = entry(
        field_types.some_of("likes", "comments", "reposts"), "what an engagement is", default=COMPARED_PARTS
    )
    max_gap: str | None = entry(
        field_types.DURATION,
        "no interpolation over longer gaps between readings; without it gaps longer than a quarter of the period, at "
        "least 2 days, are findings",
        default=None,
    )
    level_pct: float = entry(field_types.PERCENT, "how much of the draws an interval holds, in %", default=LEVEL_PCT)
    resamples: int = entry(field_types.whole(100, 100_000), "how many draws an interval is made of", default=RESAMPLES)
    draw: str = entry(
        field_types.one_of("videos", "creators"),
        "whether intervals draw whole creators, where at least five are named, or videos",
        default="creators",
    )


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the report looks."""

    logo: str | None = entry(field_types.TEXT, "the client's logo, a PNG or SVG file", default=None)
    colours: tuple[str, ...] = entry(
        field_types.COLOURS, "the client's colours, the first one for headings", default=()
    )


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign: what its file says.

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

    name: str = entry(field_types.TEXT, "what the campaign is called")
    client: str | None = entry(field_types.TEXT, "whose campaign it is", default=None)
    period: Period = table(Period, "when it runs")
    videos: Videos = table(Videos, "which videos belong to it")
    published_at: tuple[tuple[str, Moment], ...] = entry(
        field_types.MOMENTS, "when videos were published whose ids do not say so: by id or link", default=()
    )
    creators: tuple[Creator, ...] = tables(Creator, "who made what")
    spend: tuple[Spend, ...] = tables(Spend, "what was spent on what")
    currency: Currency | None = table(Currency, "in which currency money is told", default=None)
    targets: tuple[Target, ...] = tables(Target, "what is to be reached")
    emv: Worth | None = table(Worth, "rates for the earned media value", default=None)
    compare: Compare = table(Compare, "with what videos are compared", default_factory=Compare)
    estimators: Estimators = table(Estimators, "how figures are made", default_factory=Estimators)
    look: Look = table(Look, "how the report looks", default_factory=Look)
