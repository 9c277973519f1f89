"""One value a compound: the mean of exact results against the likelihood of all of them.

The product's rule is :func:`molagent.store.one_value.one_value`. Beside it stands the rule that it
replaced: the mean of the exact results, bounds left out.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from rdkit import Chem

from benchmarks.moonshot_data import load_moonshot, load_rapidfire, load_results
from benchmarks.moonshot_task import MoonshotTask, months_since, relation_flags
from molagent.learn.evaluation import rmse
from molagent.records import FloatArray
from molagent.store.one_value import P_UNIT, one_value

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["forward_errors", "hidden_repeats", "repeated_structures"]

_ORIGINS: Final = ("202101", "202107", "202201")
_MODELS: Final = ("counts", "counts and trees")
# What an assay's lowest or highest concentration might cut off, on the p scale.
_CUTS: Final = ((-1, (4.5, 5.0, 5.5, 6.0)), (1, (5.5, 6.0, 6.5, 7.0)))
_LEAST: Final = 3


def repeated_structures(folder: Path) -> list[dict[str, object]]:
    """Count rows of each MoleculeACE file that repeat a structure: at 0 no value rule matters.

    Parameters
    ----------
    folder
        Of its CHEMBL*.csv files.
    """
    import pandas as pd

    rows = []
    for path in sorted(folder.glob("CHEMBL*.csv")):
        texts = [Chem.MolToSmiles(Chem.MolFromSmiles(text)) for text in pd.read_csv(path)["smiles"]]
        rows.append(
            {"file": path.stem, "rows": len(texts), "repeated": len(texts) - len(set(texts))}
        )
    return rows


def hidden_repeats(folder: Path) -> list[dict[str, object]]:
    """Hide each exact result of Moonshot, and foretell it from the compound's other results.

    Parameters
    ----------
    folder
        Of COVID Moonshot.

    Returns
    -------
    list of dict
        ``what, n``, then RMSE, bias and mean absolute error of both rules, log units. First
        compounds that have bounds; then compounds with three exact results and more, those of the
        rest that lie beyond a cut made into bounds at it.
    """
    results = load_results(folder)
    sd = _pooled_sd(results)
    real: list[tuple[float, float, float]] = []
    cut: list[tuple[float, float, float]] = []
    for _, group in results.groupby("compound_id"):
        values = group["p_value"].to_numpy(dtype=np.float64)
        signs = group["p_relation"].to_numpy(dtype=str)
        exact = values[signs == "="]
        if len(exact) >= _LEAST - 1 and len(exact) < len(values):
            for row in np.flatnonzero(signs == "="):
                kept = np.arange(len(values)) != row
                real.append((values[row], *_both(values[kept], signs[kept], sd)))
        for side, places in _CUTS:
            for place in places:
                cut += _cut_off(exact, side, place, sd) if len(exact) >= _LEAST else []
    return [_told("with bounds", real), _told("cut off", cut)]


def forward_errors(folder: Path) -> list[dict[str, object]]:
    """Train on either rule's values of compounds shipped before a month, test on the later ones.

    Only later compounds whose value is the same by both rules are tested on.

    Parameters
    ----------
    folder
        Of COVID Moonshot.

    Returns
    -------
    list of dict
        ``first_test_month, model, changed`` (training values that differ), ``n_test``, and the RMSE
        of measured values, log units, after training on either rule's values.
    """
    mean = load_moonshot(folder).dropna(subset=["date"]).sort_values(["date", "compound_id"])
    told = one_value(_rows(load_results(folder))).set_index("compound_id")["value"]
    exact = (mean["p_relation"] == "=").to_numpy()
    values = np.where(exact, told.loc[mean["compound_id"]].to_numpy(), mean["p_value"])
    weighed = mean.assign(p_value=values)
    observed = mean["p_value"].to_numpy(dtype=np.float64)
    differs = ~np.isclose(values, observed, atol=1e-6)
    second = load_rapidfire(folder)
    rows: list[dict[str, object]] = []
    for month in _ORIGINS:
        for model in _MODELS:
            errors: dict[str, float] = {}
            for rule, frame in (("mean of exact", mean), ("likelihood", weighed)):
                task = MoonshotTask.of(model, frame, second)
                before = task.months < month
                said = task.predict([(months_since(month), before, ~before)])
                test = ~before & ~differs & np.isfinite(said.mean) & (relation_flags(mean) == 0)
                errors[rule] = rmse(observed[test], said.mean[test])
            rows.append(
                {
                    "first_test_month": month,
                    "model": model,
                    "changed": int((differs & before).sum()),
                    "n_test": int(test.sum()),
                    **errors,
                }
            )
    return rows


def _rows(results: "pd.DataFrame") -> "pd.DataFrame":
    return results.rename(columns={"p_value": "value", "p_relation": "relation"}).assign(
        scaffold="", assay_id="ic50", unit=P_UNIT, validity="valid"
    )


def _pooled_sd(results: "pd.DataFrame") -> float:
    groups = results[results["p_relation"] == "="].groupby("compound_id")["p_value"]
    freedom = groups.size() - 1
    return float(np.sqrt((groups.var().fillna(0.0) * freedom).sum() / freedom.sum()))


def _both(values: FloatArray, signs: np.ndarray, sd: float) -> tuple[float, float]:
    """Return the mean of the exact values, and the product's value of all."""
    import pandas as pd

    rows = pd.DataFrame({"compound_id": "one", "smiles": "", "p_value": values})
    told = one_value(_rows(rows.assign(p_relation=signs)), sd=sd)
    return float(values[signs == "="].mean()), float(told["value"].iloc[0])


def _cut_off(
    exact: FloatArray, side: int, place: float, sd: float
) -> list[tuple[float, float, float]]:
    found = []
    for row in range(len(exact)):
        rest = np.delete(exact, row)
        beyond = (rest - place) * side > 0
        if beyond.any() and not beyond.all():
            signs = np.where(beyond, ">" if side > 0 else "<", "=")
            values = np.where(beyond, place, rest)
            found.append((float(exact[row]), *_both(values, signs, sd)))
    return found


def _told(what: str, rows: list[tuple[float, float, float]]) -> dict[str, object]:
    table = np.array(rows)
    answer: dict[str, object] = {"what": what, "n": len(rows)}
    for name, column in (("mean", 1), ("likelihood", 2)):
        gap = table[:, column] - table[:, 0]
        answer[f"{name}_rmse"] = float(np.sqrt((gap**2).mean()))
        answer[f"{name}_bias"] = float(gap.mean())
        answer[f"{name}_mae"] = float(np.abs(gap).mean())
    return answer
