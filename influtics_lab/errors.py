"""Every error and warning of the package, and the exit code that each one has on the command line.

::

    InfluticsError
    ├── ConfigError (ValueError)             2  a setting is missing or cannot be used
    ├── QueryError (ValueError)              2  a parameter that the endpoint does not take
    ├── FrameError (ValueError)              2  a frame has not the columns or types that a function needs
    │   └── MissingColumnError (KeyError)    2  a column is not there; says which function adds it
    ├── MissingExtraError (ImportError)      2  an optional part is not installed; says which
    ├── StorageError (OSError)               2  a folder cannot be written or read
    │   └── ArchiveBusyError (TimeoutError)  2  another process writes into the archive
    ├── SnapshotError (ValueError)           1  a folder is no snapshot, or not what its manifest says
    ├── ArchiveError (ValueError)            1  a folder is no archive, not what its log says, or cannot take a snapshot
    ├── KeyRefusedError (PermissionError)    3  401 or 403
    ├── RequestRefusedError (ValueError)     4  the API refused otherwise: 3xx, 400, 404, "success": false
    ├── PayloadError (ValueError)            4  an answer that is not of the documented shape
    ├── UnavailableError (ConnectionError)   5  no usable answer after all retries
    └── IncompleteReadError (RuntimeError)   6  a read that could not be proven complete

    DataQualityWarning (UserWarning)            values that could not be kept, and where to look

Bad rows never raise: they come out in the ``rejected`` frame with a reason. Bad structure always does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from influtics_lab.plain_text import escape_unprintable


class InfluticsError(Exception):
    """Base of every error that this package raises on purpose."""

    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        # KeyError would show the repr of its argument: quotes and escapes around a sentence.
        # What a server, a title or a file put into a message never reaches a terminal as a code.
        return escape_unprintable(self.args[0], keep="\n") if self.args else ""


class ConfigError(InfluticsError, ValueError):
    """A setting is missing or cannot be used."""

    exit_code = 2


class QueryError(InfluticsError, ValueError):
    """A query parameter that the endpoint does not take, told before anything is asked.

    Attributes
    ----------
    parameter : str
        The parameter's name.
    value : object
        What was found.
    allowed : tuple
        What is allowed; empty where it is a range.
    """

    exit_code = 2

    def __init__(self, message: str, *, parameter: str, value: object, allowed: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.value = value
        self.allowed = tuple(allowed)


class FrameError(InfluticsError, ValueError):
    """A frame has not the columns or types that a function needs."""

    exit_code = 2


class MissingColumnError(FrameError, KeyError):
    """A column is not there.

    Attributes
    ----------
    missing : tuple of str
        The columns that were looked for and not found.
    """

    def __init__(self, message: str, *, missing: Sequence[str]) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


class MissingExtraError(InfluticsError, ImportError):
    """An optional part of the package is not installed."""

    exit_code = 2


class StorageError(InfluticsError, OSError):
    """A file or folder cannot be written or read."""

    exit_code = 2


class ArchiveBusyError(StorageError, TimeoutError):
    """Another process writes into the archive and did not finish in time."""


class SnapshotError(InfluticsError, ValueError):
    """A folder is no snapshot, or not what its manifest says.

    Attributes
    ----------
    problems : tuple of str
        Each thing that is wrong, in words.
    """

    def __init__(self, message: str, *, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class ArchiveError(InfluticsError, ValueError):
    """A folder is no archive, or not what its log says, or cannot take a snapshot.

    Attributes
    ----------
    problems : tuple of str
        Each thing that is wrong, in words.
    """

    def __init__(self, message: str, *, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


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
    """The service refused the request for a reason that asking again does not mend.

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
    """An answer that is not of the documented shape."""

    exit_code = 4


class UnavailableError(InfluticsError, ConnectionError):
    """No usable answer after all retries.

    Attributes
    ----------
    tries : int
        How often was asked.
    seconds : float
        How long that took in all.
    request_ids : tuple of str
        The ids of the answers that had one, for the service's support.
    """

    exit_code = 5

    def __init__(self, message: str, *, tries: int, seconds: float, request_ids: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.tries = tries
        self.seconds = seconds
        self.request_ids = tuple(request_ids)


class IncompleteReadError(InfluticsError, RuntimeError):
    """A read that could not be proven complete.

    Attributes
    ----------
    offsets : tuple of int
        Where the list could not be joined together.
    """

    exit_code = 6

    def __init__(self, message: str, *, offsets: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.offsets = tuple(offsets)


class DataQualityWarning(UserWarning):
    """Values that could not be kept. Nothing is lost: they stand in the ``rejected`` frame."""
