"""Ctrl-C that works whatever a library does to signal handlers.

RDKit installs a SIGINT handler of its own around much of its C++ code and sometimes leaves it
there, and Ctrl-C is then swallowed. Here SIGINT is blocked in every thread and one thread waits
for it, so no handler decides. That thread sends the main one SIGUSR1, which RDKit leaves alone and
which also wakes it from waiting on a lock.
"""

import signal
import threading
from types import FrameType
from typing import NoReturn

__all__ = ["watch_for_interrupts"]


def watch_for_interrupts() -> None:
    """Turn every SIGINT from here on into a KeyboardInterrupt of the main thread.

    Call it early in the main thread: threads that exist already would still receive the signal.
    Does nothing where a system cannot wait for signals (Windows), and where SIGINT is ignored, as
    in a background job of a shell.
    """
    if not hasattr(signal, "sigwait") or signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        return
    signal.signal(signal.SIGUSR1, _interrupt)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=_wait, name="interrupts", daemon=True).start()


def _wait() -> None:
    main = threading.main_thread().ident
    while main is not None:
        signal.sigwait({signal.SIGINT})
        signal.pthread_kill(main, signal.SIGUSR1)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
