"""V3000 molfiles with RGROUP blocks, put together from what RDKit writes of their parts."""

from rdkit import Chem
from rdkit.Chem import rdDepictor

__all__ = ["rgroup_file"]


def rgroup_file(root: str, groups: dict[int, tuple[str, list[str]]]) -> str:
    """Return a molfile: `root` and members with ``[*:n]`` labels; number to (RLOGIC, members)."""
    text = "\n  test\n\n  0  0  0     0  0            999 V3000\n" + _table(root)
    for number, (logic, members) in groups.items():
        tables = "".join(_table(member, attached=True) for member in members)
        text += f"M  V30 BEGIN RGROUP {number}\nM  V30 RLOGIC {logic}\n{tables}M  V30 END RGROUP\n"
    return text + "M  END\n"


def _table(smiles: str, *, attached: bool = False) -> str:
    mol = Chem.RWMol(Chem.MolFromSmiles(smiles))
    for atom in mol.GetAtoms():
        if number := atom.GetAtomMapNum():
            atom.SetAtomMapNum(0)
            atom.SetIsotope(number)
            atom.SetUnsignedProp("_MolFileRLabel", number)
    if attached:
        dummy = next(a for a in mol.GetAtoms() if not a.GetAtomicNum() and not a.GetIsotope())
        anchor = dummy.GetNeighbors()[0]
        anchor.SetIntProp("molAttchpt", 1)
        mol.RemoveAtom(dummy.GetIdx())
    mol.UpdatePropertyCache(strict=False)
    rdDepictor.Compute2DCoords(mol)
    block = Chem.MolToV3KMolBlock(mol, kekulize=False)
    return block[block.index("M  V30 BEGIN CTAB") : block.index("M  END")]
