"""The message-passing ensemble against the Gaussian process, endpoint by endpoint, on one split.

Both learn the same rows and are asked about the same held-out scaffolds. The split is taken from
training rows only; files' own test rows are never read here.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from molagent.chem.likeness import count_features
from molagent.errors import FileFormatError
from molagent.learn.evaluation import HeldOut, coverage, rmse
from molagent.learn.message_passing.fitting import EnsembleSettings, hold_out, hold_out_process
from molagent.learn.message_passing.graphs import pack_graphs
from molagent.learn.message_passing.tasks import TaskTable
from molagent.learn.splits import scaffold_folds
from molagent.protocols import NullProgress, Progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bench_message_passing", "bench_scaffolds", "biogen_frames", "cyp_frames"]

# Fang et al. 2023, doi:10.1021/acs.jcim.3c00160.
_BIOGEN: Final = ("HLM", "RLM", "MDR1_ER", "Sol", "hPPB", "rPPB")
_CYPS: Final = ("CYP1A2", "CYP2C9", "CYP2D6", "CYP3A4")


def biogen_frames(folder: Path) -> "dict[str, pd.DataFrame]":
    """Return the training files of the six Biogen ADME endpoints, one row a compound.

    Raises
    ------
    FileFormatError
        If a file is missing or lacks ``smiles`` or ``activity``.
    """
    import pandas as pd

    frames = {}
    for name in _BIOGEN:
        path = folder / f"ADME_{name}_train.csv"
        if not path.exists():
            raise FileFormatError(
                "the file is missing", place=str(path), remedy="get the six files"
            )
        table = pd.read_csv(path)
        if not {"smiles", "activity"} <= set(table.columns):
            raise FileFormatError("columns smiles and activity are missing", place=str(path))
        frame = table.rename(columns={"activity": "p_value"}).assign(p_relation="=")
        frames[name] = frame.drop_duplicates("smiles")[["smiles", "p_relation", "p_value"]]
    return frames


def cyp_frames(folder: Path, *, compounds: int = 3000, seed: int = 0) -> "dict[str, pd.DataFrame]":
    """Return pAC50 of four cytochromes from the largest assay of each: assays are never pooled.

    Parameters
    ----------
    folder
        With ``ChEMBL_permissive_*_raw.parquet``.
    compounds
        Most compounds in all, drawn by `seed`.

    Raises
    ------
    FileFormatError
        If a file is missing.
    """
    import pandas as pd

    frames = {}
    for name in _CYPS:
        paths = sorted(folder.glob(f"ChEMBL_permissive_{name}_*_raw.parquet"))
        if not paths:
            raise FileFormatError(f"no table of {name}", place=str(folder), remedy="get the tables")
        columns = ["assay_id", "canonical_smiles", "pchembl_value"]
        table = pd.read_parquet(paths[0], columns=columns).dropna()
        largest = table["assay_id"].value_counts().index[0]
        rows = table[table["assay_id"] == largest]
        means = rows.groupby("canonical_smiles")["pchembl_value"].mean()
        frames[name] = pd.DataFrame(
            {"smiles": means.index, "p_relation": "=", "p_value": means.to_numpy(dtype=np.float64)}
        )
    every = sorted({smiles for frame in frames.values() for smiles in frame["smiles"]})
    rng = np.random.default_rng(seed)
    kept = set(rng.permutation(every)[:compounds].tolist())
    return {name: frame[frame["smiles"].isin(kept)] for name, frame in frames.items()}


def bench_scaffolds(
    folder: Path,
    *,
    cytochromes: bool = False,
    embedding: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> "pd.DataFrame":
    """Hold the message-passing ensemble against Gaussian processes on held-out scaffolds.

    Parameters
    ----------
    folder
        Of Biogen's files, or of ChEMBL's tables of cytochromes.
    cytochromes
        Whether to take those tables instead of Biogen's files.
    embedding
        Whether the network is given MiniMol's embedding (extra adme).
    seed
        Of the fold and the ensemble.
    """
    frames = cyp_frames(folder, seed=seed) if cytochromes else biogen_frames(folder)
    settings = EnsembleSettings(embedding=embedding)
    return bench_message_passing(frames, settings=settings, seed=seed, progress=progress)


def bench_message_passing(
    frames: "Mapping[str, pd.DataFrame]",
    *,
    settings: EnsembleSettings | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> "pd.DataFrame":
    """Hold out one scaffold fold of five and ask both models about it.

    Parameters
    ----------
    frames
        Endpoint to ``smiles``, ``p_relation``, ``p_value``.
    seed
        Of the fold and the ensemble.

    Returns
    -------
    pandas.DataFrame
        One row an endpoint: ``endpoint, n_train, n_test, r_network, r_process, rmse_network,
        rmse_process, rmse_nearest, coverage_network, chosen``, and in ``attrs`` the processor
        seconds of both (``seconds_network``, ``seconds_process``) and of the features. ``chosen``
        is ``message_passing`` where its RMSE is lower by at least one per cent. Coverage is that of
        the 90 % interval before recalibration.
    """
    import pandas as pd

    chosen = settings or EnsembleSettings()
    start = time.process_time()
    table = TaskTable.of(frames)
    graphs, readable = pack_graphs(
        table.smiles, descriptors=chosen.descriptors, embedding=chosen.embedding
    )
    table = table.rows(readable)
    counts, _ = count_features(table.smiles)
    features = time.process_time() - start
    folds = np.where(scaffold_folds(table.smiles, seed=seed) == 0, 0, -1)
    start = time.process_time()
    networks = hold_out(
        table, graphs, folds, counts, chosen, seed=seed, progress=progress or NullProgress()
    )
    seconds = time.process_time() - start
    start = time.process_time()
    rows = [
        _row(endpoint, networks[endpoint], hold_out_process(table, task, counts, folds, seed=seed))
        for task, endpoint in enumerate(table.endpoints)
    ]
    answer = pd.DataFrame(rows)
    answer.attrs |= {
        "seconds_features": features,
        "seconds_network": seconds,
        "seconds_process": time.process_time() - start,
        "compounds": len(table),
    }
    return answer


def _row(endpoint: str, network: HeldOut, process: HeldOut) -> dict[str, object]:
    # Both hold the same rows out in the same order; the process may have learned fewer.
    done, same = network.done, process.done
    observed = network.observed[done]
    errors = rmse(observed, network.mean[done]), rmse(observed, process.mean[same])
    return {
        "endpoint": endpoint,
        "n_train": int(len(network.observed) - done.sum()),
        "n_test": int(done.sum()),
        "r_network": float(np.corrcoef(observed, network.mean[done])[0, 1]),
        "r_process": float(np.corrcoef(observed, process.mean[same])[0, 1]),
        "rmse_network": errors[0],
        "rmse_process": errors[1],
        "rmse_nearest": rmse(observed, network.baseline_nearest[done]),
        "coverage_network": coverage(observed, network.mean[done], network.std[done]),
        "coverage_process": coverage(observed, process.mean[same], process.std[same]),
        "chosen": "message_passing" if errors[0] < 0.99 * errors[1] else "gp",
    }
