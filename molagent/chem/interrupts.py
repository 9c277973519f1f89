"""Keep the interrupt key working across RDKit calls.

RDKit 2026.03 catches SIGINT while some of its C++ code runs (normalisation, reactions), and after
nested calls leaves its own handler in place: from then on Ctrl-C does nothing. Python still
believes that its handler is installed, so it is installed again.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["keep_interrupts"]


@contextmanager
def keep_interrupts() -> Iterator[None]:
    """Reinstall Python's SIGINT handler on the way out.

    Signals belong to the main thread; elsewhere this does nothing.
    """
    try:
        yield
    finally:
        handler = signal.getsignal(signal.SIGINT)
        if handler is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)
