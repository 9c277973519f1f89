"""``release.json``: what a release folder holds. It is written last, so a torn build has none."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from molagent.errors import FileFormatError
from molagent.records import PatentRelease

__all__ = [
    "DATABASE",
    "INDEX",
    "MANIFEST",
    "Manifest",
    "check_hashes",
    "file_entries",
    "is_release",
    "read_manifest",
    "read_visibility",
    "recorded_bytes",
    "write_manifest",
]

MANIFEST: Final = "release.json"
DATABASE: Final = "patents.duckdb"
INDEX: Final = "index"
_FORMAT: Final = 1
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What ``release.json`` says.

    Attributes
    ----------
    build
        Stands in the tables too: if it differs there, the folder mixes two syncs.
    files
        Path below the folder to ``bytes`` and ``sha256``.
    sources
        What was read: ``name, bytes, sha256`` and, where it was downloaded, ``url``.
    counts
        Structures by quality flag, mentions, activities, refused rows.
    settings
        Versions and limits that decide what a structure's keys are.
    """

    release: PatentRelease
    build: str
    kind: str
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sources: tuple[Mapping[str, Any], ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


def is_release(folder: Path) -> bool:
    """Return whether a folder holds a release that was finished."""
    return (Path(folder) / MANIFEST).is_file()


def read_manifest(folder: Path) -> Manifest:
    """Return what a release folder says it is, after looking whether its files are there.

    Raises
    ------
    FileFormatError
        If there is none, it is not whole, or a file is missing or has another size.
    """
    folder = Path(folder)
    remedy = "run the sync or import into this folder again"
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        half = any((folder / name).exists() for name in (DATABASE, INDEX, f"{DATABASE}.part"))
        what = "the release was not finished" if half else "this is not a release folder"
        raise FileFormatError(
            f"{what} (there is no {MANIFEST})", place=str(folder), remedy=remedy
        ) from error
    except (OSError, ValueError) as error:
        raise FileFormatError(
            f"{MANIFEST} cannot be read ({error})", place=str(folder), remedy=remedy
        ) from error
    manifest = _parse(values, folder, remedy)
    for name, entry in manifest.files.items():
        path = folder / name
        size = path.stat().st_size if path.is_file() else None
        if size != entry.get("bytes"):
            found = "is missing" if size is None else f"has {size} bytes"
            raise FileFormatError(
                f"{name} {found}, the release was written with {entry.get('bytes')} bytes",
                place=str(folder),
                remedy=remedy,
            )
    return manifest


def read_visibility(folder: Path) -> tuple[str, str]:
    """Return visibility and client of a folder, whole or not; ``unknown`` where nothing says.

    A folder that cannot be searched may still hold what one party alone may know of.
    """
    try:
        release = json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8"))["release"]
        return str(release["visibility"]), str(release["client"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown", ""


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``release.json`` in one step."""
    release = {**asdict(manifest.release), "built_on": manifest.release.built_on.isoformat()}
    values = {
        "format": _FORMAT,
        "complete": True,
        "build": manifest.build,
        "kind": manifest.kind,
        "release": release,
        "counts": dict(manifest.counts),
        "settings": dict(manifest.settings),
        "sources": [dict(source) for source in manifest.sources],
        "files": {name: dict(entry) for name, entry in manifest.files.items()},
    }
    part = folder / f"{MANIFEST}.part"
    with part.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(values, indent=2) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(folder / MANIFEST)


def file_entries(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of a folder's tables and index files."""
    paths = [folder / DATABASE, *sorted(path for path in (folder / INDEX).rglob("*"))]
    return {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": file_sha256(path),
        }
        for path in paths
        if path.is_file()
    }


def recorded_bytes(folder: Path) -> int:
    """Return how many bytes of tables and index files a release was written with."""
    return sum(int(entry["bytes"]) for entry in read_manifest(Path(folder)).files.values())


def check_hashes(folder: Path) -> list[str]:
    """Return what is wrong with the files of a release, by their hashes; empty if nothing is."""
    folder = Path(folder)
    manifest = read_manifest(folder)
    return [
        f"{name} has SHA-256 {found}, the release was written with {entry['sha256']}"
        for name, entry in manifest.files.items()
        if (found := file_sha256(folder / name)) != entry["sha256"]
    ]


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _parse(values: Any, folder: Path, remedy: str) -> Manifest:  # noqa: ANN401 - any JSON
    try:
        if values["format"] != _FORMAT:
            raise FileFormatError(
                f"{MANIFEST} has format {values['format']!r}, this molagent reads {_FORMAT}",
                place=str(folder),
                remedy="update molagent, or sync again",
            )
        if values["complete"] is not True:
            raise FileFormatError("the release is not whole", place=str(folder), remedy=remedy)
        given = dict(values["release"])
        given["built_on"] = date.fromisoformat(given["built_on"])
        return Manifest(
            release=PatentRelease(**given),
            build=str(values["build"]),
            kind=str(values["kind"]),
            files=values["files"],
            sources=tuple(values["sources"]),
            counts=values["counts"],
            settings=values["settings"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FileFormatError(
            f"{MANIFEST} is not complete ({error!r})", place=str(folder), remedy=remedy
        ) from error
