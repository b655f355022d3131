"""uvicorn in a thread, on a loopback socket of our own, with a way to the connection beneath a request."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Final

from influtics_lab.errors import ConfigError, MissingExtraError

try:
    import uvicorn
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ImportError as error:
    raise MissingExtraError(
        f"The local API needs {error.name}, which is not installed. Run: pip install 'influtics-lab[lab]'"
    ) from error

__all__ = ["HOST", "PATIENCE", "Receive", "Request", "Scope", "Send", "Server", "bound"]

HOST: Final = "127.0.0.1"
PATIENCE: Final = 15.0  # seconds for the server to start or stop
Serve = Callable[[Scope, Receive, Send, asyncio.Transport], Awaitable[None]]


def bound(port: int) -> socket.socket:
    """Give a listening socket of this machine alone; ConfigError where the port cannot be had."""
    # With the protocol named, asyncio sets TCP_NODELAY on each connection; else an answer in two parts waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there, it would let two servers have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"Port {port} of this machine cannot be used ({reason}): give another one, or 0.") from error
    return listener


class Server(uvicorn.Server):
    """uvicorn without signals and logging, which says when it is ready and ends at once."""

    def __init__(self, serve: Serve) -> None:
        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await serve(scope, receive, send, self._transport(scope))

        super().__init__(
            uvicorn.Config(
                application,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=60,
                timeout_graceful_shutdown=1,
            )
        )
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; who is still connected, or stalled on purpose, is not waited for."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)

    def _transport(self, scope: Scope) -> asyncio.Transport:
        protocols = [other for other in self.server_state.connections if isinstance(other, H11Protocol)]
        return next(other.transport for other in protocols if other.client == tuple(scope["client"]))
