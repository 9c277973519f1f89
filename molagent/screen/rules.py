"""Property windows for drug-like, lead-like and orally absorbed compounds, as data.

A window says where most compounds of a kind lie; it is no law. ``allowed_violations`` is what the
source allows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from rdkit import Chem

from molagent.chem.descriptors import DESCRIPTORS
from molagent.errors import NotFoundError
from molagent.records import Judgement, Verdict
from molagent.screen.judging import judge_each

__all__ = ["DEFAULT_RULES", "RULE_SETS", "RuleFilter", "RuleSet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Limits on descriptors of :data:`molagent.chem.descriptors.DESCRIPTORS`, both ends included.

    Attributes
    ----------
    at_least, at_most
        Descriptor name to limit.
    allowed_violations
        How many limits may be broken.
    label
        Short form of the source for reasons, for example ``Lipinski 1997``.
    """

    label: str
    source: str
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)
    allowed_violations: int = 0

    def violations(self, values: Mapping[str, float]) -> list[str]:
        """Return one phrase a broken limit, for example ``mw 612 > 500 (Lipinski 1997)``."""
        above = [
            f"{name} {values[name]:.4g} > {limit:g} ({self.label})"
            for name, limit in self.at_most.items()
            if values[name] > limit
        ]
        below = [
            f"{name} {values[name]:.4g} < {limit:g} ({self.label})"
            for name, limit in self.at_least.items()
            if values[name] < limit
        ]
        return above + below

    @property
    def descriptors(self) -> frozenset[str]:
        """Names of the descriptors the limits are about."""
        return frozenset(self.at_least) | frozenset(self.at_most)


RULE_SETS: Final[Mapping[str, RuleSet]] = MappingProxyType(
    {
        "lipinski": RuleSet(
            at_most={"mw": 500, "logp": 5, "hbd": 5, "hba": 10},
            allowed_violations=1,
            label="Lipinski 1997",
            source="Lipinski et al. 1997, doi:10.1016/S0169-409X(96)00423-1",
        ),
        "veber": RuleSet(
            at_most={"rotb": 10, "tpsa": 140},
            label="Veber 2002",
            source="Veber et al. 2002, doi:10.1021/jm020017n",
        ),
        "ghose": RuleSet(
            at_least={"mw": 160, "logp": -0.4},
            at_most={"mw": 480, "logp": 5.6},
            label="Ghose 1999",
            source=(
                "Ghose et al. 1999, doi:10.1021/cc9800071 (without molar refractivity and number of"
                " atoms)"
            ),
        ),
        "lead_like": RuleSet(
            at_least={"mw": 200, "logp": -2},
            at_most={"mw": 350, "logp": 3.5, "rotb": 7},
            label="lead-like",
            source=(
                "after Teague et al. 1999,"
                " doi:10.1002/(SICI)1521-3773(19991216)38:24<3743::AID-ANIE3743>3.0.CO;2-U; upper"
                " limits as in SwissADME (Daina et al. 2017, doi:10.1038/srep42717), lower"
                " ones our own"
            ),
        ),
        "fragment": RuleSet(
            at_most={"mw": 300, "logp": 3, "hbd": 3, "hba": 3},
            label="Congreve 2003",
            source="Congreve et al. 2003, doi:10.1016/S1359-6446(03)02831-9",
        ),
        "egan": RuleSet(
            at_most={"tpsa": 131.6, "logp": 5.88},
            label="Egan 2000",
            source="Egan et al. 2000, doi:10.1021/jm000292e (upper limits)",
        ),
        "cns": RuleSet(
            at_most={"mw": 450, "tpsa": 90, "hbd": 3, "logp": 5},
            label="CNS",
            source=(
                "mw and tpsa: van de Waterbeemd et al. 1998, J. Drug Target. 6, 151; hbd and logp:"
                " after Hitchcock and Pennington 2006, doi:10.1021/jm060642i"
            ),
        ),
        "gsk_4_400": RuleSet(
            at_most={"mw": 400, "logp": 4},
            label="Gleeson 2008",
            source="Gleeson 2008, doi:10.1021/jm701122q",
        ),
        # Lipinski and Veber together, with the floors and ring counts that keep a generator from
        # drawing fragments and stacks of flat rings.
        "oral": RuleSet(
            at_least={"mw": 150, "heavy_atoms": 11, "logp": -1},
            at_most={
                "mw": 550,
                "logp": 5,
                "hbd": 5,
                "hba": 11,
                "tpsa": 140,
                "rotb": 10,
                "aromatic_rings": 4,
            },
            allowed_violations=1,
            label="oral",
            source=(
                "after Lipinski 1997 and Veber 2002; aromatic rings: one more than the three of"
                " Ritchie and Macdonald 2009, doi:10.1016/j.drudis.2009.07.014"
            ),
        ),
    }
)
DEFAULT_RULES: Final = "oral"


class RuleFilter:
    """Fails a structure that breaks more limits than its rule set allows.

    Parameters
    ----------
    rules
        Name of a set in :data:`RULE_SETS`, or a set of your own.

    Examples
    --------
    >>> RuleFilter("lipinski").judge(["CC(=O)Oc1ccccc1C(=O)O"])[0].verdict.value
    'pass'
    """

    def __init__(self, rules: str | RuleSet = DEFAULT_RULES) -> None:
        if isinstance(rules, str):
            if rules not in RULE_SETS:
                raise NotFoundError("rule set", rules, known=RULE_SETS)
            self.rules = RULE_SETS[rules]
        else:
            self.rules = rules
        if unknown := self.rules.descriptors - set(DESCRIPTORS):
            raise NotFoundError("descriptor", min(unknown), known=DESCRIPTORS)
        self.name = "properties"

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure; UNKNOWN where it cannot be read."""
        return judge_each(self.name, smiles_list, self._judge)

    def _judge(self, mol: Chem.Mol) -> Judgement:
        values = {name: float(DESCRIPTORS[name][0](mol)) for name in self.rules.descriptors}
        broken = self.rules.violations(values)
        failed = len(broken) > self.rules.allowed_violations
        return Judgement(
            filter=self.name,
            verdict=Verdict.FAIL if failed else Verdict.PASS,
            reason="; ".join(broken) if failed else "",
            evidence=tuple(broken),
        )
