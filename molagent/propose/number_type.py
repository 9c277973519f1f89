"""Which numbers a matrix product is fastest in, on this machine.

A processor with a unit for bfloat16 (AVX512-BF16, AMX) multiplies it twice as fast as float32 or
faster; one without makes it from single steps, and an update of a policy takes six to ten times as
long. Nobody knows beforehand what they run on, so one product is timed.
"""

import time
from functools import cache
from typing import Final

import torch

__all__ = ["prefers_bfloat16"]

# A batch of traces times a layer of the shipped policy.
_ROWS: Final = 256
_WIDTH: Final = 256
_TRIES: Final = 3
# Rounding is coarser in bfloat16: a gain within the noise of a timing is not worth it.
_WORTH_IT: Final = 1.3


@cache
def prefers_bfloat16(device: str = "cpu") -> bool:
    """Return whether products in bfloat16 are at least 1.3 times as fast as in float32.

    Measured once a process, in milliseconds, and remembered.

    Parameters
    ----------
    device
        ``cpu`` or ``cuda``.
    """
    seconds = {kind: _fastest(kind, device) for kind in (torch.float32, torch.bfloat16)}
    return seconds[torch.float32] > _WORTH_IT * seconds[torch.bfloat16]


def _fastest(kind: torch.dtype, device: str) -> float:
    """Return the seconds of the fastest of a few products, the first of which does not count."""
    left = torch.ones(_ROWS, _WIDTH, dtype=kind, device=device)
    right = torch.ones(_WIDTH, _WIDTH, dtype=kind, device=device)
    taken = []
    for _ in range(_TRIES + 1):
        began = time.perf_counter()
        # Read back, so that a device that works on its own is waited for.
        _ = float((left @ right)[0, 0])
        taken.append(time.perf_counter() - began)
    return min(taken[1:])
