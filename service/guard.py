"""Stands before the whole app: who may ask, how much, and what every answer carries."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")
READS = ("GET", "HEAD", "OPTIONS")
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    # With "no-referrer" a browser sends `Origin: null` with our own forms, and they are refused.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

# Draws the answer to a refusal, given the path asked for and the status.
Refusal = Callable[[str, int], Response]

_log = logging.getLogger(__name__)


@dataclass
class _Exchange:
    """One request on its way: what has come in, and whether an answer went out."""

    limit: int
    received: int = 0
    started: bool = False
    too_large: bool = False


class Guard:
    """Refuses foreign hosts, foreign origins and large bodies; heads and catches everything.

    It stands outside the framework's own error handling, so that its headers are on every
    answer, that of an unforeseen fault too. A body above `limit` bytes is refused before it
    is read, or at the byte where it goes over.
    """

    def __init__(self, app: ASGIApp, *, limit: int, refusal: Refusal) -> None:
        self._app = app
        self._limit = limit
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = refused(scope, limit=self._limit)
        if status:
            await self._refusal(scope["path"], status)(scope, receive, _headed(send))
            return
        await self._answer(scope, receive, _headed(send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(self._limit)
        status = 413
        try:
            await self._app(scope, _counted(receive, exchange), _noted(send, exchange))
        except Exception as error:
            # The text of an error can hold what was sent; its type and place cannot.
            status = 413 if exchange.too_large else 500
            if status == 500:
                _log.error("%s in %s", type(error).__name__, _place(error))
            if exchange.started:
                raise
        if not exchange.started:
            await self._refusal(scope["path"], status)(scope, receive, send)


def refused(scope: Scope, *, limit: int) -> int:
    """The status with which a request is refused before it is read; 0 if it is let through."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if _name(host) not in LOOPBACK:
        return 400
    origin = headers.get("origin")
    if scope["method"] not in READS and origin not in (None, f"http://{host}"):
        return 403
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        return 400
    return 413 if int(length[:20]) > limit else 0


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _headed(send: Send) -> Send:
    async def headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            kept = [pair for pair in message.get("headers", []) if pair[0].decode() not in HEADERS]
            message = {**message, "headers": kept + own}
        await send(message)

    return headed


def _counted(receive: Receive, exchange: _Exchange) -> Receive:
    async def counted() -> Message:
        message = await receive()
        exchange.received += len(message.get("body", b""))
        if exchange.received > exchange.limit:
            exchange.too_large = True
            return {"type": "http.disconnect"}
        return message

    return counted


def _noted(send: Send, exchange: _Exchange) -> Send:
    async def noted(message: Message) -> None:
        # What the app makes of half a body is not an answer.
        if exchange.too_large and not exchange.started:
            return
        exchange.started = True
        await send(message)

    return noted


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
