"""Data into a project: the campaign's assays at its start, and results that come back later."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from molagent.config import CampaignConfig, load_config
from molagent.errors import NotFoundError
from molagent.protocols import NullProgress, Progress
from molagent.store.assays import endpoints, load_assays, load_sources, write_ingest
from molagent.store.cycles import CampaignStore
from molagent.store.receipts import IngestReceipt, IngestResult

if TYPE_CHECKING:
    from molagent.ingest.intake import Intake

__all__ = ["dry_run", "ingest_assays", "read_tell", "write_tell"]


def dry_run(config_path: Path, progress: Progress | None = None) -> list["Intake"]:
    """Read a campaign's files without storing anything: what a run would take and reject."""
    return _read(load_config(config_path), config_path.parent, progress or NullProgress())


def ingest_assays(
    config: CampaignConfig, base: Path, store: CampaignStore, progress: Progress
) -> dict[str, object]:
    """Read every assay file, then store them all; a bad file leaves the project as it was."""
    from molagent.ingest.writing import write_intake

    intakes = _read(config, base, progress)
    receipts = [write_intake(store.db, intake) for intake in intakes]
    known = endpoints(store.db)
    for assay in config.assays:
        if assay.endpoint not in known:
            raise NotFoundError(
                "endpoint", assay.endpoint, known=known, place=f"{store.db.path.name}: [[assays]]"
            )
    return {
        "files": len(receipts),
        "accepted": sum(receipt.accepted for receipt in receipts),
        "rejected": sum(receipt.rejected for receipt in receipts),
    }


def read_tell(store: CampaignStore, results: Path) -> IngestResult:
    """Read a table of results; nothing is stored."""
    from molagent.ingest.results import read_results

    return read_results(results, load_assays(store.db), _known_structures(store))


def write_tell(store: CampaignStore, result: IngestResult, *, replaces: str = "") -> IngestReceipt:
    """Store results and plan one further cycle, if they brought anything.

    Parameters
    ----------
    replaces
        Name of an earlier file that this one corrects: its values stay and no longer count.

    Raises
    ------
    NotFoundError
        If no file of that name was read.
    """
    old = ""
    if replaces:
        sources = load_sources(store.db)
        named = sources[sources["name"] == replaces]
        if named.empty:
            raise NotFoundError("file", replaces, known=sources["name"])
        old = str(named["file_id"].iloc[-1])
    receipt = write_ingest(store.db, result, replaces=old)
    if receipt.written and receipt.accepted:
        store.extend(1)
    return receipt


def _read(config: CampaignConfig, base: Path, progress: Progress) -> list["Intake"]:
    """Read every file once; one file may hold several assays."""
    from molagent.ingest.intake import read_data
    from molagent.ingest.layouts import Layout
    from molagent.ingest.mapping import ColumnMapping

    intakes: dict[tuple[str, str], Intake] = {}
    for assay in config.assays:
        if not assay.file:
            continue
        columns = "" if assay.layout else assay.model_dump_json()
        key = (assay.file, assay.layout or columns)
        if key not in intakes:
            layout = (
                _layout(assay.layout, base)
                if assay.layout
                else Layout.from_columns(ColumnMapping.from_config(assay))
            )
            intakes[key] = read_data(base / assay.file, layout, progress=progress)
        found = set(intakes[key].assays["endpoint"])
        if assay.endpoint not in found:
            raise NotFoundError("endpoint", assay.endpoint, known=sorted(found), place=assay.file)
    return list(intakes.values())


def _layout(name: str, base: Path) -> Path | str:
    return base / name if name.endswith(".toml") else name


def _known_structures(store: CampaignStore) -> dict[str, str]:
    """Return id to SMILES of everything a results file may name."""
    compounds = store.db.query("SELECT compound_id AS id, smiles FROM compound")
    proposals = store.load("proposal").rename(columns={"proposal_id": "id"})
    both = pd.concat([compounds, proposals[["id", "smiles"]]])
    return dict(zip(both["id"], both["smiles"], strict=True))
