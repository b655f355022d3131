"""Every error and warning of the package, with its exit code on the command line.

::

    InfluticsError
    ├── ConfigError (ValueError)             2  a setting is missing or invalid
    ├── QueryError (ValueError)              2  the endpoint does not accept a parameter
    ├── FrameError (ValueError)              2  a frame lacks the columns or types that a function needs
    │   └── MissingColumnError (KeyError)    2  a column is missing; names the function that adds it
    ├── MissingExtraError (ImportError)      2  an optional dependency is not installed; names the extra
    ├── StorageError (OSError)               2  a file or folder cannot be read or written
    │   └── ArchiveBusyError (TimeoutError)  2  another process writes into the archive
    ├── SnapshotError (ValueError)           1  a folder is not a snapshot, or does not match its manifest
    │   └── MissingSnapshotError (ValueError)  2  there is no such folder
    ├── ArchiveError (ValueError)            1  a folder is not an archive, not as logged, or rejects a snapshot
    │   └── MissingArchiveError (ValueError)  2  there is no such folder, or a snapshot in its place
    ├── KeyRefusedError (PermissionError)    3  401 or 403
    ├── RequestRefusedError (ValueError)     4  the API refused otherwise: 3xx, 400, 404, "success": false
    ├── PayloadError (ValueError)            4  an answer does not have the documented shape
    ├── UnavailableError (ConnectionError)   5  no usable answer after all retries
    └── IncompleteReadError (RuntimeError)   6  a read could not be proven complete

    DataQualityWarning (UserWarning)            values were rejected
    PublicationWarning (UserWarning)            an add was not published

Invalid values never raise: they are listed in the ``rejected`` frame with a reason. Invalid structure always raises.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, ClassVar

from influtics_lab.plain_text import escape_unprintable


class InfluticsError(Exception):
    """Base class of all errors of this package."""

    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        # KeyError would show the repr of its argument: a sentence in quotes, with escapes.
        # Text from a server, title or file must not reach a terminal as control characters.
        return escape_unprintable(self.args[0], keep="\n") if self.args else ""


class ConfigError(InfluticsError, ValueError):
    """A setting is missing or invalid."""

    exit_code = 2


def check_type(name: str, value: object, expected: type, advice: str) -> None:
    """Raise ConfigError if a value is of another type.

    Examples
    --------
    >>> check_type("The snapshot", "data", dict, "Pass what lab.open_snapshot(path) returns.")
    Traceback (most recent call last):
    ...
    influtics_lab.errors.ConfigError: The snapshot is a str, not a dict. Pass what lab.open_snapshot(path) returns.
    """
    if not isinstance(value, expected):
        raise ConfigError(f"{name} is a {type(value).__name__}, not a {expected.__name__}. {advice}")


class QueryError(InfluticsError, ValueError):
    """The endpoint does not accept a query parameter; raised before any request.

    Attributes
    ----------
    parameter : str
        The parameter's name.
    value : object
        The value that was passed.
    allowed : tuple
        The allowed values; empty for a range.
    """

    exit_code = 2

    def __init__(self, message: str, *, parameter: str, value: object, allowed: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.value = value
        self.allowed = tuple(allowed)


class FrameError(InfluticsError, ValueError):
    """A frame lacks the columns or types that a function needs."""

    exit_code = 2


class MissingColumnError(FrameError, KeyError):
    """A column is missing.

    Attributes
    ----------
    missing : tuple of str
        The missing columns.
    """

    def __init__(self, message: str, *, missing: Sequence[str]) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


class MissingExtraError(InfluticsError, ImportError):
    """An optional dependency is not installed."""

    exit_code = 2


def import_extra(module: str, advice: str) -> Any:
    """Return a module of an optional dependency; raise MissingExtraError with the advice if it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingExtraError(advice) from None


class StorageError(InfluticsError, OSError):
    """A file or folder cannot be read or written."""

    exit_code = 2


class ArchiveBusyError(StorageError, TimeoutError):
    """Another process writes into the archive and did not finish in time."""


class SnapshotError(InfluticsError, ValueError):
    """A folder is not a snapshot, or does not match its manifest.

    Attributes
    ----------
    problems : tuple of str
        Every failed check, in words.
    """

    def __init__(self, message: str, *, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class MissingSnapshotError(SnapshotError):
    """A snapshot was named, and there is no such folder."""

    exit_code = 2


class ArchiveError(InfluticsError, ValueError):
    """A folder is not an archive, does not match its log, or rejects a snapshot.

    Attributes
    ----------
    problems : tuple of str
        Every failed check, in words.
    """

    def __init__(self, message: str, *, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class MissingArchiveError(ArchiveError):
    """An archive was named, and there is no such folder, or a snapshot in its place."""

    exit_code = 2


class KeyRefusedError(InfluticsError, PermissionError):
    """The service refused the key (401 or 403).

    Attributes
    ----------
    http_status : int
    """

    exit_code = 3

    def __init__(self, message: str, *, http_status: int) -> None:
        super().__init__(message)
        self.http_status = http_status


class RequestRefusedError(InfluticsError, ValueError):
    """The service refused the request for a reason that a retry cannot change.

    Attributes
    ----------
    http_status : int
    code : str or None
        The ``code`` of the answer, if it had one.
    details : object
        The ``details`` of the answer, if it had any.
    """

    exit_code = 4

    def __init__(self, message: str, *, http_status: int, code: str | None = None, details: Any = None) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.code = code
        self.details = details


class PayloadError(InfluticsError, ValueError):
    """An answer does not have the documented shape."""

    exit_code = 4


class UnavailableError(InfluticsError, ConnectionError):
    """No usable answer after all retries.

    Attributes
    ----------
    tries : int
        The number of failed tries.
    seconds : float
        Their total duration.
    request_ids : tuple of str
        The request ids of the answers, for the service's support.
    """

    exit_code = 5

    def __init__(self, message: str, *, tries: int, seconds: float, request_ids: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.tries = tries
        self.seconds = seconds
        self.request_ids = tuple(request_ids)


class IncompleteReadError(InfluticsError, RuntimeError):
    """A read could not be proven complete.

    Attributes
    ----------
    offsets : tuple of int
        Where in the list the proof failed.
    """

    exit_code = 6

    def __init__(self, message: str, *, offsets: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.offsets = tuple(offsets)


class PublicationWarning(UserWarning):
    """The Delta tables of an archive were not written. The archive itself was."""


class DataQualityWarning(UserWarning):
    """Values were rejected. They are listed in the ``rejected`` frame."""
