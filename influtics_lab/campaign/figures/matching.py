"""Which videos of a snapshot belong to a campaign. Ids and links without a video are reported, never dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from influtics_lab.campaign.figures.missing_posts import MissingPost, missing_posts
from influtics_lab.campaign.figures.title_pattern import compile_pattern
from influtics_lab.campaign.file.local_dates import resolve_end, resolve_start
from influtics_lab.campaign.file.model import Campaign, DateRange
from influtics_lab.campaign.file.sheet_campaign import fold_name
from influtics_lab.campaign.file.sheet_types import Link
from influtics_lab.platforms import PLATFORMS, canonical_id, find_links


@dataclass(frozen=True)
class UnmatchedId:
    """An id or link in the campaign file without a video in the snapshot."""

    key: str
    text: str


@dataclass(frozen=True)
class ChosenVideos:
    """The campaign's videos, by id, each list sorted.

    Attributes
    ----------
    videos : tuple of str
        Those that belong.
    creators : dict of str to tuple of str
        Each creator's videos, also those that do not belong.
    spends : tuple of tuple of str
        For each spend the videos, of those that belong, that it is for.
    deals : tuple of tuple of str
        For each deal the videos that it names.
    others : tuple of str
        The named videos of the comparison.
    published : dict of str to str
        The key in the file for each video whose publication it gives.
    unmatched : tuple of UnmatchedId
    claimed : dict of str to tuple of str
        Videos that several creators claim; the first one has them.
    named : tuple of str
        Those of `videos` that an id or a link names.
    missing : tuple of MissingPost
        Posts that an id or a link names, and that the snapshot does not have.
    posts : tuple of tuple of str
        For each promised post of the sheet the videos that its links name.
    outcomes : tuple of tuple of str
        For each outcome the videos that belong and that it is for: those of its links, else all of the creator's.
    """

    videos: tuple[str, ...]
    creators: dict[str, tuple[str, ...]]
    spends: tuple[tuple[str, ...], ...]
    deals: tuple[tuple[str, ...], ...]
    others: tuple[str, ...]
    published: dict[str, str]
    unmatched: tuple[UnmatchedId, ...]
    claimed: dict[str, tuple[str, ...]]
    named: tuple[str, ...]
    missing: tuple[MissingPost, ...]
    posts: tuple[tuple[str, ...], ...] = ()
    outcomes: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def creator_of(self) -> dict[str, str]:
        """Return each video's creator, the first one that claims it."""
        return {video: name for name, videos in self.creators.items() for video in videos}


class _VideoIndex:
    """Find videos by the service's id, the platform's id, or a link; of repeated series the one that counts."""

    def __init__(self, videos: pl.DataFrame, series: Mapping[str, str]) -> None:
        self.unmatched: list[UnmatchedId] = []
        self._ids: dict[str, set[str]] = defaultdict(set)
        self._external: dict[str, set[str]] = defaultdict(set)
        self._canonical: dict[str, set[str]] = defaultdict(set)
        for video, external, platform in videos.select("video_id", "external_video_id", "platform").rows():
            counts = series.get(video, video)
            self._ids[video].add(counts)
            if external is not None:
                self._external[external].add(counts)
            if (canonical := canonical_id(platform, external)) is not None:
                self._canonical[canonical].add(counts)

    def by_id(self, text: str) -> set[str]:
        """Return the video with this id of the service."""
        return self._ids.get(text, set())

    def by_external(self, text: str) -> set[str]:
        """Return the videos with this id of a platform, in any of its spellings, or with this canonical id."""
        spellings = {text, *filter(None, (canonical_id(platform, text) for platform in PLATFORMS))}
        return self._external.get(text, set()).union(*(self._canonical.get(name, set()) for name in spellings))

    def by_link(self, link: str) -> set[str]:
        """Return the videos that the addresses in a text name."""
        ids = (address.canonical_id for address in find_links(link))
        return set().union(*(self._canonical.get(name, set()) for name in ids if name is not None))

    def by_any(self, text: str) -> set[str]:
        """Return the videos that an id of either kind, or a link, names."""
        return self.by_id(text) or self.by_external(text) or self.by_link(text)

    def find_all(self, key: str, texts: Iterable[str]) -> set[str]:
        """Return the videos that any of the texts names; those that name none are unmatched."""
        return {video for text in texts for video in self.note_unmatched(key, text, self.by_any(text))}

    def find_noting(self, key: str, texts: Iterable[str], noted: set[str]) -> set[str]:
        """Return the videos that any of the texts names; those in `noted` that name none are unmatched already."""
        every = list(texts)
        listed = (self.by_any(text) for text in every if text in noted)
        return self.find_all(key, (text for text in every if text not in noted)).union(*listed)

    def note_unmatched(self, key: str, text: str, videos: set[str]) -> set[str]:
        """Return the videos that a text names; note the text as unmatched where there are none."""
        if not videos:
            self.unmatched.append(UnmatchedId(key, text))
        return videos


def choose_videos(campaign: Campaign, videos: pl.DataFrame, series: Mapping[str, str] | None = None) -> ChosenVideos:
    """Return the campaign's videos among those of a snapshot.

    Parameters
    ----------
    campaign : Campaign
    videos : polars.DataFrame
        The snapshot's ``videos``.
    series : mapping of str to str, optional
        As `counting_series` returns it: what names a series that does not count means the one that does.
    """
    series = series or {}
    index = _VideoIndex(videos, series)
    published = {
        video: text
        for text, _ in campaign.published_at
        for video in index.note_unmatched("published_at", text, index.by_any(text))
    }
    names = list(_find_named(campaign, index))
    named = {video for _, found in names for video in found}
    meeting = set(_find_meeting_conditions(campaign, videos, published)) if campaign.videos.has_conditions else set()
    excluded = index.find_all("videos.exclude", campaign.videos.exclude)
    chosen = (named | {series.get(video, video) for video in meeting}) - excluded
    sheet_links = {link.text for post in campaign.posts for link in post.links}
    claims = {
        creator.name: tuple(sorted(index.find_noting(f"creators.{creator.name}", creator.videos, sheet_links)))
        for creator in campaign.creators
    }
    claimants: dict[str, list[str]] = defaultdict(list)
    for name, claimed in claims.items():
        for video in claimed:
            claimants[video].append(name)
    creators = {
        name: tuple(video for video in claimed if claimants[video][0] == name) for name, claimed in claims.items()
    }
    spends = tuple(tuple(sorted(found)) for found in _find_spend_videos(campaign, index, videos, chosen, creators))
    lacking = (text for text, found in names if not found)
    by_creator = {creator.name: creator.videos for creator in campaign.creators}
    return ChosenVideos(
        videos=tuple(sorted(chosen)),
        creators=creators,
        spends=spends,
        deals=tuple(
            tuple(sorted(index.find_noting(f"deals[{n}].videos", deal.videos, sheet_links)))
            for n, deal in enumerate(campaign.deals, 1)
        ),
        others=tuple(sorted(index.find_all("compare.videos", campaign.compare.videos))),
        published=published,
        unmatched=tuple(index.unmatched),
        claimed={video: tuple(names) for video, names in sorted(claimants.items()) if len(names) > 1},
        named=tuple(sorted(named & chosen)),
        missing=tuple(missing_posts(lacking, campaign.videos.exclude, by_creator)),
        posts=tuple(_find_linked(post.links, index) for post in campaign.posts),
        outcomes=tuple(_find_outcome_videos(campaign, index, chosen, creators)),
    )


def _find_named(campaign: Campaign, index: _VideoIndex) -> Iterator[tuple[str, set[str]]]:
    """Yield each id and link that names a video, and the videos that it names."""
    wanted = campaign.videos
    for text in wanted.ids:
        yield text, index.note_unmatched("videos.ids", text, index.by_id(text))
    for text in wanted.external_ids:
        yield text, index.note_unmatched("videos.external_ids", text, index.by_external(text))
    for post in campaign.posts:
        for link in post.links:
            yield link.text, index.note_unmatched(f"sheet, line {link.row}", link.text, index.by_link(link.text))
    for link in wanted.links:
        yield link.text, index.note_unmatched(f"videos.links_csv, line {link.row}", link.text, index.by_link(link.text))


def _find_linked(links: Iterable[Link], index: _VideoIndex) -> tuple[str, ...]:
    return tuple(sorted({video for link in links for video in index.by_link(link.text)}))


def _find_outcome_videos(
    campaign: Campaign, index: _VideoIndex, chosen: set[str], creators: dict[str, tuple[str, ...]]
) -> Iterator[tuple[str, ...]]:
    by_name = {fold_name(name): videos for name, videos in creators.items()}
    for outcome in campaign.outcome_rows:
        videos = _find_linked(outcome.links, index)
        if not outcome.links and outcome.creator is not None:
            videos = by_name.get(fold_name(outcome.creator), ())
        yield tuple(video for video in videos if video in chosen)


def _find_meeting_conditions(campaign: Campaign, videos: pl.DataFrame, published: dict[str, str]) -> list[str]:
    wanted, zone = campaign.videos, campaign.period.time_zone
    meets = [pl.col("platform").is_in(list(wanted.platform))] if wanted.platform else []
    dated = with_given_publication(campaign, videos, published)
    for span, column in ((wanted.created, "created_at"), (wanted.published, "published_at")):
        meets += _limit_range(span, column, zone)
    found = dated.filter(*meets) if meets else dated
    if wanted.title_pattern:
        matches = compile_pattern(wanted.title_pattern)
        return [video for video, title in found.select("video_id", "title").rows() if matches(title)]
    return found["video_id"].to_list()


def with_given_publication(campaign: Campaign, videos: pl.DataFrame, published: dict[str, str]) -> pl.DataFrame:
    """Fill in ``published_at`` where the id does not say it and the campaign file does."""
    given = {text: resolve_start(moment, campaign.period.time_zone) for text, moment in campaign.published_at}
    instants = {video: given[text] for video, text in published.items()}
    if not instants:
        return videos
    dtype = videos.schema["published_at"]
    known = pl.Series("published_at", [instants.get(video) for video in videos["video_id"]], dtype=dtype)
    return videos.with_columns(pl.col("published_at").fill_null(known))


def _limit_range(span: DateRange | None, column: str, zone: str) -> Iterator[pl.Expr]:
    if span is not None and span.since is not None:
        yield pl.col(column) >= resolve_start(span.since, zone)
    if span is not None and span.until is not None:
        yield pl.col(column) < resolve_end(span.until, zone)


def _find_spend_videos(
    campaign: Campaign,
    index: _VideoIndex,
    videos: pl.DataFrame,
    chosen: set[str],
    creators: dict[str, tuple[str, ...]],
) -> Iterator[set[str]]:
    platforms = dict(videos.select("video_id", "platform").rows())
    for n, spend in enumerate(campaign.spend):
        if spend.post is not None and spend.video is not None:
            yield chosen & index.by_link(spend.video)
        elif spend.video is not None:
            yield chosen & index.find_all(f"spend[{n + 1}].video", [spend.video])
        elif spend.creator is not None:
            yield chosen & set(creators[spend.creator])
        elif spend.platform is not None:
            yield {video for video in chosen if platforms[video] == spend.platform}
        else:
            yield set(chosen)
