"""What nearly all potent compounds of a series carry and hardly any drug does.

No model can say what such a part is worth: the data hold no compound without it. So it is mined
where the values are, and a structure that lost it is of unknown potency, however alike it looks.

*Potent* is the better half of the compounds, and what comes within 2 log units of the best
twentieth; a bound counts for where it begins, and is potent only when it says "at least". *Series*
are clusters of potent compounds by ring system: the one that most carry and fewest drugs do takes
its compounds, then the next among what is left; last come pairs of ring systems with their linker,
for what is built of common rings alone. A whole scaffold would be no cluster for this purpose: what
all members share by definition was not found to be invariant.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import log10
from typing import Final

import numpy as np
import pandas as pd

from molagent.chem.scaffolds import murcko_scaffold
from molagent.records import PotentSeries, SeriesRule
from molagent.sar.features import motif_places
from molagent.sar.measured import ABOVE, BELOW, measured
from molagent.sar.reference import reference_share
from molagent.sar.scaffolds import parts_of, ring_systems, scaffold_name

__all__ = ["MIN_COMPOUNDS", "core_smarts", "find_series", "potent", "series_rules"]

#: Fewest potent compounds of a series that are said to agree on something.
MIN_COMPOUNDS: Final = 8

_NEARLY_ALL: Final = 0.95
_RARE_CORE: Final = 0.05
# An acid is in 17 % of drugs, an aminopyridine's NH and N in 10 %.
_RARE_MOTIF: Final = 0.2
_BEST: Final = 0.95
_WITHIN_LOG: Final = 2.0
_MOST_SERIES: Final = 12
_RAREST: Final = 1e-4
_TWO: Final = 2


def series_rules(frame: pd.DataFrame, *, min_compounds: int = MIN_COMPOUNDS) -> list[SeriesRule]:
    """Return the rules of all series of one endpoint; see :func:`find_series`."""
    return [rule for each in find_series(frame, min_compounds=min_compounds) for rule in each.rules]


def find_series(
    frame: pd.DataFrame, *, min_compounds: int = MIN_COMPOUNDS
) -> tuple[PotentSeries, ...]:
    """Return the series of one endpoint's potent compounds with what they never varied.

    Parameters
    ----------
    frame
        One endpoint's values, one row a compound, more is better; see
        :func:`molagent.sar.measured.measured`.
    min_compounds
        Fewest potent compounds of a series.

    Returns
    -------
    tuple of PotentSeries
        The largest first, at most twelve; none where too few compounds are alike.
    """
    best = potent(frame)
    return _found(tuple(best["compound_id"]), tuple(best["smiles"]), min_compounds)


# A campaign asks for its gate, its report and its page: mining costs seconds.
@lru_cache(maxsize=8)
def _found(
    compound_ids: tuple[str, ...], smiles: tuple[str, ...], min_compounds: int
) -> tuple[PotentSeries, ...]:
    left = set(range(len(smiles)))
    found: list[tuple[str, list[int]]] = []
    for parts in (ring_systems, _pairs):
        carriers = _carriers(smiles, left, parts, min_compounds)
        while carriers and len(found) < _MOST_SERIES:
            core = max(carriers, key=lambda part: (_worth(part, carriers[part]), part))
            taken = carriers.pop(core)
            if len(taken) < min_compounds:
                continue
            found.append((core, sorted(taken)))
            left -= taken
            carriers = {part: rows - taken for part, rows in carriers.items()}
    found.sort(key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        _described(
            f"S{number}", core, [compound_ids[row] for row in rows], [smiles[row] for row in rows]
        )
        for number, (core, rows) in enumerate(found, start=1)
    )


def potent(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the potent compounds of one endpoint's values, the best first.

    Examples
    --------
    >>> rows = {"compound_id": list("abcd"), "smiles": ["C", "CC", "CO", "CN"]}
    >>> values = {"p_value": [8.0, 7.0, 4.0, 5.0], "p_relation": ["=", "=", "=", "<"]}
    >>> list(potent(pd.DataFrame({**rows, **values}))["compound_id"])
    ['a', 'b']
    """
    table = measured(frame).dropna(subset=["p_value"])
    values = table["p_value"]
    if values.empty:
        return table
    least = min(values.median(), values.quantile(_BEST) - _WITHIN_LOG)
    kept = table[(values >= least) & (table["p_relation"] != BELOW)]
    # At least so much is better than exactly so much; ties keep the order of the data.
    above = (kept["p_relation"] == ABOVE).astype(int)
    order = np.lexsort((np.arange(len(kept)), -above, -kept["p_value"]))
    return kept.iloc[order].reset_index(drop=True)


def core_smarts(core: str) -> str:
    """Return what finds a core whatever hangs on it: its SMILES without hydrogens on nitrogen.

    Examples
    --------
    >>> core_smarts("c1ccc2[nH]ccc2c1")
    'c1ccc2nccc2c1'
    """
    return core.replace("[nH]", "n")


@lru_cache(maxsize=20_000)
def _pairs(smiles: str) -> tuple[str, ...]:
    """Return the pairs of ring systems of a structure, with the linker between them."""
    return tuple(
        part for part in parts_of(murcko_scaffold(smiles)) if len(ring_systems(part)) == _TWO
    )


def _carriers(
    smiles: Sequence[str],
    rows: set[int],
    parts: Callable[[str], Sequence[str]],
    min_compounds: int,
) -> dict[str, set[int]]:
    """Return core -> rows that carry it, of those that enough carry and few drugs do."""
    answer: dict[str, set[int]] = defaultdict(set)
    for row in sorted(rows):
        for part in parts(smiles[row]):
            answer[part].add(row)
    return {
        part: found
        for part, found in answer.items()
        # Asked in this order: a part's share of drugs costs 10 ms.
        if len(found) >= min_compounds and reference_share(core_smarts(part)) <= _RARE_CORE
    }


def _worth(core: str, rows: set[int]) -> float:
    """Return how many carry a core times how surprising it is in a drug."""
    return len(rows) * -log10(max(reference_share(core_smarts(core)), _RAREST))


def _described(
    series: str, core: str, compound_ids: Sequence[str], smiles: Sequence[str]
) -> PotentSeries:
    return PotentSeries(
        series=series,
        name=scaffold_name(core),
        core=core,
        pattern=core_smarts(core),
        compound_ids=tuple(compound_ids),
        smiles=tuple(smiles),
        rules=(*_core_rules(series, core, smiles), *_motif_rules(series, smiles)),
    )


def _core_rules(series: str, core: str, smiles: Sequence[str]) -> list[SeriesRule]:
    carried: dict[str, int] = defaultdict(int)
    for each in smiles:
        for part in ring_systems(each):
            carried[part] += 1
    shared = {
        part: count
        for part, count in carried.items()
        if count >= _NEARLY_ALL * len(smiles) and reference_share(core_smarts(part)) <= _RARE_CORE
    }
    shared[core] = len(smiles)
    return [
        SeriesRule(
            kind="core", name=scaffold_name(part), smarts=core_smarts(part), series=series,
            carried=count, of=len(smiles), reference_share=reference_share(core_smarts(part)),
        )
        for part, count in sorted(shared.items(), key=lambda item: (-item[1], item[0]))
    ]  # fmt: skip


def _motif_rules(series: str, smiles: Sequence[str]) -> list[SeriesRule]:
    """Return the shortest motifs that together reach every donor and acceptor never varied."""
    places = [motif_places(each) for each in smiles]
    counts: dict[str, int] = defaultdict(int)
    for found in places:
        for motif in found:
            counts[motif] += 1
    common = [
        motif
        for motif, count in counts.items()
        if count >= _NEARLY_ALL * len(smiles) and reference_share(motif) <= _RARE_MOTIF
    ]
    common.sort(key=lambda motif: (motif.count("~"), reference_share(motif), motif))
    covered: list[set[int]] = [set() for _ in smiles]
    rules = []
    for motif in common:
        if not _adds(motif, places, covered):
            continue
        rules.append(
            SeriesRule(
                kind="motif", name=motif, smarts=motif, series=series, carried=counts[motif],
                of=len(smiles), reference_share=reference_share(motif),
            )
        )  # fmt: skip
    return rules


def _adds(
    motif: str,
    places: Sequence[Mapping[str, frozenset[tuple[int, int]]]],
    covered: Sequence[set[int]],
) -> bool:
    """Return whether a motif reaches a new atom in most compounds; its atoms are covered then."""
    new = [
        any(index not in atoms for ends in found.get(motif, ()) for index in ends)
        for found, atoms in zip(places, covered, strict=True)
    ]
    if 2 * sum(new) <= len(new):
        return False
    for found, atoms in zip(places, covered, strict=True):
        atoms.update(index for ends in found.get(motif, ()) for index in ends)
    return True
