"""What a campaign chooses from: measured compounds, and proposals that no filter stopped."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from molagent.campaign.taken import Taken
from molagent.chem.likeness import CountKernel, count_features
from molagent.chem.scaffolds import scaffold_id
from molagent.store.aggregates import aggregate_results
from molagent.store.cycles import CampaignStore
from molagent.store.database import Database
from molagent.store.one_value import P_UNIT

__all__ = [
    "RELATION",
    "SIGN",
    "latest_predictions",
    "load_measured",
    "load_pool",
    "nearest_measured",
    "verdicts",
]

#: Ends the name of the column that says of an endpoint's values which are bounds.
SIGN: Final = "_relation"
#: The same of potencies alone, which have it beside.
RELATION: Final = "_p_relation"


def load_measured(db: Database, endpoints: Sequence[str]) -> pd.DataFrame:
    """Return measured compounds, one row each, one column an endpoint (NaN where not measured).

    Returns
    -------
    pandas.DataFrame
        ``compound_id, smiles, inchikey, scaffold, scaffold_id`` and the endpoints; beside each
        ``<endpoint>_relation``, whether the value is exact or a bound, and the same as
        ``<endpoint>_p_relation`` if it is a potency. Ordered by compound id.
    """
    with db.read():
        frames = [aggregate_results(db, endpoint) for endpoint in endpoints]
        keys_of = db.query("SELECT compound_id, inchikey FROM compound")
    wide: pd.DataFrame | None = None
    for endpoint, frame in zip(endpoints, frames, strict=True):
        column = frame[["compound_id", "smiles", "scaffold", "value"]].rename(
            columns={"value": endpoint}
        )
        column[f"{endpoint}{SIGN}"] = frame["relation"]
        if frame["unit"].eq(P_UNIT).any():
            column[f"{endpoint}{RELATION}"] = frame["relation"]
        keys = ["compound_id", "smiles", "scaffold"]
        wide = column if wide is None else wide.merge(column, on=keys, how="outer")
    if wide is None:
        wide = pd.DataFrame(columns=["compound_id", "smiles", "scaffold"])
    wide = wide.merge(keys_of, on="compound_id", how="left")
    wide["scaffold_id"] = [scaffold_id(scaffold) for scaffold in wide["scaffold"]]
    return wide.sort_values("compound_id", ignore_index=True)


def verdicts(judgements: pd.DataFrame) -> pd.Series:
    """Return the overall verdict by proposal id: ``fail`` beats ``unknown`` beats ``pass``."""
    rank = judgements["verdict"].map({"pass": 0, "unknown": 1, "fail": 2})
    worst = rank.groupby(judgements["proposal_id"]).max()
    return worst.map({0: "pass", 1: "unknown", 2: "fail"})


def load_pool(store: CampaignStore, measured_smiles: Sequence[str], taken: Taken) -> pd.DataFrame:
    """Return every proposal so far that passed each filter and is neither measured nor taken.

    A proposal with an unknown verdict is held back: it was not shown to pass.
    """
    proposals = store.load("proposal")
    judgements = store.load("judgement")
    if proposals.empty or judgements.empty:
        return proposals.iloc[0:0]
    passed = verdicts(judgements)
    keep = proposals["proposal_id"].map(passed).eq("pass")
    keep &= ~proposals["smiles"].isin(set(measured_smiles))
    pool = taken.without(proposals[keep]).copy()
    pool["scaffold_id"] = [scaffold_id(scaffold) for scaffold in pool["scaffold"]]
    return pool.sort_values("proposal_id", ignore_index=True)


def latest_predictions(store: CampaignStore, fresh: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the newest prediction of each proposal and endpoint; `fresh` ones are the newest."""
    stored = store.load("prediction").sort_values("cycle", kind="stable").drop(columns="cycle")
    frame = stored if fresh is None else pd.concat([stored, fresh], ignore_index=True)
    return frame.drop_duplicates(["proposal_id", "endpoint"], keep="last", ignore_index=True)


def nearest_measured(
    smiles_list: Sequence[str], measured: pd.DataFrame, *, count: int = 1
) -> list[list[tuple[int, float]]]:
    """Return, for each structure, the nearest measured compounds as (row, similarity), best first.

    The similarity is the one that a model's domain is told by, 0..1.
    """
    if measured.empty or not smiles_list:
        return [[] for _ in smiles_list]
    similarity = _kernel(tuple(measured["smiles"]))(count_features(smiles_list)[0])
    # Stable, so that ties fall to the lower compound id on every machine.
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return [
        [(int(column), float(similarity[row, column])) for column in columns]
        for row, columns in enumerate(order)
    ]


@lru_cache(maxsize=2)
def _kernel(smiles: tuple[str, ...]) -> CountKernel:
    return CountKernel(count_features(smiles)[0])
