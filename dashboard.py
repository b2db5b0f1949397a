"""The served app: `streamlit run dashboard.py`."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from analytics.store.records import clear_abandoned, default_store
from analytics.ui.catalogue import BY_NAME
from analytics.ui.document import SCRIPT_PATH, Document, server_script
from analytics.ui.gate import Gate
from analytics.ui.headers import SecurityHeaders
from analytics.ui.source import refusal, snapshot_id

EMPTY_TOPOLOGY = {"type": "Topology", "objects": {}, "arcs": []}


async def ready(_: Request) -> PlainTextResponse:
    """200 with the snapshot's id when one is served, 503 with the reason otherwise."""
    if reason := refusal():
        return PlainTextResponse(reason, status_code=503)
    return PlainTextResponse(snapshot_id())


async def topology(_: Request) -> JSONResponse:
    """What plotly would fetch from a CDN before it draws our own boundaries."""
    return JSONResponse(EMPTY_TOPOLOGY)


async def server(_: Request) -> Response:
    """Tells the frontend where its server is."""
    script = server_script(st.get_option("server.baseUrlPath"))
    return Response(script, media_type="text/javascript")


@asynccontextmanager
async def opened(_: st.App) -> AsyncIterator[dict]:
    """Opens the snapshot before the first reader comes."""
    os.umask(0o077)  # what a server that takes files in writes is its owner's
    with suppress(OSError):  # a folder that may only be read
        clear_abandoned(default_store())
    found = None if refusal() else snapshot_id()
    # What is here now stays: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    yield {"snapshot": found}


app = st.App(
    "analytics/ui/shell.py",
    routes=[
        Route("/ready", ready),
        Route("/topojson/{name}", topology),
        Route(SCRIPT_PATH, server),
    ],
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(Gate),
        Middleware(GZipMiddleware, minimum_size=1024),
        Middleware(Document, pages=frozenset(BY_NAME)),
    ],
    lifespan=opened,
)
