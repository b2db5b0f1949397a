"""What the server answers, and to whom: known host names, uploads where it takes files, own metrics."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from functools import cache
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from analytics.ui.source import takes_files

UPLOAD = "/_stcore/upload_file"
METRICS = "/_stcore/metrics"
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Headers of a proxy: behind one on this machine everybody comes from loopback."""
UNKNOWN_HOST = (
    "Nama server ini tidak dikenal. Tambahkan ke server.allowedHosts di .streamlit/config.toml.\n"
    "This server is not known by that name. Add it to server.allowedHosts in"
    " .streamlit/config.toml.\n"
)
NO_UPLOADS = "Server ini tidak menerima berkas.\nThis server takes no files in.\n"
NOT_FOR_OTHERS = "Hanya untuk komputer ini sendiri.\nFor this machine alone.\n"


def hostname_of(host: str | None) -> str | None:
    """The name in a Host header, in lower case and without its port; None where it is no host."""
    if not host or re.search(r"[\s/\\@?#]", host):
        return None
    try:
        split = urlsplit(f"//{host}")
        _ = split.port  # raises where it is no number
    except ValueError:
        return None
    return (split.hostname or "").rstrip(".") or None


def is_known(name: str | None, allowed: Iterable[str]) -> bool:
    """Whether a name is one of those allowed (`*.example.id` for what lies under it, `*` for all).

    Where none are given, it is this machine's own name, the one it is served under, or an address
    in numbers, which no foreign name can be made to stand for.
    """
    if name is None:
        return False
    patterns = [pattern.strip().lower().rstrip(".") for pattern in allowed]
    if not patterns:
        return name in own_names() or is_address(name)
    return any(
        pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:]))
        for pattern in patterns
    )


@cache
def own_names() -> frozenset[str]:
    """Names of this machine."""
    given = (st.get_option("server.address"), st.get_option("browser.serverAddress"))
    names = ("localhost", socket.gethostname(), *(name for name in given if name))
    return frozenset(name.lower().rstrip(".") for name in names)


def is_address(name: str) -> bool:
    """Whether a name is an IP address."""
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


def is_loopback(name: str | None) -> bool:
    """Whether a name or address is this machine, seen from itself."""
    if name == "localhost":
        return True
    return bool(name and is_address(name)) and ipaddress.ip_address(str(name)).is_loopback


class Gate:
    """Middleware that refuses what no reader of the pages asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = refused(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            code, words = refusal
            await PlainTextResponse(words, status_code=code)(scope, receive, send)


def refused(scope: Scope) -> tuple[int, str] | None:
    """Status and words of a refusal; None for what is answered."""
    headers = Headers(scope=scope)
    name = hostname_of(headers.get("host"))
    if not is_known(name, st.get_option("server.allowedHosts") or ()):
        return 400, UNKNOWN_HOST
    path = re.sub(r"/+", "/", scope["path"])
    if UPLOAD in path and not takes_files():
        return 403, NO_UPLOADS
    if METRICS in path and not _from_here(scope, headers, name):
        return 403, NOT_FOR_OTHERS
    return None


def _from_here(scope: Scope, headers: Headers, name: str | None) -> bool:
    client = scope.get("client")
    if any(header in headers for header in FORWARDED):
        return False
    return bool(client) and is_loopback(client[0]) and is_loopback(name)
