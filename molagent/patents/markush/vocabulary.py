"""Words of the claim language that stand for groups a chemist writes in one word."""

from types import MappingProxyType
from typing import Final

__all__ = ["ALKYL_GROUPS", "FRAGMENTS", "HETERO"]

FRAGMENTS: Final = MappingProxyType(
    {
        "amino": "*N",
        "azido": "*N=[N+]=[N-]",
        "carbamoyl": "*C(N)=O",
        "carboxy": "*C(=O)O",
        "cyano": "*C#N",
        "formyl": "*C=O",
        "hydroxy": "*O",
        "nitro": "*[N+](=O)[O-]",
        "oxo": "*=O",
        "phenyl": "*c1ccccc1",
        "sulfamoyl": "*S(N)(=O)=O",
        "thiol": "*S",
        "thioxo": "*=S",
        "trifluoromethoxy": "*OC(F)(F)F",
        "trifluoromethyl": "*C(F)(F)F",
    }
)

# Groups that carry alkyl at position 1, and how many.
ALKYL_GROUPS: Final = MappingProxyType(
    {
        "acyl": ("*[CH:1]=O", 1),
        "acylamino": ("*N[CH:1]=O", 1),
        "acyloxy": ("*O[CH:1]=O", 1),
        "alkoxycarbonyl": ("*C(=O)[OH:1]", 1),
        "alkylcarbamoyl": ("*C(=O)[NH2:1]", 1),
        "alkylsulfamoyl": ("*S(=O)(=O)[NH2:1]", 1),
        "alkylsulfinyl": ("*[SH:1]=O", 1),
        "alkylsulfonyl": ("*[SH:1](=O)=O", 1),
        "alkylsulfonylamino": ("*N[SH:1](=O)=O", 1),
        "dialkylcarbamoyl": ("*C(=O)[NH2:1]", 2),
        "dialkylsulfamoyl": ("*S(=O)(=O)[NH2:1]", 2),
    }
)

# What "hetero atom" means where a claim of drug-like molecules says no more.
HETERO: Final = MappingProxyType({"N": [0, 4], "O": [0, 4], "S": [0, 4]})
