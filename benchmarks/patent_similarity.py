"""Similarity search over MOSES, beside RDKit and FPSim2 in the same run.

MOSES: Polykovskiy et al. 2020, doi:10.3389/fphar.2020.565644; its three files together hold
1,936,962 structures. All times are CPU time of one process on one core. Fingerprints are made once
and kept; making and loading them is not part of a query.
"""

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from rdkit import Chem, DataStructs, rdBase

from benchmarks.patent_index import timed
from benchmarks.rows import Smiles
from molagent.chem.molecules import parse_smiles
from molagent.errors import InputError, StructureError
from molagent.patents.index.layout import FingerprintLayout
from molagent.patents.index.manifest import IndexSettings
from molagent.patents.index.rows import FINGERPRINT_WORDS, fingerprint_words
from molagent.patents.index.similarity import (
    find_similar,
    find_similar_approximately,
    has_compiled_scan,
)
from molagent.propose.training.corpus import read_smiles
from molagent.protocols import NullProgress, Progress

__all__ = [
    "bench_similarity",
    "moses_fingerprints",
]

_FILES: Final = ("train.csv.gz", "test.csv.gz", "test_scaffolds.csv.gz")
_META: Final = "made_of.json"
_BITS: Final = "bits.npy"
_PART: Final = 10_000
_TOP: Final = 10
Words = npt.NDArray[np.uint64]
# Rows and similarities of each query, nearest first, ties by row.
Answers = Sequence[tuple[tuple[int, float], ...]]


def bench_similarity(
    moses: Path,
    cache: Path,
    *,
    queries: Smiles = (),
    count: int = 100,
    thresholds: Sequence[float] = (0.7,),
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Search for the neighbours of a sample of structures.

    Parameters
    ----------
    moses
        Folder with MOSES' ``train``, ``test`` and ``test_scaffolds`` files (``.csv.gz``).
    cache
        Folder to keep the fingerprints in; the first run makes them (about 4 CPU minutes).
    queries
        Structures to sample queries from; from the collection itself if there are none.
    count
        Queries, and the size of a batch.
    thresholds
        Smallest Tanimoto similarities.

    Returns
    -------
    pandas.DataFrame
        ``method, threshold, queries, cpu_ms, hits, as_rdkit``: `cpu_ms` is CPU time of a query;
        `as_rdkit` says whether rows, similarities and their order are those of RDKit for every
        query (rows alone for FPSim2, which counts in single precision). The approximate scan may
        miss some: its `hits` beside RDKit's are its recall.

    Raises
    ------
    InputError
        If files are missing.
    """
    shown = progress or NullProgress()
    bits, layout = moses_fingerprints(moses, cache, shown)
    rng = np.random.default_rng(seed)
    if queries:
        asked = _readable(queries, count, rng)
    else:
        asked = np.ascontiguousarray(bits[np.sort(rng.choice(len(bits), count, replace=False))])
    rows = []
    shown.start("RDKit", len(thresholds))
    expected, rdkit_rows = _by_rdkit(bits, asked, thresholds)
    shown.finish()
    for threshold in thresholds:
        shown.start(f"threshold {threshold:g}")
        found = _ours(layout, asked, threshold, expected[threshold])
        rows += [{**row, "threshold": threshold} for row in found]
        shown.finish()
    rows += rdkit_rows
    if find_spec("FPSim2") is not None:
        shown.start("FPSim2")
        rows += _by_fpsim2(bits, asked, expected)
        shown.finish()
    columns = ["method", "threshold", "queries", "cpu_ms", "hits", "as_rdkit"]
    return pd.DataFrame(rows)[columns]


def moses_fingerprints(
    moses: Path, cache: Path, progress: Progress | None = None
) -> tuple[Words, FingerprintLayout]:
    """Return the fingerprints of MOSES by row, and laid out; made where the cache has none.

    Raises
    ------
    InputError
        If files are missing.
    """
    made_of = {**asdict(IndexSettings()), "files": list(_FILES)}
    meta = cache / _META
    if not meta.is_file() or json.loads(meta.read_text("utf-8")) != made_of:
        smiles = [text for name in _FILES for text in read_smiles(moses / name)]
        cache.mkdir(parents=True, exist_ok=True)
        meta.unlink(missing_ok=True)
        bits = _fingerprints(smiles, progress or NullProgress())
        np.save(cache / _BITS, bits)
        FingerprintLayout.from_bits(bits, folder=cache)
        meta.write_text(json.dumps(made_of), encoding="utf-8")
    return np.load(cache / _BITS, mmap_mode="r"), FingerprintLayout.open(cache)


def _fingerprints(smiles: Sequence[str], progress: Progress) -> Words:
    bits = np.empty((len(smiles), FINGERPRINT_WORDS), dtype=np.uint64)
    progress.start("fingerprints of MOSES", len(smiles))
    with rdBase.BlockLogs():
        for row, text in enumerate(smiles):
            mol = Chem.MolFromSmiles(text)
            if mol is None:
                raise InputError(f"{text!r} of MOSES cannot be read", remedy="fetch MOSES again")
            bits[row] = fingerprint_words(mol)
            if row % _PART == _PART - 1:
                progress.advance(_PART)
    progress.finish()
    return bits


def _readable(smiles: Sequence[str], count: int, rng: np.random.Generator) -> Words:
    found = []
    for at in rng.permutation(len(smiles)):
        try:
            found.append(fingerprint_words(parse_smiles(smiles[at])))
        except StructureError:
            continue
        if len(found) == count:
            break
    return np.array(found, dtype=np.uint64).reshape(-1, FINGERPRINT_WORDS)


def _ours(
    layout: FingerprintLayout, asked: Words, threshold: float, expected: Answers
) -> list[dict[str, Any]]:
    """Time batches and single queries, compiled where it can be and by numpy."""
    singles = [asked[at : at + 1] for at in range(len(asked))]
    rows = []
    for compiled in (True, False) if has_compiled_scan() else (False,):
        name = "compiled scan" if compiled else "numpy scan"
        for shape, parts in (("batch", [asked, asked, asked]), ("single", singles)):
            search = partial(find_similar, layout, at_least=threshold, compiled=compiled)
            taken, found = timed(search, parts)
            answers = found[0] if shape == "batch" else [answer for [answer] in found]
            n_queries = sum(map(len, parts))
            rows.append(
                _row(f"{name}, {shape}", n_queries, sum(taken) / n_queries, answers, expected)
            )
    roughly = partial(find_similar_approximately, layout, at_least=threshold)
    taken, approximate = timed(roughly, [asked, asked])
    seconds = sum(taken) / 2 / len(asked)
    some = list(approximate[0].neighbours)
    rows.append(_row("approximate scan, batch", 2 * len(asked), seconds, some, expected))
    top = [answer[:_TOP] for answer in expected]
    taken, found = timed(partial(find_similar, layout, at_least=threshold, top=_TOP), singles)
    answers = [answer for [answer] in found]
    rows.append(_row(f"nearest {_TOP}, single", len(asked), sum(taken) / len(asked), answers, top))
    return rows


def _by_rdkit(
    bits: Words, asked: Words, thresholds: Sequence[float]
) -> tuple[Mapping[float, Answers], list[dict[str, Any]]]:
    vectors = _vectors(bits)
    seconds = 0.0
    answers: dict[float, list[tuple[tuple[int, float], ...]]] = {
        threshold: [] for threshold in thresholds
    }
    for query in _vectors(asked):
        started = time.process_time()
        values = DataStructs.BulkTanimotoSimilarity(query, vectors)
        seconds += time.process_time() - started
        similarity = np.asarray(values)
        for threshold, found in answers.items():
            hit = np.flatnonzero(similarity >= threshold)
            hit = hit[np.lexsort((hit, -similarity[hit]))]
            found.append(tuple(zip(hit.tolist(), similarity[hit].tolist(), strict=True)))
    rows = [
        {
            **_row("RDKit BulkTanimoto", len(asked), seconds / len(asked), found, found),
            "threshold": threshold,
        }
        for threshold, found in answers.items()
    ]
    return answers, rows


def _vectors(bits: Words) -> list[DataStructs.ExplicitBitVect]:
    vectors = []
    for start in range(0, len(bits), _PART):
        for words in np.ascontiguousarray(bits[start : start + _PART], dtype="<u8"):
            vector = DataStructs.CreateFromBinaryText(words.tobytes())
            vectors.append(vector)
    return vectors


def _by_fpsim2(
    bits: Words, asked: Words, expected: Mapping[float, Answers]
) -> list[dict[str, Any]]:
    """Search the same fingerprints with FPSim2, in memory and with one worker."""
    from FPSim2 import FPSim2Engine

    rows = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "moses.h5"
        _write_fpsim2(path, bits)
        engine = FPSim2Engine(str(path))
        queries = _vectors(asked)
        for threshold, answers in expected.items():
            search = partial(engine.similarity, threshold=threshold, n_workers=1)
            taken, found = timed(search, queries)
            same = all(
                {int(row) for row in hits["mol_id"]} == {row for row, _ in answer}
                for hits, answer in zip(found, answers, strict=True)
            )
            rows.append(
                {
                    "method": "FPSim2",
                    "threshold": threshold,
                    "queries": len(asked),
                    "cpu_ms": sum(taken) / len(asked) * 1e3,
                    "hits": sum(map(len, found)),
                    "as_rdkit": same,
                }
            )
    return rows


def _write_fpsim2(path: Path, bits: Words) -> None:
    """Write a file as FPSim2 0.7 reads it: rows by popcount, the bounds of each popcount."""
    import rdkit
    import tables
    from FPSim2.io.backends.pytables import create_schema

    n_bits = bits.shape[1] * 64
    counts = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    order = np.argsort(counts, kind="stable")
    sizes = np.bincount(counts, minlength=n_bits + 1)
    ends = np.cumsum(sizes)
    bounds = [
        (count, (int(ends[count] - size), int(ends[count])))
        for count, size in enumerate(sizes.tolist())
        if size
    ]
    with tables.open_file(str(path), mode="w") as file:
        table = file.create_table(file.root, "fps", create_schema(n_bits), expectedrows=len(bits))
        for start in range(0, len(bits), _PART):
            at = order[start : start + _PART]
            rows = np.empty(len(at), dtype=table.dtype)
            rows["fp_id"], rows["popcnt"] = at, counts[at]
            for word in range(bits.shape[1]):
                rows[f"f{word + 1}"] = _reversed_bits(bits[at, word])
            table.append(rows)
        config = file.create_vlarray(file.root, "config", atom=tables.ObjectAtom())
        for value in (
            "Morgan",
            {"radius": 2, "fpSize": n_bits},
            rdkit.__version__,
            "0.7.4",
            bounds,
        ):
            config.append(value)


def _reversed_bits(words: Words) -> Words:
    """Return words with their bits the other way round, as they stand in a text of bits."""
    as_bytes = np.ascontiguousarray(words, dtype="<u8").view(np.uint8).reshape(-1, 8)
    bits = np.unpackbits(as_bytes, axis=1, bitorder="little")[:, ::-1]
    return np.packbits(bits, axis=1, bitorder="little").view("<u8").ravel()


def _row(
    method: str, n_queries: int, seconds: float, found: Answers, expected: Answers
) -> dict[str, Any]:
    return {
        "method": method,
        "queries": n_queries,
        "cpu_ms": seconds * 1e3,
        "hits": sum(len(answer) for answer in found),
        "as_rdkit": found == expected,
    }
