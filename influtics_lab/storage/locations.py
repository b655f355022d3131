"""Where an archive or snapshot is: a path, or a URL of an object store."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.storage.object_store import Bucket
from influtics_lab.storage.places import Folder

Location = str | os.PathLike[str]
Place = Folder | Bucket
"""Holds named files. Names are relative, with ``/`` between their parts. Both classes have the same methods."""
_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
REPLACED: Final = re.compile(r"[%\\]")
"""Characters of a path that some programs replace, while others look for them as they are."""
_SCHEMES: Final = ("s3", "gs", "az")


def is_url(location: Location) -> bool:
    r"""Return whether a text is a URL rather than a path.

    Examples
    --------
    >>> is_url("s3://bucket/path"), is_url("data/archive"), is_url("C:\\data")
    (True, False, False)
    """
    return isinstance(location, str) and _URL.match(location) is not None


def to_location(location: Location) -> Path | str:
    """Return a URL as it is, and anything else as a path: the type of a command-line argument."""
    return str(location) if is_url(location) else _to_path(location)


def resolve_location(location: Location) -> Path | str:
    """Return an absolute path without links, or a URL as it is."""
    return str(location) if is_url(location) else _to_path(location).resolve()


def _to_path(location: object) -> Path:
    if not isinstance(location, str | os.PathLike):
        text = f"The place of a snapshot or archive is a {type(location).__name__}, not a path."
        raise ConfigError(f"{text} Pass its folder or URL as a text.")
    return Path(location)


def open_place(location: Location) -> Place:
    """Return the place at a path or URL.

    Raises
    ------
    ConfigError
        If it is neither a path nor a text, or a URL has an unknown scheme, no bucket, or parts that do not belong
        there, such as credentials.
    MissingExtraError
        If obstore is not installed.
    """
    return Bucket(check_url(str(location))) if is_url(location) else Folder(_to_path(location))


def check_url(url: str) -> str:
    """Return a URL without a slash at its end; raise ConfigError if it cannot be used.

    Credentials come from the environment: a URL appears in messages, notebooks and lists of processes.
    """
    scheme, _, rest = url.partition("://")
    if "@" in rest or "?" in rest or "#" in rest:
        raise ConfigError(
            f"A URL of an archive or snapshot has credentials or parameters ({scheme}://...). Remove them: "
            "credentials are read from the environment, such as AWS_ACCESS_KEY_ID."
        )
    shown = escape_unprintable(url)
    if scheme.lower() not in _SCHEMES:
        raise ConfigError(f"{shown} has an unknown scheme; expected a folder or one of s3://, gs:// and az://.")
    if character := REPLACED.search(rest):
        text = f"{shown} has a {character[0]}, which some programs replace."
        raise ConfigError(f"{text} Use a path without it, and write spaces and accents as they are.")
    parts = rest.rstrip("/").split("/")
    if not all(parts) or ".." in parts or "." in parts:
        raise ConfigError(f"{shown} is no valid URL of a bucket and path; expected one such as s3://bucket/path.")
    return f"{scheme.lower()}://{'/'.join(parts)}"
