"""Where molagent keeps what it can make again: a folder in the user's cache.

Nothing of a project lies there, and it may be deleted at any time.
"""

import os
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder(subject: str) -> Path | None:
    """Return the folder of one subject below the user's cache folder; None without a home.

    ``XDG_CACHE_HOME`` says where, else ``~/.cache`` is meant. The folder need not exist.
    """
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "molagent" / subject
    try:
        return Path.home() / ".cache" / "molagent" / subject
    except RuntimeError:  # a container's user need not have a home
        return None
