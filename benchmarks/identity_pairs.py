"""Known pairs on their rungs of the evidence ladder: salts, charges, tautomers, stereo."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from molagent.patents.compounds import MentionTable, SmallIndex, find_parent
from molagent.patents.ladder import PatentLadder
from molagent.patents.releases import PatentSource
from molagent.records import Mention, OverlapLevel, PatentRelease, PublicationRecord

__all__ = ["IDENTITY_PAIRS", "IdentityPair", "identity_pairs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPair:
    """Two forms of one compound, and where the first stands if a publication has the second."""

    name: str
    smiles: str
    published: str
    level: OverlapLevel
    relation: str


IDENTITY_PAIRS: Final = (
    IdentityPair(
        name="salt: imatinib mesylate, imatinib",
        smiles="Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1.CS(=O)(=O)O",
        published="Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
        level=OverlapLevel.VARIANT,
        relation="salt",
    ),
    IdentityPair(
        name="charge: phenethylammonium, phenethylamine",
        smiles="[NH3+]CCc1ccccc1",
        published="NCCc1ccccc1",
        level=OverlapLevel.VARIANT,
        relation="charge",
    ),
    IdentityPair(
        name="salt and charge: diclofenac sodium, diclofenac",
        smiles="[Na+].[O-]C(=O)Cc1ccccc1Nc1c(Cl)cccc1Cl",
        published="OC(=O)Cc1ccccc1Nc1c(Cl)cccc1Cl",
        level=OverlapLevel.VARIANT,
        relation="salt,charge",
    ),
    IdentityPair(
        name="2-hydroxypyridine, 2-pyridone",
        smiles="Oc1ccccn1",
        published="O=c1cccc[nH]1",
        level=OverlapLevel.EXACT_ELSEWHERE,
        relation="",
    ),
    IdentityPair(
        name="enol, keto: acetylacetone",
        smiles="CC(O)=CC(C)=O",
        published="CC(=O)CC(C)=O",
        level=OverlapLevel.VARIANT,
        relation="tautomer",
    ),
    IdentityPair(
        name="enol, keto: a 1,3-cyclohexanedione",
        smiles="CC1(C)CC(=O)C=C(O)C1",
        published="CC1(C)CC(=O)CC(=O)C1",
        level=OverlapLevel.VARIANT,
        relation="tautomer",
    ),
    IdentityPair(
        name="S, R: thalidomide",
        smiles="O=C1CC[C@H](N2C(=O)c3ccccc3C2=O)C(=O)N1",
        published="O=C1CC[C@@H](N2C(=O)c3ccccc3C2=O)C(=O)N1",
        level=OverlapLevel.VARIANT,
        relation="stereo",
    ),
    IdentityPair(
        name="stereo, flat: ruxolitinib",
        smiles="N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
        published="N#CCC(C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
        level=OverlapLevel.VARIANT,
        relation="stereo",
    ),
    IdentityPair(
        name="flat, stereo: tofacitinib",
        smiles="CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12",
        published="C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
        level=OverlapLevel.VARIANT,
        relation="stereo",
    ),
    IdentityPair(
        name="deuterated: tetrabenazine-d6, tetrabenazine",
        smiles="[2H]C([2H])([2H])Oc1cc2c(cc1OC([2H])([2H])[2H])C1CC(=O)C(CC(C)C)CN1CC2",
        published="COc1cc2c(cc1OC)C1CC(=O)C(CC(C)C)CN1CC2",
        level=OverlapLevel.VARIANT,
        relation="isotope",
    ),
    IdentityPair(
        name="salt of the enantiomer: escitalopram oxalate, (R)-citalopram",
        smiles="CN(C)CCC[C@]1(c2ccc(F)cc2)OCc2cc(C#N)ccc21.OC(=O)C(=O)O",
        published="CN(C)CCC[C@@]1(c2ccc(F)cc2)OCc2cc(C#N)ccc21",
        level=OverlapLevel.VARIANT,
        relation="salt,stereo",
    ),
    IdentityPair(
        name="E, Z: tamoxifen",
        smiles="CC/C(=C(/c1ccccc1)c1ccc(OCCN(C)C)cc1)c1ccccc1",
        published="CC/C(=C(\\c1ccccc1)c1ccc(OCCN(C)C)cc1)c1ccccc1",
        level=OverlapLevel.VARIANT,
        relation="stereo",
    ),
    IdentityPair(
        name="the same: aspirin, written otherwise",
        smiles="O=C(C)Oc1ccccc1C(O)=O",
        published="CC(=O)Oc1ccccc1C(=O)O",
        level=OverlapLevel.EXACT_ELSEWHERE,
        relation="",
    ),
)


def identity_pairs() -> pd.DataFrame:
    """Return for each pair on which rung it is expected and on which it is found.

    Returns
    -------
    pandas.DataFrame
        ``pair, expected, found, relation_expected, relation_found, right``.
    """
    rows = []
    for pair in IDENTITY_PAIRS:
        [overlaps] = PatentLadder(sources=[_one_structure(pair.published)]).find_overlap(
            [pair.smiles]
        )
        strongest = overlaps[0]
        rows.append(
            {
                "pair": pair.name,
                "expected": str(pair.level),
                "found": str(strongest.level),
                "relation_expected": pair.relation,
                "relation_found": strongest.relation,
                "right": (strongest.level, strongest.relation) == (pair.level, pair.relation),
            }
        )
    return pd.DataFrame(rows)


def _one_structure(smiles: str) -> PatentSource:
    parent = find_parent(smiles)
    index = SmallIndex([parent])
    release = PatentRelease(
        release="one structure",
        scope="one publication",
        licence="none",
        source="identity pairs",
        built_on=date(2026, 1, 1),
        n_publications=1,
        n_compounds=1,
        n_mentions=1,
    )
    mention = Mention(
        row=0, publication_number="US-1", sections=("description",), raw_smiles=smiles
    )
    header = PublicationRecord(publication_number="US-1", country="US")
    return PatentSource(
        index=index,
        mentions=MentionTable(release, [mention], [header]),
        structures=index.structures,
    )
