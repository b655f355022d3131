"""``report.json``: every number of a report, and which of them moved between two reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

FORMAT: Final = 2
_NAMES: Final = ("video_id", "name", "code")
_FIRST: Final = (  # what the others follow from
    r"figures\.videos\[.*\]\.counts\.",
    r"figures\.videos\[",
    r"figures\.totals\.",
    r"figures\.",
)
_WRITE: Final = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


class Moved(NamedTuple):
    """A number, or text, that is another one now."""

    where: str
    then: str
    now: str


def numbers(figures: Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> bytes:
    r"""Write figures as the bytes of ``report.json``: the same figures give the same bytes.

    Parameters
    ----------
    figures : mapping
        As `key_figures` gives them.
    changes : mapping, optional
        What changed since an earlier snapshot.

    Returns
    -------
    bytes
        JSON with sorted keys: ``format``, ``figures``, ``changes`` (null without an earlier snapshot).

    Examples
    --------
    >>> numbers({"b": 1.5, "a": None})
    b'{\n  "changes": null,\n  "figures": {\n    "a": null,\n    "b": 1.5\n  },\n  "format": 2\n}\n'
    """
    return orjson.dumps({"format": FORMAT, "figures": figures, "changes": changes}, option=_WRITE)


def moved(then: bytes, now: bytes) -> list[Moved]:
    """Compare two ``report.json``.

    Parameters
    ----------
    then, now : bytes

    Returns
    -------
    list of Moved
        Each value that differs, those of videos first, then totals: where it stands, and both as JSON ("-" where it is
        not there). Items of a list are told apart by their id or name, so that a new one does not move all that follow.

    Examples
    --------
    >>> moved(numbers({"videos": [{"video_id": "v1", "n": 1}]}), numbers({"videos": [{"video_id": "v1", "n": 2}]}))
    [Moved(where='figures.videos[v1].n', then='1', now='2')]
    """
    before, after = (dict(_leaves(orjson.loads(text), "")) for text in (then, now))
    every = (Moved(where, _text(before, where), _text(after, where)) for where in sorted(before.keys() | after.keys()))
    return sorted((one for one in every if one.then != one.now), key=lambda one: _rank(one.where))


def _rank(where: str) -> int:
    return next((rank for rank, start in enumerate(_FIRST) if re.match(start, where)), len(_FIRST))


def _text(leaves: Mapping[str, Any], where: str) -> str:
    return orjson.dumps(leaves[where]).decode() if where in leaves else "-"


def _leaves(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{where}.{name}" if where else name)
    elif isinstance(value, list) and value:
        for name, inner in zip(_names(value), value, strict=True):
            yield from _leaves(inner, f"{where}[{name}]")
    else:
        yield where, value


def _names(items: list[Any]) -> list[str]:
    """Name each item of a list: by what tells them apart, else by its place."""
    for key in _NAMES:
        names = [item.get(key) if isinstance(item, dict) else None for item in items]
        if None not in names and len(set(map(str, names))) == len(names):
            return [str(name) for name in names]
    return [str(place) for place in range(len(items))]
