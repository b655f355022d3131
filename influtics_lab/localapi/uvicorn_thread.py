"""uvicorn for use in a thread, on a loopback socket, with access to the connection of each request."""

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

__all__ = ["HOST", "PATIENCE", "Receive", "Request", "Scope", "Send", "Server", "open_listener"]

HOST: Final = "127.0.0.1"
PATIENCE: Final = 15.0  # seconds for the server to start or stop
Serve = Callable[[Scope, Receive, Send, asyncio.Transport], Awaitable[None]]


def open_listener(port: int) -> socket.socket:
    """Return a listening loopback socket; raise ConfigError if the port cannot be used."""
    # Since the protocol is named, asyncio sets TCP_NODELAY; otherwise an answer in two parts would wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there, it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"Port {port} of this machine cannot be used ({reason}). Choose a different one, or 0."
        ) from error
    return listener


class Server(uvicorn.Server):
    """uvicorn without signal handlers and logging, with an event for readiness and an immediate end."""

    def __init__(self, serve: Serve) -> None:
        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await serve(scope, receive, send, self._transport_of(scope))

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
        """Start, and set the event `ready`."""
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop without waiting for open or deliberately stalled connections."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)

    def _transport_of(self, scope: Scope) -> asyncio.Transport:
        protocols = [protocol for protocol in self.server_state.connections if isinstance(protocol, H11Protocol)]
        return next(protocol.transport for protocol in protocols if protocol.client == tuple(scope["client"]))
