"""One thread for small dense algebra.

Matrices of a thousand rows gain nothing from a second thread, and on a busy machine threads that
spin while they wait for each other made the same fit 40 times slower and torch's small networks
six to ten times. One thread also makes the order of sums, so the last digits, independent of the
number of cores.
"""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["single_threaded", "torch_single_threaded"]


@contextmanager
def single_threaded() -> Iterator[None]:
    """Limit BLAS to one thread inside the block."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1, user_api="blas"):
        yield


@contextmanager
def torch_single_threaded() -> Iterator[None]:
    """Limit torch to one thread inside the block; after it there are as many as before."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
