"""Open the envelope of an answer: nested as documented, or flat as the documentation's examples read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from influtics_lab.api.json_body import RepeatedKeys, parse_json
from influtics_lab.errors import PayloadError


class SoftFailureError(PayloadError):
    """An answer with ``"success": false`` although its HTTP status is 200."""


@dataclass(frozen=True)
class Answer:
    """One answer of the endpoint: an opened envelope with raw videos.

    Parameters
    ----------
    items : list
        The videos, as JSON objects.
    total : int
        How many videos the query has, according to the server.
    offset : int or None
        The offset as the server repeats it.
    has_more : bool or None
    request_id : str or None
    """

    items: list[Any]
    total: int
    offset: int | None
    has_more: bool | None
    request_id: str | None


def open_envelope(answer: bytes | bytearray | dict[str, Any]) -> Answer:
    """Return the videos and the pagination of an answer, from either envelope.

    Parameters
    ----------
    answer : bytes or dict
        The body, or the object it holds.

    Returns
    -------
    Answer

    Raises
    ------
    PayloadError
        If it does not have the documented shape; the message names what is missing, or a repeated key.

    Examples
    --------
    >>> open_envelope({"data": [], "pagination": {"total": 0}}).total
    0
    >>> open_envelope(b'{"success": true, "data": {}}')
    Traceback (most recent call last):
    ...
    influtics_lab.errors.PayloadError: The answer has no list of videos: neither data.data nor data is a list.
    """
    body = parse_json(answer) if isinstance(answer, bytes | bytearray) else answer
    if not isinstance(body, dict):
        raise PayloadError(f"The answer is a JSON {type(body).__name__}; it should be an object.")
    _refuse_repeated(body)
    if body.get("success") is False:
        raise SoftFailureError(f'The answer has "success": false ({_describe_reason(body.get("error"))}).')
    inner = body.get("data")
    outer = inner if isinstance(inner, dict) else body
    items, pagination = outer.get("data"), outer.get("pagination")
    for part in (outer, pagination):
        _refuse_repeated(part)
    if not isinstance(items, list):
        raise PayloadError("The answer has no list of videos: neither data.data nor data is a list.")
    if not isinstance(pagination, dict) or not _is_whole(pagination.get("total")):
        raise PayloadError("The answer has no pagination.total, so its completeness cannot be checked.")
    meta = body.get("meta")
    request_id = meta.get("request_id") if isinstance(meta, dict) else None
    offset, has_more = pagination.get("offset"), pagination.get("has_more")
    return Answer(
        items=items,
        total=pagination["total"],
        offset=offset if _is_whole(offset) else None,
        has_more=has_more if isinstance(has_more, bool) else None,
        request_id=request_id if isinstance(request_id, str) else None,
    )


def _refuse_repeated(part: Any) -> None:
    """Refuse a repeated key in the envelope; those in videos are rejected one by one instead."""
    if isinstance(part, RepeatedKeys):
        raise PayloadError(f"The answer has the key {part.others[0][0]!r} twice in one object, which is ambiguous.")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _describe_reason(value: object) -> str:
    return value[:200] if isinstance(value, str) else "no reason given"
