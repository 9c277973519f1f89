"""What a SMARTS pattern cannot find by its nature."""

from rdkit import Chem, rdBase

from molagent.chem.molecules import parse_smarts

__all__ = ["explain_kekule"]


def explain_kekule(smarts: str) -> str:
    """Return why a pattern that draws an aromatic ring by double bonds finds none; empty if not.

    Raises
    ------
    StructureError
        If the pattern does not parse.

    Examples
    --------
    >>> explain_kekule("C1=CC=CC=C1")[:34]
    "a ring is drawn by double bonds ('"
    >>> explain_kekule("c1ccccc1"), explain_kekule("C1=CCCCC1")
    ('', '')
    """
    query = parse_smarts(smarts)
    drawn = Chem.RWMol()
    for atom in query.GetAtoms():
        plain = Chem.Atom(atom.GetAtomicNum())
        plain.SetFormalCharge(atom.GetFormalCharge())
        drawn.AddAtom(plain)
    double = []
    for bond in query.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        # A bond that is not written is single or aromatic: it would match; "=" never does.
        if is_double := bond.GetBondType() == Chem.BondType.DOUBLE:
            double.append(ends)
        drawn.AddBond(*ends, Chem.BondType.DOUBLE if is_double else Chem.BondType.SINGLE)
    if not double:
        return ""
    with rdBase.BlockLogs():
        if Chem.SanitizeMol(drawn, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
            return ""
    if not any(drawn.GetBondBetweenAtoms(*ends).GetIsAromatic() for ends in double):
        return ""
    return (
        f"a ring is drawn by double bonds ({smarts!r}): in SMARTS those never match the bonds of "
        "an aromatic ring, so that nothing is found by nature; write its atoms in lower case, as "
        f"{Chem.MolToSmiles(drawn)}"
    )
