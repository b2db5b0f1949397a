"""What every response carries, and what Streamlit's document becomes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from analytics.ui.document import Document, inline_hashes, server_script
from analytics.ui.headers import CONTENT_SECURITY_POLICY, SecurityHeaders

PAGE = '<html lang="en">\n<head>\n<title>x</title></head></html>'


def ask(path: str, accept: str = "text/html") -> httpx.Response:
    """One request to a small app behind the dashboard's middleware."""

    async def document(_):
        return HTMLResponse(PAGE)

    async def plain(_):
        return PlainTextResponse(PAGE)

    app = Starlette(
        routes=[Route("/", document), Route("/plain", plain), Route("/nope", document)],
        middleware=[Middleware(SecurityHeaders), Middleware(Document, pages={"overview"})],
    )

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path, headers={"accept": accept})

    # In a thread of its own: a browser test on the same worker leaves this one's loop running.
    with start_blocking_portal() as portal:
        return portal.call(get)


@pytest.mark.parametrize("path", ["/", "/plain", "/missing"])
def test_every_response_has_the_security_headers(path):
    headers = ask(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_the_policy_names_no_other_host_and_no_unsafe_script():
    directives = dict(part.strip().split(" ", 1) for part in CONTENT_SECURITY_POLICY.split(";"))
    assert "unsafe" not in directives["script-src"]
    assert not any("http" in sources or "*" in sources for sources in directives.values())


def test_the_inline_scripts_of_the_installed_streamlit_are_allowed_by_hash():
    assert inline_hashes()
    assert all(source in CONTENT_SECURITY_POLICY for source in inline_hashes())


@pytest.mark.parametrize(
    ("query", "language"), [("", "id"), ("?lang=en", "en"), ("?lang=id", "id"), ("?lang=xx", "id")]
)
def test_the_document_says_its_language(query, language):
    assert f'<html lang="{language}">' in ask(f"/{query}").text


def test_the_document_names_the_server_before_any_other_script():
    text = ask("/").text
    assert text.index("/server.js") < text.index("<title>")
    assert len(text.encode()) == int(ask("/").headers["content-length"])


def test_nothing_but_a_document_is_rewritten():
    assert ask("/plain").text == PAGE


@pytest.mark.parametrize(("base", "path"), [("", "/"), ("asn", "/asn"), ("/asn/", "/asn")])
def test_the_server_may_lie_under_a_path(base: str, path: str):
    assert f'window.location.origin + "{path}"' in server_script(base)


def test_the_middleware_leaves_other_traffic_alone():
    seen: list[str] = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    async def unused(*_: Any) -> Any:
        raise AssertionError("the middleware spoke for itself")

    with start_blocking_portal() as portal:
        portal.call(SecurityHeaders(Document(app)), {"type": "websocket"}, unused, unused)
    assert seen == ["websocket"]


def test_an_address_that_is_no_page_leads_to_the_first_with_its_query():
    found = ask("/nope?lang=en")
    assert found.status_code == 303
    assert found.headers["location"] == "/?lang=en&unknown=nope"


def test_what_is_no_document_is_served_under_any_name():
    assert ask("/plain").status_code == 200
