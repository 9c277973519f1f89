"""A filter: enough saturated carbon, after "Escape from Flatland".

A filter has a ``name`` and ``judge``. It has three answers: PASS, FAIL, and UNKNOWN for what it
could not look at. UNKNOWN holds a structure back without blaming it.
"""

from collections.abc import Sequence
from typing import Final

from molagent.chem.molecules import parse_smiles
from molagent.errors import StructureError
from molagent.records import Judgement, Verdict
from rdkit.Chem import rdMolDescriptors

__all__ = ["Sp3Filter"]

# Lovering et al. 2009, doi:10.1021/jm901241e, found a mean of 0.36 among compounds in discovery
# and of 0.47 among drugs, and named no limit. This one is a choice: it stops stacks of flat rings
# and leaves most kinase inhibitors through.
LEAST: Final = 0.25


class Sp3Filter:
    """Fails a structure of whose carbons fewer than a quarter are sp3.

    Examples
    --------
    >>> baricitinib = "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1"
    >>> [answer.verdict.value for answer in Sp3Filter().judge([baricitinib, "c1ccccc1", "C1CC"])]
    ['pass', 'fail', 'unknown']
    """

    name = "sp3"

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure, in input order."""
        return [self._judge(smiles) for smiles in smiles_list]

    def _judge(self, smiles: str) -> Judgement:
        try:
            mol = parse_smiles(smiles)
        except StructureError as error:
            return self._answer(Verdict.UNKNOWN, error.message)
        if not any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms()):  # carbon
            return self._answer(Verdict.UNKNOWN, "a structure without carbon has no such fraction")
        fraction = rdMolDescriptors.CalcFractionCSP3(mol)
        evidence = (f"fsp3 {fraction:.2f}",)
        if fraction >= LEAST:
            return self._answer(Verdict.PASS, "", evidence)
        # The number, the limit and where the idea is from: this sentence stands in the report,
        # which adds up like reasons by leaving the numbers out.
        reason = f"sp3 fraction {fraction:.2f} < {LEAST} (after Lovering 2009)"
        return self._answer(Verdict.FAIL, reason, evidence)

    def _answer(self, verdict: Verdict, reason: str, evidence: tuple[str, ...] = ()) -> Judgement:
        return Judgement(filter=self.name, verdict=verdict, reason=reason, evidence=evidence)
