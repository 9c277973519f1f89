"""What a curve reports, as a result with the row of its first point."""

from typing import Final

import duckdb
import pandas as pd

from molagent.errors import StoreError
from molagent.store.arrow import frame_of
from molagent.store.assay_protocols import version_name
from molagent.store.corrections import supersede_results
from molagent.store.receipts import RESULT_COLUMNS
from molagent.store.results import insert_results
from molagent.store.sources import SourceFile

__all__ = ["report_curves"]

_REPORTED: Final = """
SELECT r.source_row, r.assay_id, r.result_id, r.compound_id, r.relation, r.value, r.unit,
       r.standard_value, r.standard_unit, r.p_value, r.p_relation, r.validity
FROM result r
WHERE r.file_id = ? AND r.superseded_by IS NULL
"""


def report_curves(con: duckdb.DuckDBPyConnection, fresh: pd.DataFrame, source: SourceFile) -> int:
    """Write what the curves report, put the ids in ``fresh['result_id']`` and return how many.

    Parameters
    ----------
    con
        A connection from :meth:`molagent.store.database.Database.write`.
    fresh
        Curves that are about to be stored, with ``compound_id, inchikey, smiles, assay_id``. A row
        and assay of the source that has a value gets a corrected one.

    What an earlier fit of the same points reported is set aside where the new one reports nothing.

    Raises
    ------
    StoreError
        If a curve that may report a value has no source row.
    """
    _withdraw(con, fresh[fresh["p_value"].isna() & fresh["result_id"].isna()], source)
    told = fresh[fresh["p_value"].notna() & fresh["result_id"].isna()]
    if told.empty:
        return 0
    if told["source_row"].isna().any():
        raise StoreError(
            f"curve {told['curve'].iloc[0]} has no source row to report a value from",
            place=source.name,
            remedy="give the row of its first point",
        )
    keys = ["source_row", "assay_id"]
    rows = _as_results(told)
    earlier = frame_of(con, _REPORTED, [source.file_id])[[*keys, "result_id"]]
    matched = rows[keys].merge(earlier, on=keys, how="left")["result_id"].to_numpy()
    again = pd.notna(matched)
    if (~again).any():
        insert_results(
            con,
            rows[~again].assign(endpoint=rows.loc[~again, "assay_id"].map(version_name)),
            file_id=source.file_id,
            place=source.name,
        )
    if again.any():
        corrected = rows[again].assign(old_result_id=matched[again].astype("int64"))
        _supersede_by_refit(con, corrected, told)
    held = frame_of(con, _REPORTED, [source.file_id])[[*keys, "result_id"]]
    ids = told[keys].merge(held, on=keys, how="left")["result_id"].to_numpy()
    fresh.loc[told.index, "result_id"] = ids
    return len(told)


def _withdraw(con: duckdb.DuckDBPyConnection, silent: pd.DataFrame, source: SourceFile) -> None:
    """Set aside what an earlier fit reported of points that a new one reports nothing of."""
    if silent.empty:
        return
    keys = ["source_row", "assay_id"]
    earlier = frame_of(con, _REPORTED, [source.file_id])
    found = silent[[*keys, "note"]].merge(earlier[earlier["validity"] != "invalid"], on=keys)
    if found.empty:
        return
    reasons = [f"a refit reports nothing: {note}" for note in found["note"]]
    corrected = found.assign(
        old_result_id=found["result_id"], validity="invalid", validity_reason=reasons
    )
    _supersede_by_refit(con, corrected, silent)


def _supersede_by_refit(
    con: duckdb.DuckDBPyConnection, corrected: pd.DataFrame, told: pd.DataFrame
) -> None:
    method = f"{told['method'].iloc[0]} {told['method_version'].iloc[0]}"
    kinds = sorted({kind for kind in _named_kinds(told) if kind})
    method += f" ({', '.join(kinds)} half effect)" if kinds else ""
    supersede_results(
        con,
        corrected[
            [
                *("old_result_id", "compound_id", "relation", "value", "unit", "standard_value"),
                *("standard_unit", "p_value", "p_relation", "validity", "validity_reason"),
            ]
        ],
        actor=f"curve fit {method}",
        reason=f"refitted by {method}",
    )


def _as_results(curves: pd.DataFrame) -> pd.DataFrame:
    flipped = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
    p_value = curves["p_value"].astype("float64")
    nanomolar = 10.0 ** (9.0 - p_value)
    frame = pd.DataFrame(
        {
            "source_row": curves["source_row"].astype("int64"),
            "endpoint": curves["endpoint"],
            "inchikey": curves["inchikey"],
            "raw_smiles": curves["smiles"],
            "name": None,
            "relation": curves["p_relation"].replace(flipped),
            "value": nanomolar,
            "unit": "nM",
            "original": [
                f"fitted: {kind} p {value:.3f}" if kind else f"fitted: p {value:.3f}"
                for kind, value in zip(_named_kinds(curves), p_value, strict=True)
            ],
            "p_value": p_value,
            "p_relation": curves["p_relation"],
            "flag": "",
        }
    )[list(RESULT_COLUMNS)]
    return frame.assign(
        standard_value=nanomolar,
        standard_unit="nM",
        validity="valid",
        validity_reason="",
        batch_id=curves["batch_id"],
        run_id=curves["run_id"],
        compound_id=curves["compound_id"],
        assay_id=curves["assay_id"],
    )


def _named_kinds(curves: pd.DataFrame) -> list[str]:
    """Return which half effect a value is, where it matters."""
    kinds = curves["half_effect"].fillna("").astype(str)
    return ["" if kind == "either" else kind for kind in kinds]
