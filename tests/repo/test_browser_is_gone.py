"""Runs right after test_browser.py: what a browser must not leave behind for the modules after it."""

import asyncio


async def _answer() -> int:
    return 42


def test_asyncio_runs_after_a_module_with_a_browser() -> None:
    assert asyncio.run(_answer()) == 42
