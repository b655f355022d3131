"""Read from the service: the class `Client`, `load_stats` and `take_snapshot`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from influtics_lab.api.connection import Connection
from influtics_lab.api.decode_answers import decode_answer
from influtics_lab.api.list_reader import read_list
from influtics_lab.api.query import Query
from influtics_lab.api.retry_budget import RetryBudget
from influtics_lab.errors import ConfigError
from influtics_lab.load.build_snapshot import (
    build_snapshot,
    current_timestamp,
    page_facts,
    warn_about_rejected,
    with_status_labels,
)
from influtics_lab.schema import STATUSES
from influtics_lab.snapshot import Snapshot


class Client(Connection):
    """A client of the endpoint, which keeps its connections alive and can be used by several threads.

    Parameters
    ----------
    api_key : str, optional
        Default: the environment variable ``INFLUTICS_API_KEY``. The key never appears in a repr, message, log or
        traceback.
    base_url : str, optional
        Default: ``INFLUTICS_BASE_URL``, else ``https://api.influtics.com``. Plain http is allowed on this machine only.
    workers : int, default 4
        How many pages are fetched at once, 64 at most.
    timeout : float, default 30
        Seconds to wait for a connection, and for the next bytes of an answer. One try, headers and body together,
        lasts at most four times as long.
    patience : float, default 120
        Seconds that one read may lose to failed tries and to waiting before the next one, summed over the workers.
    max_page_mb : float, default 64
        Largest decompressed answer in megabytes; a larger one is refused while it is read. Reading one uses up to six
        times as much memory, and up to fifteen times if it has half characters, NaN or repeated keys.
    max_pages : int, default 20,000
        Most answers that one read accepts, about two million videos: a guard against endless lists.

    Raises
    ------
    ConfigError
        If there is no key, or a setting cannot be used.

    Examples
    --------
    >>> Client("abc", base_url="http://127.0.0.1:8000")
    Client(base_url='http://127.0.0.1:8000', workers=4)
    """

    def page(
        self,
        *,
        platform: str | None = None,
        status: str | None = None,
        sort: str = "created_at",
        order: str = "desc",
        limit: int = 50,
        offset: int = 0,
    ) -> Snapshot:
        """Request one page, such as the ten videos with the most views, as a snapshot that is marked as a part.

        Parameters
        ----------
        platform, status, sort, order, limit, offset
            As in the endpoint's documentation; checked before the request.

        Returns
        -------
        Snapshot
            ``videos`` in the order of the answer.

        Raises
        ------
        QueryError
            If the endpoint does not accept a parameter.
        KeyRefusedError, RequestRefusedError, PayloadError, UnavailableError
            Depending on the answers of the service.
        IncompleteReadError
            If the page stays empty although the list continues.
        """
        query = Query(platform=platform, status=status, sort=sort, order=order, limit=limit, offset=offset)
        taken_at = current_timestamp()
        answer, _ = self.get(query)
        frames = decode_answer(answer.items)
        if status is not None:
            frames = with_status_labels(frames, dict.fromkeys(frames.videos["video_id"], status))
        part = f"part: {len(answer.items)} of {answer.total} videos"
        host = {"query": query.to_params(), "host": self.settings.host, "taken_at": taken_at}
        snapshot = build_snapshot(frames, page_facts([answer]) | host | {"completeness": {"proven": part}})
        warn_about_rejected(snapshot.manifest, stacklevel=2)
        return snapshot


def load_stats(
    platform: str | None = None,
    status: str | None = None,
    *,
    with_status: bool = False,
    client: Client | None = None,
    api_key: str | None = None,
    base_url: str | None = None,
) -> pl.DataFrame:
    """Read every tracked video: one row for each video and timestamp.

    Parameters
    ----------
    platform : {"TikTok", "YouTube", "Instagram"}, optional
    status : {"active", "completed", "failed"}, optional
    with_status : bool, default False
        Add each video's status. Answers do not contain it, so this reads the list once more for each status.
    client : Client, optional
        Default: a new client with `api_key` and `base_url`.
    api_key, base_url : str, optional
        Default: ``INFLUTICS_API_KEY`` and ``INFLUTICS_BASE_URL``. Not together with `client`, which has its own.

    Returns
    -------
    polars.DataFrame
        The columns of ``schema.FRAME``, sorted by ``video_id, timestamp``. A video without readings has no row; it is
        in ``take_snapshot().videos``.

    Raises
    ------
    ConfigError, QueryError
        If a setting or parameter is invalid, before any request.
    IncompleteReadError
        If the read cannot be proven complete.
    KeyRefusedError, RequestRefusedError, PayloadError, UnavailableError
        Depending on the answers of the service.

    Warns
    -----
    DataQualityWarning
        If values were rejected.
    """
    client = _choose_client(client, api_key, base_url)
    return read_snapshot(platform, status, with_status=with_status, client=client).frame()


def take_snapshot(
    platform: str | None = None,
    status: str | None = None,
    *,
    with_status: bool = False,
    client: Client | None = None,
    api_key: str | None = None,
    base_url: str | None = None,
    pages: Path | None = None,
    resume: bool = False,
) -> Snapshot:
    """Read every tracked video and return the result as a snapshot.

    Parameters
    ----------
    platform, status, with_status, client, api_key, base_url
        As for ``load_stats``.
    pages : pathlib.Path, optional
        An existing folder for the raw answers.
    resume : bool, default False
        Use the answers that an interrupted read of the same query left in ``pages``, if they still fit the list. The
        manifest counts them, and ``taken_at`` is the time of the first of them. Pages older than a day are not used.

    Returns
    -------
    Snapshot
        ``videos``, ``stats``, ``rejected`` and the ``manifest``, which states how completeness was proven.

    Raises
    ------
    ConfigError, QueryError, IncompleteReadError, KeyRefusedError, RequestRefusedError, PayloadError, UnavailableError
        As for ``load_stats``.
    StorageError
        If the folder for the answers cannot be written.

    Warns
    -----
    DataQualityWarning
        If values were rejected.
    """
    client = _choose_client(client, api_key, base_url)
    return read_snapshot(platform, status, with_status=with_status, client=client, pages=pages, resume=resume)


def _choose_client(client: Client | None, api_key: str | None, base_url: str | None) -> Client | None:
    """Return the client to use; None to create one later, after the query has been checked."""
    if api_key is None and base_url is None:
        return client
    if client is not None:
        raise ConfigError("client has its own key and address. Pass client=, or api_key= and base_url=, not both.")
    return Client(api_key, base_url)


def read_snapshot(
    platform: str | None,
    status: str | None,
    *,
    with_status: bool,
    client: Client | None,
    pages: Path | None = None,
    resume: bool = False,
    budget: RetryBudget | None = None,
) -> Snapshot:
    """Do the same as ``take_snapshot``, within a budget that other reads may share."""
    platform = Query(platform=platform, status=status).platform  # first: reports wrong parameters before a missing key
    client = client or Client()
    budget = budget or client.new_budget()
    read = read_list(client, platform, status, what="videos", budget=budget, pages=pages, resume=resume)
    frames, facts = read.frames, read.manifest_facts()
    labels: dict[str, str] = {}
    if status is not None:
        labels = dict.fromkeys(read.ids, status)
    elif with_status:
        labels, extra = _read_status_labels(client, platform, read.ids, budget)
        facts |= extra
    facts |= {
        "taken_at": read.started_at.isoformat(timespec="microseconds"),
        "finished_at": current_timestamp(),
        "host": client.settings.host,
    }
    facts["query"] = {"platform": platform, "status": status, "with_status": with_status}
    snapshot = build_snapshot(with_status_labels(frames, labels), facts)
    warn_about_rejected(snapshot.manifest, stacklevel=3)
    return snapshot


def _read_status_labels(
    client: Client, platform: str | None, ids: set[str], budget: RetryBudget
) -> tuple[dict[str, str], dict[str, Any]]:
    """Read the list of each status; once more if a video was in none or two, as can happen while it changes."""
    labels: dict[str, str] = {}
    requests: list[str | None] = []
    for attempt in ("status", "status again"):
        statuses_of: dict[str, set[str]] = {}
        for status in STATUSES:
            read = read_list(client, platform, status, what=f"{attempt}: {status}", budget=budget, only_ids=True)
            requests += read.request_ids
            for name in read.ids:
                statuses_of.setdefault(name, set()).add(status)
        unique = {name: statuses.pop() for name, statuses in statuses_of.items() if len(statuses) == 1}
        labels = unique | labels
        if ids <= labels.keys():
            break
    unsettled = sorted(ids - labels.keys())
    return labels, {"status_request_ids": requests, "status_unsettled": unsettled, "retries": budget.retries}
