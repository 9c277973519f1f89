"""Which claim files have passed their own tests, so that each text of one is tried once.

An empty file in the user's cache folder says so. Its name is a hash of the claim file, of the
matcher's code and of RDKit's version: whatever may change the outcome leads to another name. The
cache holds no structure and no name, and may be deleted at any time.
"""

import hashlib
from functools import cache
from pathlib import Path

import rdkit

from molagent.caching import cache_folder

__all__ = ["has_passed", "remember_passed"]


def has_passed(path: Path) -> bool:
    """Return whether a claim file with this content has passed its tests with this matcher."""
    mark = _mark(path)
    return mark is not None and mark.is_file()


def remember_passed(path: Path) -> None:
    """Note that a claim file has passed its tests; where nothing can be noted it is tried again."""
    mark = _mark(path)
    if mark is None:
        return
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:
        # A read-only or full home: the claim is valid all the same, and is tried again next time.
        return


def _mark(path: Path) -> Path | None:
    folder = cache_folder("claims")
    if folder is None:
        return None
    content = hashlib.sha256(path.read_bytes() + path.suffix.encode()).hexdigest()
    return folder / f"{content[:32]}-{_matcher()}"


@cache
def _matcher() -> str:
    """Return a hash of everything that decides whether a structure is inside a claim."""
    digest = hashlib.sha256(rdkit.__version__.encode())
    here = Path(__file__).parent
    asked = [here.parent / "queries.py"]  # how the ladder asks a claim
    for folder in (here, here.parents[1] / "chem"):
        asked += sorted(folder.rglob("*.py"))
    for path in asked:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]
