"""Compounds that stand in a publication as one component of a mixture or salt.

Where standardising leaves several components, as of caffeine with betaine, the identity keys of a
row are those of all together. So the components of such rows, one row in forty, are looked up too:
first by their skeleton, and the few that have it by their identity keys.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rdkit import Chem, rdBase

from molagent.errors import StructureError
from molagent.patents.index.keys import identity_keys
from molagent.patents.queries import Query, read_query
from molagent.patents.releases import CompoundSearch
from molagent.patents.structurekeys import skeleton_key
from molagent.patents.variants import compare_forms

__all__ = ["Component", "Mixtures"]


class Component(NamedTuple):
    """A row that holds a structure as a whole component.

    Attributes
    ----------
    parent
        Of the row, all components of it.
    relation, reason
        ``component`` and what else differs, joined by commas; the same in a sentence.
    """

    row: int
    parent: str
    relation: str
    reason: str


class Mixtures:
    """The components of those rows of an index that have several.

    Every parent is looked at once, some 3 us each, and the skeletons of components are kept.
    """

    def __init__(self, index: CompoundSearch) -> None:
        self._components: dict[int, list[tuple[int, str, str]]] = {}
        for row in range(len(index)):
            parent = index.parent(row)
            if parent and "." in parent:
                for smiles, key in _split(parent):
                    self._components.setdefault(key, []).append((row, parent, smiles))

    def find(self, query: Query) -> Iterator[Component]:
        """Yield the rows that hold a structure as a component, each once.

        Raises
        ------
        StructureError
            If InChI fails on the structure asked about.
        """
        seen: set[int] = set()
        for row, parent, smiles in self._components.get(skeleton_key(query.parent_mol), []):
            if row in seen or not isinstance(component := read_query(smiles), Query):
                continue
            try:
                keys = identity_keys(component.parent)
            except StructureError:
                continue  # without keys it has no identity; the row is found as similar
            depth = query.keys.shared_depth(keys)
            if depth is None:
                continue
            seen.add(row)
            relation, reason = compare_forms(query, depth, component.parent, smiles)
            yield Component(
                row,
                parent,
                f"component,{relation}" if relation else "component",
                f"a component of a mixture or salt; {reason}",
            )


def _split(parent: str) -> Iterator[tuple[str, int]]:
    """Yield the components of a parent, each with its skeleton's key."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(parent)
        for part in Chem.GetMolFrags(mol, asMols=True) if mol is not None else ():
            yield Chem.MolToSmiles(part), skeleton_key(part)
