"""A loop of one's own: browser tests leave one running in the thread of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def in_a_thread(make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """What a coroutine gives, or raises, run beside whatever loop this thread has; however long it takes."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(make())).result()
