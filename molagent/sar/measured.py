"""One assay's values, one row a compound, checked once for everything in this package."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from molagent.chem.molecules import parse_smiles, readable_mol
from molagent.errors import InputError, StructureError

__all__ = ["ABOVE", "BELOW", "EXACT", "UNKNOWN", "measured", "pooled_sd"]

EXACT: Final = "="
BELOW: Final = "<"
ABOVE: Final = ">"
UNKNOWN: Final = "~"

_RELATIONS: Final = {"=": "=", "<": "<", "<=": "<", ">": ">", ">=": ">", "~": "~"}
_REQUIRED: Final = ("compound_id", "smiles", "p_value")
_ASSAY_COLUMNS: Final = ("assay_id", "endpoint")
_SHOWN: Final = 5


def measured(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one assay's values in the form that this package works on.

    Parameters
    ----------
    frame
        ``compound_id, smiles, p_value``, one row a compound, as
        :func:`molagent.store.aggregates.learning_frame` gives it. `p_value` is on a log scale
        where a step of 1 is a factor of ten. Optional: ``p_relation`` (``=``, ``<``, ``>``, ``<=``,
        ``>=`` or ``~``; ``<`` means less active than `p_value`), ``n``, ``sd``, ``assay_id`` or
        ``endpoint``, ``date``. A missing `p_value` is an unknown, whatever its relation.

    Returns
    -------
    pandas.DataFrame
        ``compound_id, smiles, p_value, p_relation, n, sd, date``, in input order, with the
        relations ``=``, ``<``, ``>`` and ``~`` (unknown) only and SMILES without CXSMILES parts.

    Raises
    ------
    InputError
        If a column is missing, a relation is none, a compound comes twice, or the rows are of more
        than one assay: values of two assays are never compared.
    StructureError
        If a structure cannot be read; the place names the compound.

    Examples
    --------
    >>> rows = {"compound_id": ["a", "b"], "smiles": ["CCO", "CCN"], "p_value": [6.1, 5.0]}
    >>> measured(pd.DataFrame({**rows, "p_relation": ["=", "<="]}))["p_relation"].tolist()
    ['=', '<']
    """
    _require_columns(frame)
    _require_one_assay(frame)
    ids = frame["compound_id"].astype(str)
    if (repeated := ids[ids.duplicated()]).size:
        raise InputError(
            f"compound {repeated.iloc[0]!r} comes more than once",
            remedy="aggregate repeated measurements first, one row a compound",
        )
    answer = pd.DataFrame(
        {
            "compound_id": ids,
            "smiles": _structures(ids, frame["smiles"]),
            "p_value": pd.to_numeric(frame["p_value"]).astype(float),
            "p_relation": _relations(frame),
            "n": frame["n"].astype(float) if "n" in frame else np.nan,
            "sd": frame["sd"].astype(float) if "sd" in frame else np.nan,
            "date": pd.to_datetime(frame["date"]) if "date" in frame else pd.NaT,
        }
    ).reset_index(drop=True)
    known = np.isfinite(answer["p_value"])
    answer["p_value"] = answer["p_value"].where(known)
    answer["p_relation"] = answer["p_relation"].where(known, UNKNOWN)
    return answer


def pooled_sd(frame: pd.DataFrame) -> float:
    """Return the repeatability of one assay in log units, pooled over repeated compounds.

    ``sqrt(sum((n - 1) sd²) / sum(n - 1))``; NaN where no compound was measured twice.

    Parameters
    ----------
    frame
        ``n, sd``, one row a compound.

    Examples
    --------
    >>> round(pooled_sd(pd.DataFrame({"n": [2, 3, 1], "sd": [0.1, 0.2, None]})), 3)
    0.173
    """
    if not {"n", "sd"} <= set(frame.columns):
        return float("nan")
    repeated = frame[["n", "sd"]].astype(float).dropna()
    repeated = repeated[repeated["n"] > 1]
    freedom = repeated["n"] - 1
    if repeated.empty:
        return float("nan")
    return float(np.sqrt((freedom * repeated["sd"] ** 2).sum() / freedom.sum()))


def _require_columns(frame: pd.DataFrame) -> None:
    missing = [name for name in _REQUIRED if name not in frame.columns]
    if missing:
        raise InputError(
            f"the values lack {', '.join(missing)}",
            remedy=f"give the columns {', '.join(_REQUIRED)}",
        )


def _require_one_assay(frame: pd.DataFrame) -> None:
    for name in _ASSAY_COLUMNS:
        if name not in frame:
            continue
        found = sorted(frame[name].astype(str).unique())
        if len(found) > 1:
            shown = ", ".join(found[:_SHOWN])
            raise InputError(
                f"the rows are of {len(found)} assays ({shown})",
                place=name,
                remedy="take one at a time: differences between assays are not differences "
                "between compounds",
            )


def _relations(frame: pd.DataFrame) -> pd.Series:
    if "p_relation" not in frame:
        return pd.Series(EXACT, index=frame.index)
    given = frame["p_relation"].astype(str).str.strip()
    known = given.map(_RELATIONS)
    if known.isna().any():
        row = int(np.argmax(known.isna().to_numpy()))
        raise InputError(
            f"{given.iloc[row]!r} is not a relation",
            place=str(frame["compound_id"].iloc[row]),
            remedy=f"write one of {' '.join(_RELATIONS)}",
        )
    return known


def _structures(ids: pd.Series, smiles: Sequence[str] | pd.Series) -> list[str]:
    answer = []
    for name, text in zip(ids, smiles, strict=True):
        if not isinstance(text, str) or not text.strip():
            raise StructureError("the structure is empty", place=name, remedy="leave the row out")
        first = text.split(maxsplit=1)[0]
        if not _is_readable(first):
            # Read again for the sentence that says what is wrong, and where.
            parse_smiles(first, place=name)
        answer.append(first)
    return answer


@lru_cache(maxsize=100_000)
def _is_readable(smiles: str) -> bool:
    return readable_mol(smiles) is not None
