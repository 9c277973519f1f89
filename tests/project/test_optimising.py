import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from small import write_small_campaign

from molagent.chem.identity import connectivity_block, inchikey
from molagent.errors import ConfigError, InputError, StoreError
from molagent.project.project import Project
from molagent.propose.optimise.diversity import BucketSettings
from molagent.protocols import NullProgress
from molagent.records import Constraints
from molagent.store.optimisation import OptimisationStore
from tests.store.registry import diversity_memory

CALLS = 52
QUICK = {"proposals": 8, "updates": 1}


class InterruptAt(NullProgress):
    """Raises as Ctrl-C would, after some steps were scored and before their checkpoint."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def advance(self, count: int = 1, note: str = "") -> None:  # noqa: ARG002
        if note.startswith("top 10"):
            self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def project(ingested: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("optimise") / "copied"
    return Project.open(shutil.copytree(ingested.folder, folder))


@pytest.fixture(scope="module")
def finished(project: Project):
    return project.optimise(CALLS, run="whole", **QUICK)


def calls_of(project: Project, run: str) -> pd.DataFrame:
    return OptimisationStore(project.db, run).load_calls()


def test_every_call_is_a_row_of_the_project_file(project: Project, finished):
    calls = calls_of(project, "whole")
    assert finished.stop_reason == "calls_spent"
    assert finished.calls == len(calls) == CALLS
    assert calls["call"].tolist() == list(range(1, CALLS + 1))
    assert calls["smiles"].is_unique
    assert set(calls["source"]) > {"start", "mutation"}
    assert all(set(raw) == {"screen", "potency", "selectivity"} for raw in calls["raw"])
    # No value is missing without a reason.
    unexplained = calls["total"].isna() & calls["note"].eq("")
    assert not unexplained.any()
    header = OptimisationStore(project.db, "whole").header()
    assert header["objective"]["components"]["potency"][:3] == ["maximise", 5.0, 9.0]
    assert set(header["objective"]["models"]) >= {"jak1_pki", "jak1_over_jak2"}


@pytest.mark.usefixtures("finished")
def test_a_total_is_what_the_profile_says_of_the_values(project: Project):
    calls = calls_of(project, "whole")
    known = calls[calls["total"].notna() & calls["total"].gt(0)]
    assert len(known) > 10
    for row in known.to_dict("records"):
        potency = np.clip((row["raw"]["potency"] - 5.0) / 4.0, 0, 1)
        selectivity = np.clip((row["raw"]["selectivity"] + 1.0) / 2.5, 0, 1)
        assert row["total"] == pytest.approx(np.sqrt(potency * selectivity))


def test_what_the_filters_fail_is_worth_nothing_and_never_among_the_best(
    project: Project, finished
):
    calls = calls_of(project, "whole")
    failed = calls[[raw["screen"] == 0.0 for raw in calls["raw"]]]
    assert (failed["total"] == 0.0).all()
    assert failed["note"].str.len().gt(0).all()
    assert not set(failed["smiles"]) & set(finished.best["smiles"])


def test_the_best_are_new_and_in_order(project: Project, finished):
    best = finished.best
    assert len(best) > 3
    assert best["total"].is_monotonic_decreasing
    keys = project.db.query("SELECT inchikey FROM compound")["inchikey"]
    known = {connectivity_block(key) for key in keys}
    assert not known & {connectivity_block(inchikey(smiles)) for smiles in best["smiles"]}
    assert "start" not in set(best["source"])
    assert finished.top_mean == pytest.approx(best["total"].head(10).mean())


@pytest.mark.usefixtures("finished")
def test_it_starts_from_the_best_measured_compounds_and_their_cores(project: Project):
    calls = calls_of(project, "whole")
    started = calls[calls["source"] == "start"]
    assert started["call"].tolist() == list(range(1, len(started) + 1))
    assert len(started) > 12
    best = project.db.query(
        "SELECT smiles FROM result_current JOIN compound USING (compound_id) "
        "WHERE endpoint = 'jak1_pki' ORDER BY value DESC LIMIT 40"
    )["smiles"]
    flat = set()
    for smiles in best:
        mol = Chem.MolFromSmiles(smiles)
        Chem.RemoveStereochemistry(mol)
        flat.add(Chem.MolToSmiles(mol))
    assert flat & set(started["smiles"])


def test_page_calls_and_best_structures_are_written(finished):
    names = {path.name: path for path in finished.files}
    assert set(names) == {"optimisation.html", "best.csv", "best.sdf", "calls.csv"}
    page = names["optimisation.html"].read_text(encoding="utf-8")
    assert "mean total of the ten best" in page
    assert "estimates of models, not measurements" in page
    assert page.count("<svg") > len(finished.best.head(24))
    assert "http-equiv" not in page
    assert "<script" not in page
    table = pd.read_csv(names["calls.csv"])
    assert len(table) == CALLS
    assert {"potency", "selectivity"} <= set(table.columns)
    with Chem.SDMolSupplier(str(names["best.sdf"])) as supplier:
        mols = list(supplier)
    assert len(mols) == len(finished.best)
    assert float(mols[0].GetProp("total")) == pytest.approx(finished.best["total"][0])
    assert finished.sentence.startswith(f"{CALLS} structures scored")


def test_an_interrupted_run_ends_as_the_uninterrupted_one_and_goes_on_for_a_larger_budget(
    project: Project, finished
):
    # Before its first checkpoint, and once more after one.
    with pytest.raises(KeyboardInterrupt):
        project.optimise(CALLS, run="broken", progress=InterruptAt(1), **QUICK)
    early = len(calls_of(project, "broken"))
    with pytest.raises(StoreError, match="has an optimisation run 'broken'; go on with it by --re"):
        project.optimise(CALLS, run="broken", **QUICK)
    with pytest.raises(KeyboardInterrupt):
        project.optimise(CALLS, run="broken", resume=True, progress=InterruptAt(2), **QUICK)
    assert 0 < early <= len(calls_of(project, "broken")) < CALLS
    again = project.optimise(CALLS, run="broken", resume=True, **QUICK)
    assert calls_of(project, "broken").equals(calls_of(project, "whole"))
    assert again.best.equals(finished.best)

    longer = project.optimise(CALLS + 8, run="broken", resume=True, **QUICK)
    assert longer.calls == CALLS + 8
    assert calls_of(project, "broken")["smiles"].is_unique
    last = project.optimise(CALLS + 8, run="broken", resume=True, **QUICK)
    assert last.best.equals(longer.best)
    assert OptimisationStore(project.db, "broken").header()["calls"] == CALLS + 8


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 99}, "began with another seed"),
        ({"proposals": 9}, "began with another settings"),
        ({"diversity": BucketSettings()}, "began with another settings"),
        ({"prerank": 4}, "began with another settings"),
        ({"prerank": 0}, "began with another settings"),
    ],
)
def test_a_run_is_not_resumed_under_other_settings(project: Project, changes, words):
    with pytest.raises(StoreError, match=words):
        project.optimise(CALLS, run="whole", resume=True, **{**QUICK, **changes})
    assert len(calls_of(project, "whole")) == CALLS


@pytest.mark.usefixtures("finished")
def test_a_run_that_began_without_ranks_goes_on_without_them(project: Project):
    """As those of earlier versions did, whose settings say nothing of ranks."""
    project.optimise(CALLS - 8, run="earlier", prerank=1, **QUICK)
    store = OptimisationStore(project.db, "earlier")
    assert "prerank" not in store.header()["settings"]
    assert project.optimise(CALLS, run="earlier", resume=True, **QUICK).calls == CALLS
    assert OptimisationStore(project.db, "whole").header()["settings"]["prerank"] == 8
    # Both make the same structures until there is enough to rank by.
    ranked, unranked = (list(calls_of(project, run)["smiles"]) for run in ("whole", "earlier"))
    assert ranked[:20] == unranked[:20]
    assert ranked != unranked


OBJECTIVE = """
[optimise]
mode = "pareto"

[[objective]]
name = "potency"
predictor = "jak1_pki"
direction = "maximise"
low = 5
high = 9

[[objective]]
name = "size"
property = "heavy_atoms"
direction = "minimise"
low = 15
high = 40

[[objective]]
name = "counted"
function = "counting.py:ones"
direction = "maximise"
low = 0
high = 1
"""
COUNTING = """
from pathlib import Path

def ones(smiles_list):
    with Path(__file__).with_suffix(".log").open("a") as log:
        log.writelines(smiles + "\\n" for smiles in smiles_list)
    return [1.0] * len(smiles_list)
"""


@pytest.fixture
def objective(tmp_path: Path) -> Path:
    (tmp_path / "counting.py").write_text(COUNTING, encoding="utf-8")
    path = tmp_path / "objective.toml"
    path.write_text(OBJECTIVE, encoding="utf-8")
    return path


def test_a_file_of_components_steers_instead_and_no_structure_is_asked_for_twice(
    project: Project, objective: Path
):
    options = {
        **QUICK,
        "run": "pareto",
        "objective": objective,
        "diversity": BucketSettings(bucket_size=2, least_total=0.1),
    }
    with pytest.raises(KeyboardInterrupt):
        project.optimise(CALLS, progress=InterruptAt(2), **options)
    result = project.optimise(CALLS, resume=True, **options)
    asked = objective.with_name("counting.log").read_text().split()
    assert len(asked) == len(set(asked))
    calls = calls_of(project, "pareto")
    passed = [raw["screen"] == 1.0 for raw in calls["raw"]]
    assert asked == calls["smiles"][passed].tolist()
    assert (calls["reward"] < calls["total"]).any()
    memory = diversity_memory(project.db, "pareto")
    assert sum(memory["murcko"].values()) == (calls["total"] >= 0.1).sum()
    assert "hypervolume of the front" in result.files[0].read_text(encoding="utf-8")
    # Ranks beside the run's best trade-offs, of which known compounds may be some.
    assert result.best["total"].is_monotonic_decreasing
    assert 0.5 < result.best["total"][0] <= 1.0


def test_a_component_that_cannot_tell_ends_the_run_with_its_reason(
    project: Project, tmp_path: Path
):
    (tmp_path / "broken.py").write_text(
        "def score(smiles_list):\n    raise OSError('no licence')\n"
    )
    path = tmp_path / "o.toml"
    path.write_text(
        '[[objective]]\nname = "dock"\nfunction = "broken.py:score"\ndirection = "minimise"\n'
        "low = -12\nhigh = -5\n"
    )
    result = project.optimise(24, run="broken-dock", objective=path, proposals=8, updates=0)
    assert result.calls == 24
    assert len(result.best) == 0
    assert np.isnan(result.top_mean)
    notes = calls_of(project, "broken-dock")["note"]
    assert notes.str.contains("dock: OSError: no licence").any()
    assert "No new structure has a total above 0" in result.files[0].read_text(encoding="utf-8")


def test_what_cannot_be_asked_is_refused_before_anything_is_written(
    project: Project, tmp_path: Path
):
    with pytest.raises(InputError, match=r"10 calls do not go beyond the \d+ structures"):
        project.optimise(10, run="few", **QUICK)
    with pytest.raises(InputError, match="cannot name a run"):
        project.optimise(CALLS, run="../elsewhere", **QUICK)
    path = tmp_path / "o.toml"
    path.write_text(OBJECTIVE.replace("jak1_pki", "egfr_pki"))
    (tmp_path / "counting.py").write_text(COUNTING)
    with pytest.raises(ConfigError, match=r"no predictor named 'egfr_pki'; known: .*jak1_pki"):
        project.optimise(CALLS, run="unknown", objective=path, **QUICK)
    runs = set(project.db.query("SELECT run_id FROM optimisation_run")["run_id"])
    assert not runs & {"few", "unknown", "../elsewhere"}


def test_forbidden_substructures_of_the_campaign_are_never_rewarded(tmp_path: Path):
    project = Project.create(
        write_small_campaign(tmp_path, seeds="8", max_heavy_atoms='34\nforbid = ["[nH]1cccc1"]')
    )
    # A structure is judged before anything is learnt of it: nothing has to be learnt here.
    project.optimise(30, proposals=8, updates=0)
    calls = calls_of(project, "seed-5")
    query = Chem.MolFromSmarts("[nH]1cccc1")
    bearing = [Chem.MolFromSmiles(s).HasSubstructMatch(query) for s in calls["smiles"]]
    assert any(bearing)
    assert not calls["total"][bearing].gt(0).any()
    assert calls["note"].str.contains("holds [nH]1cccc1 (forbid)", regex=False).any()


@pytest.mark.slow
def test_a_profile_may_ask_for_a_property_of_the_structure(tmp_path: Path):
    path = write_small_campaign(tmp_path, seeds="8", per_cycle="10", oversample="1")
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(
            "[screen]",
            '[[profile]]\nname = "size"\nendpoint = "heavy_atoms"\ndirection = "minimise"\n'
            "low = 20\nhigh = 35\n\n[screen]",
        ),
        encoding="utf-8",
    )
    project = Project.create(path)
    result = project.optimise(30, **QUICK)
    raw = calls_of(project, "seed-5")["raw"]
    sizes = [
        Chem.MolFromSmiles(s).GetNumHeavyAtoms() for s in calls_of(project, "seed-5")["smiles"]
    ]
    scored = [values["screen"] == 1.0 for values in raw]
    assert [v["size"] for v, ok in zip(raw, scored, strict=True) if ok] == [
        float(size) for size, ok in zip(sizes, scored, strict=True) if ok
    ]
    assert "<td>size</td>" in result.files[0].read_text(encoding="utf-8")
    # The campaign itself ranks by it, too.
    project.run()
    assert project.shortlist()["heavy_atoms"].between(5, 35).all()


def test_every_new_structure_keeps_the_core_it_was_told_to_keep(project: Project):
    core = "[*]c1nc2cnc3[nH]ccc3c2n1[*]"
    project.optimise(
        CALLS, run="bound", constraints=Constraints(frozen=core), proposals=16, updates=1
    )
    calls = calls_of(project, "bound")
    query = Chem.MolFromSmarts("c1nc2[cH]nc3[nH][cH][cH]c3c2n1*")
    made = calls[calls["source"] != "start"]["smiles"]
    assert len(made) > 20
    assert all(Chem.MolFromSmiles(smiles).HasSubstructMatch(query) for smiles in made)
    header = OptimisationStore(project.db, "bound").header()
    assert core in str(header)
