"""Proposals whose drawing leaves stereo open become their isomers, each a proposal of its own."""

from collections.abc import Collection, Sequence

from molagent.chem.identity import connectivity_block, inchikey
from molagent.chem.isomers import count_open_stereo, open_isomers
from molagent.chem.standardize import standardize_smiles
from molagent.errors import StructureError

__all__ = ["is_flat_drawing_of_known", "written_out"]

Row = dict[str, object]


def is_flat_drawing_of_known(smiles: str, key: str, connectivities: Collection[str]) -> bool:
    """Return whether a drawing leaves open what a known compound of its connectivity says.

    Parameters
    ----------
    key
        The drawing's InChIKey.
    connectivities
        First blocks of the InChIKeys that are known.
    """
    return connectivity_block(key) in connectivities and count_open_stereo(smiles) > 0


def written_out(rows: Sequence[Row], seen: set[str]) -> list[Row]:
    """Return each row, or in its place a row for each isomer that its drawing leaves open.

    Parameters
    ----------
    rows
        With ``smiles``, ``inchikey`` and ``detail``.
    seen
        InChIKeys that must not come back; those of the isomers are added. A drawing of which every
        isomer is there already is left out.
    """
    answer: list[Row] = []
    for row in rows:
        smiles = str(row["smiles"])
        if count_open_stereo(smiles) == 0:
            answer.append(row)
            continue
        isomers = _identified(smiles)
        if len(isomers) < 2:
            # InChI tells no isomers apart where a drawing does, as of an amidine.
            answer.append(row)
            continue
        fresh = {key: text for key, text in isomers.items() if key not in seen}
        seen.update(fresh)
        words = f"one of {len(isomers)} isomers of a drawing"
        detail = f"{row['detail']}; {words}" if row["detail"] else words
        answer += [
            {**row, "smiles": text, "inchikey": key, "detail": detail}
            for key, text in fresh.items()
        ]
    return answer


def _identified(smiles: str) -> dict[str, str]:
    """Return InChIKey to SMILES of the isomers, in their order; what has no key is left out."""
    found: dict[str, str] = {}
    for isomer in open_isomers(smiles):
        try:
            parent = standardize_smiles(isomer)
            found.setdefault(inchikey(parent), parent)
        except StructureError:
            continue
    return found
