"""Building templates from cores as they are written in a claim file."""

from rdkit import Chem

from molagent.errors import FileFormatError
from molagent.patents.markush.assemble import free_hydrogens
from molagent.patents.markush.templates import Site, Template

__all__ = ["build_template"]


def build_template(
    smiles: str, sites: tuple[Site, ...], *, place: str, words: str = ""
) -> Template:
    """Return a template after checking its core and its sites against each other.

    Raises
    ------
    FileFormatError
        If the core does not parse, or a position does not exist or has no hydrogen to replace.
    """
    core = _checked_core(smiles, sites, place)
    editable = Chem.RWMol(core)
    for atom in editable.GetAtoms():
        if atom.GetAtomMapNum():
            atom.SetIntProp("position", atom.GetAtomMapNum())
            atom.SetAtomMapNum(0)
    dummies = [atom.GetIdx() for atom in editable.GetAtoms() if atom.GetAtomicNum() == 0]
    for dummy in dummies:
        root = editable.GetAtomWithIdx(dummy).GetNeighbors()[0]
        root.SetBoolProp("root", True)  # noqa: FBT003 - RDKit's signature
        # Without the attachment the atom would count as a radical and match nothing.
        root.SetNoImplicit(False)  # noqa: FBT003 - RDKit's signature
    for dummy in sorted(dummies, reverse=True):
        editable.RemoveAtom(dummy)
    query = editable.GetMol()
    Chem.SanitizeMol(query)
    Chem.RemoveStereochemistry(query)
    roots = [atom.GetIdx() for atom in query.GetAtoms() if atom.HasProp("root")]
    positions = {
        atom.GetIdx(): atom.GetIntProp("position")
        for atom in query.GetAtoms()
        if atom.HasProp("position")
    }
    return Template(
        smiles=smiles,
        sites=sites,
        query=query,
        positions=positions,
        root=roots[0] if roots else None,
        words=words,
    )


def _checked_core(smiles: str, sites: tuple[Site, ...], place: str) -> Chem.Mol:
    core = Chem.MolFromSmiles(smiles)
    if core is None or any(atom.GetNumRadicalElectrons() for atom in core.GetAtoms()):
        raise FileFormatError(
            f"core {smiles!r} is not a complete molecule",
            place=place,
            remedy="write it with the hydrogens that groups replace, e.g. [NH2:1] or [cH:5]",
        )
    labels = {atom.GetAtomMapNum(): atom.GetIdx() for atom in core.GetAtoms()}
    for site in sites:
        for position in site.positions:
            if position not in labels or free_hydrogens(core, labels[position]) == 0:
                raise FileFormatError(
                    f"site {site.name}: position {position} cannot carry a group",
                    place=place,
                    remedy="number an atom of the core that has a hydrogen",
                )
    return core
