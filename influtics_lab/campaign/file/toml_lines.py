"""The lines of keys in a TOML text, which ``tomllib`` does not report."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Final

Path = tuple[str | int, ...]
"""Keys from the top, with a number for each table of a list: ``("spend", 1, "amount")``."""

_STRING: Final = r'"""(?:\\.|[^\\])*?(?:"{3,5}|\Z)|\'\'\'.*?(?:\'{3,5}|\Z)|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
_KEY: Final = rf"(?:{_STRING}|[A-Za-z0-9_-]+)"
_START: Final = re.compile(rf"(?s)(?:\s|#[^\n]*)*(\[\[|\[|)[ \t]*({_KEY}(?:[ \t]*\.[ \t]*{_KEY})*|)")
_TOKEN: Final = re.compile(rf"(?s){_STRING}|#[^\n]*|[\[\]{{}}\n]|[^\"'#\[\]{{}}\n]+|.")
_DEPTH: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def map_lines(text: str) -> dict[Path, int]:
    r"""Return the line of each key and table header of a TOML text; of other texts those that can be found.

    Keys inside an inline table have no entry: look for the key that holds them.

    Examples
    --------
    >>> map_lines('name = "a"\n[[spend]]\namount = 1\n[[spend]]\namount = 2\n')
    {('name',): 1, ('spend', 0): 2, ('spend', 0, 'amount'): 3, ('spend', 1): 4, ('spend', 1, 'amount'): 5}
    """
    lines: dict[Path, int] = {}
    last_index: dict[Path, int] = {}
    table: Path = ()
    for brackets, keys, line in _split_statements(text):
        if not brackets:
            for end in range(1, len(keys) + 1):
                lines.setdefault((*table, *keys[:end]), line)
            continue
        table = ()
        for place, key in enumerate(keys, 1):
            table = (*table, key)
            if brackets == "[[" and place == len(keys):
                last_index[table] = last_index.get(table, -1) + 1
            if table in last_index:
                table = (*table, last_index[table])
        lines.setdefault(table, line)
    return lines


def find_line(lines: dict[Path, int], path: Path) -> int | None:
    """Return the line of a key, or of the nearest key that holds it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def _split_statements(text: str) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Yield each table header and each key with its value: its opening brackets, its keys, its line."""
    position, line = 0, 1
    while (start := _START.match(text, position)) and start.start(1) < len(text):
        line += text.count("\n", position, start.start(1))
        yield start[1], _split_key(start[2]), line
        position = _find_end(text, start.end())
        line += text.count("\n", start.start(1), position)


def _split_key(dotted: str) -> tuple[str, ...]:
    """Return the parts of a dotted key; none where a quoted part is not TOML."""
    try:
        parts = re.findall(f"(?s){_KEY}", dotted)
        return tuple(tomllib.loads(f"x = {part}")["x"] if part[0] in "\"'" else part for part in parts)
    except ValueError:
        return ()


def _find_end(text: str, position: int) -> int:
    """Return the end of a statement: behind a line break outside of brackets and strings."""
    depth = 0
    for token in _TOKEN.finditer(text, position):
        depth += _DEPTH.get(token[0], 0)
        if token[0] == "\n" and depth <= 0:
            return token.end()
    return len(text)
