"""Tables of a watch file about where alerts go and when: webhooks, mail, Apprise, quiet hours."""
# declare_key is dataclasses.field() with our metadata

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from influtics_lab.campaign.file.field_types import TEXT, FieldType, choice_type, declare_key, number_type, text_type
from influtics_lab.campaign.file.toml_lines import Path as KeyPath
from influtics_lab.config import is_loopback

SECRET_VARIABLE: Final = "INFLUTICS_WATCH_SECRET"  # noqa: S105  # the name of a variable
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


def _convert_addresses(value: Any) -> tuple[str, ...] | None:
    addresses = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    valid = all(isinstance(item, str) and _ADDRESS.fullmatch(item) for item in addresses)
    return tuple(addresses) if addresses and valid else None


_TIME_OF_DAY: Final = text_type('a time of day such as "22:00"', "^([01][0-9]|2[0-3]):[0-5][0-9]$")
_ADDRESSES: Final = FieldType("a mail address, or a list of them", {}, _convert_addresses)
_PORT: Final = number_type("a whole number from 1 to 65535", is_whole=True, minimum=1, maximum=65535)
_VARIABLE: Final = text_type("the name of an environment variable, which holds it", "^[A-Za-z_][A-Za-z0-9_]*$")


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """Hours of each day in which only urgent conditions are sent; the others are sent by the first run after them."""

    start: str = declare_key(_TIME_OF_DAY, "when they begin")
    end: str = declare_key(_TIME_OF_DAY, "when they end; before the start: on the next day")

    def includes(self, now: dt.datetime, zone: str) -> bool:
        """Return whether an instant is in these hours of a time zone.

        Examples
        --------
        >>> night = QuietHours(start="22:00", end="07:00")
        >>> night.includes(dt.datetime(2026, 7, 1, 21, 30, tzinfo=dt.UTC), "Europe/Berlin")
        True
        """
        time = f"{now.astimezone(ZoneInfo(zone)):%H:%M}"
        if self.start <= self.end:
            return self.start <= time < self.end
        return time >= self.start or time < self.end


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """An address to which each event is posted as JSON, signed as Standard Webhooks define it."""

    name: str | None = declare_key(TEXT, "the name in messages", default=None)
    url: str | None = declare_key(TEXT, "the address", default=None)
    url_env: str | None = declare_key(_VARIABLE, "in its place: the variable that holds it", default=None)
    secret_env: str = declare_key(_VARIABLE, "the variable that holds the secret", default=SECRET_VARIABLE)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """An SMTP server that sends one mail with all events."""

    name: str | None = declare_key(TEXT, "the name in messages", default=None)
    host: str = declare_key(TEXT, "the server")
    port: int = declare_key(_PORT, "its port", default=587)
    security: str = declare_key(choice_type("starttls", "tls", "none"), "encryption", default="starttls")
    sender: tuple[str, ...] = declare_key(_ADDRESSES, "from whom")
    to: tuple[str, ...] = declare_key(_ADDRESSES, "to whom")
    user: str | None = declare_key(TEXT, "the name to log in with", default=None)
    password_env: str | None = declare_key(_VARIABLE, "the variable that holds the password", default=None)


@dataclass(frozen=True, kw_only=True)
class AppriseTargets:
    """Services of Apprise (extra ``alerts``), each of which gets one message with all events."""

    name: str | None = declare_key(TEXT, "the name in messages", default=None)
    urls_env: str = declare_key(_VARIABLE, "the variable that holds their addresses, with blanks between them")


SinkTable = Webhook | Mail | AppriseTargets


def find_place_errors(sink: SinkTable) -> Iterator[tuple[KeyPath, str]]:
    """Yield each contradiction in a table of a place: the path of a key, and the rest of its sentence."""
    if isinstance(sink, Webhook):
        if (sink.url is None) == (sink.url_env is None):
            yield (), "has url and url_env, or neither; allowed is one of them."
        elif sink.url is not None and (problem := find_url_problem(sink.url)):
            yield ("url",), problem
    if isinstance(sink, Mail):
        if (sink.user is None) != (sink.password_env is None):
            yield (), "has user or password_env alone; allowed are both, or neither."
        elif sink.user is not None and sink.security == "none" and not is_loopback(sink.host):
            yield ("security",), 'is "none", which would send the password unencrypted; allowed is starttls or tls.'
        if len(sink.sender) != 1:
            yield ("sender",), "has several addresses; allowed is one."


def find_url_problem(url: str) -> str | None:
    """Return why nothing can be posted to an address, in words that do not repeat it: it may hold a secret."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no valid address; allowed is one that begins with https://."
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
        return "is no address of a server; allowed is one that begins with https://."
    if parts.username or parts.password:
        return "holds a name or password; allowed is an address without them."
    if parts.scheme == "http" and not is_loopback(host):
        return "would send alerts unencrypted; allowed is https://."
    return None
