"""The gate: which host names, uploads and questions about the server are answered."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from analytics.store.records import Store
from analytics.store.snapshots import publish
from analytics.ui.gate import hostname_of, is_known, is_loopback, refused
from tests.browser.served import server
from tests.builder import random_store


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8501", "localhost"),
        ("LOCALHOST.", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:8501", "::1"),
        ("evil.example:8501", "evil.example"),
        (None, None),
        ("", None),
        (":8501", None),
        ("localhost@evil.example", None),
        ("localhost/evil", None),
        ("localhost:port", None),
        ("local host", None),
    ],
)
def test_the_name_in_a_host_header(host, name):
    assert hostname_of(host) == name


@pytest.mark.parametrize(
    ("name", "allowed", "known"),
    [
        ("localhost", (), True),
        ("127.0.0.1", (), True),
        ("10.20.30.40", (), True),  # no foreign name can be made to stand for an address
        ("::1", (), True),
        ("evil.example", (), False),
        ("127.0.0.1.evil.example", (), False),
        (None, (), False),
        ("asn.jambi.go.id", ("asn.jambi.go.id",), True),
        ("asn.jambi.go.id", ("*.jambi.go.id",), True),
        ("jambi.go.id", ("*.jambi.go.id",), False),
        ("eviljambi.go.id", ("*.jambi.go.id",), False),
        ("localhost", ("asn.jambi.go.id",), False),
        ("evil.example", ("*",), True),
    ],
)
def test_a_host_is_known_by_the_names_allowed_or_our_own(name, allowed, known):
    assert is_known(name, allowed) == known


@pytest.mark.parametrize(
    ("name", "own"),
    [
        *((name, True) for name in ("127.0.0.1", "127.9.9.9", "::1", "localhost")),
        *((name, False) for name in ("10.0.0.1", "evil.example", None, "")),
    ],
)
def test_loopback(name, own):
    assert is_loopback(name) == own


def scope(path: str, client: str = "127.0.0.1", **headers: str) -> dict:
    named = {"host": "localhost:8501", **{k.replace("_", "-"): v for k, v in headers.items()}}
    pairs = [(name.encode(), value.encode()) for name, value in named.items()]
    return {"type": "http", "path": path, "client": (client, 4000), "headers": pairs}


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "//_stcore/metrics/", "/base/_stcore/metrics"]
)
def test_metrics_are_for_this_machine_alone(path):
    assert refused(scope(path)) is None
    for others in (
        scope(path, client="10.0.0.7"),
        scope(path, x_forwarded_for="10.0.0.7"),
        scope(path, forwarded="for=10.0.0.7"),
        scope(path, host="10.0.0.1"),
    ):
        assert (refused(others) or (200, ""))[0] == 403


def test_uploads_are_refused_where_nothing_is_taken_in(monkeypatch):
    path = "/_stcore/upload_file/session/file"
    assert (refused(scope(path)) or (200, ""))[0] == 403
    monkeypatch.setattr("sys.argv", ["dashboard.py", "--allow-import"])
    assert refused(scope(path)) is None


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    made = random_store(tmp_path_factory.mktemp("gate"), 8, people=60, months=3, agencies=2)
    publish(made)
    return made


def statuses(address: str) -> dict[str, int]:
    upload = f"{address}/_stcore/upload_file/a/b"
    evil = {"host": "evil.example"}
    socket = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    socket |= {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    stream = f"{address}/_stcore/stream"
    return {
        "page": httpx.get(address).status_code,
        "page of another name": httpx.get(address, headers=evil).status_code,
        "ready of another name": httpx.get(f"{address}/ready", headers=evil).status_code,
        "socket of another name": httpx.get(stream, headers=socket | evil).status_code,
        "upload": httpx.put(upload, files={"file": b"x"}).status_code,
        "metrics": httpx.get(f"{address}/_stcore/metrics").status_code,
        "metrics through a proxy": httpx.get(
            f"{address}/_stcore/metrics", headers={"x-real-ip": "10.0.0.7"}
        ).status_code,
    }


def test_a_real_server_refuses_what_no_reader_asks_for(store: Store, tmp_path: Path):
    with server(store, tmp_path / "log") as address:
        found = statuses(address)
    assert found == {
        "page": 200,
        "page of another name": 400,
        "ready of another name": 400,
        "socket of another name": 403,
        "upload": 403,
        "metrics": 200,
        "metrics through a proxy": 403,
    }
