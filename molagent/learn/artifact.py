"""A fitted model on disk: safetensors and a JSON manifest that knows its settings.

The tensor file is written first under a name that holds its own hash; the manifest names it and is
moved into place last, so a reader sees the old model or the new one, never half of each.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import rdkit

from molagent.errors import ModelError

__all__ = ["artifact_kind", "read_artifact", "write_artifact"]

_FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"


def write_artifact(
    folder: Path,
    *,
    kind: str,
    tensors: Mapping[str, npt.NDArray[Any]],
    manifest: Mapping[str, Any],
) -> None:
    """Write `tensors` and `manifest` to `folder`, replacing what is there."""
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    data = save({name: np.ascontiguousarray(array) for name, array in tensors.items()})
    digest = sha256(data).hexdigest()
    tensor_file = folder / f"model-{digest[:16]}.safetensors"
    _write_atomically(tensor_file, data)
    full = {
        **manifest,
        "kind": kind,
        "format": _FORMAT,
        "rdkit": rdkit.__version__,
        "tensors": tensor_file.name,
        "sha256": digest,
    }
    text = json.dumps(full, indent=1, sort_keys=True, allow_nan=True)
    _write_atomically(folder / _MANIFEST, text.encode())
    for stale in folder.glob("model-*.safetensors"):
        if stale.name != tensor_file.name:
            stale.unlink()


def read_artifact(folder: Path, *, kind: str) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return the tensors and the manifest of `folder`.

    Raises
    ------
    ModelError
        If a file is missing, damaged, of another kind, or was made by another RDKit: counts of
        two versions need not mean the same.
    """
    from safetensors.numpy import load

    path = folder / _MANIFEST
    manifest = _manifest(path)
    try:
        data = (folder / str(manifest["tensors"])).read_bytes()
    except (OSError, KeyError) as error:
        raise _unreadable(path, error) from error
    expected = {"kind": kind, "format": _FORMAT, "rdkit": rdkit.__version__}
    for key, value in expected.items():
        if manifest.get(key) != value:
            raise ModelError(
                f"{key} is {manifest.get(key)!r}, not {value!r}",
                place=str(path),
                remedy="fit the model again",
            )
    if sha256(data).hexdigest() != manifest["sha256"]:
        raise ModelError(
            "the tensor file does not match its hash",
            place=str(folder / str(manifest["tensors"])),
            remedy="fit the model again",
        )
    return load(data), manifest


def artifact_kind(folder: Path) -> str:
    """Return the kind of model that lies in `folder`, without reading its tensors.

    Raises
    ------
    ModelError
        If there is no readable manifest.
    """
    return str(_manifest(folder / _MANIFEST).get("kind", ""))


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return manifest


def _unreadable(path: Path, error: Exception) -> ModelError:
    return ModelError(f"no readable model ({error})", place=str(path), remedy="fit the model again")


def _write_atomically(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
