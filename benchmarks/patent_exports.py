"""Real exports of patent data read to the end: what is kept, what is flagged, what it costs."""

import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import psutil

from molagent.chem.sizes import MAX_HEAVY_ATOMS
from molagent.ingest.patents.importing import import_file
from molagent.ingest.patents.structures import StructureComputer
from molagent.protocols import NullProgress, Progress
from molagent.store.patents.reader import PatentStore

__all__ = ["bench_patent_export"]

_EXAMPLE = re.compile(r"\b(example|compound|cpd)\b.*\d", re.IGNORECASE)


def bench_patent_export(
    file: Path,
    *,
    into: Path | None = None,
    workers: int = 2,
    limit_s: float = 10.0,
    max_atoms: int = MAX_HEAVY_ATOMS,
    progress: Progress | None = None,
) -> Mapping[str, object]:
    """Import one export into a new release folder and count what became of it.

    Parameters
    ----------
    file
        Any format of :data:`molagent.ingest.patents.formats.FORMATS`.
    into
        New release folder; by default one that is removed again.

    Returns
    -------
    Mapping
        Counts of rows, structures, publications, mentions and values; structures by quality flag;
        ``labelled`` values with an example number; CPU seconds with all processes, and wall time.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = into or Path(place) / "release"
        began, cpu = time.perf_counter(), _cpu_seconds()
        totals = import_file(
            file,
            folder,
            computer=StructureComputer(workers=workers, limit_s=limit_s, max_atoms=max_atoms),
            progress=progress or NullProgress(),
        )
        wall, spent = time.perf_counter() - began, _cpu_seconds() - cpu
        with PatentStore.open(folder) as store:
            sources = store.frame("SELECT sum(n_rows) AS n_rows FROM source_file")
            given = store.frame("SELECT count(DISTINCT smiles) AS n FROM source_compound")
            values = store.activities()
            flagged = store.flagged()
    labels = values["label"].dropna()
    return {
        "rows": int(sources["n_rows"][0]),
        "refused_rows": totals.refused,
        "structures_as_given": int(given["n"][0]),
        "parents_and_unreadable": totals.release.n_compounds,
        "publications": totals.release.n_publications,
        "mentions": totals.release.n_mentions,
        "flags": _counts(flagged.drop_duplicates("row")["flag"]),
        "hung_or_too_large": sorted(
            flagged.loc[flagged["flag"].isin(["hung", "too_large"]), "source_id"].dropna().unique()
        ),
        "values": len(values),
        "values_by_quantity": _counts(values["quantity"]),
        "labelled": sum(bool(_EXAMPLE.search(label)) for label in labels),
        "distinct_labels": int(labels.nunique()),
        "wall_s": wall,
        "cpu_s": spent,
    }


def _counts(names: "pd.Series[str]") -> dict[str, int]:
    return {str(name): int(count) for name, count in names.value_counts().sort_index().items()}


def _cpu_seconds() -> float:
    """Return CPU time of this process and of all that it started and that ended."""
    times = psutil.Process().cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)
