"""Parse a JSON body, including what parsers drop or refuse: repeated keys, NaN, and half characters.

orjson parses a page ten times as fast as the standard library, but keeps only the last value of a repeated key, and
refuses NaN and 1e400. So orjson parses every page, and the keys are counted: if the body has more keys than the result,
or such a number, the standard library parses the page again and keeps every value. Counting costs a sixth of orjson's
own time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from influtics_lab.errors import PayloadError

# A character beyond 16 bits is written as two escapes (a surrogate pair). Truncated titles may end in one half of a
# pair, which is read as the replacement character.
_ESCAPES: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
_SPACED_KEY: Final = re.compile(rb'"[ \t\r\n]+:')
_BEYOND_FLOATS: Final = "number is infinity"  # orjson's message for 1e400
_DIGITS: Final = 20  # integers with more digits exceed 64 bits
_COUNTED_BYTES: Final = 1 << 17  # at once, so that counting needs little memory
_LEVELS: Final = 6  # the body, its data, the list of videos, a video, its stats, a metric


class RepeatedKeys(dict[str, Any]):
    """A JSON object with repeated keys: the first value of each key, and the other pairs in ``others``."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__()
        self.others: list[tuple[str, Any]] = []
        for name, value in pairs:
            if name in self:
                self.others.append((name, value))
            else:
                self[name] = value


def parse_json(body: bytes | bytearray, redact: Callable[[str], str] = str) -> Any:
    r"""Parse a body as JSON.

    A byte order mark is skipped; UTF-16 and UTF-32 are decoded. Half a surrogate pair, as in a truncated title, becomes
    the replacement character. NaN, Infinity and numbers beyond floats become floats. An object with repeated keys
    becomes `RepeatedKeys`.

    Parameters
    ----------
    body : bytes-like
    redact : callable, optional
        Removes secrets from the excerpt that an error shows.

    Raises
    ------
    PayloadError
        If the body is no JSON; the message shows its beginning.

    Examples
    --------
    >>> parse_json(rb'["cut \ud83d", "whole \ud83c\udfa7", "\\ud83d", NaN]')
    ['cut \ufffd', 'whole \U0001f3a7', '\\ud83d', nan]
    >>> parse_json(b'{"a": 1, "a": 2}').others
    [('a', 2)]
    """
    body = _to_utf8(body)
    for text in _spellings(body):
        try:
            parsed = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            reason = str(error)  # not the error itself: it holds the body
        else:
            return parsed if _has_all_keys(text, parsed) else _parse_slowly(text)
    if _BEYOND_FLOATS in reason or b"NaN" in text or b"Infinity" in text:
        with suppress(ValueError):
            return _parse_slowly(text)
    raise _json_error(text, reason, redact)


def _to_utf8(body: bytes | bytearray) -> bytes | bytearray:
    encoding = json.detect_encoding(body)
    if encoding == "utf-8":
        return body
    try:
        return body.decode(encoding).encode()
    except UnicodeError:
        return body


def _spellings(body: bytes | bytearray) -> Iterator[bytes | bytearray]:
    yield body
    if b"\\u" in body:
        yield _ESCAPES.sub(_repair_escape, body)


def _json_error(body: bytes | bytearray, reason: str, redact: Callable[[str], str]) -> PayloadError:
    start = redact(bytes(body[:2000]).decode("utf-8", "replace"))[:60]
    return PayloadError(f"An answer is no JSON ({reason}); it begins with {start!r}.")


def _repair_escape(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape["half"] else escape[0]


def _has_all_keys(body: bytes | bytearray, parsed: Any) -> bool:
    """Return whether the parsed value has as many keys as the body, so that none was dropped.

    A colon behind a quotation mark or a blank occurs once for each key, and perhaps in texts. If there are as many as
    parsed keys, no key was repeated. Counting the keys of similar objects is five times as fast.
    """
    similar = _count_similar_keys([parsed], _LEVELS)
    if similar == sum(np.count_nonzero(is_colon & (before <= ord('"'))) for is_colon, before in _find_colons(body)):
        return True
    keys = _count_written_keys(body)
    return keys is not None and (keys == similar or keys == _count_keys(parsed))


def _count_written_keys(body: bytes | bytearray) -> int | None:
    """Count ``":`` in a body; return None if a key has a blank before its colon."""
    keys = 0
    for is_colon, before in _find_colons(body):
        if (is_colon & (before <= ord(" "))).any() and _SPACED_KEY.search(body):
            return None
        keys += int(np.count_nonzero(is_colon & (before == ord('"'))))
    return keys


def _find_colons(body: bytes | bytearray) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.uint8]]]:
    """Yield for parts of a body which bytes are colons, and the bytes before them."""
    for start in range(0, len(body), _COUNTED_BYTES):
        part = np.frombuffer(memoryview(body)[start : start + _COUNTED_BYTES + 1], np.uint8)
        yield part[1:] == ord(":"), part[:-1]


def _count_similar_keys(values: list[Any], levels: int) -> int:
    """Count the keys of similar objects and of those in them, so many levels down, or fewer.

    Only fields are followed that hold a container or null in the first object, as these do in videos of one page.
    """
    objects = values if set(map(type, values)) == {dict} else [value for value in values if type(value) is dict]
    keys = sum(map(len, objects))
    if levels > 1:
        for name, value in objects[0].items() if objects else ():
            if value is None or type(value) is dict or type(value) is list:
                keys += _count_similar_keys(_get_values(objects, name), levels - 1)
        lists = [value for value in values if type(value) is list] if len(objects) < len(values) else []
        keys += _count_similar_keys(list(chain.from_iterable(lists)), levels - 1) if lists else 0
    return keys


def _get_values(objects: list[dict[str, Any]], name: str) -> list[Any]:
    """Return the values of a field of objects, null where one lacks it."""
    try:
        return list(map(itemgetter(name), objects))
    except KeyError:
        return [item.get(name) for item in objects]


def _count_keys(parsed: Any) -> int:
    """Count the keys of all objects in a parsed value."""
    keys = 0
    containers: list[Any] = [parsed]
    while containers:
        keys += sum([len(container) for container in containers if type(container) is dict])
        values = [container.values() if type(container) is dict else container for container in containers]
        containers = [value for part in values for value in part if type(value) is dict or type(value) is list]
    return keys


def _parse_slowly(body: bytes | bytearray) -> Any:
    try:
        return json.loads(body, object_pairs_hook=_make_object, parse_int=_parse_integer)
    except RecursionError:
        raise PayloadError("An answer repeats a key in one object, and is nested too deep to find it.") from None


def _make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    return unique if len(unique) == len(pairs) else RepeatedKeys(pairs)


def _parse_integer(text: str) -> int | float:
    return int(text) if len(text) <= _DIGITS else float(text)
