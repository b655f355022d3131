"""Which counting rules change between two instants of a video: what such an interval counts is unlike before and after.

A rule is crossed where it begins after the first instant and not after the second. A rule of Shorts is named with
"if a Short" where ``is_short`` (Boolean) does not say which videos of YouTube are Shorts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from operator import or_
from typing import Any, Final

import narwhals.stable.v2 as nw
import polars as pl

from influtics_lab.metrics._engine import is_text
from influtics_lab.platforms import CountingRule
from influtics_lab.text_format import plural
from influtics_lab.visible_counts import Frame

PLATFORM: Final = "platform"
IS_SHORT: Final = "is_short"
_UNSURE: Final = " (if a Short)"


def has_platform(frame: Frame) -> bool:
    """Return whether a frame says on which platform a video is: else no rule can be looked up."""
    return PLATFORM in frame.collect_schema().names() and is_text(frame, PLATFORM)


def name_crossed(frame: Frame, rules: Sequence[CountingRule], start: nw.Expr, end: nw.Expr) -> nw.Expr:
    """Return the labels of the rules between two instants in microseconds, joined by semicolons; null where none is."""
    has_format = IS_SHORT in frame.collect_schema().names()
    labels = [label for rule in rules for label in _label_rule(rule, start, end, has_format=has_format)]
    crossed = reduce(or_, (~label.is_null() for label in labels))
    return nw.when(crossed).then(nw.concat_str(*labels, separator="; ", ignore_nulls=True))


def _label_rule(rule: CountingRule, start: nw.Expr, end: nw.Expr, *, has_format: bool) -> Iterator[nw.Expr]:
    crossed = (nw.col(PLATFORM) == rule.platform) & (start < rule.starts_us) & (end >= rule.starts_us)
    if rule.scope == "all":
        yield nw.when(crossed).then(nw.lit(rule.label))
    elif not has_format:
        yield nw.when(crossed).then(nw.lit(rule.label + _UNSURE))
    else:
        yield nw.when(crossed & nw.col(IS_SHORT)).then(nw.lit(rule.label))
        yield nw.when(crossed & nw.col(IS_SHORT).is_null()).then(nw.lit(rule.label + _UNSURE))


@dataclass(frozen=True)
class RuleSides:
    """How many videos lie before a rule, across it and after it.

    `unknown` ones were read after it, and their publication is not known.
    """

    rule: CountingRule
    before: int
    across: int
    after: int
    unknown: int

    @classmethod
    def from_counts(cls, rule: CountingRule, numbers: Mapping[Any, int]) -> RuleSides:
        """Return the numbers of videos on each side, 0 where none is given."""
        return cls(rule, *(numbers.get(field.name, 0) for field in fields(cls)[1:]))

    @property
    def is_mixed(self) -> bool:
        """Return whether the videos are not all on one side."""
        known = self.before > 0, self.across > 0, self.after > 0, self.unknown > 0
        return self.across > 0 or (self.before > 0 and sum(known) > 1)

    def format_sides(self) -> str:
        """Return the rule and the numbers of videos."""
        numbers = {"before": self.before, "across": self.across, "after": self.after}
        numbers["of unknown publication after"] = self.unknown
        (first, number), *others = [(side, number) for side, number in numbers.items() if number]
        unsure = _UNSURE if self.rule.scope != "all" else ""
        rest = "".join(f", {number:,} {side}" for side, number in others)
        return f"{self.rule.label}{unsure}: {plural(number, 'video')} {first}{rest}"


def find_side(rule: CountingRule) -> pl.Expr:
    """Return on which side of a rule each video of a table lies, a field of `RuleSides`; null where it is not about it.

    The table is that of `count_sides`.
    """
    is_own = (pl.col("rule_platform") == rule.platform) & pl.col("ends").is_not_null()
    if rule.scope != "all":
        is_own &= pl.col("rule_short").fill_null(value=True)
    side = (
        pl.when(pl.col("ends") < rule.starts_us)
        .then(pl.lit("before"))
        .when(pl.col("begins") < rule.starts_us)
        .then(pl.lit("across"))
        .when("dated")
        .then(pl.lit("after"))
        .otherwise(pl.lit("unknown"))
    )
    return pl.when(is_own).then(side)


def count_sides(videos: pl.DataFrame, rules: Sequence[CountingRule]) -> list[RuleSides]:
    """Return the sides of each rule that is about a video of a table.

    Parameters
    ----------
    videos : polars.DataFrame
        One row for each video: ``rule_platform``, ``rule_short`` (Boolean), and in microseconds ``begins``, its
        publication, or when tracking began where that is not known, ``ends``, the instant of its count, and ``dated``,
        whether publication is known.
    rules : sequence of CountingRule
    """
    counted = (Counter(videos.select(find_side(rule)).to_series().drop_nulls()) for rule in rules)
    return [RuleSides.from_counts(rule, numbers) for rule, numbers in zip(rules, counted, strict=True) if numbers]


def name_noted_rules(note: str) -> list[str]:
    """Return the names of the rules in what `describe_sides` returned."""
    return [part.rpartition(": ")[0] for part in note.split("; ")]


def describe_sides(videos: pl.DataFrame, whole: pl.DataFrame, rules: Sequence[CountingRule]) -> str | None:
    """Return how some videos of a comparison lie around the rules that its videos are on both sides of; else None."""
    mixed = {sides.rule.label for sides in count_sides(whole, rules) if sides.is_mixed}
    texts = [sides.format_sides() for sides in count_sides(videos, rules) if sides.rule.label in mixed]
    return "; ".join(texts) or None
