"""The select stage: a batch by joint draws, each compound with the reason in words."""

from collections.abc import Hashable, Mapping, Sequence, Set
from typing import Any, Final

import numpy as np
import pandas as pd

from molagent.campaign.ranking import check_profile
from molagent.chem.fingerprints import morgan_bits
from molagent.config import CampaignConfig, SelectConfig
from molagent.protocols import Predictor
from molagent.records import FloatArray, Plan
from molagent.records.reliability import doubt_of_card
from molagent.select.choosing import Selection, choose
from molagent.select.desirability import combine
from molagent.select.limits import Limits
from molagent.store.cycles import CampaignStore

__all__ = ["select_batch"]

# For each place in the batch, joint draws are made of this many proposals, the best ranked ones;
# those that rank lower would not be chosen.
_DRAWN_PER_PLACE: Final = 15
_COLUMNS = ["rank", "proposal_id", "desirability", "acquisition", "reason"]


def select_batch(
    store: CampaignStore,
    pool: pd.DataFrame,
    ranking: pd.DataFrame,
    predictors: Sequence[Predictor],
    config: CampaignConfig,
    plan: Plan,
    seed: int,
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Choose the batch.

    Returns
    -------
    frame, detail
        The shortlist, best first, and how many were to choose from.
    """
    known = {row["proposal_id"]: row for row in ranking.to_dict("records")}
    best = ranking.dropna(subset=["desirability"]).sort_values(
        ["desirability", "proposal_id"], ascending=[False, True]
    )
    ranked_ids = best["proposal_id"].head(_DRAWN_PER_PLACE * config.select.count)
    pool = pool[pool["proposal_id"].isin(ranked_ids)].reset_index(drop=True)
    if pool.empty:
        shortfall = "nothing passed every filter with a known desirability"
        return pd.DataFrame(columns=_COLUMNS), {"chosen": 0, "pool": 0, "shortfall": shortfall}
    doubts = {p.endpoint: doubt_of_card(p.card) for p in predictors}
    objectives = config.profile
    check_profile(objectives, doubts)
    needed = {o.endpoint for o in objectives}
    smiles = list(pool["smiles"])
    values = {
        p.endpoint: _draws(p, smiles, config.select.draws, seed, plan.exploration)
        for p in predictors
        if p.endpoint in needed
    }
    overall, _ = combine(objectives, values, plan.weights)
    chosen = _choose(overall, pool, config.select, seed)
    overlap = store.load("overlap")
    evidence = {
        row["proposal_id"]: row for row in overlap[overlap["ordinal"] == 0].to_dict("records")
    }
    proposals = pool.to_dict("records")
    trusted = {o.name for o in objectives if not doubts[o.endpoint]}
    rows = []
    for rank, (index, share) in enumerate(
        zip(chosen.batch.indices, chosen.batch.acquisition, strict=True), start=1
    ):
        name = str(proposals[index]["proposal_id"])
        ranked = known[name]
        opening = chosen.openings[rank - 1]
        if index in chosen.explored:
            opening = f"chosen for what it teaches about the pool; {opening}"
        reason = _reason(proposals[index], ranked, evidence.get(name), opening, trusted)
        rows.append((rank, name, float(ranked["desirability"]), share, reason))
    detail: dict[str, object] = {
        "chosen": len(rows),
        "pool": len(best),
        "shortfall": chosen.batch.shortfall,
        "strategy": chosen.strategy,
        "hits": f"{chosen.hits}, a hit being an overall desirability of {config.select.hit:g}",
    }
    return pd.DataFrame(rows, columns=_COLUMNS), detail


def _choose(overall: FloatArray, pool: pd.DataFrame, select: SelectConfig, seed: int) -> Selection:
    spread = select.max_similarity < 1.0
    limits = Limits(
        groups=list(pool["scaffold"]),
        per_group=select.per_scaffold,
        fingerprints=morgan_bits(list(pool["smiles"])) if spread else None,
        max_similarity=select.max_similarity,
    )
    return choose(
        overall,
        limits,
        count=select.count,
        seed=seed,
        strategy=select.strategy,
        explore=select.explore,
        threshold=select.hit,
    )


def _draws(
    predictor: Predictor, smiles: Sequence[str], draws: int, seed: int, exploration: float
) -> FloatArray:
    """Return joint draws, drawn in towards their mean where the plan explores less."""
    sampled = predictor.sample(smiles, draws, seed)
    mean = predictor.predict(smiles).mean
    return np.asarray(mean + exploration * (sampled - mean), dtype=np.float64)


def _reason(
    proposal: Mapping[Hashable, Any],
    ranked: Mapping[Hashable, Any],
    evidence: Mapping[Hashable, Any] | None,
    opening: str,
    trusted: Set[str],
) -> str:
    """Say why a compound was chosen, from numbers that stand in the store.

    What an unreliable model says may tip the balance, but is not named as a reason.
    """
    components: Mapping[str, Mapping[str, float]] = ranked["components"]
    order = sorted(trusted & components.keys(), key=lambda name: -components[name]["desirability"])
    strong = [name for name in order if components[name]["desirability"] >= 0.7]
    weak = [name for name in order if components[name]["desirability"] < 0.3]
    words = [
        opening[:1].upper() + opening[1:],
        f"strong in {_listed(strong)}" if strong else "strong in no single objective",
    ]
    if weak:
        words.append(f"weak in {_listed(weak)}")
    near = ranked["nearest_id"]
    if isinstance(near, str):
        words.append(f"nearest measured {near} (Tanimoto {ranked['nearest_similarity']:.2f})")
    words.append(f"from {proposal['generator']} ({str(proposal['mode']).replace('_', ' ')})")
    if evidence is not None:
        words.append(f"patent evidence: {_evidence(evidence)}")
    return "; ".join(words) + "."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _evidence(row: Mapping[Hashable, Any]) -> str:
    level = str(row["level"]).replace("_", " ")
    where = row["claim_id"] or row["publication_number"]
    similarity = "" if pd.isna(row["similarity"]) else f", Tanimoto {row['similarity']:.2f}"
    return f"{level} ({where}{similarity})" if where else level
