"""Settings: from arguments, else from the environment, checked before anything is asked."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from influtics_lab.errors import ConfigError

VERSION: Final = version("influtics-lab")
DEFAULT_BASE_URL: Final = "https://api.influtics.com"
KEY_VARIABLE: Final = "INFLUTICS_API_KEY"
URL_VARIABLE: Final = "INFLUTICS_BASE_URL"


class ApiKey:
    """A key that shows itself to nobody: not in a repr, a message, a log or a pickle.

    Examples
    --------
    >>> ApiKey("abc")
    ApiKey('***')
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def __repr__(self) -> str:
        return "ApiKey('***')"

    def __reduce__(self) -> str:
        raise TypeError("an ApiKey is not pickled: it would lie on the disk in the clear")

    def reveal(self) -> str:
        """Give the key itself, for the one header that carries it."""
        return self.__value


@dataclass(frozen=True)
class Settings:
    """Where the service is, and the key to it."""

    api_key: ApiKey
    base_url: str

    @property
    def host(self) -> str:
        """The host and port, as the manifest names them."""
        return urlsplit(self.base_url).netloc


def settings(api_key: str | None = None, base_url: str | None = None) -> Settings:
    """Resolve the settings from arguments, else from the environment.

    Parameters
    ----------
    api_key : str, optional
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
    key = api_key if api_key is not None else os.environ.get(KEY_VARIABLE, "")
    url = base_url if base_url is not None else os.environ.get(URL_VARIABLE, "") or DEFAULT_BASE_URL
    return Settings(ApiKey(_checked_key(key)), _checked_url(url))


def _checked_key(key: object) -> str:
    key = key.strip() if isinstance(key, str) else ""
    if not key:
        raise ConfigError(f"No API key: set the environment variable {KEY_VARIABLE}, or give api_key=.")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise ConfigError("The API key holds blanks or characters that no key has: copy it again, without line breaks.")
    return key


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
