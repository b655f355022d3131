"""Contradictions between keys of a campaign file that are each valid on their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from influtics_lab.campaign.file.local_dates import begin, close, period
from influtics_lab.campaign.file.model import Campaign, DateRange
from influtics_lab.campaign.file.toml_lines import Path as KeyPath
from influtics_lab.schema import COUNTS

_LOGOS: Final = (".png", ".svg")


def find_contradictions(campaign: Campaign, folder: Path) -> Iterator[tuple[KeyPath, str]]:
    """Yield the path of a key and a sentence for each contradiction; the files that it names are in the folder."""
    start, end = period(campaign)
    if end <= start:
        text = f"period.end is {campaign.period.end}; allowed is a time after {campaign.period.start}."
        yield ("period", "end"), text
    yield from _check_videos(campaign)
    seen: Counter[str] = Counter()
    for n, name in enumerate(creator.name for creator in campaign.creators):
        seen[name] += 1
        if seen[name] == 2:
            yield ("creators", n, "name"), f'creators[{n + 1}].name is "{name}" again; allowed is each name once.'
    yield from _check_spends(campaign, list(seen))
    if campaign.emv is not None and all(getattr(campaign.emv, count) is None for count in COUNTS):
        yield ("emv",), f"emv has no rate; allowed are rates of {', '.join(COUNTS)}: there is no default."
    yield from _check_comparison(campaign)
    if campaign.look.logo is not None:
        yield from _check_logo(campaign.look.logo, folder)


def _check_videos(campaign: Campaign) -> Iterator[tuple[KeyPath, str]]:
    videos, zone = campaign.videos, campaign.period.time_zone
    if not (videos.names or videos.conditions):
        keys = "ids, external_ids, links_csv, platform, title_pattern, created, published"
        yield ("videos",), f"videos names no video; allowed are {keys}, one of them at least."
    for name in ("created", "published"):
        dates: DateRange | None = getattr(videos, name)
        if dates == DateRange():
            yield ("videos", name), f"videos.{name} is empty; allowed are since and until, one of them at least."
        elif dates and dates.since and dates.until and close(dates.until, zone) <= begin(dates.since, zone):
            yield ("videos", name), f"videos.{name}.until is {dates.until}; allowed is a time after {dates.since}."


def _check_spends(campaign: Campaign, creators: list[str]) -> Iterator[tuple[KeyPath, str]]:
    for n, spend in enumerate(campaign.spend):
        given = [name for name in ("video", "creator", "platform") if getattr(spend, name) is not None]
        if len(given) > 1:
            yield ("spend", n), f"spend[{n + 1}] has {' and '.join(given)}; allowed is one of video, creator, platform."
        if spend.creator is not None and spend.creator not in creators:
            known = ", ".join(creators) or "none, as there are no [[creators]]"
            yield ("spend", n, "creator"), f'spend[{n + 1}].creator is "{spend.creator}"; allowed are {known}.'


def _check_comparison(campaign: Campaign) -> Iterator[tuple[KeyPath, str]]:
    against, videos = campaign.compare.against, campaign.compare.videos
    if against == "videos" and not videos:
        yield ("compare", "against"), 'compare.against is "videos"; allowed where compare.videos names them.'
    if against != "videos" and videos:
        yield ("compare", "videos"), f'compare.videos is given; allowed with against = "videos", not "{against}".'
    if against == "own history" and not campaign.creators:
        yield ("compare", "against"), 'compare.against is "own history"; allowed where there are [[creators]].'


def _check_logo(logo: str, folder: Path) -> Iterator[tuple[KeyPath, str]]:
    if Path(logo).suffix.casefold() not in _LOGOS:
        yield ("look", "logo"), f'look.logo is "{logo}"; allowed is a file ending in {" or ".join(_LOGOS)}.'
    elif not (folder / logo).is_file():
        text = f'look.logo is "{logo}", which does not exist; allowed is a file beside the campaign file.'
        yield ("look", "logo"), text
