"""Settings from arguments or the environment, validated before any request; and the files bundled with the package."""

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
    """An API key that never appears in a repr, message, log, pickle or traceback.

    The constructor accepts any value and never raises, since a traceback would show its argument: call
    ``find_problem`` afterwards.

    Examples
    --------
    >>> ApiKey("abc"), ApiKey("abc").redact(["the key is abc"])
    (ApiKey('***'), ['the key is ***'])
    """

    __slots__ = ("__value",)

    def __init__(self, value: object) -> None:
        self.__value = value.strip() if isinstance(value, str) else ""

    @classmethod
    def resolve(cls, value: str | ApiKey | None) -> ApiKey:
        """Return the given key, or that of the environment."""
        if isinstance(value, ApiKey):
            return value
        return cls(os.environ.get(KEY_VARIABLE, "") if value is None else value)

    def __repr__(self) -> str:
        return "ApiKey('***')"

    def __reduce__(self) -> str:
        raise TypeError("an ApiKey is not pickled: the file would hold it in plain text")

    def reveal(self) -> str:
        """Return the key itself, for the one header that carries it."""
        return self.__value

    def find_problem(self) -> str | None:
        """Return why the key cannot be sent in a header; None if it can."""
        if not self.__value:
            return f"No API key: set the environment variable {KEY_VARIABLE}, or pass api_key= in Python."
        if not re.fullmatch(r"[\x21-\x7e]+", self.__value):
            return "The API key holds blanks or invalid characters. Copy it again, without line breaks."
        return None

    def redact(self, value: Any, depth: int = 20) -> Any:
        r"""Replace the key in a JSON value or text by ``***``, also if it is escaped for JSON, HTML, a URL or a repr.

        Parts nested deeper than ``depth`` are replaced by ``...``.

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
    """The address of the service, and the API key."""

    api_key: ApiKey
    base_url: str

    @property
    def host(self) -> str:
        """The host and port, for the manifest."""
        return urlsplit(self.base_url).netloc


def resolve_settings(api_key: str | ApiKey | None = None, base_url: str | None = None) -> Settings:
    """Return the settings from arguments, or from the environment.

    Parameters
    ----------
    api_key : str or ApiKey, optional
        Default: ``INFLUTICS_API_KEY``.
    base_url : str, optional
        Default: ``INFLUTICS_BASE_URL``, else ``https://api.influtics.com``.

    Returns
    -------
    Settings

    Raises
    ------
    ConfigError
        If there is no key, the key cannot be sent in a header, or the address is neither https nor on this machine.

    Examples
    --------
    >>> resolve_settings("abc", "http://127.0.0.1:8000/").base_url
    'http://127.0.0.1:8000'
    >>> resolve_settings("abc", "http://example.com")
    Traceback (most recent call last):
    ...
    influtics_lab.errors.ConfigError: base_url is http://example.com, which would send the key unencrypted. Use https://.
    """
    api_key = ApiKey.resolve(api_key)  # first, so that a traceback never shows the key
    if problem := api_key.find_problem():
        raise ConfigError(problem)
    url = base_url if base_url is not None else os.environ.get(URL_VARIABLE, "") or DEFAULT_BASE_URL
    return Settings(api_key, _check_url(url))


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"base_url is no valid URL: {error}.") from None
    if parts.username or parts.password:
        raise ConfigError("base_url holds a name or password. Pass the address alone, and the key as api_key=.")
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigError(f"base_url is {url!r}; expected scheme and host, such as {DEFAULT_BASE_URL}.")
    if "?" in url or "#" in url:
        raise ConfigError(f"base_url is {url!r}; it must not contain ? or #.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError(f"base_url is {url}, which would send the key unencrypted. Use https://.")
    return url.strip().rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself.

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


def find_bundled(name: str) -> Path:
    """Return a folder that is bundled with the package: inside it in an installed wheel, beside it in a checkout.

    Parameters
    ----------
    name : {"sample", "notebooks"}

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ConfigError
        If neither exists.

    Examples
    --------
    >>> find_bundled("notebooks").name
    'notebooks'
    """
    package = Path(__file__).parent
    checkout = {"sample": package.parent / "data" / "sample", "notebooks": package.parent / "notebooks"}
    for place in (package / "bundled" / name, checkout[name]):
        if place.is_dir():
            return place
    raise ConfigError(f"The bundled {name} are missing from the package. Install influtics-lab again.")
