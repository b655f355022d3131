"""The endpoint on this machine: uvicorn in a thread, on a loopback socket."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self

import orjson

from influtics_lab.errors import ConfigError
from influtics_lab.localapi.catalogue import Catalogue, Ties
from influtics_lab.localapi.catalogue_sources import Source, catalogue_of
from influtics_lab.localapi.endpoint import Manners, Reply, bears, reply
from influtics_lab.localapi.faults import Fault, Faults
from influtics_lab.localapi.parameters import OWN_FAULT
from influtics_lab.localapi.send_answer import play
from influtics_lab.localapi.uvicorn_thread import HOST, PATIENCE, Receive, Request, Scope, Send, Server, bound


@dataclass(frozen=True)
class Asked:
    """One request that the server got. The key is not in it.

    Attributes
    ----------
    number : int
        From 0.
    method, path : str
    query : dict of str to str
    at : datetime
        When it came, UTC.
    outcome : str
        The HTTP status that was answered, or the fault's name; "pending" until then.
    """

    number: int
    method: str
    path: str
    query: dict[str, str]
    at: datetime
    outcome: str = "pending"


class RequestLog(list[Asked]):
    """The newest requests, oldest first; `first` is the number of the first one that is kept."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.first = most, 0

    def add(self, asked: Asked) -> None:
        """Append a request; drop the oldest one where there are too many."""
        self.append(asked)
        if len(self) > self.most:
            del self[0]
            self.first += 1

    def finish(self, asked: Asked, outcome: str) -> None:
        """Write how a request ended, if it is still kept."""
        index = asked.number - self.first
        if 0 <= index < len(self):
            self[index] = replace(asked, outcome=outcome)

    def clear(self) -> None:
        """Forget every request; the next one has the number 0 again."""
        super().clear()
        self.first = 0


class LocalAPI:
    """The documented endpoint over a real socket of this machine, for a demo, a notebook or a test.

    Parameters
    ----------
    source : optional
        What it serves: nothing for simulated videos, SimulatedVideos, a Snapshot, a folder with a snapshot or with
        answer pages, a list of answer pages, or a Catalogue.
    key : str, default "local-key"
        What `Authorization: Bearer` has to say.
    port : int, default 0
        0 takes a free one.
    statuses : mapping of video_id to status, optional
        Before what the source says; a video of which nobody knows the status is active.
    delay : float, default 0
        Seconds that each answer takes at least; requests wait side by side.
    cap, ignore, envelope : optional
        Deviations from the documentation, see `Manners`.
    ties : "stable" or "random", default "stable"
        How videos with equal sort values are ordered: by id, or in a new order at each request.
    keep_requests : int, default 100_000
        How many requests, the newest ones, `requests` keeps.

    Attributes
    ----------
    url : str
        `http://127.0.0.1:PORT`, while it is started.
    catalogue : Catalogue
        What it serves; may be changed at any time.
    requests : list of Asked
        What was asked, in the order in which it came.
    faults : Faults
        Which requests suffer what.
    before_request : callable, optional
        Called with the catalogue and the number of the request before its answer is made. Where it raises, the
        request is answered 500, and `stop` raises the error again.
    manners : Manners
    delay : float

    Raises
    ------
    MissingExtraError
        When the module is imported without the extra `lab`.
    ConfigError
        If the key cannot stand in a header, or the port is taken.

    Examples
    --------
    >>> import requests
    >>> with LocalAPI() as api:
    ...     answer = requests.get(api.url + "/v1/videos/stats", headers={"Authorization": f"Bearer {api.key}"})
    >>> answer.json()["data"]["pagination"]
    {'total': 120, 'limit': 50, 'offset': 0, 'has_more': True}
    >>> [asked.outcome for asked in api.requests]
    ['200']
    """

    def __init__(
        self,
        source: Source = None,
        *,
        key: str = "local-key",
        port: int = 0,
        statuses: Mapping[str, str] | None = None,
        delay: float = 0.0,
        cap: int | None = None,
        ignore: Collection[str] = (),
        envelope: Literal["nested", "flat"] = "nested",
        ties: Ties = "stable",
        keep_requests: int = 100_000,
    ) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", key):
            raise ConfigError("LocalAPI: the key should be letters, digits and signs, without blanks.")
        self.key = key
        self.delay = delay
        self.manners = Manners(cap, ignore, envelope)
        self.catalogue = catalogue_of(source, statuses, ties=ties)
        self.requests = RequestLog(keep_requests)
        self.faults = Faults()
        self.before_request: Callable[[Catalogue, int], object] | None = None
        self._port = port
        self._running: tuple[Server, threading.Thread, int] | None = None
        self._mistake: Exception | None = None

    def __repr__(self) -> str:
        where = self.url if self._running else "stopped"
        return f"LocalAPI({where}, {len(self.catalogue)} videos)"

    @property
    def url(self) -> str:
        """Its address; ConfigError where it is not started."""
        if self._running is None:
            raise ConfigError("The local API is not started: use it as `with LocalAPI() as api:`, or call start().")
        return f"http://{HOST}:{self._running[2]}"

    def start(self) -> Self:
        """Start, and come back when it answers. Does nothing where it is started."""
        if self._running is None:
            listener = bound(self._port)
            server = Server(self._serve)
            thread = threading.Thread(target=server.run, args=([listener],), name="influtics-local-api", daemon=True)
            thread.start()
            if not server.ready.wait(PATIENCE) or not thread.is_alive():
                raise ConfigError("The local API did not start: see what the server says above.")
            self._running = server, thread, listener.getsockname()[1]
        return self

    def stop(self) -> None:
        """Stop, closing what is open, and raise again what `before_request` raised."""
        if self._running is not None:
            server, thread, _ = self._running
            server.should_exit = True
            thread.join(PATIENCE)
            self._running = None
        mistake, self._mistake = self._mistake, None
        if mistake is not None:
            raise mistake

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self._mistake is not None:
            error.add_note(f"before_request had raised {self._mistake!r}")
            self._mistake = None
        self.stop()

    async def _serve(self, scope: Scope, receive: Receive, send: Send, connection: asyncio.Transport) -> None:
        """Answer one request: note it, make the true answer, play what happens to it."""
        request = Request(scope, receive)
        number = self.requests.first + len(self.requests)
        query = {name: value.replace(self.key, "***") for name, value in request.query_params.items()}
        asked = Asked(number, request.method, request.url.path.replace(self.key, "***"), query, datetime.now(UTC))
        self.requests.add(asked)
        fault = Fault()
        try:
            fault = self.faults.take(number, query)
            true = self._reply(request, number)
        except Exception as error:  # noqa: BLE001  # a mistake in a hook must not hang its client; stop() raises it
            self._mistake = self._mistake or error
            true = Reply(500, orjson.dumps(OWN_FAULT))
        outcome = fault.name if fault.name != "none" else str(true.status)
        self.requests.finish(asked, outcome)
        await play(replace(fault, wait=fault.wait + self.delay), true, receive, send, connection)

    def _reply(self, request: Request, number: int) -> Reply:
        with self.catalogue.lock:
            if self.before_request is not None:
                self.before_request(self.catalogue, number)
            return reply(
                self.catalogue,
                self.manners,
                method=request.method,
                path=request.url.path,
                query=request.query_params,
                authorized=bears(request.headers.get("authorization", ""), self.key),
            )
