"""All blocks a generator can add, as stored beside its weights."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.errors import ModelError
from molagent.propose.motifs import (
    ATOM_TYPES,
    AtomType,
    Motif,
    cut_mol,
    motif_from_smiles,
    read_mol,
)

__all__ = ["MotifVocabulary", "build_vocabulary"]


def _single_atom(index: int) -> Motif:
    kind = ATOM_TYPES[index]
    sign = {1: "+", -1: "-"}.get(kind.charge, "")
    return Motif(
        smiles=f"[{kind.symbol}{sign}:{kind.valence}]",
        atom_types=(index,),
        bonds=(),
        open_valence=(kind.valence,),
        anchors=(0,),
        relabel=((0,),),
    )


@dataclass(frozen=True)
class MotifVocabulary:
    """All blocks a generator knows: the atom types first, then the motifs.

    Parameters
    ----------
    motif_smiles
        Canonical SMILES of the motifs, most frequent first.

    Raises
    ------
    ModelError
        If a motif cannot be read.
    """

    motif_smiles: tuple[str, ...]

    @cached_property
    def blocks(self) -> tuple[Motif, ...]:
        """Every block; index = block number in models and traces."""
        blocks = [_single_atom(i) for i in range(len(ATOM_TYPES))]
        for smiles in self.motif_smiles:
            motif = motif_from_smiles(smiles)
            if motif is None:
                raise ModelError(f"motif {smiles!r} of the vocabulary cannot be read")
            blocks.append(motif)
        return tuple(blocks)

    @cached_property
    def index(self) -> dict[str, int]:
        """Block number of a motif SMILES."""
        return {s: i + len(ATOM_TYPES) for i, s in enumerate(self.motif_smiles)}

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Heavy atoms of each block, shape ``K``."""
        return np.array([b.size for b in self.blocks], dtype=np.int64)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """First slot of each block, shape ``K``; a slot is one atom of one block."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64)

    @cached_property
    def slot_open(self) -> NDArray[np.int64]:
        """Open valence of every slot in a fresh block."""
        return np.array([v for b in self.blocks for v in b.open_valence], dtype=np.int64)

    @cached_property
    def neutral(self) -> NDArray[np.bool_]:
        """True where the block carries no net charge, shape ``K``; a nitro group is neutral."""
        charges = [sum(ATOM_TYPES[t].charge for t in b.atom_types) for b in self.blocks]
        neutral: NDArray[np.bool_] = np.array(charges) == 0
        return neutral

    @cached_property
    def anchor_mask(self) -> NDArray[np.bool_]:
        """True where an atom may be the attachment atom, shape ``K x largest block``."""
        mask = np.zeros((len(self.blocks), int(self.sizes.max())), dtype=np.bool_)
        for k, block in enumerate(self.blocks):
            for atom, (anchor, free) in enumerate(
                zip(block.anchors, block.open_valence, strict=True)
            ):
                mask[k, atom] = anchor == atom and free > 0
        return mask

    @property
    def sha256(self) -> str:
        """Hash of atom types and motifs; weights are valid for one hash only."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the vocabulary as JSON text."""
        atoms = [[a.symbol, a.charge, a.valence] for a in ATOM_TYPES]
        return json.dumps({"atoms": atoms, "motifs": list(self.motif_smiles)}, indent=0)

    @classmethod
    def from_json(cls, text: str) -> MotifVocabulary:
        """Read a vocabulary.

        Raises
        ------
        ModelError
            If the text is no vocabulary or was written for other atom types.
        """
        try:
            content = json.loads(text)
            atoms = tuple(AtomType(str(s), int(c), int(v)) for s, c, v in content["atoms"])
            motifs = tuple(str(s) for s in content["motifs"])
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"motif vocabulary cannot be read: {error}") from error
        if atoms != ATOM_TYPES:
            raise ModelError("motif vocabulary was written for other atom types; retrain")
        return cls(motif_smiles=motifs)


def build_vocabulary(
    smiles_list: Iterable[str], *, size: int = 512, exclude: Sequence[str] = ()
) -> MotifVocabulary:
    """Count motifs and keep the most frequent ones.

    Parameters
    ----------
    smiles_list
        Training structures; unparsable ones are skipped.
    size
        Number of motifs with two or more atoms to keep.
    exclude
        Motifs never to keep.

    Returns
    -------
    MotifVocabulary
        Most frequent first; ties in alphabetical order.
    """
    counts: Counter[str] = Counter()
    for smiles in smiles_list:
        mol = read_mol(smiles)
        if mol is None:
            continue
        Chem.RemoveStereochemistry(mol)
        counts.update(piece for piece, atoms in cut_mol(mol).pieces if len(atoms) > 1)
    ranked = sorted(counts, key=lambda s: (-counts[s], s))
    kept: list[str] = []
    for smiles in ranked:
        if len(kept) == size:
            break
        if smiles not in exclude and motif_from_smiles(smiles) is not None:
            kept.append(smiles)
    return MotifVocabulary(motif_smiles=tuple(kept))
