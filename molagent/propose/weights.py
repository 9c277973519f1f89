"""Trained weights on disk: three files that only work together.

``weights.safetensors`` holds the tensors, ``vocabulary.json`` the blocks, ``settings.json`` the
network size, both hashes, and where the weights came from. Loading checks all of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from molagent.errors import ModelError
from molagent.propose.graph_model import GraphPolicy
from molagent.propose.layers import PolicySettings
from molagent.propose.trace import REQUIRED
from molagent.propose.vocabulary import MotifVocabulary

__all__ = [
    "LoadedPolicy",
    "load_packaged_policy",
    "load_policy",
    "load_start",
    "save_policy",
    "write_text",
]

FORMAT = 2
WEIGHTS, VOCABULARY, SETTINGS = "weights.safetensors", "vocabulary.json", "settings.json"
PACKAGE, FOLDER = "molagent.propose", "pretrained"
SHIPPED = "shipped"
# Format 1 knew neither joins nor linker ends nor conditions: which row a new row starts as.
_GROWN = {
    "block_in.weight": -1,
    "block_out.weight": -1,
    "block_bias": -1,
    "encoder.features.2.weight": REQUIRED,
}


@dataclass(frozen=True)
class LoadedPolicy:
    """A network ready to sample, and what is known about it.

    Parameters
    ----------
    policy
        In evaluation mode.
    vocabulary
        Its blocks.
    card
        Content of ``settings.json``.
    model_hash
        SHA-256 of the weights file, first 16 hex digits.
    """

    policy: GraphPolicy
    vocabulary: MotifVocabulary
    card: Mapping[str, object]
    model_hash: str

    @property
    def sources(self) -> dict[str, int]:
        """Number of every training source by its file name."""
        data = self.card.get("data", [])
        names = [str(s["file"]) for s in data] if isinstance(data, list) else []
        return {name: number for number, name in enumerate(names)}

    @property
    def imitated(self) -> NDArray[np.int64]:
        """Numbers of the sources to imitate where none is named: own compounds, or all."""
        chosen = self.card.get("imitate")
        if isinstance(chosen, list):
            return np.array(chosen, dtype=np.int64)
        return np.arange(self.policy.settings.corpora)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the properties that the policy was told in training."""
        counts = self.card.get("described")
        return tuple(name for name, n in counts.items() if n) if isinstance(counts, dict) else ()


def write_text(path: Path, text: str) -> None:
    """Write a file, complete or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def save_policy(
    folder: Path,
    policy: GraphPolicy,
    vocabulary: MotifVocabulary,
    card: Mapping[str, object],
    tensors: Mapping[str, torch.Tensor] | None = None,
) -> None:
    """Write weights in half precision, vocabulary and settings; the settings come last.

    Parameters
    ----------
    folder
        Created if missing.
    policy, vocabulary
        What to write.
    card
        Facts about the training, stored with the settings.
    tensors
        Written in place of the policy's own (for example their running mean).
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = dict(policy.named_parameters() if tensors is None else tensors)
    partial = folder / (WEIGHTS + ".partial")
    save_file({k: v.detach().to(torch.float16).contiguous() for k, v in state.items()}, partial)
    partial.chmod(0o644)  # safetensors writes files that only their owner can read
    partial.replace(folder / WEIGHTS)
    write_text(folder / VOCABULARY, vocabulary.to_json())
    settings = {
        "format": FORMAT,
        "network": policy.settings.to_dict(),
        "vocabulary_sha256": vocabulary.sha256,
        "weights_sha256": _hash(folder / WEIGHTS),
        **card,
    }
    write_text(folder / SETTINGS, json.dumps(settings, indent=2))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_settings(folder: Path) -> dict[str, object]:
    path = folder / SETTINGS
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"generator settings cannot be read: {error}",
            place=str(path),
            remedy="train with `molagent train generator` or reinstall molagent",
        ) from error
    if not isinstance(settings, dict) or settings.get("format") not in {1, FORMAT}:
        raise ModelError("generator settings are of another format", place=str(path))
    return settings


def _check(path: Path, actual: str, settings: Mapping[str, object], key: str) -> None:
    if settings.get(key) != actual:
        raise ModelError(
            f"{path.name} does not belong to {SETTINGS}: its hash is {actual[:12]}, "
            f"not {str(settings.get(key))[:12]}",
            place=str(path.parent),
            remedy="keep the three files of one training run together",
        )


def _grow(tensors: Mapping[str, torch.Tensor], policy: GraphPolicy) -> dict[str, torch.Tensor]:
    """Return tensors of format 1 with the rows and layers that came later.

    The new rows stand for actions and atoms that format 1 never met, and the new layers end in
    zeros, so the network gives the same probabilities as before.
    """
    grown = dict(tensors)
    for name, row in _GROWN.items():
        grown[name] = torch.cat([tensors[name], tensors[name][row][None]])
    for name, value in policy.conditions.named_parameters(prefix="conditions"):
        grown[name] = value.detach()
    return grown


def load_policy(folder: Path) -> LoadedPolicy:
    """Read a trained network.

    Parameters
    ----------
    folder
        Holds the three files.

    Raises
    ------
    ModelError
        If a file is missing, or weights, vocabulary and settings do not belong together.
    """
    settings = _read_settings(folder)
    try:
        vocabulary = MotifVocabulary.from_json((folder / VOCABULARY).read_text(encoding="utf-8"))
        _check(folder / VOCABULARY, vocabulary.sha256, settings, "vocabulary_sha256")
        _check(folder / WEIGHTS, _hash(folder / WEIGHTS), settings, "weights_sha256")
        tensors = load_file(folder / WEIGHTS)
        with torch.random.fork_rng(devices=[]):  # leaves the caller's random numbers alone
            torch.manual_seed(0)
            policy = GraphPolicy(PolicySettings(**settings["network"]), vocabulary)  # type: ignore[arg-type]
        if settings["format"] == 1:
            tensors = _grow(tensors, policy)
        # Parameters only: buffers are constants that the vocabulary fixes.
        if set(tensors) != {name for name, _ in policy.named_parameters()}:
            raise ModelError(f"{WEIGHTS} holds other tensors than the network", place=str(folder))
        policy.load_state_dict({k: v.float() for k, v in tensors.items()}, strict=False)
    except (OSError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"generator weights cannot be read: {error}", place=str(folder)) from error
    policy.eval()
    return LoadedPolicy(policy, vocabulary, settings, str(settings["weights_sha256"])[:16])


def load_packaged_policy() -> LoadedPolicy:
    """Read the network that ships with molagent.

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    with as_file(files(PACKAGE) / FOLDER) as folder:
        return load_policy(folder)


def load_start(source: str | Path) -> LoadedPolicy:
    """Read weights to train on from: a folder, or ``shipped`` for those of the package."""
    return load_packaged_policy() if str(source) == SHIPPED else load_policy(Path(source))
