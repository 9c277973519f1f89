"""Look-ups of identity keys among millions, beside a DuckDB join in the same run."""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from benchmarks.rows import Smiles
from molagent.errors import InputError
from molagent.patents.index.key_arrays import STEP, KeyArray, key_words
from molagent.patents.index.keys import identity_keys
from molagent.protocols import NullProgress, Progress
from molagent.store.database import Database, registered

__all__ = ["bench_keys", "timed"]

_ALPHABET: Final = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)
Words = npt.NDArray[np.uint64]
Part = TypeVar("Part")
Result = TypeVar("Result")


def bench_keys(
    *,
    n_keys: int = 31_000_000,
    batches: Sequence[int] = (1_000, 100_000),
    real: Smiles = (),
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Look up InChIKeys and hashes in a sorted array of many, and by a DuckDB join.

    Keys are drawn, as those of millions of structures take hours; their words are spread as those
    of real keys are. Half of what is looked up is there.

    Parameters
    ----------
    n_keys
        Keys in the array; 31 million is SureChEMBL's bulk release of September 2026.
    batches
        Look-ups in one call.
    real
        SMILES; the real keys of the first 2,000 are put among the drawn ones and must be found
        at their rows.

    Returns
    -------
    pandas.DataFrame
        ``method, batch, lookups, found, expected, cpu_us, per_second``; `cpu_us` is CPU time of a
        look-up, of all threads.

    Raises
    ------
    InputError
        If an answer is wrong: then the figures are worth nothing.
    """
    shown = progress or NullProgress()
    rng = np.random.default_rng(seed)
    shown.start("draw keys", None)
    asked = max(*batches, 200_000)
    texts = _inchikeys(rng, asked)
    real_texts = list(dict.fromkeys(identity_keys(smiles).inchikey for smiles in real[:2_000]))
    words = rng.integers(0, 2**64, (n_keys, 2), dtype=np.uint64)
    present = np.concatenate([key_words("inchikey", texts[::2]), key_words("inchikey", real_texts)])
    places = rng.choice(n_keys, len(present), replace=False)
    words[places] = present
    shown.finish()
    with tempfile.TemporaryDirectory() as name:
        keys = _write_keys(Path(name), words)
        del words
        shown.start("look up", None)
        _require_real(keys, real_texts, places[len(texts[::2]) :])
        frames = [
            *_time_texts(keys, texts, batches),
            *_time_hashes(keys, batches, rng),
            *_time_join(Path(name), keys, texts, batches),
        ]
        shown.finish()
    return pd.DataFrame(frames)


def _inchikeys(rng: np.random.Generator, count: int) -> list[str]:
    letters = _ALPHABET[rng.integers(0, 26, (count, 27))]
    letters[:, (14, 25)] = ord("-")
    text = letters.tobytes().decode()
    return [text[start : start + 27] for start in range(0, len(text), 27)]


def _write_keys(folder: Path, words: Words) -> KeyArray:
    """Write the arrays as an index has them and map them into memory."""
    order = np.argsort(words[:, 0])
    columns = (words[order, 0], words[order, 1], order.astype(np.uint32), words[order[::STEP], 0])
    for file, column in zip(KeyArray.file_names("inchikey"), columns, strict=True):
        np.save(folder / file, column)
    keys = KeyArray.open(folder, "inchikey")
    for column in (keys.words, keys.checks, keys.rows):
        column.max()  # read once: what is measured is not the disk
    return keys


def _require_real(keys: KeyArray, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> None:
    query, found = keys.find(key_words("inchikey", list(texts)))
    if query.tolist() != list(range(len(texts))) or found.tolist() != rows.tolist():
        raise InputError("real keys are not found at their rows", remedy="look at KeyArray.find")


def _time_texts(
    keys: KeyArray, texts: Sequence[str], batches: Sequence[int]
) -> list[dict[str, Any]]:
    rows = []
    for batch in batches:
        parts = [list(texts[start : start + batch]) for start in range(0, len(texts), batch)]
        taken, found = timed(
            lambda part: len(keys.find(key_words("inchikey", part))[0]),
            [part for part in parts if len(part) == batch],
        )
        rows.append(_keys_row("InChIKey texts, sorted array", batch, taken, found))
    return rows


def _time_hashes(
    keys: KeyArray, batches: Sequence[int], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Look up words that are made already; half of them drawn from the array itself."""
    rows = []
    for batch in batches:
        parts = []
        for _ in range(max(2, 200_000 // batch)):
            at = rng.integers(0, len(keys), batch // 2)
            present = np.stack([keys.words[at], keys.checks[at]], axis=1)
            absent = rng.integers(0, 2**64, (batch - len(present), 2), dtype=np.uint64)
            parts.append(rng.permutation(np.concatenate([present, absent])))
        taken, found = timed(lambda part: len(keys.find(part)[0]), parts)
        rows.append(_keys_row("words, sorted array", batch, taken, found))
    return rows


def _time_join(
    folder: Path, keys: KeyArray, texts: Sequence[str], batches: Sequence[int]
) -> list[dict[str, Any]]:
    """Look up the same words by a join in DuckDB, which hashes the queries and reads all keys."""
    db = Database(folder / "keys.duckdb", actor="bench")
    db.migrate()
    table = pa.table({"word": np.asarray(keys.words), "found": np.asarray(keys.rows)})
    with db.write(origin="bench") as con, registered(con, "drawn", table):
        con.execute("CREATE TABLE bench_key AS SELECT * FROM drawn")
    rows = []
    with db.read() as con:
        for batch in batches:
            parts = [
                pa.table({"word": key_words("inchikey", list(texts[start : start + batch]))[:, 0]})
                for start in range(0, len(texts), batch)
            ][:3]

            def join(part: pa.Table) -> int:
                with registered(con, "asked", part):
                    sql = "SELECT found FROM bench_key JOIN asked USING (word)"
                    return len(con.execute(sql).fetchall())

            taken, found = timed(join, [part for part in parts if part.num_rows == batch])
            rows.append(_keys_row("words, DuckDB join", batch, taken, found))
    return rows


def _keys_row(method: str, batch: int, taken: list[float], found: list[int]) -> dict[str, Any]:
    lookups = batch * len(taken)
    if sum(found) != lookups // 2:
        raise InputError(
            f"{method}: {sum(found)} of {lookups // 2} keys were found", remedy="look at the method"
        )
    return {
        "method": method,
        "batch": batch,
        "lookups": lookups,
        "found": sum(found),
        "cpu_us": sum(taken) / lookups * 1e6,
        "per_second": lookups / sum(taken),
    }


def timed(
    call: Callable[[Part], Result], parts: Sequence[Part]
) -> tuple[list[float], list[Result]]:
    """Return the CPU seconds of each call after the first part was done once, and the results."""
    call(parts[0])
    taken, results = [], []
    for part in parts:
        started = time.process_time()
        results.append(call(part))
        taken.append(time.process_time() - started)
    return taken, results
