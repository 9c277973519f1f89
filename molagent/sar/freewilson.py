"""Free-Wilson analysis: what each substituent adds, if effects add up at all.

Free and Wilson 1964, doi:10.1021/jm00334a001, in the form of Fujita and Ban 1971,
J. Med. Chem. 14, 148: value = value of the reference compound + one contribution a position.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
import pandas as pd

from molagent.chem.assembly import zipped
from molagent.errors import InputError
from molagent.records import FloatArray
from molagent.sar.measured import ABOVE, BELOW, EXACT
from molagent.sar.rgroups import CORE, RGroupTable, require_position

__all__ = ["FreeWilson", "fit_free_wilson"]

_POINT: Final = r"\*:"
_FEWEST_FREEDOM: Final = 3
_MOST_COMBINATIONS: Final = 200_000
# Of the best combinations, so many are tried to be joined before the search gives up.
_TRIES_EACH: Final = 20
# Above this leverage a compound alone decides its own prediction: it cannot be left out.
_FULL_LEVERAGE: Final = 1.0 - 1e-8


@dataclass(frozen=True)
class FreeWilson:
    """A fitted additive model.

    Attributes
    ----------
    table
        What it was fitted on.
    positions
        Those told apart.
    intercept, intercept_se
        Predicted value of the reference compound and its standard error, log units.
    coefficients
        ``position, substituent, contribution, se, n, reference``: against the reference
        substituent of its position, whose contribution is 0; `n` is the number of exact compounds
        that carry it.
    fitted
        ``compound_id, p_value, predicted, left_out``: `left_out` is predicted without the
        compound itself, NaN where nothing else tells its substituents.
    n, n_left_out
        Compounds in the fit; exact ones that are not, because a substituent of theirs is too rare.
    r2, q2, rmse_left_out
        Of the fit; and from leaving out one compound at a time, over compounds that can be. `q2` is
        below `r2`, and below zero where the mean of the others predicts better.
    sd
        Residual standard deviation, ``sqrt(RSS / (n - p))``.
    ridge
        Penalty on the contributions; 0 for least squares.
    n_bounds, n_bounds_met
        Compounds with a bound that the model can predict, and how many predictions respect it.
    covariance
        Of intercept and free contributions, ``p x p``.
    """

    table: RGroupTable
    positions: tuple[str, ...]
    intercept: float
    intercept_se: float
    coefficients: pd.DataFrame
    fitted: pd.DataFrame
    n: int
    n_left_out: int
    r2: float
    q2: float
    rmse_left_out: float
    sd: float
    ridge: float
    n_bounds: int
    n_bounds_met: int
    covariance: FloatArray

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return ``predicted, se`` of combinations of substituents.

        Parameters
        ----------
        rows
            One column a position.

        Returns
        -------
        pandas.DataFrame
            In input order; NaN where a substituent has no coefficient. `se` is of one new
            compound: of the coefficients and of the residual together.
        """
        design, known = self._design(rows)
        weights = np.concatenate([[self.intercept], self._contributions()])
        predicted = design @ weights
        variance = np.einsum("ij,jk,ik->i", design, self.covariance, design) + self.sd**2
        return pd.DataFrame(
            {
                "predicted": np.where(known, predicted, np.nan),
                "se": np.where(known, np.sqrt(variance), np.nan),
            }
        )

    def combinations(self, limit: int = 50) -> pd.DataFrame:
        """Return combinations of known substituents that no compound has, the best first.

        Returns
        -------
        pandas.DataFrame
            ``smiles``, one column a position, ``predicted, se, weakest`` (the fewest exact
            compounds behind one of its substituents). Combinations whose parts cannot be joined
            are left out.
        """
        options = [self._options(position) for position in self.positions]
        while np.prod([float(len(names)) for names in options]) > _MOST_COMBINATIONS:
            longest = max(range(len(options)), key=lambda i: len(options[i]))
            options[longest] = options[longest][:-1]
        made = set(self.table.rows[list(self.positions)].itertuples(index=False, name=None))
        every = [combination for combination in product(*options) if combination not in made]
        frame = pd.DataFrame(every, columns=list(self.positions))
        frame = pd.concat([frame, self.predict(frame)], axis=1)
        frame["weakest"] = np.min(
            [frame[name].map(self._counts(name)).to_numpy() for name in self.positions], axis=0
        )
        frame = frame.sort_values(["predicted", *self.positions], ascending=False, kind="stable")
        return self._joined(frame, limit)

    def _joined(self, frame: pd.DataFrame, limit: int) -> pd.DataFrame:
        rows: list[int] = []
        structures: list[str] = []
        # Positions the model does not tell apart carry what most compounds carry there.
        others = {
            name: self.table.rows[name].mode().iloc[0]
            for name in self.table.positions
            if name not in self.positions
        }
        seen: set[str] = set(self.table.rows["smiles"])
        best = frame[list(self.positions)].head(_TRIES_EACH * limit)
        for index, *names in best.itertuples(name=None):
            if len(rows) == limit:
                break
            whole = {**others, **dict(zip(self.positions, names, strict=True))}
            core = str(whole.pop(CORE, self.table.core))
            # A hydrogen on a point that this core does not have is nothing to join.
            parts = [
                part
                for name, part in whole.items()
                if f":{name[1:]}]" in core or not part.startswith("[H]")
            ]
            smiles = zipped([core, *parts])
            if smiles is not None and smiles not in seen:
                seen.add(smiles)
                rows.append(index)
                structures.append(smiles)
        answer = frame.loc[rows].reset_index(drop=True)
        answer.insert(0, "smiles", structures)
        return answer

    def _options(self, position: str) -> list[str]:
        part = self.coefficients[self.coefficients["position"] == position]
        return list(part.sort_values("contribution", ascending=False)["substituent"])

    def _counts(self, position: str) -> dict[str, int]:
        part = self.coefficients[self.coefficients["position"] == position]
        return dict(zip(part["substituent"], part["n"], strict=True))

    def _contributions(self) -> FloatArray:
        free = self.coefficients[~self.coefficients["reference"]]
        return free["contribution"].to_numpy(float)

    def _design(self, rows: pd.DataFrame) -> tuple[FloatArray, np.ndarray]:
        free = self.coefficients[~self.coefficients["reference"]]
        keys = list(free[["position", "substituent"]].itertuples(index=False, name=None))
        known = np.ones(len(rows), dtype=bool)
        for position in self.positions:
            named = self.coefficients.loc[self.coefficients["position"] == position, "substituent"]
            known &= rows[position].isin(named).to_numpy()
        return _indicators(rows, keys), known


def fit_free_wilson(
    table: RGroupTable,
    *,
    positions: tuple[str, ...] = (),
    min_count: int = 2,
    ridge: float = 0.0,
) -> FreeWilson:
    """Fit the additive model to the exact values of an R-group table.

    Parameters
    ----------
    table
        From :func:`molagent.sar.rgroups.decompose`.
    positions
        Those to tell apart; all that vary where empty.
    min_count
        Fewest exact compounds with a substituent. A compound with a rarer one is not fitted: its
        coefficient would be that compound's own residual.
    ridge
        Penalty on the contributions, in units of compounds: with 1, a substituent seen once is
        pulled halfway to its reference. 0 for least squares.

    Returns
    -------
    FreeWilson
        Bounds are not fitted; the model says how many of them it respects. The reference at each
        position is its commonest substituent.

    Raises
    ------
    InputError
        If the model is underdetermined: fewer than three compounds more than coefficients, or,
        without `ridge`, substituents that only ever occur together.
    """
    chosen = positions or table.positions
    for position in chosen:
        require_position(table, position)
    exact = table.rows[table.rows["p_relation"] == EXACT].reset_index(drop=True)
    rows = _common_enough(exact, chosen, min_count)
    levels = _levels(rows, chosen)
    keys = [(p, name) for p in chosen for name in levels[p][1:]]
    design = _indicators(rows, keys)
    _require_determined(design, keys, ridge, len(exact))
    y = rows["p_value"].to_numpy(float)
    penalty = np.diag([0.0, *[ridge] * len(keys)])
    inverse = np.linalg.inv(design.T @ design + penalty)
    weights = inverse @ design.T @ y
    predicted = design @ weights
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    residual = y - predicted
    freedom = len(y) - float(leverage.sum())
    sd = float(np.sqrt((residual**2).sum() / freedom))
    covariance = sd**2 * inverse @ (design.T @ design) @ inverse
    can_be_left_out = leverage < _FULL_LEVERAGE
    left_out = np.where(
        can_be_left_out, y - residual / np.where(can_be_left_out, 1 - leverage, 1.0), np.nan
    )
    q2, rmse = _left_out_figures(y, left_out)
    fitted = FreeWilson(
        table=table,
        positions=chosen,
        intercept=float(weights[0]),
        intercept_se=float(np.sqrt(covariance[0, 0])),
        coefficients=_coefficients(levels, rows, keys, weights, covariance),
        fitted=rows[["compound_id", "p_value"]].assign(predicted=predicted, left_out=left_out),
        n=len(rows),
        n_left_out=len(exact) - len(rows),
        r2=float(1 - (residual**2).sum() / ((y - y.mean()) ** 2).sum()),
        q2=q2,
        rmse_left_out=rmse,
        sd=sd,
        ridge=ridge,
        n_bounds=0,
        n_bounds_met=0,
        covariance=covariance,
    )
    return _with_bounds(fitted)


def _common_enough(exact: pd.DataFrame, positions: tuple[str, ...], min_count: int) -> pd.DataFrame:
    """Return the compounds all of whose substituents are common, and hang on one point each."""
    rows = exact
    for position in positions:
        if position != CORE:
            rows = rows[rows[position].str.count(_POINT) == 1]
    while True:
        rare = np.zeros(len(rows), dtype=bool)
        for position in positions:
            rare |= (rows[position].map(rows[position].value_counts()) < min_count).to_numpy()
        if not rare.any():
            return rows.reset_index(drop=True)
        # Without these compounds, other substituents may have become rare.
        rows = rows[~rare]


def _levels(rows: pd.DataFrame, positions: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the substituents of each position, the commonest, which is the reference, first."""
    levels = {}
    for position in positions:
        counts = rows[position].value_counts()
        levels[position] = sorted(counts.index, key=lambda name: (-counts[name], name))
    return levels


def _indicators(rows: pd.DataFrame, keys: list[tuple[str, str]]) -> FloatArray:
    """Return the design: a column of ones, and one a substituent, ``N x (1 + len(keys))``."""
    columns: list[FloatArray] = [np.ones(len(rows))]
    columns += [np.asarray(rows[position] == name, dtype=float) for position, name in keys]
    return np.column_stack(columns)


def _require_determined(
    design: FloatArray, keys: list[tuple[str, str]], ridge: float, n_exact: int
) -> None:
    n, p = design.shape
    if ridge < 0:
        raise InputError(f"ridge {ridge}", remedy="0 or more")
    if n < _FEWEST_FREEDOM or not keys or (not ridge and n - p < _FEWEST_FREEDOM):
        raise InputError(
            f"the additive model is underdetermined: {n} of {n_exact} exact compounds have common "
            f"substituents, for {p} coefficients",
            remedy="take fewer positions, raise min_count, or shrink the contributions with ridge",
        )
    if ridge or np.linalg.matrix_rank(design) == p:
        return
    together = [
        f"{name} at {position}"
        for place, (position, name) in enumerate(keys, start=1)
        if np.linalg.matrix_rank(np.delete(design, place, axis=1)) == np.linalg.matrix_rank(design)
    ]
    raise InputError(
        f"the additive model is underdetermined: {', '.join(together)} occur only together with "
        "one another, so no compound tells them apart",
        remedy="take fewer positions, or shrink the contributions with ridge",
    )


def _coefficients(
    levels: dict[str, list[str]],
    rows: pd.DataFrame,
    keys: list[tuple[str, str]],
    weights: FloatArray,
    covariance: FloatArray,
) -> pd.DataFrame:
    place = {key: number for number, key in enumerate(keys, start=1)}
    lines = []
    for position, names in levels.items():
        counts = rows[position].value_counts()
        for name in names:
            at = place.get((position, name))
            value = 0.0 if at is None else float(weights[at])
            se = np.nan if at is None else float(np.sqrt(covariance[at, at]))
            lines.append((position, name, value, se, int(counts[name]), at is None))
    columns = ["position", "substituent", "contribution", "se", "n", "reference"]
    return pd.DataFrame(lines, columns=columns)


def _left_out_figures(y: FloatArray, left_out: FloatArray) -> tuple[float, float]:
    known = np.isfinite(left_out)
    if known.sum() < _FEWEST_FREEDOM:
        return float("nan"), float("nan")
    errors = (y - left_out)[known]
    # The mean is left out of itself too: predicting by it has a q2 of exactly zero.
    spread = ((y - y.mean()) * len(y) / (len(y) - 1))[known]
    rmse = float(np.sqrt((errors**2).mean()))
    return float(1 - (errors**2).sum() / (spread**2).sum()), rmse


def _with_bounds(model: FreeWilson) -> FreeWilson:
    rows = model.table.rows[model.table.rows["p_relation"].isin([BELOW, ABOVE])]
    predicted = model.predict(rows)["predicted"].to_numpy()
    below = (rows["p_relation"] == BELOW).to_numpy()
    bound = rows["p_value"].to_numpy(float)
    met = np.where(below, predicted < bound, predicted > bound)
    known = np.isfinite(predicted)
    return replace(model, n_bounds=int(known.sum()), n_bounds_met=int((met & known).sum()))
