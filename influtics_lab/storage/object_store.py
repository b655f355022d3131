"""The objects below a URL of an object store, read and written with obstore.

Credentials come from the environment, and no message holds what the store answers, which may repeat them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from influtics_lab.errors import ConfigError, StorageError, import_extra
from influtics_lab.storage.places import ANY, ReplacedError, Version

_MOST_REQUESTS: Final = 8  # at once
_THROTTLED: Final = "429 Too Many Requests"
_VARIABLES: Final = {
    "s3": "AWS_ACCESS_KEY_ID",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME",
}


class Bucket:
    """The objects below a URL. Small and whole: each is read and written by one request.

    Parameters
    ----------
    url : str
        Without a slash at its end and without credentials.
    """

    is_local = False

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = url.rpartition("/")[2]
        self._tables: dict[str, bytes] = {}
        text = "Object storage needs obstore. Install the extra: pip install 'influtics-lab[cloud]'"
        self._obstore, store = import_extra("obstore", text), import_extra("obstore.store", text)
        try:
            self._store: Any = store.from_url(url)
        except Exception as error:  # noqa: BLE001  # its own classes, whose texts may show settings
            kind = type(error).__name__
            raise ConfigError(f"{url} cannot be opened ({kind}). Check the URL and the store's variables.") from None

    def __str__(self) -> str:
        return self.url

    def location(self, name: str) -> str:
        """Return the URL of an object."""
        return f"{self.url}/{name}"

    def exists(self) -> bool:
        """Return true: an object store has no folders."""
        return True

    def read(self, name: str) -> bytes | None:
        """Return the bytes of an object; None if it does not exist."""
        return self.read_versioned(name)[0]

    def read_files(self, names: Sequence[str]) -> list[bytes | None]:
        """Return the bytes of several objects, read at the same time; None for each that does not exist."""
        with ThreadPoolExecutor(_MOST_REQUESTS) as pool:
            return list(pool.map(self.read, names))

    def read_versioned(self, name: str) -> tuple[bytes | None, Version]:
        """Return the bytes of an object and its version; twice None if it does not exist."""
        with self._report_errors(name, "read"):
            try:
                answer = self._obstore.get(self._store, name)
            except FileNotFoundError:
                return None, None
            return bytes(answer.bytes()), _version_of(answer.meta)

    def open_table(self, name: str) -> io.BytesIO:
        """Return a Parquet file in memory. It is read once, since such a file never changes."""
        if name not in self._tables:
            data = self.read(name)
            if data is None:
                raise FileNotFoundError(f"{self.location(name)} does not exist")
            self._tables[name] = data
        return io.BytesIO(self._tables[name])

    def fetch_tables(self, names: Sequence[str]) -> None:
        """Fetch Parquet files that will be opened, several at once; missing ones are reported when they are opened."""
        missing = [name for name in names if name not in self._tables]
        answers = zip(missing, self.read_files(missing), strict=True)
        self._tables |= {name: data for name, data in answers if data is not None}

    def forget_tables(self) -> None:
        """Free the memory of the Parquet files that were read."""
        self._tables.clear()

    def write(self, name: str, data: bytes) -> None:
        """Write an object."""
        with self._report_errors(name, "written"):
            self._obstore.put(self._store, name, data, use_multipart=False)

    def replace(self, name: str, data: bytes, version: Version = ANY) -> Version:
        """Replace an object if it still has a version, or create it for None, and return its new version.

        Raises
        ------
        ReplacedError
            If another writer replaced or created it meanwhile, or the store says that it is written too often.
        """
        conflicts = self._obstore.exceptions.PreconditionError, self._obstore.exceptions.AlreadyExistsError
        mode = "overwrite" if version == ANY else version or "create"
        with self._report_errors(name, "written"):
            try:
                answer = self._obstore.put(self._store, name, data, mode=mode, use_multipart=False)
            except conflicts:
                raise ReplacedError from None
            except self._obstore.exceptions.GenericError as error:
                if _THROTTLED not in str(error):
                    raise
                raise ReplacedError from None  # Google allows one write of an object a second
            return _version_of(answer)

    def find_problem(self, name: str) -> str | None:
        """Return that an object is missing; None if it can be read."""
        try:
            self.open_table(name)
        except FileNotFoundError:
            return "is missing"
        return None

    def measure(self, name: str) -> int:
        """Return the size of an object in bytes; 0 if it does not exist."""
        head = self._head(name)
        return 0 if head is None else int(head["size"])

    def modified_at(self, name: str) -> dt.datetime | None:
        """Return when an object was written, by the store's clock; None if it does not exist."""
        head = self._head(name)
        return None if head is None else head["last_modified"]

    def _head(self, name: str) -> dict[str, Any] | None:
        with self._report_errors(name, "read"):
            try:
                head: dict[str, Any] = self._obstore.head(self._store, name)
            except FileNotFoundError:
                return None
            return head

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of an object, as it was fetched last; None if it does not exist."""
        try:
            return hashlib.sha256(self.open_table(name).getbuffer()).hexdigest()
        except FileNotFoundError:
            return None

    def list_names(self) -> list[str]:
        """Return the names of all objects, sorted."""
        with self._report_errors("", "listed"):
            return sorted(entry["path"] for part in self._obstore.list(self._store) for entry in part)

    def delete(self, name: str) -> None:
        """Delete an object, if it exists."""
        with self._report_errors(name, "deleted"):
            try:
                self._obstore.delete(self._store, name)
            except FileNotFoundError:
                return

    def hold_lock(self, patience_s: float) -> AbstractContextManager[object]:  # noqa: ARG002  # as for a folder
        """Return a context manager that does nothing: versions take the place of a lock."""
        return nullcontext()

    @contextmanager
    def _report_errors(self, name: str, what: str) -> Iterator[None]:
        exceptions = self._obstore.exceptions
        place, failure = self.location(name).rstrip("/"), ""
        variables = f"its variables ({_VARIABLES[self.url.partition('://')[0]]}, ...)"
        try:
            yield
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
            failure = f"{place} cannot be {what}: the store refuses the credentials. Check {variables}."
        except exceptions.BaseError as error:
            kind = type(error).__name__
            text = f"the store did not answer as expected ({kind})"
            failure = f"{place} cannot be {what}: {text}. Try again later, or check {variables}."
        if failure:  # outside, so that no traceback holds the store's answer
            raise StorageError(failure)


def _version_of(answer: Any) -> Version:
    """Return what identifies one state of an object."""
    return {name: answer[name] for name in ("e_tag", "version") if answer.get(name) is not None}
