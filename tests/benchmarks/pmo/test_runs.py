import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.pmo.runs import PmoReport, bench_pmo, sum_reports
from molagent.errors import InputError, NotFoundError
from molagent.propose.sampler import GraphGenerator

LIBRARY = (
    "CCO",
    "c1ccccc1O",
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(=O)Nc1ccc(O)cc1",
    "CN1CCC[C@H]1c1cccnc1",
)


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], PmoReport]:
    """Return a task that screens a library of five for 100 calls, and the report of its run."""
    here = tmp_path_factory.mktemp("screen")
    library = here / "library.smi"
    library.write_text("\n".join(LIBRARY) + "\n", encoding="utf-8")
    task = {"out": here, "methods": ["screen"], "oracles": ["qed"], "start": library}
    (report,) = bench_pmo(**task, calls=100)
    return task, report


@pytest.fixture(scope="module")
def short_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PmoReport]:
    """Return one run of 40 calls, and its folder: a policy that learns takes half a minute."""
    folder = tmp_path_factory.mktemp("pmo") / "runs"
    (report,) = bench_pmo(folder, oracles=["isomers_c7h8n2o2"], calls=40)
    return folder, report


@pytest.mark.slow
def test_a_run_keeps_every_call_with_its_source_and_reports_the_area(short_run):
    folder, report = short_run
    rows = pd.read_parquet(folder / "molagent-isomers_c7h8n2o2-40-0.parquet")
    assert list(rows["call"]) == list(range(1, 41))
    assert rows["smiles"].is_unique
    assert set(rows["source"]) <= {"policy", "regrow", "crossover", "mutation"}
    assert report.calls_made == 40
    assert report.top1 == pytest.approx(rows["value"].max())
    assert 0.0 < report.auc_top10 <= report.top10 <= report.top1 <= 1.0
    assert report.weights


def test_a_finished_run_is_read_back_and_not_made_again(screened):
    task, first = screened
    (second,) = bench_pmo(**task, calls=100)
    assert second == first  # the processor time, too


@pytest.mark.slow
def test_two_workers_make_the_same_calls_as_one(tmp_path):
    method = "molagent-no-learning"
    tasks = {"methods": [method], "oracles": ["qed", "isomers_c7h8n2o2"], "calls": 40}
    one = bench_pmo(tmp_path / "one", workers=1, **tasks)
    two = bench_pmo(tmp_path / "two", workers=2, **tasks)
    assert [r.auc_top10 for r in one] == [r.auc_top10 for r in two]
    for name in (f"{method}-qed-40-0", f"{method}-isomers_c7h8n2o2-40-0"):
        left, right = (pd.read_parquet(tmp_path / d / f"{name}.parquet") for d in ("one", "two"))
        pd.testing.assert_frame_equal(left, right)


def test_screening_a_library_stops_when_it_is_used_up(screened):
    _, report = screened
    assert report.calls_made == len(LIBRARY)
    assert report.weights == ""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["molagent-no-ga", "molagent-no-learning"])
def test_an_ablation_leaves_out_what_its_name_says(tmp_path, method):
    bench_pmo(tmp_path / "runs", methods=[method], oracles=["qed"], calls=40)
    rows = pd.read_parquet(tmp_path / "runs" / f"{method}-qed-40-0.parquet")
    bred = rows["source"].isin(["crossover", "mutation"]).any()
    assert bred == (method == "molagent-no-learning")


def test_a_run_from_before_candidates_were_ranked_is_not_passed_off_as_one_of_these(tmp_path):
    figures = dict.fromkeys(("auc_top10", "top1", "top10", "top100", "seconds"), 0.5)
    for method in ("molagent", "molagent-no-prerank"):
        task = {"method": method, "oracle": "qed", "seed": 0, "calls": 40}
        report = {**task, **figures, "calls_made": 40, "weights": GraphGenerator().model.model_hash}
        (tmp_path / f"{method}-qed-40-0.json").write_text(json.dumps(report), encoding="utf-8")
    (read,) = bench_pmo(tmp_path, methods=["molagent-no-prerank"], oracles=["qed"], calls=40)
    assert read.prerank == 1
    with pytest.raises(InputError, match="chose among 1 candidates a call, not 8"):
        bench_pmo(tmp_path, oracles=["qed"], calls=40)


def test_a_baseline_without_a_library_is_refused_before_anything_is_run(tmp_path):
    with pytest.raises(InputError, match="graph_ga draws its first structures"):
        bench_pmo(tmp_path / "runs", methods=["molagent", "graph_ga"], oracles=["qed"])
    assert not (tmp_path / "runs").exists()


def test_an_unknown_method_lists_the_known_ones(tmp_path):
    with pytest.raises(NotFoundError, match="mol_ga"):
        bench_pmo(tmp_path / "runs", methods=["magic"])


def test_the_sum_takes_the_mean_over_seeds_of_each_task():
    def report(oracle: str, seed: int, auc: float) -> PmoReport:
        return PmoReport(
            method="screen",
            oracle=oracle,
            seed=seed,
            calls=100,
            auc_top10=auc,
            top1=1.0,
            top10=1.0,
            top100=1.0,
            calls_made=100,
            seconds=1.0,
        )

    (total,) = sum_reports([report("qed", 0, 0.4), report("qed", 1, 0.6), report("drd2", 0, 0.25)])
    assert total["sum_auc_top10"] == pytest.approx(0.75)
    assert (total["tasks"], total["seeds"]) == (2, [0, 1])


@pytest.mark.slow
def test_a_finished_run_of_other_weights_is_not_passed_off_as_one_of_these(short_run, tmp_path):
    folder, _ = short_run
    shutil.copytree(folder, tmp_path / "runs")
    path = tmp_path / "runs" / "molagent-isomers_c7h8n2o2-40-0.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**report, "weights": "0123456789abcdef"}), encoding="utf-8")
    with pytest.raises(InputError, match="made with weights 0123456789abcdef"):
        bench_pmo(tmp_path / "runs", oracles=["isomers_c7h8n2o2"], calls=40)
