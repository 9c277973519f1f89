"""A run's state in one file: tensors and JSON in safetensors, never pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from molagent.errors import ModelError

__all__ = ["load_checkpoint", "save_checkpoint"]


def save_checkpoint(
    path: Path, tensors: Mapping[str, torch.Tensor], state: Mapping[str, object]
) -> None:
    """Write a checkpoint, complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    contiguous = {name: value.contiguous() for name, value in tensors.items()}
    save_file(contiguous, partial, metadata={"state": json.dumps(state)})
    partial.replace(path)


def load_checkpoint(
    path: Path, identity: Mapping[str, object]
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Read a checkpoint of the run that `identity` describes.

    Raises
    ------
    ModelError
        If the file is damaged, or belongs to another run.
    """
    try:
        with safe_open(path, framework="pt") as content:
            state = json.loads(content.metadata()["state"])
            tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
        raise ModelError(
            f"checkpoint cannot be read: {error}",
            place=str(path),
            remedy="remove it and start anew",
        ) from error
    wanted = json.loads(json.dumps(identity))
    differing = [key for key, value in wanted.items() if state["identity"].get(key) != value]
    if differing:
        raise ModelError(
            f"checkpoint is of a run with other {', '.join(differing)}",
            place=str(path),
            remedy="use another folder, or the settings it was made with",
        )
    return tensors, state
