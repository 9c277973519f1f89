"""Training structures on disk: read, count motifs, pack in worker processes, cache."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from molagent.errors import InputError
from molagent.propose.conditions import PROPERTIES
from molagent.propose.packed import PackedMolecules, pack_smiles
from molagent.propose.vocabulary import MotifVocabulary, build_vocabulary
from molagent.protocols import Progress

__all__ = ["Corpus", "hash_file", "prepare_corpus", "read_activity", "read_smiles"]

VOCABULARY_SAMPLE = 50_000
CHUNK = 5_000
# 2: properties of every molecule.
PACKED_FORMAT = 2
CHEAP = ("mw", "logp")


def read_smiles(path: Path) -> list[str]:
    """Read the first column of a SMILES or CSV file, plain or gzipped.

    Parameters
    ----------
    path
        One structure a line, further columns after a comma or white space are ignored; a first
        line that reads ``SMILES`` is a header.

    Raises
    ------
    InputError
        If the file cannot be read or is empty.
    """
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as handle:
            rows = [line.replace(",", " ").split(maxsplit=1) for line in handle]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"structures cannot be read: {error}", place=str(path)) from error
    smiles = [row[0] for row in rows if row]
    if smiles and smiles[0].lower() == "smiles":
        smiles = smiles[1:]
    if not smiles:
        raise InputError("no structures in the file", place=str(path))
    return smiles


def read_activity(path: Path, column: str) -> list[float]:
    """Read one column of a CSV file with a header, a row for each of `read_smiles`.

    Parameters
    ----------
    path
        First column: structures.
    column
        Name of the column; an empty field is an unknown value, NaN.

    Raises
    ------
    InputError
        If the column is missing or a field is no number.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"activities cannot be read: {error}", place=str(path)) from error
    if column not in table.columns:
        known = ", ".join(map(str, table.columns))
        raise InputError(f"no column {column!r}, only {known}", place=str(path))
    try:
        return [float(value) for value in pd.to_numeric(table[column])]
    except (TypeError, ValueError) as error:
        raise InputError(f"column {column!r}: {error}", place=str(path)) from error


@dataclass(frozen=True)
class Corpus:
    """Packed training structures and what they were made from.

    Parameters
    ----------
    packed
        The structures.
    vocabulary
        The blocks they were packed with.
    sources
        For every file its name, SHA-256, structures in the file, taken and packed.
    """

    packed: PackedMolecules
    vocabulary: MotifVocabulary
    sources: tuple[dict[str, object], ...]


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file of structures.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"structures cannot be read: {error}", place=str(path)) from error


def _chunks(smiles: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(smiles), CHUNK):
        yield smiles[start : start + CHUNK]


@lru_cache(maxsize=1)
def _read_vocabulary(text: str) -> MotifVocabulary:
    return MotifVocabulary.from_json(text)


def _pack_chunk(job: tuple[Sequence[str], str, int, Sequence[str]]) -> PackedMolecules:
    smiles, vocabulary, corpus, described = job
    blocks = _read_vocabulary(vocabulary)
    return pack_smiles(smiles, blocks, corpus=corpus, described=described)


def _take(smiles: list[str], limit: int | None, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(smiles))[:limit]
    return [smiles[i] for i in order.tolist()]


def prepare_corpus(
    data: Sequence[Path],
    cache: Path,
    progress: Progress,
    *,
    limits: Sequence[int | None] = (),
    motifs: int = 512,
    vocabulary: MotifVocabulary | None = None,
    qed: int = 0,
    seed: int = 0,
    workers: int = 2,
) -> Corpus:
    """Read, sample and pack training files; reuse the cache if nothing changed.

    Parameters
    ----------
    data
        SMILES files, see `read_smiles`.
    cache
        Folder for the packed arrays.
    progress
        Receives one step a packed chunk.
    limits
        Largest number of structures to take from each file; None or 0 takes all.
    motifs
        Vocabulary size.
    vocabulary
        Blocks to pack with, in place of counting motifs.
    qed
        QED, the slowest property, is computed for so many structures of each file (rounded up to
        whole chunks); 0 takes all.
    seed
        Seed of the sample.
    workers
        Packing processes.

    Raises
    ------
    InputError
        If a file cannot be read, limits and files differ in number, or no structure can be packed.
    """
    caps = [cap or None for cap in limits] or [None] * len(data)
    if len(caps) != len(data):
        raise InputError(f"{len(caps)} limits were given for {len(data)} files")
    hashes = [hash_file(path) for path in data]
    blocks = motifs if vocabulary is None else vocabulary.sha256
    key = json.dumps([PACKED_FORMAT, hashes, caps, blocks, qed, seed])
    stem = hashlib.sha256(key.encode()).hexdigest()[:16]
    arrays, meta = cache / f"packed-{stem}.npz", cache / f"packed-{stem}.json"
    if meta.exists():
        content = json.loads(meta.read_text(encoding="utf-8"))
        vocabulary = MotifVocabulary.from_json(content["vocabulary"])
        return Corpus(PackedMolecules.load(arrays), vocabulary, tuple(content["sources"]))
    cache.mkdir(parents=True, exist_ok=True)
    taken, totals = [], []
    for number, (path, cap) in enumerate(zip(data, caps, strict=True)):
        smiles = read_smiles(path)
        totals.append(len(smiles))
        taken.append(_take(smiles, cap, seed + number))
    if vocabulary is None:
        sample = (s for smiles in taken for s in smiles[:VOCABULARY_SAMPLE])
        vocabulary = build_vocabulary(sample, size=motifs)
    text = vocabulary.to_json()
    jobs = [
        (chunk, text, number, PROPERTIES if not qed or place * CHUNK < qed else CHEAP)
        for number, smiles in enumerate(taken)
        for place, chunk in enumerate(_chunks(smiles))
    ]
    parts: list[PackedMolecules] = []
    progress.start("pack structures", len(jobs))
    with ProcessPoolExecutor(max_workers=workers) as pool:
        for part in pool.map(_pack_chunk, jobs):
            parts.append(part)
            progress.advance()
    progress.finish()
    packed = PackedMolecules.concatenate(parts)
    if len(packed) == 0:
        raise InputError("no training structure can be built", place=str(data[0]))
    sources = tuple(
        {
            "file": path.name,
            "sha256": digest,
            "structures": total,
            "taken": len(smiles),
            "packed": int((packed.corpus == number).sum()),
        }
        for number, (path, digest, total, smiles) in enumerate(
            zip(data, hashes, totals, taken, strict=True)
        )
    )
    packed.save(arrays)
    meta.write_text(json.dumps({"vocabulary": text, "sources": sources}), encoding="utf-8")
    return Corpus(packed, vocabulary, sources)
