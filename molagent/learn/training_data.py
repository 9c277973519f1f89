"""What models are trained on: one value a compound, from the rows of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from molagent.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TrainingData", "training_frame"]

_UPPER: Final = frozenset({"<", "<="})
_LOWER: Final = frozenset({">", ">="})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """What models are trained on.

    Attributes
    ----------
    frames
        Endpoint to one row a compound: ``compound_id, smiles, p_relation, p_value, n_exact, sd``.
    snapshot, snapshot_sha256
        Where the rows are from.
    units, targets, sources
        Endpoint to text, for the cards: its unit, its target, and whose values they are.
    second
        Endpoint to the name and the rows of another assay of its target, for the models that are
        told one.
    """

    frames: Mapping[str, pd.DataFrame]
    snapshot: str
    snapshot_sha256: str
    units: Mapping[str, str]
    targets: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)
    second: Mapping[str, tuple[str, pd.DataFrame]] = field(default_factory=dict)


def training_frame(
    results: pd.DataFrame, *, value: str = "p_value", relation: str = "p_relation"
) -> pd.DataFrame:
    """Return one value a compound from the result rows of one endpoint.

    The rule is the store's: where exact values exist, their mean; where only limits of one side
    exist, the tightest; ``~`` where limits contradict each other. What is marked invalid does not
    count.

    Parameters
    ----------
    results
        Rows of a snapshot: ``compound_id, smiles, p_relation, p_value`` and, where known,
        ``validity`` and ``assay_id``.
    value, relation
        Columns to learn from; ``standard_value`` and ``relation`` for an endpoint without a p
        scale.

    Returns
    -------
    pandas.DataFrame
        ``compound_id, smiles, p_relation, p_value, n_exact, n, sd``, by compound id.

    Raises
    ------
    InputError
        If a column is missing, or rows of several assays are given: they are never pooled.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"compound_id": ["A", "A", "B"], "smiles": ["C", "C", "N"],
    ...     "p_relation": ["=", "=", "<"], "p_value": [6.0, 7.0, 5.0]})
    >>> training_frame(rows)[["p_relation", "p_value", "n_exact"]].values.tolist()
    [['=', 6.5, 2], ['<', 5.0, 0]]
    """
    import pandas as pd

    needed = ("compound_id", "smiles", value, relation)
    if missing := [name for name in needed if name not in results.columns]:
        raise InputError(
            f"result rows lack {', '.join(missing)}", remedy="give the rows of a snapshot"
        )
    if "assay_id" in results and len(set(results["assay_id"])) > 1:
        names = ", ".join(sorted(results["assay_id"].unique()))
        raise InputError(
            f"the rows are of several assays ({names})",
            remedy="train on one of them, or on each as an endpoint of its own",
        )
    rows = results
    if "validity" in rows:
        rows = rows[rows["validity"] != "invalid"]
    rows = rows[rows[value].notna() & rows[relation].notna()]
    records = [
        {
            "compound_id": compound,
            "smiles": group["smiles"].iloc[0],
            **_one_value(group[value], group[relation]),
        }
        for compound, group in rows.groupby("compound_id", sort=True)
    ]
    columns = ["compound_id", "smiles", "p_relation", "p_value", "n_exact", "n", "sd"]
    return pd.DataFrame(records, columns=columns)


def _one_value(column: pd.Series[float], sides: pd.Series[str]) -> dict[str, object]:
    values = column.to_numpy(dtype=np.float64)
    relations = sides.astype(str).tolist()
    exact = values[np.array([relation == "=" for relation in relations], dtype=bool)]
    counts = {"n_exact": len(exact), "n": len(values), "sd": float("nan")}
    if len(exact):
        spread = float(exact.std(ddof=1)) if len(exact) > 1 else float("nan")
        return {**counts, "p_relation": "=", "p_value": float(exact.mean()), "sd": spread}
    if set(relations) <= _UPPER:
        return {**counts, "p_relation": "<", "p_value": float(values.min())}
    if set(relations) <= _LOWER:
        return {**counts, "p_relation": ">", "p_value": float(values.max())}
    return {**counts, "p_relation": "~", "p_value": float(values.mean())}
