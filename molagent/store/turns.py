"""Taking turns at a project file: how long, and in which rhythm, it is waited for.

DuckDB refuses a file that another process has open, and each try costs milliseconds of processor
time: ten processes that only try again leave the one whose turn it is no time to work. So the
processes of one user wait at an empty file in the cache folder, whose lock costs next to nothing
to ask for. Whoever has it opens the project file, which may still be open in another program.
"""

import contextlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

from molagent.caching import cache_folder
from molagent.errors import ConfigError, StoreError

try:
    import fcntl
except ImportError:  # Windows: the project file's own lock is all there is
    fcntl = None  # type: ignore[assignment]

__all__ = ["WAIT_VARIABLE", "Turns", "default_wait", "take_turn"]

#: The environment variable that says how many seconds a project file is waited for.
WAIT_VARIABLE: Final = "MOLAGENT_WAIT"
_WAIT_S: Final = 120.0
# Pauses are drawn, so that those who wait do not come at the same moment again and again. They
# shrink as the wait lengthens: who came first asks most often, and is next more often than not.
_LONGEST_PAUSE_S: Final = 0.2
_SHORTEST_PAUSE_S: Final = 0.05
_QUEUE_PAUSES_S: Final = (0.2, 0.005)
_SAID_AFTER_S: Final = 3.0
_LOG: Final = logging.getLogger(__name__)
_T = TypeVar("_T")


def default_wait() -> float:
    """Return how many seconds a lock is waited for where nobody says: ``MOLAGENT_WAIT``, or 120.

    Raises
    ------
    ConfigError
        If the variable is no number of seconds.
    """
    given = os.environ.get(WAIT_VARIABLE, "").strip()
    if not given:
        return _WAIT_S
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < float("inf"):
        raise ConfigError(
            f"{WAIT_VARIABLE} is {given!r}, which is no number of seconds",
            place="environment",
            remedy="set it to 0 or more",
        )
    return seconds


def take_turn(
    act: Callable[[], _T], meaning: Callable[[Exception], StoreError | None], wait_s: float
) -> _T:
    """Do it again until nobody else holds the file, for `wait_s` seconds at most.

    Parameters
    ----------
    meaning
        Says what an error means: one that is transient is waited for. None for one that is not of
        the file, which is raised as it is.

    Raises
    ------
    StoreError
        The last error, if it is not transient or the time is over.
    """
    began = time.monotonic()
    said = False
    while True:
        try:
            return act()
        except Exception as error:
            meant = meaning(error)
            if meant is None:
                raise
            waited = time.monotonic() - began
            if not meant.transient or waited >= wait_s:
                raise meant from error
            if waited >= _SAID_AFTER_S and not said:
                _LOG.warning("waiting for up to %g s: %s", wait_s, meant.message)
                said = True
        _sleep(waited, wait_s, _LONGEST_PAUSE_S, _SHORTEST_PAUSE_S)


class Turns:
    """The queue for one project file: of this process's threads, and of this user's processes.

    Parameters
    ----------
    path
        The project file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        folder = cache_folder("turns")
        name = sha256(os.fsencode(path)).hexdigest()[:32]
        self._path = None if folder is None or fcntl is None else folder / name

    @contextlib.contextmanager
    def mine(self, *, shared: bool, wait_s: float) -> Iterator[float]:
        """Hold the turn for the length of the block; the thread has `lock` already.

        Parameters
        ----------
        shared
            Whether others may have it too: to read.
        wait_s
            Seconds to wait at most. After that the block begins without the turn: the project file
            then says itself who has it open.

        Yields
        ------
        float
            Seconds of `wait_s` that are left.
        """
        self._depth += 1
        try:
            if self._depth > 1 or self._path is None:  # this process has it
                yield wait_s
                return
            began = time.monotonic()
            with _opened(self._path.with_suffix(".turn")) as turn:
                if turn is not None:
                    with _opened(self._path.with_suffix(".waiting")) as waiting:
                        _queue(turn, waiting, shared=shared, wait_s=wait_s)
                yield max(0.0, wait_s - (time.monotonic() - began))
        finally:
            self._depth -= 1


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    """Open a file for its lock, which closing it gives back, as does the end of the process."""
    descriptor = None
    with contextlib.suppress(OSError):  # a read-only or full home
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _queue(turn: int, waiting: int | None, *, shared: bool, wait_s: float) -> None:
    """Wait for the turn; whoever waits shows it, and a newcomer does not push in."""
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    if waiting is None:
        _lock(turn, kind)
        return
    if _lock(waiting, fcntl.LOCK_EX) and _lock(turn, kind):
        return
    _lock(waiting, fcntl.LOCK_SH)
    began = time.monotonic()
    waited = 0.0
    while waited < wait_s:
        _sleep(waited, wait_s, *_QUEUE_PAUSES_S)
        if _lock(turn, kind):
            return
        waited = time.monotonic() - began


def _lock(descriptor: int, kind: int) -> bool:
    """Lock a file if nobody else has; True too where the file system has no such locks."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _sleep(waited: float, wait_s: float, longest: float, shortest: float) -> None:
    """Pause for a time drawn around a length that falls with what was waited."""
    length = max(shortest, longest / (1.0 + waited) ** 2)
    drawn = length * (0.5 + secrets.randbelow(1000) / 1000.0)
    time.sleep(min(drawn, max(0.0, wait_s - waited)))
