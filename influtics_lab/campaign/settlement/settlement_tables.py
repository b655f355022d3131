"""A settlement as frames with exact decimals: statements, lines, videos, and adjustments."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from influtics_lab.campaign.settlement.amounts import AmountLine
    from influtics_lab.campaign.settlement.statements import SettledVideo, Settlement, Statement

_INSTANT: Final = pl.Datetime("us", "UTC")
_STATEMENTS: Final[dict[str, Any]] = {
    "creator": pl.String, "deal": pl.Int64, "videos": pl.Int64, "payable": pl.Int64, "currency": pl.String,
    "at_least": Decimal, "at_most": Decimal, "notes": pl.String,
}  # fmt: skip
_LINES: Final[dict[str, Any]] = {
    "campaign": pl.String, "as_of": pl.Date, "creator": pl.String, "deal": pl.Int64, "line": pl.String,
    "first_view": pl.Int64, "last_view": pl.Int64, "views": pl.Int64, "cpm": Decimal, "currency": pl.String,
    "amount": Decimal, "status": pl.String,
}  # fmt: skip
_VIDEOS: Final[dict[str, Any]] = {
    "creator": pl.String, "deal": pl.Int64, "video_id": pl.String, "title": pl.String, "platform": pl.String,
    "link": pl.String, "cutoff": _INSTANT, "read_before": _INSTANT, "views_before": pl.Int64, "read_after": _INSTANT,
    "views_after": pl.Int64, "views": pl.Int64, "views_at_most": pl.Int64, "reason": pl.String, "counted": pl.Int64,
    "payable": pl.Int64, "payable_at_most": pl.Int64,
}  # fmt: skip
_ADJUSTMENTS: Final[dict[str, Any]] = {
    "creator": pl.String, "statement": pl.String, "video_id": pl.String, "link": pl.String, "kind": pl.String,
    "evidence": pl.String, "views_then": pl.Int64, "views_now": pl.Int64, "currency": pl.String,
    "amount": Decimal, "up_to": Decimal,
}  # fmt: skip


def build_tables(settlement: Settlement) -> dict[str, pl.DataFrame]:
    """Return the frames by name; ``adjustments`` is there where there is a former settlement."""
    statements = settlement.statements
    lines = (_line_row(settlement, statement, line) for statement in statements for line in statement.lines)
    tables = {
        "statements": _to_frame(_STATEMENTS, map(_statement_row, statements)),
        "lines": _to_frame(_LINES, lines),
        "videos": _to_frame(_VIDEOS, (_video_row(each, video) for each in statements for video in each.videos)),
    }
    if settlement.former is not None:
        tables["adjustments"] = _to_frame(_ADJUSTMENTS, map(dataclasses.asdict, settlement.adjustments))
    return tables


def _to_frame(schema: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    every = list(rows)
    columns = {name: [row[name] for row in every] for name in schema}
    types = {name: _decimal_type(columns[name]) if kind is Decimal else kind for name, kind in schema.items()}
    return pl.DataFrame([pl.Series(name, values, dtype=types[name]) for name, values in columns.items()])


def _decimal_type(values: Iterable[Decimal | None]) -> pl.Decimal:
    return pl.Decimal(38, max([-int(value.as_tuple().exponent) for value in values if value is not None] + [0]))


def _statement_row(statement: Statement) -> dict[str, Any]:
    return {
        **_statement_facts(statement), "videos": len(statement.videos), "at_least": statement.at_least,
        "payable": sum(video.payable for video in statement.videos), "at_most": statement.at_most,
        "notes": " ".join((*statement.sources, *statement.notes)),
    }  # fmt: skip


def _line_row(settlement: Settlement, statement: Statement, line: AmountLine) -> dict[str, Any]:
    status = "exact" if statement.is_exact else "at least"
    facts = {"campaign": settlement.campaign, "as_of": settlement.as_of, "status": status, "line": line.kind}
    return {**facts, **_statement_facts(statement), **dataclasses.asdict(line)}


def _video_row(statement: Statement, video: SettledVideo) -> dict[str, Any]:
    views = video.views
    before, after = ((None, None) if end is None else (end.at, end.views) for end in (views.before, views.after))
    return {
        **{name: getattr(video, name) for name in ("video_id", "title", "platform", "link", "cutoff", "counted")},
        **_statement_facts(statement),
        "read_before": before[0], "views_before": before[1], "read_after": after[0], "views_after": after[1],
        "views": views.at_least, "views_at_most": views.at_most, "reason": views.reason,
        "payable": video.payable, "payable_at_most": video.payable_at_most,
    }  # fmt: skip


def _statement_facts(statement: Statement) -> dict[str, Any]:
    deal = statement.deal
    return {"creator": statement.creator, "deal": statement.deal_number, "currency": deal.currency}
