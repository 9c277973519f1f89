"""Ctrl-C that works whatever a library does to signal handlers.

RDKit installs a SIGINT handler of its own around much of its C++ code and sometimes leaves it
there, and Ctrl-C is then swallowed. Here the signal is blocked in every thread and one thread waits
for it, so no handler decides; that thread then interrupts the main one.
"""

import _thread
import signal
import threading

__all__ = ["watch_for_interrupts"]


def watch_for_interrupts() -> None:
    """Turn every SIGINT from here on into a KeyboardInterrupt of the main thread.

    Call it early in the main thread: threads that exist already would still receive the signal.
    Does nothing where a system cannot wait for signals (Windows), and where SIGINT is ignored, as
    in a background job of a shell.
    """
    if not hasattr(signal, "sigwait") or signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=_wait, name="interrupts", daemon=True).start()


def _wait() -> None:
    while True:
        signal.sigwait({signal.SIGINT})
        _thread.interrupt_main(signal.SIGINT)
