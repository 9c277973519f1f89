"""An event loop on a daemon thread: asyncio code behind a function that just returns.

``asyncio.run`` raises inside a Jupyter cell, because the kernel runs a loop already. One thread
with its own loop works there, under papermill and in a script, and an interrupt reaches the
caller at once.
"""

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

from molagent.errors import PolicyError

__all__ = ["LoopThread", "loop_thread"]

Result = TypeVar("Result")


class LoopThread:
    """One event loop that runs for as long as the process does."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="molagent-agents", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run `work` to its end and return what it returns.

        Raises
        ------
        PolicyError
            If called from the loop's own thread, which would wait for itself.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise PolicyError("a tool asked the agents to decide while they were deciding")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def close(self) -> None:
        """Stop the loop and end its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@cache
def loop_thread() -> LoopThread:
    """Return the process's one loop thread, started at the first call."""
    return LoopThread()
