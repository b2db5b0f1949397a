"""What the server does once, when it starts."""

from __future__ import annotations

import asyncio
import gc
import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dashboard import app, opened

CONFIG = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"


def test_garbage_is_not_collected_after_every_rerun():
    assert tomllib.loads(CONFIG.read_text())["runner"]["postScriptGC"] is False


def test_a_server_freezes_what_is_there_and_starts_without_a_store():
    async def started() -> tuple[int, dict]:
        async with opened(app) as state:
            return gc.get_freeze_count(), state

    before = os.umask(0o077)
    try:
        with ThreadPoolExecutor(max_workers=1) as thread:
            frozen, state = thread.submit(asyncio.run, started()).result()
    finally:
        gc.unfreeze()
        os.umask(before)
    assert frozen > 10_000
    assert state == {"snapshot": None}
