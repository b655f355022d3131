"""Contradictions between keys of a campaign file that are each valid on their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from influtics_lab.campaign.file.deals import find_deal_contradictions
from influtics_lab.campaign.file.local_dates import resolve_end, resolve_period, resolve_start
from influtics_lab.campaign.file.model import Campaign, DateRange, OutcomeFile, SheetFile
from influtics_lab.campaign.file.outcome_sheet import OUTCOME_COLUMNS
from influtics_lab.campaign.file.plan_sheet import PLAN_COLUMNS
from influtics_lab.campaign.file.toml_lines import Path as KeyPath
from influtics_lab.platforms import COUNTING_RULES, CountingRule, match_platform, suggest_platform
from influtics_lab.schema import COUNTS

_LOGOS: Final = (".png", ".svg")
_SELECTIONS: Final = "ids, external_ids, links_csv, platform, title_pattern, created, published"


def find_contradictions(campaign: Campaign, folder: Path) -> Iterator[tuple[KeyPath, str]]:
    """Yield each contradiction: the path of a key, and the rest of the sentence that begins with it.

    The files that the campaign names are relative to the folder.
    """
    start, end = resolve_period(campaign)
    videos, emv = campaign.videos, campaign.emv
    against, others = campaign.compare.against, campaign.compare.videos
    checks: tuple[tuple[bool, KeyPath, str], ...] = (
        (
            end <= start,
            ("period", "end"),
            f"is {campaign.period.end}; allowed is a time after {campaign.period.start}.",
        ),
        (
            not (videos.has_named_videos or videos.has_conditions or campaign.sheet),
            ("videos",),
            f"names no video; allowed are {_SELECTIONS}, one of them at least.",
        ),
        (
            emv is not None and all(getattr(emv, count) is None for count in COUNTS),
            ("emv",),
            f"has no rate; allowed are rates of {', '.join(COUNTS)}: there is no default.",
        ),
        (
            against == "videos" and not others,
            ("compare", "against"),
            'is "videos"; allowed where compare.videos names them.',
        ),
        (
            against != "videos" and bool(others),
            ("compare", "videos"),
            f'is given; allowed with against = "videos", not "{against}".',
        ),
        (
            against == "own history" and not campaign.creators,
            ("compare", "against"),
            'is "own history"; allowed where there are [[creators]].',
        ),
    )
    yield from ((path, text) for is_wrong, path, text in checks if is_wrong)
    yield from _check_dates("created", videos.created, campaign.period.time_zone)
    yield from _check_dates("published", videos.published, campaign.period.time_zone)
    for n, target in enumerate(campaign.targets):
        if resolve_end(target.date, campaign.period.time_zone) <= start:
            yield ("targets", n, "date"), f"is {target.date}; allowed is a time after {campaign.period.start}."
    yield from _check_creators(campaign)
    yield from find_deal_contradictions(campaign.deals, [creator.name for creator in campaign.creators])
    yield from _check_columns("sheet", campaign.sheet, PLAN_COLUMNS)
    yield from _check_columns("outcomes", campaign.outcomes, OUTCOME_COLUMNS)
    yield from _check_rules(campaign)
    yield from _check_logo(campaign.look.logo, folder)


def _check_columns(
    key: str, file: SheetFile | OutcomeFile | None, names: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[KeyPath, str]]:
    for name, _ in file.columns if file is not None else ():
        if name not in names:
            yield (key, "columns", name), f"is no column that is read; allowed are {', '.join(names)}."


def _check_dates(key: str, dates: DateRange | None, zone: str) -> Iterator[tuple[KeyPath, str]]:
    if dates == DateRange():
        yield ("videos", key), "is empty; allowed are since and until, one of them at least."
    elif dates and dates.since and dates.until and resolve_end(dates.until, zone) <= resolve_start(dates.since, zone):
        yield ("videos", key, "until"), f"is {dates.until}; allowed is a time after {dates.since}."


def _check_creators(campaign: Campaign) -> Iterator[tuple[KeyPath, str]]:
    first: dict[str, int] = {}
    for n, creator in enumerate(campaign.creators):
        if first.setdefault(creator.name, n) != n:
            yield ("creators", n, "name"), f'is "{creator.name}" again; allowed is each name once.'
    for n, spend in enumerate(campaign.spend):
        given = [name for name in ("video", "creator", "platform") if getattr(spend, name) is not None]
        if len(given) > 1:
            yield ("spend", n), f"has {' and '.join(given)}; allowed is one of video, creator, platform."
        if spend.creator is not None and spend.creator not in first:
            names = ", ".join(first) or "none, as there are no [[creators]]"
            yield ("spend", n, "creator"), f'is "{spend.creator}"; allowed are {names}.'


def _check_rules(campaign: Campaign) -> Iterator[tuple[KeyPath, str]]:
    labels = {rule.label: "a rule that is known" for rule in COUNTING_RULES}
    for n, rule in enumerate(campaign.rules):
        if match_platform(rule.platform) is None and (near := suggest_platform(rule.platform)):
            yield ("rules", n, "platform"), f'is "{rule.platform}"; do you mean "{near}"?'
            continue
        label = CountingRule(**vars(rule)).label
        if label in labels:
            yield ("rules", n, "changed_on"), f"is {rule.changed_on}; {label} is {labels[label]}. Remove this one."
        labels.setdefault(label, f"rules[{n + 1}]")


def _check_logo(logo: str | None, folder: Path) -> Iterator[tuple[KeyPath, str]]:
    if logo is not None and Path(logo).suffix.casefold() not in _LOGOS:
        yield ("look", "logo"), f'is "{logo}"; allowed is a file ending in {" or ".join(_LOGOS)}.'
    elif logo is not None and not (folder / logo).is_file():
        yield ("look", "logo"), f'is "{logo}", which does not exist; allowed is a file beside the campaign file.'
