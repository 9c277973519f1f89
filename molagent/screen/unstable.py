"""Groups that can be drawn and do not keep: they decompose, rearrange or are taken up by air.

The list is data (``data/unstable.toml``): a pattern, a reason and a source each. A group in a
stabilised place, as measured compounds and approved drugs carry it, is excluded by its pattern.
"""

from collections.abc import Sequence
from functools import cache

from rdkit import Chem

from molagent.records import Judgement, Verdict
from molagent.screen.judging import remembering
from molagent.screen.patterns import Pattern, packaged_toml, read_patterns

__all__ = ["UnstableFilter", "unstable_patterns"]


class UnstableFilter:
    """Fails structures with a group that would not last until it is measured.

    Examples
    --------
    >>> UnstableFilter().judge(["CC(O)C#N"])[0].reason
    'cyanohydrin: cyanohydrins give off cyanide'
    """

    def __init__(self) -> None:
        self.name = "unstable"
        self._judged = remembering(self.name, self._judge, flatly=True)

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure; UNKNOWN where it cannot be read."""
        return [self._judged(smiles) for smiles in smiles_list]

    def _judge(self, mol: Chem.Mol) -> Judgement:
        found = [pattern for pattern in unstable_patterns() if pattern.matches(mol)]
        return Judgement(
            filter=self.name,
            verdict=Verdict.FAIL if found else Verdict.PASS,
            reason="; ".join(f"{pattern.name}: {pattern.reason}" for pattern in found),
            evidence=tuple(
                f"{pattern.name}: {pattern.reason} ({pattern.source})" for pattern in found
            ),
        )


@cache
def unstable_patterns() -> tuple[Pattern, ...]:
    """Return the packaged list, each pattern with its whole source."""
    data = packaged_toml("unstable.toml")
    return read_patterns(
        [{**entry, "source": data["sources"][entry["source"]]} for entry in data["pattern"]],
        place="unstable.toml",
    )
