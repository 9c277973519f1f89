"""What a campaign hands over: the report, the shortlist in three formats, a form for results."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from molagent.config import CampaignConfig
from molagent.errors import StoreError
from molagent.formulas import csv_text
from molagent.project.content import report_content, shortlist_frame
from molagent.protocols import PatentIndex, Progress
from molagent.store.assays import load_assays
from molagent.store.cycles import CampaignStore

__all__ = ["write_deliverables"]


def write_deliverables(
    config: CampaignConfig,
    store: CampaignStore,
    folder: Path,
    patents: PatentIndex | None,
    progress: Progress,
    *,
    news: pd.DataFrame | None = None,
) -> tuple[Path, ...]:
    """Write everything for the newest shortlist, each file whole or not at all.

    Raises
    ------
    StoreError
        If there is no shortlist yet.
    """
    from molagent.report.export import write_csv, write_purchases, write_sdf, write_xlsx
    from molagent.report.files import replace_file
    from molagent.report.summary import write_html

    with store.db.read():
        if store.load("shortlist").empty:
            raise StoreError(
                "there is no shortlist yet", place=str(folder), remedy="use `molagent resume`"
            )
        content = replace(report_content(config, store, patents), news=news)
        form = csv_text(_results_form(config, store))
    progress.start("write", 6)
    paths = []
    for write, name in (
        (write_html, "report.html"),
        (write_sdf, "shortlist.sdf"),
        (write_csv, "shortlist.csv"),
        (write_xlsx, "shortlist.xlsx"),
        (write_purchases, "purchase_list.csv"),
    ):
        paths.append(write(content, folder / name))
        progress.advance(note=name)
    paths.append(replace_file(folder / "results_form.csv", form.encode()))
    progress.finish()
    return tuple(paths)


def _results_form(config: CampaignConfig, store: CampaignStore) -> pd.DataFrame:
    """Return a table for the laboratory to fill in; `tell` reads it back."""
    assays = load_assays(store.db)
    units = dict(zip(assays["endpoint"], assays["unit"], strict=True))
    structures = store.load("proposal").set_index("proposal_id")["smiles"]
    return pd.DataFrame(
        [
            {
                "proposal_id": name,
                "smiles": structures[name],
                "endpoint": assay.endpoint,
                "relation": "=",
                "value": "",
                "unit": assay.unit or units.get(assay.endpoint) or "nM",
            }
            for row in shortlist_frame(config, store).to_dict("records")
            # A mixture that is separated is measured isomer by isomer.
            for name in row["order_ids"]
            for assay in config.assays
        ]
    )
