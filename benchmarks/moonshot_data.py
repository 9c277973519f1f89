"""COVID Moonshot's potencies as one value a compound, with the date it was first shipped."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from molagent.errors import FileFormatError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_moonshot", "load_rapidfire", "load_results"]

_RESULTS: Final = "clean_cdd_noncovalent_dates_2023_10_18_filt.csv"
_DATES: Final = "cid_dates.csv"
_FITS: Final = "dose_response_fits.csv"
_DESIGNS: Final = "covid_moonshot_ids.csv"
_SMILES, _NAME, _IC50 = "suspected_SMILES", "Canonical_PostEra_ID", "IC50_(µM)"
# The top concentration, uM: the file of fits has lost its ">", and writes 99.0 for beyond it.
_TOP_UM: Final = 98.0


def load_moonshot(folder: Path) -> "pd.DataFrame":
    """Return one row a compound: smiles, p_relation, p_value, n_exact, sd, date (``yyyymmdd``).

    Measured values of a compound are averaged and limits beside them left out, as in the published
    figures that ours stand beside; where there are only limits, the tightest stays.

    Raises
    ------
    FileFormatError
        If a file or a column is missing.
    """
    import pandas as pd

    results = load_results(folder)
    try:
        date = _first_dates(folder)
    except (OSError, KeyError) as error:
        raise _not_moonshot(folder, error, _DATES) from error
    rows = [_one_compound(group) for _, group in results.groupby("compound_id", sort=True)]
    compounds = pd.DataFrame(rows)
    compounds["date"] = compounds["compound_id"].map(date)
    return compounds


def load_results(folder: Path) -> "pd.DataFrame":
    """Return one row a result of the fluorescence assay: compound_id, smiles, p_relation, p_value.

    Raises
    ------
    FileFormatError
        If the file or a column is missing.
    """
    import pandas as pd

    try:
        table = pd.read_csv(folder / _RESULTS)[[_SMILES, _NAME, _IC50]]
    except (OSError, KeyError) as error:
        raise _not_moonshot(folder, error, _RESULTS) from error
    text = table[_IC50].astype(str).str.strip()
    return pd.DataFrame(
        {
            "compound_id": table[_NAME],
            "smiles": table[_SMILES],
            # A concentration above means a pIC50 below.
            "p_relation": text.str[0].map({">": "<", "<": ">"}).fillna("="),
            "p_value": 6.0 - np.log10(text.str.lstrip("<> ").astype(float)),
        }
    )


def load_rapidfire(folder: Path) -> "pd.DataFrame":
    """Return the mass-spectrometric assay of the same target: a row a compound with a date.

    Columns ``compound_id, smiles, p_relation, p_value, date``. It covers compounds that the
    fluorescence assay's cleaned table lacks (covalent ones among them); a structure in both is
    written as there.

    Raises
    ------
    FileFormatError
        If a file or a column is missing.
    """
    import pandas as pd

    try:
        fits = pd.read_csv(folder / _FITS)
        chosen = fits[(fits["assay"] == "rapidfire") & (fits["ic50_uM"] > 0)]
        designs = pd.read_csv(folder / _DESIGNS).drop_duplicates("CID").set_index("CID")["SMILES"]
        named = pd.read_csv(folder / _RESULTS).drop_duplicates(_NAME).set_index(_NAME)[_SMILES]
        date = _first_dates(folder)
    except (OSError, KeyError) as error:
        raise _not_moonshot(folder, error, _FITS) from error
    values = (6.0 - np.log10(chosen["ic50_uM"])).groupby(chosen["cid"]).mean()
    frame = pd.DataFrame({"compound_id": values.index, "p_value": values.to_numpy()})
    below = frame["p_value"] < 6.0 - np.log10(_TOP_UM)
    frame["p_relation"] = np.where(below, "<", "=")
    frame["smiles"] = frame["compound_id"].map(named).fillna(frame["compound_id"].map(designs))
    frame["date"] = frame["compound_id"].map(date)
    return frame.dropna(subset=["smiles", "date"]).reset_index(drop=True)


def _first_dates(folder: Path) -> "pd.Series[str]":
    import pandas as pd

    dates = pd.read_csv(folder / _DATES, dtype=str).set_index("CID")
    return dates["first_shipment_date"].fillna(dates["first_order_date"])


def _not_moonshot(folder: Path, error: Exception, needed: str) -> FileFormatError:
    return FileFormatError(
        f"not a folder of COVID Moonshot ({error})",
        place=str(folder),
        remedy=f"give one with {needed} and {_DATES}",
    )


def _one_compound(group: "pd.DataFrame") -> dict[str, object]:
    exact = group.loc[group["p_relation"] == "=", "p_value"]
    first = group.iloc[0]
    relation, value = "=", float(exact.mean()) if len(exact) else float("nan")
    if not len(exact):
        relation = str(first["p_relation"])
        values = group.loc[group["p_relation"] == relation, "p_value"]
        value = float(values.min() if relation == "<" else values.max())
    return {
        "compound_id": first["compound_id"],
        "smiles": first["smiles"],
        "p_relation": relation,
        "p_value": value,
        "n_exact": len(exact),
        "sd": float(exact.std()) if len(exact) > 1 else float("nan"),
    }
