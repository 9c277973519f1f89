"""What a campaign lets a remote model see: its policy, with every name that stays inside."""

from pathlib import Path
from typing import TYPE_CHECKING

from molagent.config import CampaignConfig
from molagent.patents.disclosures import read_disclosures
from molagent.store.database import Database
from molagent.store.inside_names import load_inside_names, load_target_names

if TYPE_CHECKING:
    from molagent.agents import OutgoingPolicy

__all__ = ["inside_names", "outgoing_policy"]


def outgoing_policy(config: CampaignConfig, base: Path, db: Database) -> "OutgoingPolicy":
    """Return what may leave, as the project stands now: later results bring further names.

    Parameters
    ----------
    base
        Folder that relative paths of the campaign file start from.
    """
    from molagent.agents import OutgoingPolicy

    llm = config.llm
    targets = {assay.target for assay in config.assays if assay.target}
    return OutgoingPolicy(
        structures=llm.structures,
        values=llm.values,
        endpoints=llm.endpoints,
        project_names=inside_names(config, base, db),
        endpoint_names=(
            *(assay.endpoint for assay in config.assays),
            *(each.endpoint for each in config.derived),
        ),
        targets=tuple(sorted(targets | set(load_target_names(db)))),
    )


def inside_names(config: CampaignConfig, base: Path, db: Database) -> tuple[str, ...]:
    """Return every name of the campaign file, of its files, and of the project file."""
    project, screen = config.project, config.screen
    paths = [project.folder, screen.patents, screen.disclosures, *screen.releases]
    names = {project.name, project.goal, screen.client, db.path.parent.name}
    for assay in config.assays:
        paths += [assay.file, assay.layout]
        names |= {assay.source, assay.name_column, assay.smiles_column, assay.value_column}
    for path in filter(None, paths):
        names |= {path, Path(path).name, Path(path).stem}
    if screen.disclosures:
        for each in read_disclosures(base / screen.disclosures):
            names |= {each.name, each.document, each.client, each.note, each.place}
    return tuple(sorted((names | set(load_inside_names(db))) - {""}))
