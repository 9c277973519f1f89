"""Gaussian processes on disk: the rows they were trained on, beside what each of them keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from molagent.chem.likeness import Counts, minmax
from molagent.learn.artifact import read_artifact, write_artifact
from molagent.learn.embedding import Features, MixedKernel
from molagent.records import FloatArray
from molagent.threads import single_threaded

__all__ = ["StoredProcess", "read_process", "write_process"]


@dataclass(frozen=True, slots=True, eq=False)
class StoredProcess:
    """What lies in a folder.

    Attributes
    ----------
    features
        Of the training rows.
    share
        Of the counts in the kernel; 1 where there is no embedding.
    kernel
        ``N x N``; of the training rows with each other.
    tensors, manifest
        What else was written.
    extra
        What the writer was given beside the process, as its card.
    """

    features: Counts | Features
    share: float
    kernel: FloatArray
    tensors: Mapping[str, npt.NDArray[Any]]
    manifest: Mapping[str, Any]
    extra: dict[str, Any]


def write_process(
    folder: Path,
    *,
    kind: str,
    features: Counts | Features,
    share: float,
    tensors: Mapping[str, npt.NDArray[Any]],
    manifest: Mapping[str, Any],
    extra: Mapping[str, Any] | None,
) -> None:
    """Write a process to `folder`: tensors first, the manifest last and atomically."""
    rows: dict[str, npt.NDArray[Any]] = (
        {"counts": features.counts, "embedding": features.embedding}
        if isinstance(features, Features)
        else {"counts": features}
    )
    write_artifact(
        folder,
        kind=kind,
        tensors={**tensors, **rows},
        manifest={**manifest, "share": share, "extra": dict(extra or {})},
    )


def read_process(folder: Path, *, kind: str) -> StoredProcess:
    """Read what :func:`write_process` wrote.

    Where the manifest has ``own``, the embedding is scaled by so many rows from the first alone.

    Raises
    ------
    ModelError
        If the files are missing or damaged, or were made by another RDKit.
    """
    tensors, manifest = read_artifact(folder, kind=kind)
    share = float(manifest.get("share", 1.0))
    features: Counts | Features = tensors["counts"]
    with single_threaded():
        if "embedding" in tensors:
            features = Features(tensors["counts"], tensors["embedding"])
            kernel = MixedKernel(features, share, manifest.get("own"))(features)
        else:
            kernel = minmax(tensors["counts"], tensors["counts"])
    return StoredProcess(features, share, kernel, tensors, manifest, dict(manifest["extra"]))
