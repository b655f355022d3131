"""The client's sheet: each row is a post that a creator promised, with its fee, dates and terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from influtics_lab.campaign.file.deals import Tier
from influtics_lab.campaign.file.field_types import DURATION
from influtics_lab.campaign.file.sheet_columns import (
    SHARED_COLUMNS,
    find_currency,
    normalise_name,
    read_sheet_table,
    split_names,
)
from influtics_lab.campaign.file.sheet_types import Link, LinkedRow, PlanSheet, PromisedPost, SheetAccount, UnusedRow
from influtics_lab.campaign.file.sheet_values import SheetReader, parse_number
from influtics_lab.csv_sheets import SheetRow
from influtics_lab.platforms import find_links, match_platform
from influtics_lab.text_format import join_words

if TYPE_CHECKING:
    from influtics_lab.campaign.file.model import SheetFile

PLAN_COLUMNS: Final[dict[str, tuple[str, ...]]] = SHARED_COLUMNS | {
    "fee": split_names(
        "fee, fees, fixed fee, flat fee, creator fee, price, cost, costs, rate, amount, spend, honorar, gage, "
        "kosten, vergutung, betrag, preis, fixum"
    ),
    "due": split_names(
        "due, due date, deadline, posting date, post date, go live, go live date, live date, date, publish date, "
        "publication date, fallig, falligkeit, fallig am, termin, datum, veroffentlichung, veroffentlichungsdatum, "
        "posting datum"
    ),
    "payment_due": split_names("payment due, payment due date, pay by, invoice due, zahlbar bis, zahlungsziel"),
    "paid": split_names("paid, paid on, date paid, payment date, bezahlt, bezahlt am, gezahlt, zahlungsdatum"),
    "deliverable": split_names(
        "deliverable, deliverables, deliverable type, format, content type, type, post type, placement, leistung, "
        "inhalt, typ"
    ),
    "tier": split_names("tier, creator tier, category, kategorie, segment, stufe"),
    "platform": split_names("platform, plattform, network, netzwerk, social network"),
    "notes": split_names(
        "notes, note, comment, comments, remark, remarks, notiz, notizen, bemerkung, bemerkungen, anmerkung, "
        "anmerkungen, kommentar"
    ),
    "cpm": split_names("cpm, cpm rate, tkp, price per 1000 views, price per thousand views, preis pro 1000 views"),
    "tiers": split_names("tiers, cpm tiers, staffel, staffelung"),
    "minimum": split_names("minimum, min views, minimum views, mindestviews, mindestaufrufe"),
    "minimum_rule": split_names("minimum rule, mindestregel"),
    "cap": split_names("cap, view cap, views cap, max views, maximum views, hochstviews"),
    "budget": split_names("budget, max budget, maximum budget, budget cap, max payout, maximum payout"),
    "cutoff": split_names("cutoff, cut off, cutoff date, cut off date, cutoff age, cut off age, stichtag"),
}
"""The names of the columns of the client's sheet, for each key."""

Row = TypeVar("Row", bound=LinkedRow)
_TOTALS: Final = frozenset(
    ("total", "totals", "grand total", "subtotal", "sum", "summe", "gesamt", "gesamtsumme", "zwischensumme")
)
_YES: Final = frozenset(("yes", "y", "x", "paid", "true", "ja", "bezahlt", "✓", "✔"))
_NO: Final = frozenset(("no", "n", "open", "unpaid", "false", "nein"))
_AGE: Final = re.compile(r"(\d{1,4})\s*(d|days?|tage?|h|hours?|stunden?|w|weeks?|wochen?)", re.IGNORECASE)
_AGE_UNITS: Final = {"d": "d", "t": "d", "h": "h", "s": "h", "w": "w"}


def read_plan_sheet(path: Path, keys: SheetFile) -> PlanSheet:
    """Read the client's sheet.

    Parameters
    ----------
    path : pathlib.Path
        CSV or XLSX.
    keys : SheetFile
        The table ``[sheet]`` of the campaign file.

    Returns
    -------
    PlanSheet
        Rows of totals, and rows without a creator, link or fee, are not used, and listed.

    Raises
    ------
    ConfigError
        If the columns are not certain, or a value is not allowed: with the line and the column.
    """
    table = read_sheet_table(path, PLAN_COLUMNS, dict(keys.columns), keys.worksheet)
    reader = _PostReader(table)
    posts, unused = reader.sort_rows(lambda row: reader.read_post(row, keys.currency), _find_unused_reason)
    terms = sorted({key for post in posts for key, _ in post.terms})
    if terms and not {"cpm", "tiers"}.intersection(terms):
        reader.guesses["terms"] = f"{join_words(terms)} are terms of deals: without a cpm or tiers they are not used"
    return PlanSheet(posts=posts, account=reader.build_account(len(posts), unused))


def is_row_of_totals(row: SheetRow) -> bool:
    """Return whether a cell of a row is a word such as total."""
    return any(normalise_name(cell) in _TOTALS for cell in row.cells)


def _find_unused_reason(post: PromisedPost, posts: Sequence[PromisedPost]) -> str | None:
    if post.links or post.creator is not None:
        return None
    if post.fee is None:
        return "no creator, link or fee"
    is_sum = len(posts) > 1 and post.fee == sum((other.fee or Decimal(0) for other in posts), Decimal(0))
    return "its fee is the sum of the fees above" if is_sum else None


class LinkedRowReader(SheetReader):
    """Reads the rows of a sheet of links and creators."""

    def read_links(self, row: SheetRow) -> tuple[Link, ...]:
        """Return the addresses of a row, each once; words that are no address mean that nothing is posted yet."""
        links: list[Link] = []
        for index in self.table.columns.get("link", ()):
            text = row.cells[index]
            if not text or self.is_blank(text):
                continue
            addresses = list(find_links(text))
            if all(link.problem == "no_address" for link in addresses):
                self.guesses[f"link {row.line}"] = f"{text!r} in line {row.line} is no link: nothing is posted yet"
                continue
            links += [Link(row.line, link.text, link.canonical_id, link.reason) for link in addresses]
        return tuple(dict.fromkeys(links))

    def read_currency(self, row: SheetRow, *others: str | None) -> str | None:
        """Return the currency of a row: of its own column, or of its amounts, which must agree."""
        text = self.read_text(row, "currency")
        code = None
        if text is not None:
            code = "EUR" if text.casefold().startswith("euro") else find_currency(text.upper())
            if code is None:
                raise self.refuse(row, "currency", "a code of ISO 4217, such as EUR")
        codes = sorted({code, *others} - {None}, key=str)
        if len(codes) > 1:
            raise self.refuse(row, "currency", "one currency in a row", " and ".join(map(str, codes)))
        return codes[0] if codes else None

    def sort_rows(
        self, read: Callable[[SheetRow], Row], find_unused_reason: Callable[[Row, Sequence[Row]], str | None]
    ) -> tuple[tuple[Row, ...], list[UnusedRow]]:
        """Return the rows that are used, as a function reads them, and the others, such as totals, with a reason."""
        used: list[Row] = []
        unused: list[UnusedRow] = []
        for row in self.table.rows:
            item = read(row)
            is_total = not item.links and is_row_of_totals(row)
            reason = "a row of totals" if is_total else find_unused_reason(item, used)
            if reason is None:
                used.append(item)
            else:
                unused.append(UnusedRow(row.line, reason))
        return tuple(used), unused

    def build_account(self, used: int, unused: list[UnusedRow]) -> SheetAccount:
        """Return how the sheet was read."""
        return SheetAccount(
            rows=len(self.table.rows),
            used=used,
            unused=tuple(unused),
            above_header=self.table.above_header,
            columns=self.table.read_columns,
            guesses=(*self.table.guesses, *self.guesses.values()),
            unread_columns=self.table.unread_columns,
        )


class _PostReader(LinkedRowReader):
    def read_post(self, row: SheetRow, default_currency: str | None) -> PromisedPost:
        """Return a row as a promised post."""
        fee, fee_currency = self.read_amount(row, "fee")
        terms, currencies = self._read_terms(row)
        paid, is_paid = self._read_paid(row)
        platform = self.read_text(row, "platform")
        return PromisedPost(
            line=row.line,
            creator=self.read_text(row, "creator"),
            links=self.read_links(row),
            fee=fee,
            currency=self.read_currency(row, fee_currency, *currencies) or default_currency,
            due=self.read_date(row, "due"),
            payment_due=self.read_date(row, "payment_due"),
            paid=paid,
            is_paid=is_paid,
            deliverable=self.read_text(row, "deliverable"),
            tier=self.read_text(row, "tier"),
            platform=None if platform is None else match_platform(platform) or platform,
            notes=self.read_text(row, "notes"),
            terms=tuple(terms.items()),
        )

    def _read_paid(self, row: SheetRow) -> tuple[Any, bool]:
        word = (self.read_text(row, "paid") or "no").casefold()
        if word in _YES | _NO:
            return None, word in _YES
        return self.read_date(row, "paid"), True

    def _read_terms(self, row: SheetRow) -> tuple[dict[str, object], list[str | None]]:
        """Return the keys of a deal that a row gives, and the currencies of its amounts."""
        terms: dict[str, object] = {}
        currencies = []
        for key in ("cpm", "budget"):
            terms[key], currency = self.read_amount(row, key)
            currencies.append(currency)
        terms |= {key: self.read_count(row, key) for key in ("minimum", "cap")}
        rule = self.read_text(row, "minimum_rule")
        if rule is not None and rule.casefold() not in {"qualify", "deduct"}:
            raise self.refuse(row, "minimum_rule", "qualify or deduct")
        terms["minimum_rule"] = None if rule is None else rule.casefold()
        terms["tiers"] = tuple(self._read_tiers(row)) or None
        if terms["cap"] == 0 and (terms["cpm"] or terms["tiers"]):
            raise self.refuse(row, "cap", "a whole number, 1 or more")
        terms |= self._read_cutoff(row)
        return {key: value for key, value in terms.items() if value is not None}, currencies

    def _read_tiers(self, row: SheetRow) -> Iterator[Tier]:
        for piece in filter(str.strip, re.split(r"[;|\n]", self.read_text(row, "tiers") or "")):
            end, _, price = piece.rpartition(":") if ":" in piece else piece.rpartition("=")
            up_to, cpm = parse_number(end.strip()), parse_number(price.strip())
            if cpm is None or (end.strip() and (up_to is None or up_to != int(up_to) or up_to < 1)):
                raise self.refuse(row, "tiers", 'ranges and their CPM, such as "100000: 10.00; 5.00"')
            self.note_unclear(row, self.table.columns["tiers"][0], price.strip(), cpm)
            yield Tier(cpm=cpm, up_to=None if up_to is None else int(up_to))

    def _read_cutoff(self, row: SheetRow) -> dict[str, object]:
        text = self.read_text(row, "cutoff")
        if text is None:
            return {}
        match = _AGE.fullmatch(text)
        age = text if match is None else f"{match[1]}{_AGE_UNITS[match[2][0].casefold()]}"
        if DURATION.convert(age) is not None:
            return {"cutoff_age": age}
        return {"cutoff_date": self.read_date(row, "cutoff")}
