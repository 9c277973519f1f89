"""Building templates from cores as they are written in a claim file."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Final

from rdkit import Chem, rdBase

from molagent.errors import FileFormatError
from molagent.patents.markush.assemble import free_hydrogens
from molagent.patents.markush.preparing import normal_core
from molagent.patents.markush.tautomers import skeleton_query
from molagent.patents.markush.templates import CoreTemplate, Site

__all__ = ["build_template", "build_templates"]

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_MOST_CORES: Final = 500


def build_templates(
    cores: object,
    vary: object,
    sites: tuple[Site, ...],
    *,
    place: str,
    stereo: str = "ignored",
) -> tuple[CoreTemplate, ...]:
    """Return one template a core, and one a combination of the parts that vary.

    Raises
    ------
    FileFormatError
        If a core does not parse, a part in braces has no alternatives or alternatives no part, or
        a position occurs in no core.

    Examples
    --------
    >>> found = build_templates("c1c{X}ccc1", {"X": ["c", "n"]}, (), place="claim")
    >>> [template.smiles for template in found]
    ['c1ccccc1', 'c1cnccc1']
    """
    texts = [cores] if isinstance(cores, str) else cores
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise FileFormatError(
            f"core {cores!r} is not SMILES", place=place, remedy="write one or a list of them"
        )
    written = list(dict.fromkeys(core for text in texts for core in _expand(text, vary, place)))
    if len(written) > _MOST_CORES:
        raise _too_many(len(written), place)
    used = {name for text in texts for name in _PLACEHOLDER.findall(text)}
    if isinstance(vary, Mapping) and (idle := sorted(set(vary) - used)):
        raise FileFormatError(
            f"vary.{idle[0]} stands in no core",
            place=place,
            remedy=f"write {{{idle[0]}}} where it varies",
        )
    missing = {position for site in sites for position in site.positions}
    templates = []
    for core in written:
        here = _positions(core)
        missing -= here
        kept = tuple(
            replace(site, positions=tuple(p for p in site.positions if p in here)) for site in sites
        )
        templates.append(build_template(core, kept, place=place, stereo=stereo))
    if missing:
        site = next(site for site in sites if missing & set(site.positions))
        raise FileFormatError(
            f"site {site.name}: position {min(missing & set(site.positions))} cannot carry a group",
            place=place,
            remedy="number an atom of the core that has a hydrogen",
        )
    return tuple(templates)


def _too_many(cores: int, place: str) -> FileFormatError:
    return FileFormatError(
        f"the claim has {cores} cores, more than {_MOST_CORES}",
        place=place,
        remedy="let fewer parts vary, or use sites",
    )


def _expand(text: str, vary: object, place: str) -> Iterator[str]:
    """Yield a core with every combination of alternatives in its braces."""
    names = list(dict.fromkeys(_PLACEHOLDER.findall(text)))
    table = vary if isinstance(vary, Mapping) else {}
    for name in names:
        choices = table.get(name)
        if not isinstance(choices, list) or not all(isinstance(c, str) for c in choices):
            raise FileFormatError(
                f"core part {{{name}}} has no alternatives",
                place=place,
                remedy=f"write vary.{name} = [...] with SMILES",
            )
    if (most := math.prod(len(table[name]) for name in names)) > _MOST_CORES:
        raise _too_many(most, place)
    for chosen in product(*(table[name] for name in names)):
        written = text
        for name, part in zip(names, chosen, strict=True):
            written = written.replace(f"{{{name}}}", part)
        yield written


def _positions(core: str) -> set[int]:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(core)
    return set() if mol is None else {a.GetAtomMapNum() for a in mol.GetAtoms()} - {0}


def build_template(
    smiles: str, sites: tuple[Site, ...], *, place: str, words: str = "", stereo: str = "ignored"
) -> CoreTemplate:
    """Return a template after checking its core and its sites against each other.

    With ``stereo="literal"`` the configuration that the core is written with must be met, with
    ``"relative"`` it or its mirror image.

    Raises
    ------
    FileFormatError
        If the core does not parse, or a position does not exist or has no hydrogen to replace.
    """
    core = normal_core(_checked_core(smiles, sites, place))
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
    configured = Chem.Mol(query)
    Chem.RemoveStereochemistry(query)
    roots = [atom.GetIdx() for atom in query.GetAtoms() if atom.HasProp("root")]
    positions = {
        atom.GetIdx(): atom.GetIntProp("position")
        for atom in query.GetAtoms()
        if atom.HasProp("position")
    }
    return CoreTemplate(
        smiles=smiles,
        sites=sites,
        query=query,
        positions=positions,
        root=roots[0] if roots else None,
        words=words,
        configured=None if stereo == "ignored" else configured,
        relative=stereo == "relative",
        skeleton=skeleton_query(query),
    )


def _checked_core(smiles: str, sites: tuple[Site, ...], place: str) -> Chem.Mol:
    with rdBase.BlockLogs():
        core = Chem.MolFromSmiles(smiles) if isinstance(smiles, str) else None
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
