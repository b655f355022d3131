"""Simulated failures: what happens to an answer on its way, and to which requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final, Literal

import orjson

HTML: Final = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"
Body = Callable[[bytes], bytes]
When = Callable[[Mapping[str, str]], bool]


@dataclass(frozen=True)
class Fault:
    """What happens to one answer. Without arguments, the answer is sent unchanged.

    The server builds the correct answer, replaces its body by `body`, waits for `wait`, sends a `share` of the body
    with the length of the whole, waits for `silence`, and ends the answer according to `end`.

    Parameters
    ----------
    name : str
        Its name in `LocalAPI.requests`.
    status : int, optional
        HTTP status; default: that of the correct answer.
    headers : mapping of str to str
        Added to the headers of the answer, or replacing them.
    body : callable, optional
        Receives the correct body and returns the one to send.
    wait : float
        Seconds before anything is sent.
    share : float, optional
        The share of the body that is sent; None also sends no status and no headers.
    silence : float
        Seconds to wait afterwards.
    end : "complete", "close" or "reset"
        The connection stays open for the next request, is closed properly, or is reset.

    Examples
    --------
    >>> Fault.http(429, retry_after=2).headers
    {'retry-after': '2'}
    """

    name: str = "none"
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    wait: float = 0.0
    share: float | None = 1.0
    silence: float = 0.0
    end: Literal["complete", "close", "reset"] = "complete"

    @classmethod
    def http(
        cls, status: int, *, retry_after: float | str | datetime | None = None, html: bool = False, body: Any = None
    ) -> Fault:
        """Answer with an HTTP status; `retry_after` in seconds, as a datetime, or any text; a JSON body, or HTML."""
        if isinstance(retry_after, datetime):
            retry_after = format_datetime(retry_after, usegmt=True)
        error = body or {"success": False, "error": f"Simulated {status}", "code": f"HTTP_{status}"}
        content = HTML if html else orjson.dumps(error)
        headers = {"content-type": "text/html; charset=utf-8"} if html else {}
        if retry_after is not None:
            headers["retry-after"] = str(retry_after)
        return cls(f"http {status}", status, headers, lambda _: content)

    @classmethod
    def html(cls) -> Fault:
        """Answer with an HTML page and status 200."""
        return cls("html", 200, {"content-type": "text/html; charset=utf-8"}, lambda _: HTML)

    @classmethod
    def unsuccessful(cls) -> Fault:
        """Answer with status 200 and `"success": false`."""
        return cls("unsuccessful", 200, {}, lambda _: b'{"success":false,"error":"Simulated failure"}')

    @classmethod
    def empty(cls) -> Fault:
        """Answer without videos, but with the correct pagination."""
        return cls("empty", body=_without_videos)

    @classmethod
    def redirect(cls, location: str = "/elsewhere", status: int = 302) -> Fault:
        """Redirect the client to a different address."""
        return cls("redirect", status, {"location": location}, lambda _: b"")

    @classmethod
    def reset(cls, share: float | None = None) -> Fault:
        """Reset the connection: before any answer, or after a share of the body."""
        return cls("reset", share=share, end="reset")

    @classmethod
    def short(cls, share: float = 0.5) -> Fault:
        """Close the connection after a share of the announced body."""
        return cls("short", share=share, end="close")

    @classmethod
    def cut_json(cls, share: float = 0.5) -> Fault:
        """Answer with truncated JSON in a complete HTTP answer."""
        return cls("cut json", body=lambda body: body[: int(len(body) * share)])

    @classmethod
    def stall(cls, seconds: float, share: float = 0.5) -> Fault:
        """Send headers and a share of the body, then nothing for some seconds, then close."""
        return cls("stall", share=share, silence=seconds, end="close")

    @classmethod
    def delay(cls, seconds: float) -> Fault:
        """Wait before the correct answer."""
        return cls("delay", wait=seconds)


def _without_videos(body: bytes) -> bytes:
    page = orjson.loads(body)
    if isinstance(page.get("data"), dict):
        page["data"]["data"] = []
    elif "data" in page:
        page["data"] = []
    return orjson.dumps(page)


@dataclass
class _Rule:
    fault: Fault
    remaining: int | None
    at: Collection[int] | None
    when: When | None

    def applies_to(self, number: int, query: Mapping[str, str]) -> bool:
        return (
            self.remaining != 0
            and (self.at is None or number in self.at)
            and (self.when is None or self.when(query))
        )  # fmt: skip


class Faults:
    """Rules that assign faults to requests.

    Examples
    --------
    >>> faults = Faults()
    >>> faults.add(Fault.http(503), times=2)
    >>> faults.add(Fault.reset(), when=lambda query: query.get("offset") == "50")
    >>> [faults.next_fault(number, {"offset": "50"}).name for number in range(4)]
    ['http 503', 'http 503', 'reset', 'none']
    """

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def add(
        self,
        fault: Fault,
        *,
        times: int | None = 1,
        at: int | Collection[int] | None = None,
        when: When | None = None,
    ) -> None:
        """Add a rule; earlier rules take precedence.

        Parameters
        ----------
        fault : Fault
        times : int or None, default 1
            For how many requests; None for all. With `at`, by default once for each number.
        at : int or collection of int, optional
            The numbers of requests, as in `LocalAPI.requests`: 0 is the first. Default: any request.
        when : callable, optional
            Receives the query as a mapping of texts, and returns whether the rule applies.
        """
        numbers = {at} if isinstance(at, int) else at
        if numbers is not None and times == 1:
            times = len(numbers)
        with self._lock:
            self._rules.append(_Rule(fault, times, numbers, when))

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self._rules.clear()

    def next_fault(self, number: int, query: Mapping[str, str]) -> Fault:
        """Return the fault of a request: that of the first rule that applies and is not used up."""
        with self._lock:
            rule = next((rule for rule in self._rules if rule.applies_to(number, query)), None)
            if rule is None:
                return Fault()
            if rule.remaining is not None:
                rule.remaining -= 1
            return rule.fault
