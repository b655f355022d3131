"""Pages that are read from the service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from influtics_lab.api.connection import Connection
from influtics_lab.api.list_reader import read_list
from influtics_lab.api.merge_answers import decode_answer
from influtics_lab.api.query import Query
from influtics_lab.api.retry_budget import RetryBudget
from influtics_lab.errors import ConfigError
from influtics_lab.load.freeze import facts_of, freeze, labelled, now, warn
from influtics_lab.schema import STATUSES
from influtics_lab.snapshot import Snapshot


class Client(Connection):
    """The door to the endpoint.

    Parameters
    ----------
    api_key : str, optional
        Else the environment variable ``INFLUTICS_API_KEY``. It is in no repr, message or log.
    base_url : str, optional
        Else ``INFLUTICS_BASE_URL``, else ``https://api.influtics.com``. Plain http is refused but for this machine.
    workers : int, default 4
        How many pages are fetched at once.
    timeout : float, default 30
        Seconds to wait for a connection, and for the next bytes of an answer; one try takes four times that at most,
        headers and body together.
    patience : float, default 120
        Seconds that one read may lose to failed tries and to waiting before the next one, summed over the workers.
    max_page_mb : float, default 64
        Largest answer in megabytes, decompressed: a larger one is refused while it is read. Reading one takes up to six
        times as much memory, and up to fifteen where it has half characters, NaN or a key twice.
    max_pages : int, default 20,000
        Most answers that one read takes, about two million videos: a list without an end must end somewhere.

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
        """Ask for one page, such as the ten videos with the most views, as a snapshot that says it is only a part.

        Parameters
        ----------
        platform, status, sort, order, limit, offset
            As the endpoint's documentation has them; checked before anything is asked.

        Returns
        -------
        Snapshot
            ``videos`` in the order in which the service gave them.

        Raises
        ------
        QueryError
            If a parameter is not one that the endpoint takes.
        KeyRefusedError, RequestRefusedError, PayloadError, UnavailableError
            As the service answers.
        IncompleteReadError
            If the page stays empty although the list goes on.
        """
        query = Query(platform=platform, status=status, sort=sort, order=order, limit=limit, offset=offset)
        taken_at = now()
        answer, _ = self.get(query)
        frames = decode_answer(answer.items)
        if status is not None:
            frames = labelled(frames, dict.fromkeys(frames.videos["video_id"], status))
        part = f"part: {len(answer.items)} of {answer.total} videos"
        host = {"query": query.to_params(), "host": self.settings.host, "taken_at": taken_at}
        snapshot = freeze(frames, facts_of([answer]) | host | {"completeness": {"proven": part}})
        warn(snapshot.manifest, stacklevel=2)
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
        Find out each video's status, which is no field of an answer, by asking once more for each status.
    client : Client, optional
        Else one is made of `api_key` and `base_url`.
    api_key, base_url : str, optional
        Else ``INFLUTICS_API_KEY`` and ``INFLUTICS_BASE_URL``. Not together with `client`, which has its own.

    Returns
    -------
    polars.DataFrame
        The columns of ``schema.FRAME``, sorted by ``video_id, timestamp``. A video without readings has no row; it is
        in ``take_snapshot().videos``.

    Raises
    ------
    ConfigError, QueryError
        Before anything is asked.
    IncompleteReadError
        If it cannot be proven that nothing was lost.
    KeyRefusedError, RequestRefusedError, PayloadError, UnavailableError
        As the service answers.

    Warns
    -----
    DataQualityWarning
        If there were values that could not be kept.
    """
    client = _client(client, api_key, base_url)
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
    """Read every tracked video and freeze what was read.

    Parameters
    ----------
    platform, status, with_status, client, api_key, base_url
        As for ``load_stats``.
    pages : pathlib.Path, optional
        A folder that is there, for the answers as they came.
    resume : bool, default False
        Use the answers that an interrupted read of the same query left in ``pages``, where their seams still close.
        The manifest says how many, and ``taken_at`` is when the first of them came. A day-old page is not used.

    Returns
    -------
    Snapshot
        ``videos``, ``stats``, ``rejected`` and the ``manifest``, which says how completeness was proven.

    Raises
    ------
    ConfigError, QueryError, IncompleteReadError, KeyRefusedError, RequestRefusedError, PayloadError, UnavailableError
        As for ``load_stats``.
    StorageError
        If the folder for the answers cannot be written.

    Warns
    -----
    DataQualityWarning
        If there were values that could not be kept.
    """
    client = _client(client, api_key, base_url)
    return read_snapshot(platform, status, with_status=with_status, client=client, pages=pages, resume=resume)


def _client(client: Client | None, api_key: str | None, base_url: str | None) -> Client | None:
    """Return the client to use; None where it is made later, of settings that are checked after the query."""
    if api_key is None and base_url is None:
        return client
    if client is not None:
        raise ConfigError("client has a key and an address of its own. Give client=, or api_key= and base_url=.")
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
    """Do what ``take_snapshot`` does, within a budget that other reads may share."""
    platform = Query(platform=platform, status=status).platform  # wrong parameters are told before a key is asked for
    client = client or Client()
    budget = budget or client.new_budget()
    whole = read_list(client, platform, status, what="videos", budget=budget, pages=pages, resume=resume)
    frames, facts = whole.frames, whole.manifest_facts()
    labels: dict[str, str] = {}
    if status is not None:
        labels = dict.fromkeys(whole.ids, status)
    elif with_status:
        labels, extra = _labels(client, platform, whole.ids, budget)
        facts |= extra
    facts |= {
        "taken_at": whole.started_at.isoformat(timespec="microseconds"),
        "finished_at": now(),
        "host": client.settings.host,
    }
    facts["query"] = {"platform": platform, "status": status, "with_status": with_status}
    snapshot = freeze(labelled(frames, labels), facts)
    warn(snapshot.manifest, stacklevel=3)
    return snapshot


def _labels(
    client: Client, platform: str | None, ids: set[str], budget: RetryBudget
) -> tuple[dict[str, str], dict[str, Any]]:
    """Ask once for each status; where a video came under none or two, which it can while it changes, look again."""
    labels: dict[str, str] = {}
    requests: list[str | None] = []
    for look in ("status", "status again"):
        found: dict[str, set[str]] = {}
        for status in STATUSES:
            read = read_list(client, platform, status, what=f"{look}: {status}", budget=budget, only_ids=True)
            requests += read.request_ids
            for name in read.ids:
                found.setdefault(name, set()).add(status)
        labels |= {name: next(iter(seen)) for name, seen in found.items() if len(seen) == 1 and name not in labels}
        if ids <= labels.keys():
            break
    unsettled = sorted(ids - labels.keys())
    return labels, {"status_request_ids": requests, "status_unsettled": unsettled, "retries": budget.retries}
