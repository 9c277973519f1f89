"""Would a chemist order them? Campaigns on targets of several classes, beside real compounds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.chemistry_figures import ChemistryJudge, ChemistryRow
from benchmarks.chemistry_page import write_page
from benchmarks.rows import read_smiles_file
from molagent.chem.standardize import standardize_smiles
from molagent.config import CampaignConfig, load_config, parse_config
from molagent.errors import InputError
from molagent.project.project import Project
from molagent.protocols import Progress
from molagent.records import FloatArray

__all__ = [
    "TARGETS",
    "bench_chemistry",
    "judge_of_target",
    "judge_structures",
    "read_measured",
    "target_campaign",
]

#: MoleculeACE file -> what it is; JAK1 is the README's campaign.
TARGETS: Final = {
    "CHEMBL4005_Ki": "PI3K alpha, lipid kinase",
    "CHEMBL262_Ki": "GSK3 beta, kinase",
    "CHEMBL4203_Ki": "CLK4, kinase",
    "CHEMBL264_Ki": "histamine H3, aminergic GPCR",
    "CHEMBL214_Ki": "serotonin 5-HT1A, aminergic GPCR",
    "CHEMBL244_Ki": "factor Xa, protease",
    "CHEMBL228_Ki": "serotonin transporter",
    "CHEMBL2034_Ki": "glucocorticoid receptor, nuclear receptor",
    "CHEMBL4792_Ki": "orexin 2, peptide GPCR",
}
_JAK1: Final = "JAK1"
_EXAMPLE: Final = Path("examples/jak1_selective.toml")
_VALUE: Final = "exp_mean [nM]"
_PERCENTILES: Final = (50, 97)


def bench_chemistry(
    folder: Path,
    *,
    out: Path,
    targets: Sequence[str] = (_JAK1, *TARGETS),
    per_cycle: int = 400,
    cycles: int = 2,
    compounds: int = 0,
    progress: Progress,
) -> list[ChemistryRow]:
    """Run campaigns on the training split of targets and hold their choices against real compounds.

    Parameters
    ----------
    folder
        MoleculeACE's benchmark_data.
    out
        Folder for the projects and the page of pictures, ``chemistry.html``.
    targets
        Names of MoleculeACE's files, or JAK1 for the README's campaign.
    per_cycle, cycles
        Size of a campaign.
    compounds
        At most so many training compounds a target; 0 for all.
    """
    rows: list[ChemistryRow] = []
    pages: dict[str, pd.DataFrame] = {}
    for target in targets:
        place = out / target
        place.mkdir(parents=True, exist_ok=True)
        config = target_campaign(
            folder, target, place, compounds, per_cycle=per_cycle, cycles=cycles
        )
        judge = judge_of_target(target, folder, place)
        project = Project.create(config, base=place, policy="fixed", folder=place / "run")
        project.run(progress)
        found = list(_rows(judge, project))
        rows += found
        chosen = project.shortlist()["smiles"].tolist()
        pages[target] = judge.faults(chosen).assign(smiles=chosen)
        write_page(out / "chemistry.html", rows, pages)
    return rows


def judge_structures(
    structures: Path, *, measured: Path, target: str = "", out: Path | None = None
) -> list[ChemistryRow]:
    """Hold structures of a file, or the shortlist of a project's folder, against real compounds.

    Parameters
    ----------
    structures
        A table with a column of SMILES, or a project's folder.
    measured
        A file of MoleculeACE: its training split is what is known, its test split what is real.
    target
        What to call it.
    out
        Where to write a page of pictures.
    """
    table = read_measured(measured)
    judge = _judge_of(target or measured.stem, table)
    if structures.is_dir():
        project = Project.open(structures)
        chosen = project.shortlist()["smiles"].tolist()
        rows = list(_rows(judge, project))
    else:
        chosen = read_smiles_file(structures)
        rows = [judge.row("chosen", chosen), judge.real()]
    if out is not None:
        write_page(out, rows, {judge.target: judge.faults(chosen).assign(smiles=chosen)})
    return rows


def _rows(judge: ChemistryJudge, project: Project) -> Iterator[ChemistryRow]:
    ranked = project.sql(
        "SELECT DISTINCT proposal.smiles AS smiles FROM ranking JOIN proposal USING (campaign_id,"
        " proposal_id) ORDER BY 1"
    )
    short = project.shortlist()
    main = project.config.assays[0].endpoint
    chosen = judge.row("chosen", short["smiles"].tolist(), predicted=float(short[main].mean()))
    over, under = judge.held_up(partial(_told, project, main), len(short))
    yield replace(chosen, model_over=over, judge_under=under)
    yield judge.row("ranked", ranked["smiles"].tolist())
    yield judge.real()


def _told(project: Project, endpoint: str, smiles: Sequence[str]) -> FloatArray:
    table = project.data.models.predict(endpoint, smiles, keep=False).set_index("smiles")
    told: FloatArray = table.loc[list(smiles), "mean"].to_numpy(dtype=float)
    return told


def target_campaign(
    folder: Path, target: str, place: Path, compounds: int, *, per_cycle: int, cycles: int
) -> CampaignConfig:
    """Write the training split of a target and return its campaign.

    Parameters
    ----------
    folder, target, compounds, per_cycle, cycles
        As of :func:`bench_chemistry`.
    place
        Folder for the training split.
    """
    if target == _JAK1:
        example = load_config(_EXAMPLE)
        assays = []
        for assay in example.assays:
            table = read_measured(_EXAMPLE.parent / assay.file)
            _write_known(table, place / Path(assay.file).name, compounds)
            assays.append(assay.model_copy(update={"file": Path(assay.file).name}))
        config = example.model_copy(update={"assays": tuple(assays)})
    else:
        table = read_measured(folder / f"{target}.csv")
        known = _write_known(table, place / f"{target}.csv", compounds)
        config = parse_config(_settings(target, known))
    sized = config.generate.model_copy(update={"per_cycle": per_cycle})
    steer = config.steer.model_copy(update={"cycles": cycles, "policy": "fixed"})
    screen = config.screen.model_copy(update={"patents": "", "outside": ()})
    return config.model_copy(update={"generate": sized, "steer": steer, "screen": screen})


def _settings(target: str, known: pd.DataFrame) -> dict[str, Any]:
    low, high = np.percentile(known["p_value"], _PERCENTILES).round(1)
    return {
        "project": {"name": target.lower(), "goal": TARGETS.get(target, target), "seed": 20},
        "assays": [
            {
                "file": f"{target}.csv", "endpoint": "potency", "target": target,
                "quantity": target.rpartition("_")[2], "smiles_column": "smiles",
                "value_column": _VALUE, "unit": "nM", "source": f"MoleculeACE 3.0.0, {target}",
                "licence": "CC BY-SA 3.0",
            }
        ],
        "profile": [
            {"name": "potency", "endpoint": "potency", "direction": "maximise", "low": low,
             "high": high, "weight": 2.0},
            {"name": "lipophilicity", "endpoint": "logp", "direction": "minimise", "low": 4.0,
             "high": 6.0},
            {"name": "polar surface", "endpoint": "tpsa", "direction": "minimise", "low": 120.0,
             "high": 160.0},
        ],
        "screen": {"admet_panel": False},
    }  # fmt: skip


def _write_known(table: pd.DataFrame, path: Path, compounds: int) -> pd.DataFrame:
    known = table[table["split"] == "train"]
    if compounds:
        known = known.iloc[:: max(1, len(known) // compounds)].iloc[:compounds]
    known.to_csv(path, index=False)
    return known


def judge_of_target(target: str, folder: Path, place: Path) -> ChemistryJudge:
    """Return what judges structures of a target whose training split lies in `place`."""
    name = "jak1_ki.csv" if target == _JAK1 else f"{target}.csv"
    whole = read_measured(
        _EXAMPLE.parent.parent / "data/jak" / name if target == _JAK1 else folder / name
    )
    return _judge_of(
        target, pd.concat([read_measured(place / name), whole[whole["split"] == "test"]])
    )


def _judge_of(target: str, table: pd.DataFrame) -> ChemistryJudge:
    known = table[table["split"] == "train"]
    frame = known[["smiles", "p_value"]].assign(
        compound_id=[f"C{number}" for number in range(len(known))], p_relation="="
    )
    return ChemistryJudge(target, frame, table[table["split"] == "test"])


def read_measured(path: Path) -> pd.DataFrame:
    """Return a file of MoleculeACE with standardised structures and ``p_value``, -log10 of M."""
    if not path.exists():
        raise InputError(
            "there is no such file", place=str(path), remedy="give MoleculeACE's benchmark_data"
        )
    table = pd.read_csv(path)
    smiles = [standardize_smiles(each) for each in table["smiles"]]
    return table.assign(smiles=smiles, p_value=9.0 - np.log10(table[_VALUE].astype(float)))
