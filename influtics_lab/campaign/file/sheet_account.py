"""How a sheet was read, in sentences: rows, columns, and what was guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from influtics_lab.campaign.file.sheet_types import SheetAccount, format_lines
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.text_format import join_words, limit_list, plural

_MOST_SHOWN: Final = 10


def describe_account(account: SheetAccount) -> str:
    """Return how many rows were used, why others were not, and which columns were read.

    Examples
    --------
    >>> describe_account(SheetAccount(rows=2, used=2, columns=(("fee", "Honorar"),), unread_columns=("E-mail",)))
    '2 rows, 2 used. Read: fee from "Honorar". Not read: "E-mail".'
    """
    reasons: dict[str, list[int]] = {}
    for row in account.unused:
        reasons.setdefault(row.reason, []).append(row.line)
    unused = "".join(f", not used {format_lines(lines)} ({reason})" for reason, lines in reasons.items())
    columns = join_words([f"{name} from {_quote(column)}" for name, column in account.columns])
    unread = f" Not read: {_list_some([*map(_quote, account.unread_columns)])}." if account.unread_columns else ""
    return f"{plural(account.rows, 'row')}, {account.used:,} used{unused}. Read: {columns}.{unread}"


def describe_guesses(account: SheetAccount) -> str:
    """Return what was guessed."""
    return _list_some([*map(escape_unprintable, account.guesses)])


def _list_some(texts: Sequence[str]) -> str:
    return "; ".join(limit_list(texts, _MOST_SHOWN, "and {} more"))


def _quote(column: str) -> str:
    return f'"{escape_unprintable(column)[:40]}"'
