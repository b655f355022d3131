"""Settings: from arguments, else from the environment, checked before anything is asked."""

from __future__ import annotations

import html
import ipaddress
import os
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson

from influtics_lab.errors import ConfigError

VERSION: Final = version("influtics-lab")
DEFAULT_BASE_URL: Final = "https://api.influtics.com"
KEY_VARIABLE: Final = "INFLUTICS_API_KEY"
URL_VARIABLE: Final = "INFLUTICS_BASE_URL"


class ApiKey:
    """A key that never shows itself: not in a repr, a message, a log, a pickle or the variables of a traceback.

    Anything is accepted and nothing raised here, since the traceback of an error would show the argument: ask
    ``problem`` afterwards.

    Examples
    --------
    >>> ApiKey("abc"), ApiKey("abc").redact(["the key is abc"])
    (ApiKey('***'), ['the key is ***'])
    """

    __slots__ = ("__value",)

    def __init__(self, value: object) -> None:
        self.__value = value.strip() if isinstance(value, str) else ""

    @classmethod
    def of(cls, value: str | ApiKey | None) -> ApiKey:
        """Return the key that was passed, else that of the environment."""
        if isinstance(value, ApiKey):
            return value
        return cls(os.environ.get(KEY_VARIABLE, "") if value is None else value)

    def __repr__(self) -> str:
        return "ApiKey('***')"

    def __reduce__(self) -> str:
        raise TypeError("an ApiKey is not pickled: it would lie on the disk in the clear")

    def reveal(self) -> str:
        """Return the key itself, for the one header that carries it."""
        return self.__value

    def problem(self) -> str | None:
        """Return why the key cannot be sent in a header; None where it can."""
        if not self.__value:
            return f"No API key: set the environment variable {KEY_VARIABLE}, or give api_key=."
        if not re.fullmatch(r"[\x21-\x7e]+", self.__value):
            return "The API key holds blanks or characters that no key has: copy it again, without line breaks."
        return None

    def redact(self, value: Any, depth: int = 20) -> Any:
        r"""Replace the key in a JSON value or text, also where it is escaped for JSON, HTML, an address or a repr.

        Parts that are nested deeper than ``depth`` are left out.

        Examples
        --------
        >>> ApiKey("a/b").redact({"details": [r"a\/b", "a%2Fb"]})
        {'details': ['***', '***']}
        """
        if isinstance(value, str):
            key = self.__value
            in_json = orjson.dumps(key).decode()[1:-1]
            spellings = {key, quote(key, safe=""), html.escape(key), in_json, in_json.replace("/", r"\/")}
            for spelling in sorted(spellings | {repr(text)[1:-1] for text in spellings}, key=len, reverse=True):
                value = value.replace(spelling, "***")
            return value
        if not isinstance(value, list | tuple | dict):
            return value
        if not depth:
            return "..."
        if isinstance(value, dict):
            return {self.redact(name): self.redact(part, depth - 1) for name, part in value.items()}
        return type(value)(self.redact(part, depth - 1) for part in value)


@dataclass(frozen=True)
class Settings:
    """Where the service is, and the key to it."""

    api_key: ApiKey
    base_url: str

    @property
    def host(self) -> str:
        """The host and port, as the manifest names them."""
        return urlsplit(self.base_url).netloc


def settings(api_key: str | ApiKey | None = None, base_url: str | None = None) -> Settings:
    """Resolve the settings from arguments, else from the environment.

    Parameters
    ----------
    api_key : str or ApiKey, optional
        Else ``INFLUTICS_API_KEY``.
    base_url : str, optional
        Else ``INFLUTICS_BASE_URL``, else ``https://api.influtics.com``.

    Returns
    -------
    Settings

    Raises
    ------
    ConfigError
        If there is no key, the key cannot stand in a header, or the address is neither https nor on this machine.

    Examples
    --------
    >>> settings("abc", "http://127.0.0.1:8000/").base_url
    'http://127.0.0.1:8000'
    >>> settings("abc", "http://example.com")
    Traceback (most recent call last):
    ...
    influtics_lab.errors.ConfigError: base_url is http://example.com: the key would travel in the clear. Use https://.
    """
    api_key = ApiKey.of(api_key)  # first, so that no variable of a traceback holds it
    if problem := api_key.problem():
        raise ConfigError(problem)
    url = base_url if base_url is not None else os.environ.get(URL_VARIABLE, "") or DEFAULT_BASE_URL
    return Settings(api_key, _checked_url(url))


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"base_url cannot be read as an address: {error}.") from None
    if parts.username or parts.password:
        raise ConfigError("base_url holds a name or password: give the address alone, and the key by itself.")
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigError(f"base_url is {url!r}: give scheme and host, such as {DEFAULT_BASE_URL}.")
    if "?" in url or "#" in url:
        raise ConfigError(f"base_url is {url!r}: give it without ? and #.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError(f"base_url is {url}: the key would travel in the clear. Use https://.")
    return url.strip().rstrip("/")


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine itself.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("127.0.0.1.example.com")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bundled(name: str) -> Path:
    """Find a folder that comes with the package: in an installed wheel inside it, in a checkout beside it.

    Parameters
    ----------
    name : {"sample", "notebooks"}

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ConfigError
        If it is in neither place.

    Examples
    --------
    >>> bundled("notebooks").name
    'notebooks'
    """
    package = Path(__file__).parent
    checkout = {"sample": package.parent / "data" / "sample", "notebooks": package.parent / "notebooks"}
    for place in (package / "bundled" / name, checkout[name]):
        if place.is_dir():
            return place
    raise ConfigError(f"The package's own {name} are not where they should be. Install influtics-lab again.")
