"""Starts the page and the API on this machine, and nowhere else."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import uvicorn
from fastapi import FastAPI

from forecasting.errors import UsageError
from service.guard import LOOPBACK

HOST = "127.0.0.1"
PORT = 8765

Ready = Callable[[str], None]


def check_host(host: str) -> None:
    """Refuse any host but this machine: there is no sign-in yet. Raises UsageError."""
    if host not in LOOPBACK:
        raise UsageError(
            f"--host {host} would let others in, and Plassplan has no sign-in yet.",
            fix=f"Leave --host out, or use {HOST}.",
        )


def serve(
    app: FastAPI,
    *,
    host: str = HOST,
    port: int = PORT,
    ready: Ready | None = None,
    beside: AbstractContextManager[object] | None = None,
) -> None:
    """Answer requests until stopped; `ready` is told the address once it is ours.

    What goes on `beside` the answers begins after that: who cannot have the address must not
    take over its work. Raises UsageError for a host that others can reach, or a port that is
    taken.
    """
    check_host(host)
    with _listen(host, port) as ours:
        if ready is not None:
            name = f"[{host}]" if ":" in host else host
            ready(f"http://{name}:{ours.getsockname()[1]}/")
        with beside or nullcontext():
            uvicorn.Server(uvicorn.Config(app, **quiet())).run(sockets=[ours])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be used ({error.strerror}).",
            fix="Stop what uses it, or name another with --port.",
        ) from error


def quiet() -> dict[str, Any]:
    """Server settings: no line per request (addresses hold choices), no version, no proxies."""
    return {
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "log_level": "warning",
        "timeout_keep_alive": 5,
        "limit_concurrency": 64,
    }
