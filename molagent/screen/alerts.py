"""Structural alerts: RDKit's filter catalogues and a list of reactive groups.

An alert is a reason to look, seldom a verdict: half of all approved drugs carry a BRENK alert. So
each catalogue has a severity (``data/alerts.toml``): ``fail`` stops a structure, ``note`` is kept
as evidence of a pass.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

from rdkit import Chem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from molagent.errors import NotFoundError
from molagent.records import Judgement, Verdict
from molagent.screen.patterns import Pattern, packaged_toml, read_patterns, readable

__all__ = ["ALERT_SEVERITIES", "AlertFilter"]

_DATA: Final = packaged_toml("alerts.toml")
#: Catalogue name -> ``fail`` or ``note``.
ALERT_SEVERITIES: Final[Mapping[str, str]] = MappingProxyType(dict(_DATA["catalogues"]))


class AlertFilter:
    """Fails structures with an alert of severity ``fail``; other alerts become evidence.

    Parameters
    ----------
    severities
        Changes to :data:`ALERT_SEVERITIES`, for example ``{"BRENK": "fail"}``. Any catalogue of
        RDKit may be named; ``off`` leaves one out.
    reactive
        Whether the list of reactive groups is used too.

    Examples
    --------
    >>> AlertFilter().judge(["CC(=O)Cl"])[0].reason
    'acyl_halide: acylates proteins and hydrolyses at once'
    """

    def __init__(
        self, severities: Mapping[str, str] | None = None, *, reactive: bool = True
    ) -> None:
        self.name = "alerts"
        self.severities = {**ALERT_SEVERITIES, **(severities or {})}
        known = FilterCatalogParams.FilterCatalogs.names
        for catalogue in self.severities:
            if catalogue not in known:
                raise NotFoundError("alert catalogue", catalogue, known=known)
        self._catalogues = {
            catalogue: _catalogue(catalogue)
            for catalogue, severity in self.severities.items()
            if severity != "off"
        }
        self._patterns: tuple[Pattern, ...] = _reactive() if reactive else ()

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure; UNKNOWN where it cannot be read."""
        return [self._judge(smiles) for smiles in smiles_list]

    def _judge(self, smiles: str) -> Judgement:
        mol = readable(smiles)
        if mol is None:
            return Judgement(
                filter=self.name, verdict=Verdict.UNKNOWN, reason="the structure cannot be read"
            )
        hits = self._hits(mol)
        fatal = [text for severity, text in hits if severity == "fail"]
        return Judgement(
            filter=self.name,
            verdict=Verdict.FAIL if fatal else Verdict.PASS,
            reason="; ".join(fatal),
            evidence=tuple(f"{severity}: {text}" for severity, text in hits),
        )

    def _hits(self, mol: Chem.Mol) -> list[tuple[str, str]]:
        hits = [
            (self.severities[catalogue], f"{catalogue} {match.GetDescription()}")
            for catalogue, rules in self._catalogues.items()
            for match in rules.GetMatches(mol)
        ]
        hits.extend(
            (pattern.severity, f"{pattern.name}: {pattern.reason}")
            for pattern in self._patterns
            if pattern.matches(mol)
        )
        return hits


@cache
def _catalogue(name: str) -> FilterCatalog:
    parameters = FilterCatalogParams()
    parameters.AddCatalog(FilterCatalogParams.FilterCatalogs.names[name])
    return FilterCatalog(parameters)


@cache
def _reactive() -> tuple[Pattern, ...]:
    return read_patterns(_DATA["alert"], place="alerts.toml")
