"""What an index says of itself: its settings and its files, written last and checked first."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import rdkit

from molagent.chem.standardize import standardizer_version
from molagent.errors import FileFormatError

__all__ = ["IndexManifest", "IndexSettings", "read_manifest", "write_manifest"]

_META: Final = "meta.json"
_FORMAT: Final = "molagent compound index 1"
_REMEDY: Final = "build the index again"


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """What the parents, keys and bits of an index mean.

    Attributes
    ----------
    fingerprint, radius, n_bits
        Morgan bits (Rogers and Hahn 2010, doi:10.1021/ci100050t).
    rdkit
        Version that made fingerprints and keys; both change between versions.
    standardizer
        Name and versions of what makes a parent of a structure.
    """

    fingerprint: str = "morgan"
    radius: int = 2
    n_bits: int = 1024
    rdkit: str = rdkit.__version__
    standardizer: str = field(default_factory=standardizer_version)


@dataclass(frozen=True, slots=True)
class IndexManifest:
    """Settings, rows and the size of every file of an index.

    Attributes
    ----------
    n_rows
        All rows, unreadable ones included.
    n_fingerprints
        Rows that have a fingerprint.
    sizes
        Bytes of every file, by name.
    """

    settings: IndexSettings
    n_rows: int
    n_fingerprints: int
    sizes: Mapping[str, int]


def write_manifest(folder: Path, manifest: IndexManifest) -> None:
    """Write the manifest, at once: an index without one cannot be opened, so this comes last."""
    record = {"format": _FORMAT, **asdict(manifest)}
    unfinished = folder / f"{_META}.partial"
    unfinished.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(folder / _META)


def read_manifest(folder: Path) -> IndexManifest:
    """Return the manifest of a folder, its files' sizes and its settings checked.

    Raises
    ------
    FileFormatError
        If there is no index, a file is missing or has another size, or the index was built with
        other settings than this program's.
    """
    try:
        record = json.loads((folder / _META).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileFormatError(
            f"no compound index ({error})", place=str(folder), remedy=_REMEDY
        ) from error
    _check_settings(folder, record)
    try:
        manifest = IndexManifest(
            settings=IndexSettings(**record["settings"]),
            n_rows=int(record["n_rows"]),
            n_fingerprints=int(record["n_fingerprints"]),
            sizes={str(name): int(size) for name, size in record["sizes"].items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FileFormatError(
            f"{_META} is not a manifest ({error!r})", place=str(folder), remedy=_REMEDY
        ) from error
    _check_sizes(folder, manifest.sizes)
    return manifest


def _check_settings(folder: Path, record: object) -> None:
    if not isinstance(record, dict) or not isinstance(record.get("settings"), dict):
        raise FileFormatError(f"{_META} has no settings", place=str(folder), remedy=_REMEDY)
    found = {"format": record.get("format"), **record["settings"]}
    expected = {"format": _FORMAT, **asdict(IndexSettings())}
    for name, value in expected.items():
        if found.get(name) != value:
            raise FileFormatError(
                f"the index was built with {name} = {found.get(name)!r}, this is {value!r}",
                place=str(folder),
                remedy=_REMEDY,
            )


def _check_sizes(folder: Path, sizes: Mapping[str, int]) -> None:
    for name, size in sizes.items():
        path = folder / name
        actual = path.stat().st_size if path.is_file() else None
        if actual != size:
            what = "is missing" if actual is None else f"has {actual} bytes of {size}"
            raise FileFormatError(
                f"{name} {what}: the index is not complete", place=str(folder), remedy=_REMEDY
            )
