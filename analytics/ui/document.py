"""The one HTML document Streamlit serves: its language said, its server named without guessing.

Streamlit's document says lang="en" whatever is on the page, and on a deep link it looks for its
server under the page's path first, which the browser logs as errors.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Container
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.text import LANGUAGES

SCRIPT_PATH = "/server.js"
CLOSE_MENU = """\
document.addEventListener("click", (event) => {
  const inMenu = event.target.closest('[data-testid="stSidebar"] a');
  if (inMenu && window.innerWidth < 769) {
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  }
});
"""
"""On a narrow screen the menu lies over the page, and Streamlit leaves it open after a link."""
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def server_script(base_path: str) -> str:
    """JavaScript that tells Streamlit's frontend where its server is, and closes its menu."""
    path = "/" + base_path.strip("/")
    named = f'window.__streamlit = {{ BACKEND_BASE_URL: window.location.origin + "{path}" }};\n'
    return named + CLOSE_MENU


def inline_hashes() -> tuple[str, ...]:
    """CSP sources of the inline scripts in the installed Streamlit's own document."""
    document = Path(streamlit.__file__).parent / "static" / "index.html"
    found = INLINE_SCRIPT.findall(document.read_text(encoding="utf-8"))
    return tuple(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in found
    )


def rewritten(document: bytes, query: bytes) -> bytes:
    """The document in the language of the link, with the script that names the server."""
    asked = parse_qs(query.decode("latin-1")).get("lang", [LANGUAGES[0]])[-1]
    language = asked if asked in LANGUAGES else LANGUAGES[0]
    marked = document.replace(b'<html lang="en">', f'<html lang="{language}">'.encode(), 1)
    tag = f'<head><script src="{SCRIPT_PATH}"></script>'.encode()
    return marked.replace(b"<head>", tag, 1)


def _may_be_document(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


class Document:
    """Middleware that rewrites the HTML document and passes everything else on.

    An address that is none of `pages` leads to the first page, which says so in words: Streamlit
    would say it in English, and log an error.
    """

    def __init__(self, app: ASGIApp, pages: Container[str] = ()) -> None:
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _may_be_document(scope):
            await self.app(scope, receive, send)
            return
        # compressed by the layer outside this one instead of by Streamlit inside
        kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        scope = {**scope, "headers": kept}
        start: Message | None = None
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                if (
                    not Headers(raw=message["headers"])
                    .get("content-type", "")
                    .startswith("text/html")
                ):
                    await send(message)
                    return
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                if instead := self._first_page(scope):
                    await instead(scope, receive, send)
                else:
                    changed = rewritten(body, scope["query_string"])
                    MutableHeaders(raw=start["headers"])["content-length"] = str(len(changed))
                    await send(start)
                    await send({"type": "http.response.body", "body": changed})

        await self.app(scope, receive, collect)

    def _first_page(self, scope: Scope) -> RedirectResponse | None:
        """Where the document leads instead, if its address is none of the pages."""
        name = scope["path"].rpartition("/")[2]
        if not self.pages or not name or name in self.pages:
            return None
        query = parse_qs(scope["query_string"].decode("latin-1"))
        kept = {key: values[-1] for key, values in query.items()} | {"unknown": name}
        return RedirectResponse(f"{scope.get('root_path', '')}/?{urlencode(kept)}", 303)
