"""One thread for small dense algebra.

Matrices of a thousand rows gain nothing from a second BLAS thread, and on a busy machine threads
that spin while they wait for each other made the same fit 40 times slower. One thread also makes
the last digits independent of the number of cores.
"""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["single_threaded"]


@contextmanager
def single_threaded() -> Iterator[None]:
    """Limit BLAS to one thread inside the block."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1, user_api="blas"):
        yield
