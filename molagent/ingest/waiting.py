"""The one process that waits for structures: kept after a file, or started ahead of the first.

Small files need no start of their own, and a command starts its process while it still imports
what it needs itself.
"""

import atexit
from pathlib import Path
from typing import Final

from molagent.chem.sizes import MAX_HEAVY_ATOMS
from molagent.ingest.workers import Answer, Worker

__all__ = ["REFUSED", "keep_waiting", "start_ahead", "take_worker"]

#: The fields of a structure without a parent; its reason follows them.
REFUSED: Final = ("",) * 7
_FILE: Final = str(Path(__file__).with_name("parent_worker.py"))

_waiting: list[Worker] = []


def start_ahead(max_atoms: int = MAX_HEAVY_ATOMS) -> None:
    """Start the process that the next structures will be given to, without waiting for it."""
    if _waiting and _waiting[0].fits(_FILE, (str(max_atoms),)):
        return
    worker = _new_worker(max_atoms)
    worker.begin()
    keep_waiting(worker)


def take_worker(max_atoms: int) -> Worker:
    """Return the process that waits, or a new one where none does or it is of other limits."""
    if _waiting and _waiting[0].fits(_FILE, (str(max_atoms),)):
        return _waiting.pop()
    return _new_worker(max_atoms)


def keep_waiting(worker: Worker) -> None:
    """Let a process wait for the next structures, instead of the one that has waited so far."""
    if not _waiting:
        atexit.register(_end_waiting)
    _end_waiting()
    _waiting.append(worker)


def _new_worker(max_atoms: int) -> Worker:
    return Worker(_FILE, (str(max_atoms),), _refused)


def _refused(reason: str, late: bool) -> Answer:  # noqa: ARG001, FBT001 - as workers call it
    return *REFUSED, reason


def _end_waiting() -> None:
    while _waiting:
        worker = _waiting.pop()
        worker.close()
        worker.end()
