"""The public class `LocalAPI`: the documented endpoint, served on this machine by uvicorn in a thread."""

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
from influtics_lab.localapi.catalogue_sources import Source, create_catalogue
from influtics_lab.localapi.endpoint import Manners, Reply, answer_request, has_key
from influtics_lab.localapi.faults import Fault, Faults
from influtics_lab.localapi.parameters import OWN_FAULT
from influtics_lab.localapi.send_answer import send_with_fault
from influtics_lab.localapi.uvicorn_thread import HOST, PATIENCE, Receive, Request, Scope, Send, Server, open_listener


@dataclass(frozen=True)
class Asked:
    """One request that the server received, without the key.

    Attributes
    ----------
    number : int
        From 0.
    method, path : str
    query : dict of str to str
    at : datetime
        When it was received, UTC.
    outcome : str
        The HTTP status of the answer, or the name of the fault; "pending" before the answer.
    """

    number: int
    method: str
    path: str
    query: dict[str, str]
    at: datetime
    outcome: str = "pending"


class RequestLog(list[Asked]):
    """The newest requests, oldest first; `first` is the number of the first one in the list."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.first = most, 0

    def append_request(self, asked: Asked) -> None:
        """Append a request; drop the oldest if there are too many."""
        self.append(asked)
        if len(self) > self.most:
            del self[0]
            self.first += 1

    def set_outcome(self, asked: Asked, outcome: str) -> None:
        """Set the outcome of a request, if it is still in the list."""
        index = asked.number - self.first
        if 0 <= index < len(self):
            self[index] = replace(asked, outcome=outcome)

    def clear(self) -> None:
        """Remove all requests; the next one has the number 0 again."""
        super().clear()
        self.first = 0


class LocalAPI:
    """The documented endpoint on a loopback socket of this machine, for a demo, a notebook or a test.

    Parameters
    ----------
    source : optional
        The served videos: None for simulated ones, SimulatedVideos, a Snapshot, a folder with a snapshot or with
        answer pages, a list of answer pages, or a Catalogue.
    key : str, default "local-key"
        The key that requests must send as `Authorization: Bearer`.
    port : int, default 0
        0 chooses a free port.
    statuses : mapping of video_id to status, optional
        Override the statuses of the source. Videos without any status are active.
    delay : float, default 0
        Least seconds before each answer; concurrent requests wait at the same time.
    cap, ignore, envelope : optional
        Deviations from the documentation, see `Manners`.
    ties : "stable" or "random", default "stable"
        How videos with equal sort values are ordered: by id, or randomly at each request.
    keep_requests : int, default 100_000
        The most requests in `requests`; older ones are dropped.

    Attributes
    ----------
    url : str
        `http://127.0.0.1:PORT`, while it runs.
    catalogue : Catalogue
        The served videos; may be changed at any time.
    requests : list of Asked
        The received requests, in order.
    faults : Faults
        Which requests fail, and how.
    before_request : callable, optional
        Called with the catalogue and the number of the request before its answer is built. If it raises, the answer
        is a 500, and `stop` raises the error again.
    manners : Manners
    delay : float

    Raises
    ------
    MissingExtraError
        When the module is imported without the extra `lab`.
    ConfigError
        If the key cannot be sent in a header, or the port is in use.

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
            raise ConfigError("LocalAPI: the key must consist of printable ASCII characters without blanks.")
        self.key = key
        self.delay = delay
        self.manners = Manners(cap, ignore, envelope)
        self.catalogue = create_catalogue(source, statuses, ties=ties)
        self.requests = RequestLog(keep_requests)
        self.faults = Faults()
        self.before_request: Callable[[Catalogue, int], object] | None = None
        self._port = port
        self._running: tuple[Server, threading.Thread, int] | None = None
        self._hook_error: Exception | None = None

    def __repr__(self) -> str:
        place = self.url if self._running else "stopped"
        return f"LocalAPI({place}, {len(self.catalogue)} videos)"

    @property
    def url(self) -> str:
        """Its address; raises ConfigError if it does not run."""
        if self._running is None:
            raise ConfigError("The local API is not running. Use it as `with LocalAPI() as api:`, or call start().")
        return f"http://{HOST}:{self._running[2]}"

    def start(self) -> Self:
        """Start, and return when it answers. Do nothing if it runs already."""
        if self._running is None:
            listener = open_listener(self._port)
            server = Server(self._serve_request)
            thread = threading.Thread(target=server.run, args=([listener],), name="influtics-local-api", daemon=True)
            thread.start()
            if not server.ready.wait(PATIENCE) or not thread.is_alive():
                raise ConfigError("The local API did not start. See the server's output above.")
            self._running = server, thread, listener.getsockname()[1]
        return self

    def stop(self) -> None:
        """Stop, close all connections, and raise again an error of `before_request`."""
        if self._running is not None:
            server, thread, _ = self._running
            server.should_exit = True
            thread.join(PATIENCE)
            self._running = None
        error, self._hook_error = self._hook_error, None
        if error is not None:
            raise error

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self._hook_error is not None:
            error.add_note(f"before_request had raised {self._hook_error!r}")
            self._hook_error = None
        self.stop()

    async def _serve_request(self, scope: Scope, receive: Receive, send: Send, connection: asyncio.Transport) -> None:
        """Answer one request: log it, build the correct answer, and send it with its fault."""
        request = Request(scope, receive)
        number = self.requests.first + len(self.requests)
        query = {name: value.replace(self.key, "***") for name, value in request.query_params.items()}
        asked = Asked(number, request.method, request.url.path.replace(self.key, "***"), query, datetime.now(UTC))
        self.requests.append_request(asked)
        fault = Fault()
        try:
            fault = self.faults.next_fault(number, query)
            reply = self._create_reply(request, number)
        except Exception as error:  # noqa: BLE001  # an error in a hook must not hang its client; stop() raises it
            self._hook_error = self._hook_error or error
            reply = Reply(500, orjson.dumps(OWN_FAULT))
        outcome = fault.name if fault.name != "none" else str(reply.status)
        self.requests.set_outcome(asked, outcome)
        await send_with_fault(replace(fault, wait=fault.wait + self.delay), reply, receive, send, connection)

    def _create_reply(self, request: Request, number: int) -> Reply:
        with self.catalogue.lock:
            if self.before_request is not None:
                self.before_request(self.catalogue, number)
            return answer_request(
                self.catalogue,
                self.manners,
                method=request.method,
                path=request.url.path,
                query=request.query_params,
                authorized=has_key(request.headers.get("authorization", ""), self.key),
            )
