"""A new project file: a copy of an empty one that was made once on this machine.

The triggers of the audit trail take most of a second to make, a copy of the finished file next to
nothing. The empty file lies in the user's cache folder, named by the tables' digest and DuckDB's
version, so that another version of either makes its own.
"""

import errno
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Final

import duckdb

from molagent.caching import cache_folder
from molagent.store.audit_triggers import begin_trail
from molagent.store.connection import prepare, sign, transaction
from molagent.store.schema import create_tables, create_triggers, schema_digest, sign_ledger

__all__ = ["copy_empty_project"]

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def copy_empty_project(path: Path, *, actor: str) -> bool:
    """Make a project file at `path`, whole or not at all; False where no copy is to be had.

    A file that another process makes at `path` meanwhile stays.

    Raises
    ------
    OSError
        If the disk is full.
    """
    empty = _empty_project()
    if empty is None:
        return False
    copy = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        shutil.copyfile(empty, copy)
        with duckdb.connect(str(copy)) as con:
            prepare(con)
            sign(con, actor, "migrate")
            with transaction(con):
                begin_trail(con)
                sign_ledger(con)
        os.link(copy, path)  # a rename would replace what another process has made
    except FileExistsError:
        return True
    except duckdb.Error:
        # The empty file is damaged: the next project makes a new one.
        empty.unlink(missing_ok=True)
        return False
    except OSError as error:
        if error.errno in _FULL:
            raise
        return False  # a file system without hard links
    finally:
        copy.unlink(missing_ok=True)
        copy.with_name(f"{copy.name}.wal").unlink(missing_ok=True)
    return True


def _empty_project() -> Path | None:
    """Return a file with every table and trigger, and no row; None where none can be kept."""
    folder = cache_folder("projects")
    if folder is None:
        return None
    path = folder / f"{schema_digest()[:32]}-duckdb-{duckdb.__version__}.duckdb"
    if path.is_file():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Made under another name: who finds the file finds it whole.
        with tempfile.TemporaryDirectory(dir=folder) as making:
            made = Path(making) / path.name
            with duckdb.connect(str(made)) as con, transaction(con):
                create_tables(con)
                create_triggers(con)
            made.replace(path)
    except (OSError, duckdb.IOException):
        return None  # a read-only or full home
    return path
