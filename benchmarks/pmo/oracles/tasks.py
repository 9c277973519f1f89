"""The twenty PMO tasks that are formulas, as PyTDC 0.4.0 computes them.

Most come from GuacaMol (Brown et al. 2019, doi:10.1021/acs.jcim.8b00839). The isomer, sitagliptin
and zaleplon tasks changed in TDC in August 2022. These are the later ones, which count the atoms
of the molecular formula; PyTDC 0.4.0 and 1.1.15 agree on all twenty. PyTDC 0.3.6, which the PMO
repository recommends, has the earlier four, and values of these from it do not compare.
"""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from rdkit import Chem

from benchmarks.pmo.oracles import descriptors
from benchmarks.pmo.oracles.formula import isomers_of
from benchmarks.pmo.oracles.modifiers import (
    FloatArray,
    Oracle,
    arithmetic_mean,
    clipped,
    gaussian,
    gaussian_above,
    gaussian_below,
    geometric_mean,
    shaped,
)
from benchmarks.pmo.oracles.pharmacophore import pharmacophore_similarity_to
from benchmarks.pmo.oracles.similarity import Fingerprint, similarity_to
from molagent.chem.molecules import parse_smiles

__all__ = ["TASKS"]

_ALBUTEROL = "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1"
_AMLODIPINE = r"Clc1ccccc1C2C(=C(/N/C(=C2/C(=O)OCC)COCCN)C)\C(=O)OC"
_CAMPHOR = "CC1(C)C2CCC1(C)C(=O)C2"
_CELECOXIB = "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F"
_FEXOFENADINE = "CC(C)(C(=O)O)c1ccc(cc1)C(O)CCCN2CCC(CC2)C(O)(c3ccccc3)c4ccccc4"
_MENTHOL = "CC(C)C1CCC(C)CC1O"
_MESTRANOL = "COc1ccc2[C@H]3CC[C@@]4(C)[C@@H](CC[C@@]4(O)C#C)[C@@H]3CCc2c1"
_OSIMERTINIB = "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34"
_PERINDOPRIL = "O=C(OCC)C(NC(C(=O)N1C(C(=O)O)CC2CCCCC12)C)CCC"
_RANOLAZINE = "COc1ccccc1OCC(O)CN2CCN(CC(=O)Nc3c(C)cccc3C)CC2"
_SILDENAFIL = "CCCC1=NN(C2=C1N=C(NC2=O)C3=C(C=CC(=C3)S(=O)(=O)N4CCN(CC4)C)OCC)C"
_SITAGLIPTIN = "Fc1cc(c(F)cc1F)CC(N)CC(=O)N3Cc2nnc(n2CC3)C(F)(F)F"
_TADALAFIL = "O=C1N(CC(N2C1CC3=C(C2C4=CC5=C(OCO5)C=C4)NC6=C3C=CC=C6)=O)C"
_THIOTHIXENE = "CN(C)S(=O)(=O)c1ccc2Sc3ccccc3C(=CCCN4CCN(C)CC4)c2c1"
_TROGLITAZONE = "Cc1c(C)c2OC(C)(COc3ccc(CC4SC(=O)NC4=O)cc3)CCc2c(C)c1O"
_ZALEPLON = "O=C(C)N(CC)C1=CC=CC(C2=CC=NC3=C(C=NN23)C#N)=C1"

# GuacaMol draws the triazole of this one the other way round; its logP, TPSA and Bertz index are
# the targets of the valsartan task.
_SITAGLIPTIN_ISOMER = "NC(CC(=O)N1CCn2c(nnc2C(F)(F)F)C1)Cc1cc(F)c(F)cc1F"
_VALSARTAN_CORE = "CN(C=O)Cc1ccc(c2ccccc2)cc1"

_HOP_REFERENCE = "CCCOc1cc2ncnc(Nc3ccc4ncsc4c3)c2cc1S(=O)(=O)C(C)(C)C"
_HOP_SCAFFOLD = "[#7]-c1n[c;h1]nc2[c;h1]c(-[#8])[c;h0][c;h1]c12"
_HOP_DECORATION = "[#6]-[#6]-[#6]-[#8]-[#6]~[#6]~[#6]~[#6]~[#6]-[#7]-c1ccc2ncsc2c1"
_HOP_BENZOTHIAZOLE = "[#7]-c1ccc2ncsc2c1"
_HOP_SULFONE = "CS([#6])(=O)=O"


def _of(smiles: str, oracle: Oracle) -> float:
    return float(oracle([parse_smiles(smiles)])[0])


def _albuterol_similarity() -> Oracle:
    return shaped(similarity_to(_ALBUTEROL, Fingerprint.FCFP4), clipped(0.75))


def _mestranol_similarity() -> Oracle:
    return shaped(similarity_to(_MESTRANOL, Fingerprint.ATOM_PAIRS), clipped(0.75))


def _median1() -> Oracle:
    return geometric_mean(
        similarity_to(_CAMPHOR, Fingerprint.ECFP4), similarity_to(_MENTHOL, Fingerprint.ECFP4)
    )


def _median2() -> Oracle:
    return geometric_mean(
        similarity_to(_TADALAFIL, Fingerprint.ECFP6), similarity_to(_SILDENAFIL, Fingerprint.ECFP6)
    )


def _amlodipine_mpo() -> Oracle:
    return geometric_mean(
        similarity_to(_AMLODIPINE, Fingerprint.ECFP4),
        shaped(descriptors.rings, gaussian(3.0, 0.5)),
    )


def _perindopril_mpo() -> Oracle:
    return geometric_mean(
        similarity_to(_PERINDOPRIL, Fingerprint.ECFP4),
        shaped(descriptors.aromatic_rings, gaussian(2.0, 0.5)),
    )


def _fexofenadine_mpo() -> Oracle:
    return geometric_mean(
        shaped(similarity_to(_FEXOFENADINE, Fingerprint.ATOM_PAIRS), clipped(0.8)),
        shaped(descriptors.polar_surface, gaussian_above(90.0, 10.0)),
        shaped(descriptors.logp, gaussian_below(4.0, 1.0)),
    )


def _osimertinib_mpo() -> Oracle:
    return geometric_mean(
        shaped(similarity_to(_OSIMERTINIB, Fingerprint.FCFP4), clipped(0.8)),
        # Not too alike: the wider fingerprint counts in full up to 0.85 only.
        shaped(similarity_to(_OSIMERTINIB, Fingerprint.ECFP6), gaussian_below(0.85, 0.1)),
        shaped(descriptors.polar_surface, gaussian_above(100.0, 10.0)),
        shaped(descriptors.logp, gaussian_below(1.0, 1.0)),
    )


def _ranolazine_mpo() -> Oracle:
    return geometric_mean(
        shaped(similarity_to(_RANOLAZINE, Fingerprint.ATOM_PAIRS), clipped(0.7)),
        shaped(descriptors.polar_surface, gaussian_above(95.0, 20.0)),
        shaped(descriptors.logp, gaussian_above(7.0, 1.0)),
        shaped(descriptors.fluorines, gaussian(1.0, 1.0)),
    )


def _sitagliptin_mpo() -> Oracle:
    return geometric_mean(
        # Sitagliptin's formula and properties, in a molecule unlike it.
        shaped(similarity_to(_SITAGLIPTIN, Fingerprint.ECFP4), gaussian(0.0, 0.1)),
        shaped(descriptors.logp, gaussian(_of(_SITAGLIPTIN, descriptors.logp), 0.2)),
        shaped(
            descriptors.polar_surface, gaussian(_of(_SITAGLIPTIN, descriptors.polar_surface), 5.0)
        ),
        isomers_of("C16H15F6N5O"),
    )


def _zaleplon_mpo() -> Oracle:
    return geometric_mean(similarity_to(_ZALEPLON, Fingerprint.ECFP4), isomers_of("C19H17N3O2"))


def _valsartan_smarts() -> Oracle:
    core = descriptors.with_substructure(_VALSARTAN_CORE)
    targets = (
        (descriptors.polar_surface, 5.0),
        (descriptors.logp, 0.2),
        (descriptors.bertz_complexity, 30.0),
    )
    properties = geometric_mean(
        lambda mols: np.ones(len(mols)),  # the core, found: the fourth of four factors
        *(shaped(raw, gaussian(_of(_SITAGLIPTIN_ISOMER, raw), sigma)) for raw, sigma in targets),
    )

    def valsartan(mols: Sequence[Chem.Mol]) -> FloatArray:
        # The core decides between 0 and the rest, and few molecules have it.
        values = core(mols)
        found = np.flatnonzero(values)
        if len(found):
            values[found] = properties([mols[int(row)] for row in found])
        return values

    return valsartan


def _deco_hop() -> Oracle:
    return arithmetic_mean(
        shaped(pharmacophore_similarity_to(_HOP_REFERENCE), clipped(0.85)),
        descriptors.without_substructure(_HOP_SULFONE),
        descriptors.without_substructure(_HOP_BENZOTHIAZOLE),
        descriptors.with_substructure(_HOP_SCAFFOLD),
    )


def _scaffold_hop() -> Oracle:
    return arithmetic_mean(
        shaped(pharmacophore_similarity_to(_HOP_REFERENCE), clipped(0.75)),
        descriptors.with_substructure(_HOP_DECORATION),
        descriptors.without_substructure(_HOP_SCAFFOLD),
    )


TASKS: Final = MappingProxyType[str, Callable[[], Oracle]](
    {
        "albuterol_similarity": _albuterol_similarity,
        "amlodipine_mpo": _amlodipine_mpo,
        "celecoxib_rediscovery": lambda: similarity_to(_CELECOXIB, Fingerprint.ECFP4),
        "deco_hop": _deco_hop,
        "fexofenadine_mpo": _fexofenadine_mpo,
        "isomers_c7h8n2o2": lambda: isomers_of("C7H8N2O2"),
        "isomers_c9h10n2o2pf2cl": lambda: isomers_of("C9H10N2O2PF2Cl"),
        "median1": _median1,
        "median2": _median2,
        "mestranol_similarity": _mestranol_similarity,
        "osimertinib_mpo": _osimertinib_mpo,
        "perindopril_mpo": _perindopril_mpo,
        "qed": lambda: descriptors.drug_likeness,
        "ranolazine_mpo": _ranolazine_mpo,
        "scaffold_hop": _scaffold_hop,
        "sitagliptin_mpo": _sitagliptin_mpo,
        "thiothixene_rediscovery": lambda: similarity_to(_THIOTHIXENE, Fingerprint.ECFP4),
        "troglitazone_rediscovery": lambda: similarity_to(_TROGLITAZONE, Fingerprint.ECFP4),
        "valsartan_smarts": _valsartan_smarts,
        "zaleplon_mpo": _zaleplon_mpo,
    }
)
"""Name -> what builds its oracle, with the reference fingerprints made once."""
