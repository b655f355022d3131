"""What keys of a campaign file, each of them right, cannot say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from influtics_lab.campaign.file import toml_lines
from influtics_lab.campaign.file.local_dates import begin, close, period
from influtics_lab.campaign.file.model import Campaign, Span
from influtics_lab.schema import COUNTS

_LOGOS = (".png", ".svg")


def contradictions(campaign: Campaign, folder: Path) -> Iterator[tuple[toml_lines.Path, str]]:
    """Give the key and, in words, what is wrong about it."""
    start, end = period(campaign)
    if end <= start:
        yield (
            ("period", "end"),
            f"period.end is {campaign.period.end}; allowed is a time after {campaign.period.start}.",
        )
    yield from _videos(campaign)
    yield from _creators(campaign)
    yield from _spends(campaign)
    if campaign.emv is not None and all(getattr(campaign.emv, count) is None for count in COUNTS):
        yield ("emv",), f"emv has no rate; allowed are rates of {', '.join(COUNTS)}: there is no default."
    yield from _comparison(campaign)
    yield from _logo(campaign, folder)


def _videos(campaign: Campaign) -> Iterator[tuple[toml_lines.Path, str]]:
    videos, zone = campaign.videos, campaign.period.time_zone
    if not (videos.names or videos.conditions):
        keys = "ids, external_ids, links_csv, platform, title_pattern, created, published"
        yield ("videos",), f"videos names no video; allowed are {keys}, one of them at least."
    for name in ("created", "published"):
        span: Span | None = getattr(videos, name)
        if span is None:
            continue
        if span.since is None and span.until is None:
            yield ("videos", name), f"videos.{name} is empty; allowed are since and until, one of them at least."
        elif span.since is not None and span.until is not None and close(span.until, zone) <= begin(span.since, zone):
            yield ("videos", name), f"videos.{name}.until is {span.until}; allowed is a time after {span.since}."


def _creators(campaign: Campaign) -> Iterator[tuple[toml_lines.Path, str]]:
    seen: Counter[str] = Counter()
    for n, creator in enumerate(campaign.creators):
        seen[creator.name] += 1
        if seen[creator.name] == 2:
            yield (
                ("creators", n, "name"),
                f'creators[{n + 1}].name is "{creator.name}" again; allowed is each name once.',
            )


def _spends(campaign: Campaign) -> Iterator[tuple[toml_lines.Path, str]]:
    names = [creator.name for creator in campaign.creators]
    for n, spend in enumerate(campaign.spend):
        given = [name for name in ("video", "creator", "platform") if getattr(spend, name) is not None]
        if len(given) > 1:
            yield ("spend", n), f"spend[{n + 1}] has {' and '.join(given)}; allowed is one of video, creator, platform."
        if spend.creator is not None and spend.creator not in names:
            known = ", ".join(names) or "none, as there are no [[creators]]"
            yield ("spend", n, "creator"), f'spend[{n + 1}].creator is "{spend.creator}"; allowed are {known}.'


def _comparison(campaign: Campaign) -> Iterator[tuple[toml_lines.Path, str]]:
    compare = campaign.compare
    if compare.against == "videos" and not compare.videos:
        yield ("compare", "against"), 'compare.against is "videos"; allowed where compare.videos names them.'
    if compare.against != "videos" and compare.videos:
        yield (
            ("compare", "videos"),
            f'compare.videos is given; allowed with against = "videos", not "{compare.against}".',
        )
    if compare.against == "own history" and not campaign.creators:
        yield ("compare", "against"), 'compare.against is "own history"; allowed where there are [[creators]].'


def _logo(campaign: Campaign, folder: Path) -> Iterator[tuple[toml_lines.Path, str]]:
    logo = campaign.look.logo
    if logo is None:
        return
    if Path(logo).suffix.casefold() not in _LOGOS:
        yield ("look", "logo"), f'look.logo is "{logo}"; allowed is a file ending in {" or ".join(_LOGOS)}.'
    elif not (folder / logo).is_file():
        yield (
            ("look", "logo"),
            f'look.logo is "{logo}", which is not there; allowed is a file beside the campaign file.',
        )
