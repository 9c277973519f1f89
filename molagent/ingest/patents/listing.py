"""Which releases a folder holds, whole and broken."""

from pathlib import Path

import pandas as pd

from molagent.errors import FileFormatError
from molagent.store.patents.manifest import (
    DATABASE,
    check_hashes,
    is_release,
    read_manifest,
)

__all__ = ["list_releases"]


def list_releases(folder: Path | str, *, verify: bool = False) -> pd.DataFrame:
    """Return one row a release in a folder or below it.

    Parameters
    ----------
    verify
        Compare the files with the hashes they were written with, which reads all of them.

    Returns
    -------
    pandas.DataFrame
        ``folder, release, scope, visibility, client, publications, structures, mentions,
        activities, unreadable, built_on, licence, fault``; ``fault`` is '' where it can be
        searched.
    """
    top = Path(folder)
    places = [top, *sorted(path for path in top.glob("*") if path.is_dir())] if top.is_dir() else []
    rows = [_row(place, verify=verify) for place in places if _looks_like_one(place)]
    return pd.DataFrame(
        rows,
        columns=[
            *("folder", "release", "scope", "visibility", "client", "publications", "structures"),
            *("mentions", "activities", "unreadable", "built_on", "licence", "fault"),
        ],
    )


def _looks_like_one(folder: Path) -> bool:
    return is_release(folder) or any(
        (folder / name).exists() for name in (DATABASE, f"{DATABASE}.part")
    )


def _row(folder: Path, *, verify: bool) -> dict[str, object]:
    try:
        manifest = read_manifest(folder)
        fault = "; ".join(check_hashes(folder)) if verify else ""
    except FileFormatError as error:
        return {"folder": str(folder), "fault": str(error)}
    release = manifest.release
    return {
        "folder": str(folder),
        "release": release.release,
        "scope": release.scope,
        "visibility": release.visibility,
        "client": release.client,
        "publications": release.n_publications,
        "structures": release.n_compounds,
        "mentions": release.n_mentions,
        "activities": manifest.counts.get("activities", 0),
        "unreadable": release.n_unreadable,
        "built_on": release.built_on.isoformat(),
        "licence": release.licence,
        "fault": fault,
    }
