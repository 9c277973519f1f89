"""How large a molecule may be; apart, so that who only passes it on needs no RDKit."""

from typing import Final

__all__ = ["MAX_HEAVY_ATOMS"]

#: Above this, RDKit's canonicalisation can take minutes; no small-molecule drug comes near it.
MAX_HEAVY_ATOMS: Final = 250
