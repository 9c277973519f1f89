"""Data into a project: the campaign's assays at its start, and results that come back later."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

from molagent.config import AssayConfig, CampaignConfig, DerivedConfig, load_config
from molagent.errors import NotFoundError
from molagent.protocols import NullProgress, Progress
from molagent.store.assays import endpoints, load_assays, load_known_potencies
from molagent.store.cycles import CampaignStore
from molagent.store.receipts import IngestReceipt
from molagent.store.results import counted_values
from molagent.store.sources import find_file_id

if TYPE_CHECKING:
    from molagent.ingest.intake import Intake
    from molagent.ingest.layouts import Layout

__all__ = ["columns_layout", "dry_run", "ingest_assays", "read_tell", "write_tell"]

# A name that stands for several compounds is left out: nobody could say which is meant.
_NAMED: Final = """
SELECT a.alias AS id, any_value(coalesce(nullif(c.structure, ''), c.smiles)) AS smiles
FROM compound_alias a JOIN compound c USING (compound_id)
GROUP BY a.alias HAVING count(DISTINCT a.compound_id) = 1
"""


def dry_run(config_path: Path, progress: Progress | None = None) -> list["Intake"]:
    """Read a campaign's files without storing anything: what a run would take and reject.

    Publications, claims and releases are opened, too: one that a run would refuse is refused here,
    and so are an objective on a general model that fails its checks and a difference of what are
    not two potencies.
    """
    from molagent.project.prospects import check_general_models
    from molagent.project.wiring import campaign_patents

    config, base = load_config(config_path), config_path.parent
    campaign_patents(config, base)
    check_general_models(config)
    return _read(config, base, progress or NullProgress())


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


def read_tell(
    store: CampaignStore,
    results: Path,
    progress: Progress | None = None,
    *,
    derived: Sequence[DerivedConfig] = (),
    unknown_ids: Literal["take", "refuse"] = "take",
    decimal: str = "",
    sheet: str = "",
) -> "Intake":
    """Read a table of results of assays that the project has; nothing is stored.

    Parameters
    ----------
    results
        Any file that ``read_data`` opens, as the layout ``results_form`` says. A row's id is that
        of a proposal or a compound.
    derived
        The campaign's differences: a value of one is refused, as it follows from two others.
    unknown_ids
        Whether a structure under an id that the project does not know is taken or refused.
    decimal
        Decimal sign of the numbers, ``.`` or ``,``; '' decides it over each column.
    sheet
        Of a workbook; '' is the first with a table.
    """
    from molagent.ingest.intake import read_data

    return read_data(
        results,
        "results_form",
        structures=_known_structures(store),
        known=load_known_potencies(store.db),
        assays=load_assays(store.db),
        unmeasured={
            each.endpoint: f"give values of both {each.minuend} and {each.subtrahend}, of which it"
            " is the difference"
            for each in derived
        },
        unknown_ids=unknown_ids,
        progress=progress,
        decimal=decimal,
        sheet=sheet,
    )


def write_tell(store: CampaignStore, intake: "Intake", *, replaces: str = "") -> IngestReceipt:
    """Store results and make sure that a cycle is planned that learns from them.

    Results that change no value of the project plan none: the same numbers of the same day, as of
    a table that was saved again in another format.

    Parameters
    ----------
    replaces
        Name of an earlier file that this one corrects: its values stay and no longer count.

    Raises
    ------
    NotFoundError
        If no file of that name was read.
    """
    from molagent.ingest.writing import write_intake

    old = find_file_id(store.db, replaces) if replaces else ""
    before = counted_values(store.db)
    receipt = write_intake(store.db, intake, replaces=old)
    if not (receipt.written and receipt.accepted):
        return receipt
    if counted_values(store.db) == before:
        note = "every value was in the project already: no further cycle is planned"
        return replace(receipt, notes=(*receipt.notes, note))
    store.plan_next()
    return receipt


def _read(config: CampaignConfig, base: Path, progress: Progress) -> list["Intake"]:
    """Read every file once; one file may hold several assays."""
    from molagent.ingest.intake import read_data
    from molagent.project.prospects import check_derived

    intakes: dict[tuple[str, str], Intake] = {}
    for assay in config.assays:
        if not assay.file:
            continue
        columns = "" if assay.layout else assay.model_dump_json()
        key = (assay.file, f"{assay.layout} {assay.decimal}" if assay.layout else columns)
        if key not in intakes:
            layout = _layout(assay.layout, base) if assay.layout else columns_layout(assay)
            intakes[key] = read_data(
                base / assay.file, layout, progress=progress, decimal=assay.decimal
            )
        found = set(intakes[key].assays["endpoint"])
        if assay.endpoint not in found:
            raise NotFoundError("endpoint", assay.endpoint, known=sorted(found), place=assay.file)
    check_derived(config, list(intakes.values()))
    return list(intakes.values())


def columns_layout(assay: AssayConfig) -> "Layout":
    """Return the layout that the columns of a campaign file's ``[[assays]]`` describe."""
    from molagent.ingest.layouts import Layout

    return Layout.from_columns(
        smiles=assay.smiles_column,
        value=assay.value_column,
        endpoint=assay.endpoint,
        target=assay.target,
        quantity=assay.quantity,
        unit=assay.unit,
        unit_column=assay.unit_column,
        relation_column=assay.relation_column,
        name_column=assay.name_column,
        source=assay.source,
        licence=assay.licence,
    )


def _layout(name: str, base: Path) -> Path | str:
    return base / name if name.endswith(".toml") else name


def _known_structures(store: CampaignStore) -> dict[str, str]:
    """Return id to SMILES of everything a results file may name."""
    named = store.db.query(_NAMED)
    compounds = store.db.query(
        "SELECT compound_id AS id, coalesce(nullif(structure, ''), smiles) AS smiles FROM compound"
    )
    proposals = store.load("proposal").rename(columns={"proposal_id": "id"})
    both = pd.concat([named, compounds, proposals[["id", "smiles"]]])
    return dict(zip(both["id"], both["smiles"], strict=True))
