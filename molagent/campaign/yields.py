"""What each generator brought, and the shares that follow from it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import pandas as pd

from molagent.campaign.pool import verdicts
from molagent.records import Stage
from molagent.store.cycles import CampaignStore

__all__ = ["line_yields", "shares_by_yield", "standing_share", "whole_yields"]

_MADE: Final = ("made", "gated")
_NOTED: Final = ("asked", *_MADE)
_WHOLE: Final = (*_NOTED, "proposed", "passed", "chosen")
# Of a share in the campaign file this much stays, whatever a line brought.
_KEPT: Final = 0.5


def line_yields(
    store: CampaignStore, cycle: int, best: Sequence[Mapping[str, object]]
) -> dict[str, dict[str, int]]:
    """Return ``generator:mode`` to what it made in a cycle and what became of it.

    Parameters
    ----------
    best
        The leaders.

    Returns
    -------
    dict
        ``made`` by the generator, ``gated`` (of these passed the gate), ``proposed`` (of these the
        models chose), ``passed`` every filter, and ``leaders``.
    """
    result = _steps(store, cycle, _MADE)
    proposals = store.load("proposal", cycle)
    passed = verdicts(store.load("judgement", cycle))
    keys = proposals["generator"] + ":" + proposals["mode"]
    ok = proposals["proposal_id"].map(passed).eq("pass")
    for key in sorted(set(keys)):
        mine = keys == key
        n = int(mine.sum())
        counts = result.setdefault(key, {"made": n, "gated": n})
        counts["proposed"] = n
        counts["passed"] = int((mine & ok).sum())
        counts["leaders"] = sum(
            1
            for row in best
            if f"{row['generator']}:{row['mode']}" == key and row["cycle"] == cycle
        )
    return {
        key: {"proposed": 0, "passed": 0, "leaders": 0, **counts}
        for key, counts in sorted(result.items())
    }


def whole_yields(store: CampaignStore, chosen: Collection[str]) -> pd.DataFrame:
    """Return what each generator was asked for over all cycles, and what became of it.

    Parameters
    ----------
    chosen
        Proposal ids of the shortlist.

    Returns
    -------
    pandas.DataFrame
        ``generator, mode, asked, made, gated, proposed, passed, chosen``, the most chosen first;
        what was proposed counts each stereoisomer of a drawing.
    """
    totals: dict[str, dict[str, int]] = {}
    for cycle in sorted(set(store.stages()["cycle"])):
        for key, counts in _steps(store, int(cycle), _NOTED).items():
            mine = totals.setdefault(key, dict.fromkeys(_WHOLE, 0))
            for name, number in counts.items():
                mine[name] += number
    proposals = store.load("proposal")
    passed = proposals["proposal_id"].map(verdicts(store.load("judgement"))).eq("pass")
    taken = proposals["proposal_id"].isin(chosen)
    keys = proposals["generator"] + ":" + proposals["mode"]
    for key, rows in proposals.groupby(keys):
        mine = totals.setdefault(str(key), dict.fromkeys(_WHOLE, 0))
        mine["proposed"] = len(rows)
        mine["passed"] = int(passed[rows.index].sum())
        mine["chosen"] = int(taken[rows.index].sum())
    order = sorted(totals, key=lambda key: (-totals[key]["chosen"], -totals[key]["passed"], key))
    return pd.DataFrame(
        [(*key.split(":"), *(totals[key][name] for name in _WHOLE)) for key in order],
        columns=["generator", "mode", *_WHOLE],
    )


def standing_share(counts: Mapping[str, int]) -> float | None:
    """Return the share of what a line made that stands after all filters, 0 to 1.

    The gate judges all of it, the other filters what the models chose: the shares are multiplied.
    None where nothing was made, or nothing that passed the gate was chosen.

    Examples
    --------
    >>> standing_share({"made": 200, "gated": 100, "proposed": 50, "passed": 40})
    0.4
    >>> standing_share({"made": 200, "gated": 0, "proposed": 0, "passed": 0})
    0.0
    """
    made, proposed = counts.get("made", counts["proposed"]), counts["proposed"]
    gated = counts.get("gated", made)
    if not made:
        return None
    if not gated:
        return 0.0
    if not proposed:
        return None
    return gated / made * counts["passed"] / proposed


def shares_by_yield(
    mix: Mapping[str, float], yields: Mapping[str, Mapping[str, int]]
) -> dict[str, float]:
    """Return a mix whose shares follow what stood.

    Half of each share in `mix` stays; the other half is multiplied by what stood of the line's
    compounds, over that of the best line. Then the shares are made to add up to 1. A line that was
    not measured keeps its share.

    Examples
    --------
    >>> yields = {
    ...     "replace:edit": {"made": 100, "gated": 80, "proposed": 50, "passed": 50, "leaders": 9},
    ...     "edits:edit": {"made": 100, "gated": 20, "proposed": 20, "passed": 20, "leaders": 0},
    ... }
    >>> shares_by_yield({"replace:edit": 0.5, "edits:edit": 0.5}, yields)
    {'replace:edit': 0.6154, 'edits:edit': 0.3846}
    """
    stood = {key: standing_share(yields[key]) for key in mix if key in yields}
    best = max((share for share in stood.values() if share), default=0.0)
    if not best:
        return dict(mix)
    wanted = {}
    for key, share in mix.items():
        own = stood.get(key)
        wanted[key] = share * (1.0 if own is None else _KEPT + (1 - _KEPT) * own / best)
    total = sum(wanted.values())
    return {key: round(share / total, 4) for key, share in wanted.items()}


def _steps(store: CampaignStore, cycle: int, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return what the propose stage noted of each line under these names."""
    stages = store.stages()
    found = stages[(stages["cycle"] == cycle) & (stages["stage"] == Stage.PROPOSE)]
    result: dict[str, dict[str, int]] = {}
    for detail in found["detail"]:
        for step in detail.get("steps", ()):
            if "gated" not in step:
                continue
            line = f"{step['generator']}:{step['mode']}"
            counts = result.setdefault(line, dict.fromkeys(names, 0))
            for name in names:
                counts[name] += int(step[name])
    return result
