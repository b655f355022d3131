"""The client's outcomes: clicks, codes, orders and revenue for videos or creators."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from influtics_lab.campaign.file.plan_sheet import LinkedRowReader
from influtics_lab.campaign.file.sheet_columns import SHARED_COLUMNS, read_sheet_table, split_names
from influtics_lab.campaign.file.sheet_types import Outcome, OutcomeSheet
from influtics_lab.csv_sheets import SheetRow

if TYPE_CHECKING:
    from influtics_lab.campaign.file.model import OutcomeFile

OUTCOME_COLUMNS: Final[dict[str, tuple[str, ...]]] = SHARED_COLUMNS | {
    "date": split_names("date, day, datum, tag"),
    "code": split_names("code, discount code, promo code, coupon, coupon code, voucher, gutschein, rabattcode"),
    "clicks": split_names("clicks, link clicks, klicks, sessions, visits, besuche"),
    "codes": split_names("codes, codes redeemed, redemptions, redeemed codes, einlosungen, eingeloste codes"),
    "orders": split_names("orders, sales, purchases, conversions, bestellungen, kaufe"),
    "revenue": split_names("revenue, turnover, order value, sales value, umsatz, erlos, bestellwert"),
}
"""The names of the columns of the sheet of outcomes, for each key."""

_FIGURES: Final = ("clicks", "codes", "orders", "revenue")


def read_outcome_sheet(path: Path, keys: OutcomeFile) -> OutcomeSheet:
    """Read the sheet of outcomes.

    Parameters
    ----------
    path : pathlib.Path
        CSV or XLSX.
    keys : OutcomeFile
        The table ``[outcomes]`` of the campaign file.

    Returns
    -------
    OutcomeSheet
        Rows of totals, and rows without a figure or without a creator and link, are not used, and listed.

    Raises
    ------
    ConfigError
        If the columns are not certain, or a value is not allowed: with the line and the column.
    """
    table = read_sheet_table(path, OUTCOME_COLUMNS, dict(keys.columns), keys.worksheet)
    reader = _OutcomeReader(table)
    outcomes, unused = reader.sort_rows(lambda row: reader.read_outcome(row, keys.currency), _find_unused_reason)
    return OutcomeSheet(outcomes=outcomes, account=reader.build_account(len(outcomes), unused))


def _find_unused_reason(outcome: Outcome, _: Sequence[Outcome]) -> str | None:
    if not outcome.links and outcome.creator is None:
        return "no creator or link"
    return (
        None if any(getattr(outcome, name) is not None for name in _FIGURES) else "no clicks, codes, orders or revenue"
    )


class _OutcomeReader(LinkedRowReader):
    def read_outcome(self, row: SheetRow, default_currency: str | None) -> Outcome:
        """Return a row as an outcome."""
        revenue, currency = self.read_amount(row, "revenue")
        return Outcome(
            line=row.line,
            links=self.read_links(row),
            creator=self.read_text(row, "creator"),
            date=self.read_date(row, "date"),
            code=self.read_text(row, "code"),
            clicks=self.read_count(row, "clicks"),
            codes=self.read_count(row, "codes"),
            orders=self.read_count(row, "orders"),
            revenue=revenue,
            currency=self.read_currency(row, currency) or default_currency,
        )
