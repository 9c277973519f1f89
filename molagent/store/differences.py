"""The difference of two endpoints, of the compounds that both were measured on."""

from typing import Final

import numpy as np
import pandas as pd

from molagent.errors import StoreError
from molagent.store.one_value import AGGREGATE_COLUMNS, P_UNIT

__all__ = ["DIFFERENCE_UNIT", "difference_of", "sign_of_difference"]

#: What a difference of two potencies is in: 1.0 is ten-fold.
DIFFERENCE_UNIT: Final = "log units"
# What a difference is where either value is exact; the sign of a bound turns round where it is
# subtracted.
_TURNED: Final = {"=": "=", "<": ">", ">": "<"}


def difference_of(minuend: pd.DataFrame, subtrahend: pd.DataFrame) -> pd.DataFrame:
    """Return one difference a compound, from two tables of one value a compound.

    A bound less an exact value, or less a bound that points the other way, is a bound. Of two
    bounds that point the same way, and of approximate values, no difference is known, and the
    compound is left out.

    Parameters
    ----------
    minuend, subtrahend
        As :func:`molagent.store.one_value.one_value` returns them, potencies on the p scale.

    Returns
    -------
    pandas.DataFrame
        Columns `AGGREGATE_COLUMNS`, ordered by compound, in log units. `sd` adds up those of the
        two as independent repeats do, `n_exact` and `n_censored` are the smaller of the two.

    Raises
    ------
    StoreError
        If one of them is no potency.

    Examples
    --------
    >>> def row(relation, value):
    ...     return {"compound_id": "MA-1", "smiles": "CCO", "scaffold": "", "relation": relation,
    ...             "value": value, "unit": "-log10(M)", "se": 0.1, "sd": 0.1, "n_exact": 2,
    ...             "n_censored": 0, "n_suspect": 0, "contradicted": False, "assay_ids": ["A"],
    ...             "assay_spread": 0.0}
    >>> on, off = pd.DataFrame([row("=", 8.0)]), pd.DataFrame([row("<", 5.5)])
    >>> difference_of(on, off)[["relation", "value"]].to_numpy().tolist()
    [['>', 2.5]]
    """
    for frame in (minuend, subtrahend):
        other = sorted(set(frame["unit"]) - {P_UNIT})
        if other:
            raise StoreError(
                f"a difference is taken of potencies, and these values are in {other[0]}",
                remedy="derive it from two endpoints on the p scale",
            )
    both = minuend.merge(subtrahend, on="compound_id", suffixes=("", "_less"))
    relation = [
        sign_of_difference(str(left), str(right))
        for left, right in zip(both["relation"], both["relation_less"], strict=True)
    ]
    ids = zip(both["assay_ids"], both["assay_ids_less"], strict=True)
    told = both.assign(
        relation=relation,
        value=both["value"] - both["value_less"],
        unit=DIFFERENCE_UNIT,
        se=np.hypot(both["se"], both["se_less"]),
        sd=np.hypot(both["sd"], both["sd_less"]),
        n_exact=np.minimum(both["n_exact"], both["n_exact_less"]),
        n_censored=np.minimum(both["n_censored"], both["n_censored_less"]),
        n_suspect=both["n_suspect"] + both["n_suspect_less"],
        contradicted=both["contradicted"] | both["contradicted_less"],
        assay_ids=pd.Series([[*left, *right] for left, right in ids], dtype=object),
        assay_spread=np.hypot(both["assay_spread"], both["assay_spread_less"]),
    )
    return told.loc[told["relation"] != "", list(AGGREGATE_COLUMNS)].reset_index(drop=True)


def sign_of_difference(left: str, right: str) -> str:
    """Return the relation of a difference, from those of its two sides; '' where it is not known.

    Examples
    --------
    >>> sign_of_difference("=", "<"), sign_of_difference("<", ">"), sign_of_difference("<", "<")
    ('>', '<', '')
    """
    if left not in _TURNED or right not in _TURNED:
        return ""
    signs = {sign for sign in (left, _TURNED[right]) if sign != "="}
    return "=" if not signs else signs.pop() if len(signs) == 1 else ""
