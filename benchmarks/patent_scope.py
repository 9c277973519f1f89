"""A release folder of any structures, to measure on.

It is written as a sync writes one, with publications of its own. Identity keys cost 2 ms a
structure, so for millions of structures only some have their real keys and the others a stand-in
of the same size: a look-up costs the same, and the structures asked about that are in the scope are
among those with real keys.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from molagent.chem.molecules import parse_smiles
from molagent.ingest.patents.filling import fill_index
from molagent.ingest.patents.structures import StructureComputer
from molagent.patents.index.keys import IdentityKeys
from molagent.patents.index.rows import compute_row, fingerprint_words
from molagent.protocols import NullProgress
from molagent.store.patents.building import ReleaseBuilder
from molagent.store.patents.structures import STRUCTURE_SCHEMA

__all__ = ["build_scope", "read_scope", "sample_queries"]

_PER_PUBLICATION: Final = 20
_BATCH: Final = 20_000
_FIRST_DAY: Final = date(2000, 1, 1)


def build_scope(
    smiles_list: Sequence[str], folder: Path, *, keyed: int = 20_000, seed: int = 0
) -> int:
    """Write a release folder of structures, some with their real identity keys; return how many.

    Parameters
    ----------
    smiles_list
        Standardised parents, each once.
    folder
        Release folder to write; one that is there is replaced.
    keyed
        How many have real keys: the first ones of a random order, which
        :func:`benchmarks.patent_ladder.ladder_speed` takes its known structures from.
    seed
        Of that order.
    """
    order = np.random.default_rng(seed).permutation(len(smiles_list)).tolist()
    ordered = [smiles_list[at] for at in order]
    builder = ReleaseBuilder(folder, kind="benchmark", visibility="public", settings={})
    with builder:
        for start in range(0, len(ordered), _BATCH):
            part = ordered[start : start + _BATCH]
            builder.structures.add(_computed(part, max(0, keyed - start)))
            builder.add("source_compound", _compound_table(part, start))
            builder.add("mention", _mention_table(len(part), start))
        builder.add("patent", _patent_table(-(-len(ordered) // _PER_PUBLICATION)))
        with StructureComputer() as computer:
            fill_index(builder, computer, NullProgress())
        builder.finish(
            release=f"benchmark of {len(ordered)} structures",
            scope=f"{keyed} with real identity keys, the others with stand-ins",
            licence="that of the structures",
            source="python -m benchmarks patent-ladder",
            built_on=date(2026, 1, 1),
        )
    return len(ordered)


def sample_queries(
    smiles_list: Sequence[str], *, known: int, new: int, seed: int = 0
) -> tuple[list[str], list[str]]:
    """Return a scope and what to ask about: `new` structures left out of it, `known` within it.

    The known ones have their real keys in :func:`build_scope` with the same seed.
    """
    rng = np.random.default_rng(seed)
    left_out = set(rng.choice(len(smiles_list), size=new, replace=False).tolist())
    scope = [smiles for at, smiles in enumerate(smiles_list) if at not in left_out]
    order = np.random.default_rng(seed).permutation(len(scope))[:known].tolist()
    asked = [smiles_list[at] for at in sorted(left_out)] + [scope[at] for at in order]
    return scope, [asked[at] for at in rng.permutation(len(asked)).tolist()]


def read_scope(path: Path) -> Iterator[str]:
    """Yield the structures of a SMILES file or of a CSV whose first column they are."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            cell = line.split(",")[0].split()
            if cell and cell[0].lower() != "smiles":
                yield cell[0]


def _computed(smiles_list: Sequence[str], keyed: int) -> pa.Table:
    rows: list[dict[str, object]] = []
    for at, smiles in enumerate(smiles_list):
        keys, words = _row(smiles, real=at < keyed)
        rows.append(
            {
                "smiles": smiles,
                "written": None,
                "parent": smiles,
                "inchikey": keys.inchikey,
                "connectivity": keys.connectivity,
                "without_stereo": keys.without_stereo,
                "without_tautomers": keys.without_tautomers,
                "words": words,
                "flag": "",
                "reason": "",
            }
        )
    return pa.Table.from_pylist(rows, schema=STRUCTURE_SCHEMA)


def _row(smiles: str, *, real: bool) -> tuple[IdentityKeys, bytes]:
    if real:
        row = compute_row(smiles)
        return row.keys, row.bits.tobytes()
    digest = hashlib.sha256(smiles.encode()).digest()
    letters = "".join(chr(65 + byte % 26) for byte in digest)
    keys = IdentityKeys(
        f"{letters[:14]}-{letters[14:24]}-N", letters[:14], f"stereo {smiles}", f"any {smiles}"
    )
    return keys, fingerprint_words(parse_smiles(smiles)).tobytes()


def _compound_table(smiles_list: Sequence[str], start: int) -> pa.Table:
    numbers = list(range(start, start + len(smiles_list)))
    return pa.table(
        {
            "source_no": pa.array(numbers, pa.int64()),
            "source_id": [f"B{number}" for number in numbers],
            "smiles": list(smiles_list),
        }
    )


def _mention_table(count: int, start: int) -> pa.Table:
    numbers = np.arange(start, start + count)
    return pa.table(
        {
            "patent_id": pa.array(numbers // _PER_PUBLICATION, pa.int64()),
            "source_no": pa.array(numbers, pa.int64()),
            "sections": pa.array(1 + numbers % 2, pa.uint8()),
            "route": ["text"] * count,
            "label": pa.array([None] * count, pa.string()),
            "place": pa.array([None] * count, pa.string()),
        }
    )


def _patent_table(count: int) -> pa.Table:
    numbers = [f"US-{5_000_000 + at}-B2" for at in range(count)]
    days = [_FIRST_DAY + timedelta(days=at % 9_000) for at in range(count)]
    return pa.table(
        {
            "patent_id": pa.array(range(count), pa.int64()),
            "publication_number": numbers,
            "given_number": numbers,
            "country": ["US"] * count,
            "kind": ["B2"] * count,
            "publication_date": pa.array(days, pa.date32()),
            "family_id": [str(at // 2) for at in range(count)],
            "title": [f"Benchmark publication {at}" for at in range(count)],
            "assignees": [[f"Assignee {at % 97}"] for at in range(count)],
            "cpc": [["C07D"]] * count,
            "ipc": pa.array([[]] * count, pa.list_(pa.string())),
            "url": pa.array([None] * count, pa.string()),
        }
    )
