"""Writing a file whole or not at all."""

import contextlib
import errno
import os
import secrets
from pathlib import Path

from molagent.errors import MolagentError

__all__ = ["replace_file"]


def replace_file(path: Path, data: bytes) -> Path:
    """Write bytes beside a file, then put them in its place in one step.

    A reader sees the old file or the new one, never half of it; a full disk leaves the old one.

    Parameters
    ----------
    path
        Where to write; its folder is made where it is missing.
    data
        The whole content.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    MolagentError
        If the file cannot be written.
    """
    # Not tempfile: its files are readable by their owner only, and reports are shared.
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise MolagentError(
            "the disk is full" if full else f"the file cannot be written ({error.strerror})",
            place=str(path),
            remedy=f"free {len(data) / 1e6:.1f} MB or write elsewhere"
            if full
            else "check the folder and its permissions",
        ) from error
    return path
