"""Send an answer, with the fault that applies to it."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import Final

from influtics_lab.localapi.endpoint import Reply
from influtics_lab.localapi.faults import Fault
from influtics_lab.localapi.uvicorn_thread import PATIENCE, Receive, Send

NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


async def send_with_fault(
    fault: Fault, reply: Reply, receive: Receive, send: Send, connection: asyncio.Transport
) -> None:
    """Send an answer as its fault prescribes."""
    body = fault.body(reply.body) if fault.body else reply.body
    if await _disconnects_within(fault.wait, receive):
        return
    if fault.share is not None:
        headers = {**reply.headers, **fault.headers, "content-length": str(len(body))}
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": fault.status or reply.status, "headers": fields})
        part = body[: int(len(body) * fault.share)]
        await send({"type": "http.response.body", "body": part, "more_body": fault.end != "complete"})
    if fault.end != "complete":
        if await _disconnects_within(fault.silence, receive):
            return
        if fault.end == "reset":
            connection.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            connection.abort()
        else:
            connection.close()
        await _disconnects_within(PATIENCE, receive)  # until the server has noticed the disconnect


async def _disconnects_within(seconds: float, receive: Receive) -> bool:
    """Wait, but only while the client is connected; return whether it disconnected."""
    if seconds <= 0:
        return False
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True
