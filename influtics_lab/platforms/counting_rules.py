"""Counting rules: on which day a platform changed what it counts as a view.

A count that was read before and after such a day compares unlike with unlike. Platforms name a day and no hour: here
it begins at midnight UTC.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeAlias

from influtics_lab.errors import ConfigError
from influtics_lab.platforms.platform_table import match_platform, suggest_platform
from influtics_lab.reference_table import ReferenceTable
from influtics_lab.text_files import decode_text

SCOPES: Final = ("all", "Shorts")
"""The formats that a rule may be about. Whether a video is a Short is known only where the user says so."""


@dataclass(frozen=True, kw_only=True)
class CountingRule:
    """A day from which a platform counts views in another way.

    Attributes
    ----------
    platform : str
        As the service spells it.
    changed_on : datetime.date
        The first day under the new rule, UTC.
    change : str
        What changed.
    source : str
        Where the platform, or who else, says so.
    scope : {"all", "Shorts"}
        Which videos of the platform it is about.

    Raises
    ------
    ConfigError
        If a value is not one of those above, or a text is empty.

    Examples
    --------
    >>> CountingRule(platform="tiktok", changed_on=date(2026, 1, 5), change="replays count", source="a letter").label
    'TikTok 2026-01-05'
    """

    platform: str
    changed_on: date
    change: str
    source: str
    scope: str = "all"

    def __post_init__(self) -> None:
        for attribute in ("platform", "change", "source"):
            if not isinstance(text := getattr(self, attribute), str) or not text.strip():
                raise ConfigError(f"A counting rule has the {attribute} {text!r}; give a text.")
        if isinstance(self.changed_on, datetime) or not isinstance(self.changed_on, date):
            raise ConfigError(f"A counting rule has changed_on={self.changed_on!r}; give a date, such as 2026-08-24.")
        if self.scope not in SCOPES:
            raise ConfigError(f"A counting rule has the scope {self.scope!r}; it must be one of {', '.join(SCOPES)}.")
        if (name := match_platform(self.platform)) is None and (close := suggest_platform(self.platform)):
            raise ConfigError(f"A counting rule has the platform {self.platform!r}. Do you mean {close!r}?")
        object.__setattr__(self, "platform", name or self.platform.strip())

    @property
    def label(self) -> str:
        """Return platform, format and day: ``"YouTube Shorts 2025-03-31"``."""
        return f"{self.platform}{'' if self.scope == 'all' else f' {self.scope}'} {self.changed_on}"

    @property
    def starts_at(self) -> datetime:
        """Return midnight UTC, at which the day begins."""
        return datetime(self.changed_on.year, self.changed_on.month, self.changed_on.day, tzinfo=UTC)

    @property
    def starts_us(self) -> int:
        """Return the same in microseconds since 1970."""
        return int(self.starts_at.timestamp()) * 1_000_000


Rules: TypeAlias = str | os.PathLike[str] | Iterable[CountingRule]
"""Further counting rules: `CountingRule`s, or the path of a CSV file with a header of their attributes."""

COUNTING_RULES: Final = (
    CountingRule(
        platform="YouTube",
        scope="Shorts",
        changed_on=date(2025, 3, 31),
        change="a view counts at each start or replay, without a minimum time",
        source="YouTube Help, community thread 333869549",
    ),
    CountingRule(
        platform="Instagram",
        changed_on=date(2025, 4, 21),
        change="views take the place of plays in the API",
        source="Meta developer documentation",
    ),
    CountingRule(
        platform="YouTube",
        changed_on=date(2026, 8, 24),
        change="a public view counts from the first frame; the former count lives on as engaged views, private",
        source="YouTube Help 2991785, as quoted in public issue threads of August and September 2026",
    ),
)
"""The rules that are known, the earliest first."""


def collect_rules(rules: Rules = ()) -> tuple[CountingRule, ...]:
    """Return the known counting rules and those that are given, the earliest first.

    Rules of one platform may overlap, such as one about Shorts and one about all formats: whatever crosses both names
    both.

    Raises
    ------
    ConfigError
        If one is no counting rule, two are about the same platform, scope and day, or the file cannot be read.

    Examples
    --------
    >>> [rule.label for rule in collect_rules()]
    ['YouTube Shorts 2025-03-31', 'Instagram 2025-04-21', 'YouTube 2026-08-24']
    """
    given = _read_file(rules) if isinstance(rules, str | os.PathLike) else _check_given(rules)
    ordered = sorted((*COUNTING_RULES, *given), key=lambda rule: (rule.changed_on, rule.platform, rule.scope))
    for first, second in pairwise(ordered):
        if first.label == second.label:
            raise ConfigError(
                f"Two counting rules are of {first.label}: {first.change!r} and {second.change!r}. Keep one."
            )
    return tuple(ordered)


def counting_rules(rules: Rules = ()) -> ReferenceTable:
    """Return the known counting rules, and those that are given, as a table to look things up in.

    Parameters
    ----------
    rules : path or iterable of CountingRule
        Further rules: `CountingRule` objects, or a CSV file with the header
        ``platform,changed_on,change,source,scope``.

    Returns
    -------
    ReferenceTable
        One row for each rule, the earliest first: ``rule`` (its name), ``platform``, ``changed_on``, ``scope``
        (``all``, or ``Shorts``), ``change`` and ``source``. All String, never null.

    Raises
    ------
    ConfigError
        If one is no counting rule, two are about the same platform, scope and day, or the file cannot be read.

    Examples
    --------
    >>> counting_rules()["rule"].to_list()
    ['YouTube Shorts 2025-03-31', 'Instagram 2025-04-21', 'YouTube 2026-08-24']
    """
    rows = [
        (rule.label, rule.platform, rule.changed_on.isoformat(), rule.scope, rule.change, rule.source)
        for rule in collect_rules(rules)
    ]
    return ReferenceTable(rows, schema=["rule", "platform", "changed_on", "scope", "change", "source"], orient="row")


def _check_given(rules: object) -> Sequence[CountingRule]:
    given: list[Any] = list(rules) if isinstance(rules, Iterable) else [rules]
    if others := [rule for rule in given if not isinstance(rule, CountingRule)]:
        raise ConfigError(f"rules contains {others[0]!r}; give lab.CountingRule objects, or the path of a CSV file.")
    return given


def _read_file(path: str | os.PathLike[str]) -> list[CountingRule]:
    name = os.fspath(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}.") from None
    table = csv.DictReader(decode_text(data, name).splitlines(), strict=True)
    known = [field.name for field in fields(CountingRule)]
    header = list(table.fieldnames or ())
    if unlike := sorted({*header} ^ {*known}):
        raise ConfigError(f"{name}: the header is {', '.join(header)}; expected {', '.join(known)}. See {unlike[0]!r}.")
    return [_parse_row(row, f"{name}, line {line}") for line, row in enumerate(table, 2)]


def _parse_row(row: dict[str, Any], place: str) -> CountingRule:
    try:
        return CountingRule(**row | {"changed_on": date.fromisoformat((row["changed_on"] or "").strip())})
    except (ConfigError, ValueError, TypeError) as error:
        raise ConfigError(f"{place}: {error}") from None
