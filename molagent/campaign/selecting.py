"""The select stage: a batch by joint draws, each compound with the reason in words."""

from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from molagent.campaign.families import find_families, isomer_order
from molagent.campaign.hits import goals, promise
from molagent.campaign.ranking import check_profile, counted_weights
from molagent.campaign.worlds import joint_draws, measured_worlds
from molagent.chem.fingerprints import morgan_bits
from molagent.chem.identity import connectivity_block
from molagent.config import CampaignConfig, SelectConfig
from molagent.protocols import Predictor
from molagent.records import BoolArray, FloatArray, Plan
from molagent.records.reliability import doubt_of_card
from molagent.sar.scaffolds import core_ring_system
from molagent.select.choosing import Selection, choose
from molagent.select.desirability import combine
from molagent.select.limits import Cap, Limits
from molagent.store.cycles import CampaignStore

__all__ = ["select_batch"]

# For each place in the batch, joint draws are made of this many proposals, the best ranked ones;
# those that rank lower would not be chosen.
_DRAWN_PER_PLACE: Final = 15
# A core is worth a place of its own if its best compound is worth this share of the best one.
_WORTH_A_PLACE: Final = 0.5
# A further compound of a rarer core, or the best of one more core than were asked for, takes the
# place of a commoner one's if it is worth this share: a hedge that costs more is none.
_WORTH_A_HEDGE: Final = 0.8
# Of one scaffold a batch holds so many, unless the file says how many or places would stay empty.
_PER_SCAFFOLD: Final = 3
# A batch that is short lets each core have so many places more, time and again.
_MORE_PER_CORE: Final = 2
_COLUMNS = ["rank", "proposal_id", "desirability", "acquisition", "reason", "place", "isomers"]


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
    pool = _drawn(pool, best, config.select)
    if pool.empty:
        shortfall = "nothing passed every filter with a known desirability"
        return pd.DataFrame(columns=_COLUMNS), {"chosen": 0, "pool": 0, "shortfall": shortfall}
    doubts = {p.endpoint: doubt_of_card(p.card) for p in predictors}
    objectives = config.profile
    check_profile(objectives, doubts)
    needed = {o.endpoint for o in objectives}
    smiles = list(pool["smiles"])
    draws = config.select.draws
    asked = [p for p in predictors if p.endpoint in needed]
    values = joint_draws(asked, smiles, draws=draws, seed=seed)
    steered = {
        p.endpoint: _drawn_in(values[p.endpoint], p.predict(smiles).mean, plan.exploration)
        for p in asked
    }
    weights = counted_weights(objectives, doubts, plan.weights)
    chosen = _choose(combine(objectives, steered, weights)[0], pool, config.select, seed)
    overall = combine(objectives, values, weights)[0]
    worth = dict(zip(pool["proposal_id"], overall.T, strict=True))
    with store.db.read():
        families = find_families(store.load("proposal"))
        overlap = store.load("overlap")
    evidence = {
        row["proposal_id"]: row for row in overlap[overlap["ordinal"] == 0].to_dict("records")
    }
    proposals = pool.to_dict("records")
    trusted = {o.name for o in objectives if not doubts[o.endpoint]}
    rows = []
    for rank, (index, share) in enumerate(
        zip(chosen.selection.batch.indices, chosen.selection.batch.acquisition, strict=True),
        start=1,
    ):
        name = str(proposals[index]["proposal_id"])
        ranked = known[name]
        opening = chosen.opening(rank - 1)
        reason = _reason(proposals[index], ranked, evidence.get(name), opening, trusted)
        place = chosen.place(index)
        structure = smiles[index]
        isomers = isomer_order(name, structure, families.get(name, ((name, structure),)), worth)
        rows.append((rank, name, float(ranked["desirability"]), share, reason, place, isomers))
    wanted = goals(config, predictors)
    batch = [smiles[index] for index in chosen.selection.batch.indices]
    worlds = measured_worlds(predictors, batch, draws=draws, seed=seed)
    promised = promise(wanted, worlds)
    detail: dict[str, object] = {
        "chosen": len(rows),
        "pool": len(best),
        "shortfall": chosen.selection.batch.shortfall,
        "strategy": chosen.selection.strategy,
        "cores": chosen.cores,
        "hits": promised.sentence,
        "goals": promised.rows,
    }
    return pd.DataFrame(rows, columns=_COLUMNS), detail


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """A selection and the core of every candidate.

    Attributes
    ----------
    cores
        How many cores the batch holds, and why they are fewer than asked or share it unevenly.
    """

    selection: Selection
    cores: str

    def place(self, index: int) -> str:
        """Return what a candidate's place is for, as the store calls it."""
        if index in self.selection.explored:
            return "explore"
        return "core" if index in self.selection.leading else "best"

    def opening(self, position: int) -> str:
        """Return how the reason of the candidate at a position of the batch begins."""
        index = self.selection.batch.indices[position]
        words = {
            "explore": "chosen for what it teaches about the pool; ",
            "core": "the best of its core; ",
            "best": "",
        }
        return words[self.place(index)] + self.selection.openings[position]


def _drawn(pool: pd.DataFrame, best: pd.DataFrame, select: SelectConfig) -> pd.DataFrame:
    """Return what joint draws are made of: the best ranked, and the best of each core."""
    ranked = best[["proposal_id"]].merge(pool, on="proposal_id")
    ranked["core"] = [core_ring_system(smiles) for smiles in ranked["smiles"]]
    is_best = np.arange(len(ranked)) < _DRAWN_PER_PLACE * select.count
    leads = ranked.groupby("core").cumcount() < _DRAWN_PER_PLACE * _half(select) // 2
    return ranked[is_best | leads].sort_values("proposal_id", ignore_index=True)


def _half(select: SelectConfig) -> int:
    """Return the places that one core has unless the file says how many, or others are wanting."""
    return max(1, -(-select.count // 2))


def _choose(overall: FloatArray, pool: pd.DataFrame, select: SelectConfig, seed: int) -> _Chosen:
    """Return the first full batch, else the fullest, of ever wider limits."""
    cores = list(pool["core"])
    worth = _share_of_best(overall)
    worthy = worth >= _WORTH_A_PLACE
    worthy_cores = len({core for core, is_worthy in zip(cores, worthy, strict=True) if is_worthy})
    hedges = (worth >= _WORTH_A_HEDGE) | (worthy & _leads(worth, cores, select.min_cores))
    spread = select.max_similarity < 1.0
    scaffolds = list(pool["scaffold"])
    # Stereoisomers are one line of an order.
    one_line = Cap(noun="connectivity", groups=_connectivities(pool), most=1)
    limits = Limits(
        groups=cores,
        noun="core",
        fingerprints=morgan_bits(list(pool["smiles"])) if spread else None,
        max_similarity=select.max_similarity,
    )
    tried: list[Selection] = []
    for available, of_core, of_scaffold in _wider_and_wider((hedges, worthy), select):
        further = (Cap(noun="scaffold", groups=scaffolds, most=of_scaffold), one_line)
        tried.append(
            choose(
                overall,
                replace(limits, per_group=of_core, further=further, available=available),
                count=select.count,
                seed=seed,
                strategy=select.strategy,
                explore=select.explore,
                threshold=select.hit,
                min_groups=min(select.min_cores, worthy_cores),
            )
        )
        if len(tried[-1].batch.indices) == select.count:
            break
    # Of equal ones the last, which had the fewest limits to be short by.
    fullest = max(reversed(tried), key=lambda selection: len(selection.batch.indices))
    return _Chosen(selection=fullest, cores=_cores(fullest, cores, worthy_cores, select))


def _wider_and_wider(
    able: Sequence[BoolArray], select: SelectConfig
) -> Iterator[tuple[BoolArray | None, int, int]]:
    """Yield who may have a place and how many of one core and of one scaffold.

    Better a full batch than an even one. A further compound of a scaffold comes before one of a
    core with more than half of the places, and both before one that is worth less.
    """
    scaffold = select.per_scaffold or _PER_SCAFFOLD
    cores = [select.per_core or _half(select)]
    if select.per_core is None:
        cores += [*range(cores[0] + _MORE_PER_CORE, select.count, _MORE_PER_CORE), select.count]
    more = scaffold if select.per_scaffold is not None else 2 * _PER_SCAFFOLD
    for each in able:
        yield each, cores[0], scaffold
        yield from ((each, core, more) for core in cores)
    most = select.per_scaffold or select.count
    yield from ((each, cores[-1], most) for each in (*able, None))


def _connectivities(pool: pd.DataFrame) -> list[str]:
    return [connectivity_block(str(key)) for key in pool["inchikey"]]


def _share_of_best(overall: FloatArray) -> FloatArray:
    """Return what each candidate is worth beside the best of all, 0..1; 0 where unknown."""
    mean = overall.mean(axis=0)
    if not np.isfinite(mean).any():
        return np.zeros(len(mean))
    best = max(float(np.nanmax(mean)), np.finfo(float).tiny)
    return np.asarray(np.nan_to_num(mean / best), dtype=np.float64)


def _leads(worth: FloatArray, cores: Sequence[str], most: int) -> BoolArray:
    """Return which candidates are the best of their core, for the `most` best cores."""
    best = pd.Series(worth).groupby(list(cores)).transform("max").to_numpy()
    rank = pd.Series(best).rank(method="dense", ascending=False).to_numpy()
    return np.asarray((worth == best) & (rank <= most), dtype=np.bool_)


def _cores(selection: Selection, cores: Sequence[str], worthy: int, select: SelectConfig) -> str:
    """Say how the batch is spread over cores, and what the pool did not hold."""
    tally = pd.Series([cores[index] for index in selection.batch.indices]).value_counts()
    if tally.empty:
        return ""
    text = f"{len(tally)} core{'s' if len(tally) > 1 else ''}"
    if len(tally) > 1:
        text += f", {tally.iloc[0]} of {int(tally.sum())} compounds on the commonest"
    if len(tally) < min(select.min_cores, select.count):
        text += (
            f"; {select.min_cores} were asked for, and the pool holds {worthy} with a compound of"
            " at least half the best one's desirability"
        )
    return text


def _drawn_in(sampled: FloatArray, mean: FloatArray, exploration: float) -> FloatArray:
    """Return draws that are nearer to their mean where the plan explores less."""
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
        words.append(f"nearest measured {near} (similarity {ranked['nearest_similarity']:.2f})")
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
