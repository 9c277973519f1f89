"""The evidence ladder measured: known pairs on their rungs, and the whole climb from SMILES.

The scope is a release folder as a sync writes it, made here of any file of structures, with
publications of its own. Identity keys cost 2 ms a structure, so for millions of structures only
some have their real keys and the others a stand-in of the same size: a look-up costs the same, and
the structures asked about that are in the scope are among those with real keys.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from molagent.errors import InputError
from molagent.patents.compounds import MentionTable, SmallIndex, find_parent
from molagent.patents.index import CompoundIndex, CompoundIndexWriter, IdentityKeys, compute_row
from molagent.patents.ladder import PatentLadder
from molagent.patents.releases import Source
from molagent.patents.structurekeys import StructureKeys
from molagent.project.patents import Patents
from molagent.records import Mention, OverlapLevel, PatentRelease, PublicationRecord
from molagent.store.patents import ReleaseBuilder
from molagent.store.patents.structures import STRUCTURE_SCHEMA

__all__ = [
    "IDENTITY_PAIRS",
    "IdentityPair",
    "LadderSpeed",
    "build_scope",
    "identity_pairs",
    "ladder_speed",
    "molbloom_speed",
]

_PER_PUBLICATION: Final = 20
_BATCH: Final = 20_000
_FIRST_DAY: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPair:
    """Two forms of one compound, and where the first stands if a publication has the second."""

    name: str
    smiles: str
    published: str
    level: OverlapLevel
    relation: str


IDENTITY_PAIRS: Final = (
    IdentityPair(
        name="salt: imatinib mesylate, imatinib",
        smiles="Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1.CS(=O)(=O)O",
        published="Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
        level=OverlapLevel.VARIANT,
        relation="salt",
    ),
    IdentityPair(
        name="charge: phenethylammonium, phenethylamine",
        smiles="[NH3+]CCc1ccccc1",
        published="NCCc1ccccc1",
        level=OverlapLevel.VARIANT,
        relation="charge",
    ),
    IdentityPair(
        name="salt and charge: diclofenac sodium, diclofenac",
        smiles="[Na+].[O-]C(=O)Cc1ccccc1Nc1c(Cl)cccc1Cl",
        published="OC(=O)Cc1ccccc1Nc1c(Cl)cccc1Cl",
        level=OverlapLevel.VARIANT,
        relation="salt,charge",
    ),
    IdentityPair(
        name="2-hydroxypyridine, 2-pyridone",
        smiles="Oc1ccccn1",
        published="O=c1cccc[nH]1",
        level=OverlapLevel.EXACT_ELSEWHERE,
        relation="",
    ),
    IdentityPair(
        name="enol, keto: acetylacetone",
        smiles="CC(O)=CC(C)=O",
        published="CC(=O)CC(C)=O",
        level=OverlapLevel.VARIANT,
        relation="tautomer",
    ),
    IdentityPair(
        name="enol, keto: a 1,3-cyclohexanedione",
        smiles="CC1(C)CC(=O)C=C(O)C1",
        published="CC1(C)CC(=O)CC(=O)C1",
        level=OverlapLevel.VARIANT,
        relation="tautomer",
    ),
    IdentityPair(
        name="S, R: thalidomide",
        smiles="O=C1CC[C@H](N2C(=O)c3ccccc3C2=O)C(=O)N1",
        published="O=C1CC[C@@H](N2C(=O)c3ccccc3C2=O)C(=O)N1",
        level=OverlapLevel.VARIANT,
        relation="stereo",
    ),
    IdentityPair(
        name="stereo, flat: ruxolitinib",
        smiles="N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
        published="N#CCC(C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
        level=OverlapLevel.VARIANT,
        relation="stereo",
    ),
    IdentityPair(
        name="flat, stereo: tofacitinib",
        smiles="CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12",
        published="C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
        level=OverlapLevel.VARIANT,
        relation="stereo",
    ),
    IdentityPair(
        name="deuterated: tetrabenazine-d6, tetrabenazine",
        smiles="[2H]C([2H])([2H])Oc1cc2c(cc1OC([2H])([2H])[2H])C1CC(=O)C(CC(C)C)CN1CC2",
        published="COc1cc2c(cc1OC)C1CC(=O)C(CC(C)C)CN1CC2",
        level=OverlapLevel.VARIANT,
        relation="isotope",
    ),
    IdentityPair(
        name="salt of the enantiomer: escitalopram oxalate, (R)-citalopram",
        smiles="CN(C)CCC[C@]1(c2ccc(F)cc2)OCc2cc(C#N)ccc21.OC(=O)C(=O)O",
        published="CN(C)CCC[C@@]1(c2ccc(F)cc2)OCc2cc(C#N)ccc21",
        level=OverlapLevel.VARIANT,
        relation="salt,stereo",
    ),
    IdentityPair(
        name="E, Z: tamoxifen",
        smiles="CC/C(=C(/c1ccccc1)c1ccc(OCCN(C)C)cc1)c1ccccc1",
        published="CC/C(=C(\\c1ccccc1)c1ccc(OCCN(C)C)cc1)c1ccccc1",
        level=OverlapLevel.VARIANT,
        relation="stereo",
    ),
    IdentityPair(
        name="the same: aspirin, written otherwise",
        smiles="O=C(C)Oc1ccccc1C(O)=O",
        published="CC(=O)Oc1ccccc1C(=O)O",
        level=OverlapLevel.EXACT_ELSEWHERE,
        relation="",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSpeed:
    """The whole ladder from SMILES over N structures.

    Attributes
    ----------
    structures, scope
        How many were asked about, and how many they were compared with.
    workers
        Processes, each with the release mapped.
    wall_s, cpu_s
        Opening left out; CPU time of all processes.
    per_second
        Structures a second of wall time.
    per_cpu_second
        Structures a second of CPU time; what `workers` cores could do is that many times it.
    levels
        How many structures have their strongest evidence on each rung.
    """

    structures: int
    scope: int
    workers: int
    relatives: bool
    wall_s: float
    cpu_s: float
    per_second: float
    per_cpu_second: float
    levels: dict[str, int]


def identity_pairs() -> pd.DataFrame:
    """Return for each pair on which rung it is expected and on which it is found.

    Returns
    -------
    pandas.DataFrame
        ``pair, expected, found, relation_expected, relation_found, right``.
    """
    rows = []
    for pair in IDENTITY_PAIRS:
        [overlaps] = PatentLadder(sources=[_one_structure(pair.published)]).find_overlap(
            [pair.smiles]
        )
        strongest = overlaps[0]
        rows.append(
            {
                "pair": pair.name,
                "expected": str(pair.level),
                "found": str(strongest.level),
                "relation_expected": pair.relation,
                "relation_found": strongest.relation,
                "right": (strongest.level, strongest.relation) == (pair.level, pair.relation),
            }
        )
    return pd.DataFrame(rows)


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
        :func:`ladder_speed` takes its known structures from.
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
        builder.number_rows()
        with CompoundIndexWriter(builder.index_folder) as writer:
            for batch in builder.index_rows():
                writer.add(*_index_columns(batch))
        index = CompoundIndex.open(builder.index_folder)
        StructureKeys.from_parents(index.parent(row) for row in range(len(index))).write(
            builder.index_folder, index
        )
        builder.finish(
            release=f"benchmark of {len(ordered)} structures",
            scope=f"{keyed} with real identity keys, the others with stand-ins",
            licence="that of the structures",
            source="molagent bench patent-ladder",
            built_on=date(2026, 1, 1),
        )
    return len(ordered)


def ladder_speed(
    folder: Path,
    smiles_list: Sequence[str],
    *,
    workers: int = 2,
    relatives: bool = True,
    batch: int = 500,
) -> LadderSpeed:
    """Time the whole ladder: standardising, keys, exact look-up, scaffold, similarity, evidence.

    Raises
    ------
    InputError
        If there is nothing to ask about.
    """
    if not smiles_list:
        raise InputError("no structure to ask about")
    parts = [list(smiles_list[at::workers]) for at in range(workers)]
    context = get_context("spawn")
    with ExitStack() as stack:
        # One pool a process: each opens the release once, and keeps it for its part.
        pools = [
            stack.enter_context(ProcessPoolExecutor(1, mp_context=context)) for _ in range(workers)
        ]
        # It opens and compiles before the clock starts.
        ready = [pool.submit(_open_release, folder, relatives) for pool in pools]
        scopes = [future.result() for future in ready]
        began = time.perf_counter()
        running = [
            pool.submit(_climb, part, batch) for pool, part in zip(pools, parts, strict=True)
        ]
        done = [future.result() for future in running]
        wall = time.perf_counter() - began
    cpu = sum(seconds for seconds, _ in done)
    levels: dict[str, int] = {}
    for _, counts in done:
        for level, count in counts.items():
            levels[level] = levels.get(level, 0) + count
    return LadderSpeed(
        structures=len(smiles_list),
        scope=scopes[0],
        workers=workers,
        relatives=relatives,
        wall_s=wall,
        cpu_s=cpu,
        per_second=len(smiles_list) / wall,
        per_cpu_second=len(smiles_list) / cpu,
        levels=levels,
    )


def molbloom_speed(scope: Sequence[str], smiles_list: Sequence[str]) -> dict[str, Any]:
    """Time molbloom's yes or no for the same structures, over a filter of the same scope.

    Raises
    ------
    InputError
        If molbloom is not installed.
    """
    if find_spec("molbloom") is None:
        raise InputError("molbloom is not installed", remedy="pip install molbloom")
    from molbloom import CustomFilter, canon  # type: ignore[import-not-found]

    bloom = CustomFilter(16 * len(scope), len(scope), "scope")
    for smiles in scope:
        bloom.add(smiles)
    # As it writes them itself; canonical text of the whole scope would take minutes.
    for smiles in set(smiles_list) & set(scope):
        bloom.add(canon(smiles))
    began = time.process_time()
    found = sum(canon(smiles) in bloom for smiles in smiles_list)
    seconds = time.process_time() - began
    return {
        "structures": len(smiles_list),
        "scope": len(scope),
        "found": found,
        "per_cpu_second": len(smiles_list) / seconds,
    }


# -- one process -----------------------------------------------------------------------------------

_opened: dict[str, PatentLadder] = {}


def _open_release(folder: Path, relatives: bool) -> int:  # noqa: FBT001 - sent to a process
    ladder = Patents.open(releases=[folder], relatives=relatives, strict=True).ladder
    ladder.find_overlap(["CCO", "Cc1ccc(NC(=O)c2ccccc2)cc1"])
    _opened["ladder"] = ladder
    return ladder.releases[0].n_compounds


def _climb(smiles_list: Sequence[str], batch: int) -> tuple[float, dict[str, int]]:
    ladder = _opened["ladder"]
    levels: dict[str, int] = {}
    began = time.process_time()
    for start in range(0, len(smiles_list), batch):
        for overlaps in ladder.find_overlap(smiles_list[start : start + batch]):
            level = str(overlaps[0].level)
            levels[level] = levels.get(level, 0) + 1
    return time.process_time() - began, levels


# -- the scope -------------------------------------------------------------------------------------


def _one_structure(smiles: str) -> Source:
    parent = find_parent(smiles)
    index = SmallIndex([parent])
    release = PatentRelease(
        release="one structure",
        scope="one publication",
        licence="none",
        source="identity pairs",
        built_on=date(2026, 1, 1),
        n_publications=1,
        n_compounds=1,
        n_mentions=1,
    )
    mention = Mention(
        row=0, publication_number="US-1", sections=("description",), raw_smiles=smiles
    )
    header = PublicationRecord(publication_number="US-1", country="US")
    return Source(
        index=index,
        mentions=MentionTable(release, [mention], [header]),
        structures=index.structures,
    )


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
    from molagent.chem.molecules import parse_smiles
    from molagent.patents.index.rows import fingerprint_words

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


def _index_columns(
    batch: pa.RecordBatch,
) -> tuple[list[str | None], list[IdentityKeys | None], "np.ndarray[Any, np.dtype[np.uint64]]"]:
    columns = batch.to_pydict()
    keys: list[IdentityKeys | None] = [
        IdentityKeys(*each)
        for each in zip(
            *(columns[name] for name in ("inchikey", "connectivity", "without_stereo")),
            columns["without_tautomers"],
            strict=True,
        )
    ]
    words = np.frombuffer(b"".join(columns["words"]), dtype="<u8").reshape(len(keys), -1)
    return columns["parent"], keys, words


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


__all__ += ["read_scope", "sample_queries"]
