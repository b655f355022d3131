"""In which line of a TOML text a key stands: ``tomllib`` tells it of no value."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Final

Path = tuple[str | int, ...]
"""Keys from the top, with a number for each table of a list: ``("spend", 1, "amount")``."""

_STRING: Final = r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\''
_PIECE: Final = re.compile(rf"(?s)\s*({_STRING}|[A-Za-z0-9_-]+)\s*(\.)?")
_TOKEN: Final = re.compile(rf"(?s){_STRING}|#[^\n]*|[\[{{]|[\]}}]|\n|[^\"'#\[\]{{}}\n]+|.")
_ESCAPE: Final = re.compile(r'\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|["\\bfnrt])')
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def lines_of(text: str) -> dict[Path, int]:
    r"""Give the line of each key and table header of a TOML text; of other texts those that can be found.

    Keys inside of an inline table have none of their own: look for the key that holds them.

    Examples
    --------
    >>> lines_of('name = "a"\n[[spend]]\namount = 1\n[[spend]]\namount = 2\n')
    {('name',): 1, ('spend', 0): 2, ('spend', 0, 'amount'): 3, ('spend', 1): 4, ('spend', 1, 'amount'): 5}
    """
    found: dict[Path, int] = {}
    lists: dict[Path, int] = {}
    table: Path = ()
    for kind, keys, line in _statements(text):
        if kind == "=":
            for end in range(1, len(keys) + 1):
                found.setdefault((*table, *keys[:end]), line)
            continue
        table = _resolved(keys if kind == "[" else keys[:-1], lists)
        if kind == "[[" and keys:
            table = (*table, keys[-1])
            lists[table] = lists.get(table, -1) + 1
            table = (*table, lists[table])
        found.setdefault(table, line)
    return found


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """Give the line of a key, or of the nearest one that holds it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def _resolved(keys: tuple[str, ...], lists: dict[Path, int]) -> Path:
    """Give the path of a table, with the number of the last one wherever a list of tables is meant."""
    path: Path = ()
    for key in keys:
        path = (*path, key)
        if path in lists:
            path = (*path, lists[path])
    return path


def _statements(text: str) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Give each table header and each key with its value: what it is, its keys, its line."""
    at, counted, line = 0, 0, 1
    while (at := _after_blank(text, at)) < len(text):
        line += text.count("\n", counted, at)
        counted = at
        kind = "[[" if text.startswith("[[", at) else "[" if text[at] == "[" else "="
        keys, at = _keys(text, at + len(kind) * (kind != "="))
        yield kind, keys, line
        at = _after_value(text, at)


def _after_blank(text: str, at: int) -> int:
    blank = re.compile(r"(?:\s|#[^\n]*)*").match(text, at)
    return blank.end() if blank else at


def _keys(text: str, at: int) -> tuple[tuple[str, ...], int]:
    keys: list[str] = []
    while piece := _PIECE.match(text, at):
        keys.append(_plain(piece[1]))
        at = piece.end()
        if not piece[2]:
            break
    return tuple(keys), at


def _plain(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    if key.startswith('"'):
        return _ESCAPE.sub(lambda found: _unescaped(found[1]), key[1:-1])
    return key


def _unescaped(code: str) -> str:
    if code[0] in "uU":
        return chr(min(int(code[1:], 16), sys.maxunicode))  # larger ones are no TOML
    return _SHORT.get(code, code)


def _after_value(text: str, at: int) -> int:
    """Give where the statement ends: at a line break outside of every bracket and string."""
    depth = 0
    while token := _TOKEN.match(text, at):
        at = token.end()
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if token[0] == "\n" and depth <= 0:
            break
    return at
