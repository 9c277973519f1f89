"""Structural alerts: RDKit's filter catalogues and a list of reactive groups.

An alert is a reason to look, seldom a verdict: about half of all approved drugs carry a BRENK
alert. So only chosen groups stop a structure; what the others find is kept as evidence of a pass.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

from rdkit import Chem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from molagent.errors import NotFoundError
from molagent.records import Judgement, Verdict
from molagent.screen.judging import remembering
from molagent.screen.patterns import Pattern, packaged_toml, read_patterns

__all__ = ["ALERT_GROUPS", "DEFAULT_ALERTS", "AlertFilter"]

_DATA: Final = packaged_toml("alerts.toml")
REACTIVE: Final = "reactive"
#: Group -> RDKit's catalogues in it; ``reactive`` is the list of this package.
ALERT_GROUPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {REACTIVE: (), **{name: tuple(members) for name, members in _DATA["groups"].items()}}
)
DEFAULT_ALERTS: Final[tuple[str, ...]] = tuple(_DATA["default"])
_NOTED: Final = frozenset(_DATA["noted"])
_NOTED_ENTRIES: Final = frozenset(_DATA["noted_entries"])


class AlertFilter:
    """Fails structures with an alert of a chosen group; other alerts become evidence of a pass.

    Parameters
    ----------
    fail_on
        Names of :data:`ALERT_GROUPS` whose alerts stop a structure. The groups ``nih`` and
        ``brenk`` are noted even if they are not named.

    Examples
    --------
    >>> AlertFilter().judge(["CC(=O)Cl"])[0].reason
    'acyl_halide: acylates proteins and hydrolyses at once'
    """

    def __init__(self, fail_on: Sequence[str] = DEFAULT_ALERTS) -> None:
        self.name = "alerts"
        for group in fail_on:
            if group not in ALERT_GROUPS:
                raise NotFoundError("alert group", group, known=ALERT_GROUPS)
        self.fail_on = frozenset(fail_on)
        self._judged = remembering(self.name, self._judge, flatly=True)

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure; UNKNOWN where it cannot be read."""
        return [self._judged(smiles) for smiles in smiles_list]

    def _judge(self, mol: Chem.Mol) -> Judgement:
        hits = self._hits(mol)
        fatal = [text for severity, text in hits if severity == "fail"]
        return Judgement(
            filter=self.name,
            verdict=Verdict.FAIL if fatal else Verdict.PASS,
            reason="; ".join(fatal),
            evidence=tuple(f"{severity}: {text}" for severity, text in hits),
        )

    def _hits(self, mol: Chem.Mol) -> list[tuple[str, str]]:
        """Return severity and text of every alert."""
        hits = [
            (self._severity(group, match.GetDescription()), f"{catalogue} {match.GetDescription()}")
            for group, catalogues in ALERT_GROUPS.items()
            if group in self.fail_on or group in _NOTED
            for catalogue in catalogues
            for match in _catalogue(catalogue).GetMatches(mol)
        ]
        for pattern in _reactive():
            if pattern.matches(mol):
                strong = pattern.severity == "fail" and REACTIVE in self.fail_on
                text = f"{pattern.name}: {pattern.reason}"
                hits.append(("fail" if strong else "note", text))
        return hits

    def _severity(self, group: str, entry: str) -> str:
        return "fail" if group in self.fail_on and entry not in _NOTED_ENTRIES else "note"


@cache
def _catalogue(name: str) -> FilterCatalog:
    parameters = FilterCatalogParams()
    parameters.AddCatalog(FilterCatalogParams.FilterCatalogs.names[name])
    return FilterCatalog(parameters)


@cache
def _reactive() -> tuple[Pattern, ...]:
    return read_patterns(_DATA["alert"], place="alerts.toml")
