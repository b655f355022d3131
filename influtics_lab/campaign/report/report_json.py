"""``report.json``: every number of a report, and which of them changed between two reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import orjson

FORMAT: Final = 2
_NAMES: Final = ("video_id", "name", "code")
_FIRST: Final = (  # the numbers from which the others follow
    r"figures\.videos\[.*\]\.counts\.",
    r"figures\.videos\[",
    r"figures\.totals\.",
    r"figures\.",
)
_WRITE: Final = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


class ChangedNumber(NamedTuple):
    """A number or text that changed."""

    where: str
    then: str
    now: str


def encode_numbers(
    figures: Mapping[str, object],
    changes: Mapping[str, object] | None = None,
    results: Mapping[str, object] | None = None,
    against: Mapping[str, object] | None = None,
) -> bytes:
    r"""Return figures as the bytes of ``report.json``: the same bytes from the same figures.

    Parameters
    ----------
    figures : mapping
        As ``key_figures(...).to_dict()`` returns them.
    changes : mapping, optional
        What changed since an earlier snapshot.
    results : mapping, optional
        What followed beside the key figures, see `CampaignResults`.
    against : mapping, optional
        Another campaign beside this one.

    Returns
    -------
    bytes
        Sorted keys: ``format``, ``figures``, ``changes``, ``results``, ``against``: null where there is none.

    Examples
    --------
    >>> print(encode_numbers({"b": 1.5, "a": None}).decode())
    {
      "against": null,
      "changes": null,
      "figures": {
        "a": null,
        "b": 1.5
      },
      "format": 2,
      "results": null
    }
    <BLANKLINE>
    """
    parts = {"format": FORMAT, "figures": figures, "changes": changes, "results": results, "against": against}
    return orjson.dumps(parts, option=_WRITE)


def compare_numbers(then: bytes, now: bytes) -> list[ChangedNumber]:
    """Compare two ``report.json``.

    Parameters
    ----------
    then, now : bytes

    Returns
    -------
    list of ChangedNumber
        Each value that differs, those of videos first, then totals: its path, and both values as JSON ("-" where there
        is none). Items of a list are matched by id or name, so a new item does not change all that follow.

    Examples
    --------
    >>> first, second = (encode_numbers({"videos": [{"video_id": "v1", "n": n}]}) for n in (1, 2))
    >>> compare_numbers(first, second)
    [ChangedNumber(where='figures.videos[v1].n', then='1', now='2')]
    """
    before, after = (dict(_list_leaves(orjson.loads(text), "")) for text in (then, now))
    paths = sorted(before.keys() | after.keys())
    numbers = (ChangedNumber(path, _encode_leaf(before, path), _encode_leaf(after, path)) for path in paths)
    return sorted(
        (number for number in numbers if number.then != number.now), key=lambda number: _sort_key(number.where)
    )


def _sort_key(where: str) -> int:
    return next((rank for rank, start in enumerate(_FIRST) if re.match(start, where)), len(_FIRST))


def _encode_leaf(leaves: Mapping[str, object], where: str) -> str:
    return orjson.dumps(leaves[where]).decode() if where in leaves else "-"


def _list_leaves(value: object, where: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _list_leaves(inner, f"{where}.{name}" if where else name)
    elif isinstance(value, list) and value:
        for name, inner in zip(_name_items(value), value, strict=True):
            yield from _list_leaves(inner, f"{where}[{name}]")
    else:
        yield where, value


def _name_items(items: list[object]) -> list[str]:
    """Return a name of each item of a list: its id or name if all differ, else its place."""
    for key in _NAMES:
        names = [item.get(key) if isinstance(item, dict) else None for item in items]
        if None not in names and len(set(map(str, names))) == len(names):
            return [str(name) for name in names]
    return [str(place) for place in range(len(items))]
