from pathlib import Path

import pytest

from benchmarks.constrained import PUBLISHED, TASKS, bench_constrained
from molagent.errors import FileFormatError

TABLE = Path(__file__).parents[2] / "data" / "constrained_tasks" / "fragments.csv"
HEADER = "name,smiles,linker_design,motif_extension,scaffold_decoration,superstructure_generation"
GEFITINIB = (
    "gefitinib,COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1,"
    "[1*]c1ccc(F)c(Cl)c1.[2*]N1CCOCC1,[1*]c1ccc(F)c(Cl)c1,"
    "[1*]c1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1[2*],c1ccc(Nc2ncnc3ccccc23)cc1"
)


def test_every_sample_of_every_task_keeps_its_constraint(tmp_path):
    table = tmp_path / "fragments.csv"
    table.write_text(f"{HEADER}\n{GEFITINIB}\n", encoding="utf-8")
    reports = bench_constrained(table, samples=24, seed=1)
    assert [(r.task, r.drug) for r in reports] == [
        (task, drug) for task in TASKS for drug in ("gefitinib", "mean")
    ]
    for report in reports:
        assert report.valid == report.kept == report.stereo_kept == 1.0
        assert 0.0 < report.diversity < 1.0
        assert 0.0 < report.distance < 1.0
        assert report.quality <= report.unique <= 1.0


@pytest.mark.slow
def test_the_published_drugs_keep_core_and_stereo(tmp_path):
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    chiral = [line for line in lines[1:] if "@" in line.split(",")[2]]
    assert len(chiral) == 5
    table = tmp_path / "fragments.csv"
    table.write_text("\n".join([lines[0], *chiral]), encoding="utf-8")
    reports = bench_constrained(table, samples=16, seed=3)
    assert all(r.valid == r.kept == r.stereo_kept == 1.0 for r in reports)


def test_a_table_without_a_task_is_refused(tmp_path):
    table = tmp_path / "fragments.csv"
    table.write_text("name,smiles\naspirin,CC(=O)Oc1ccccc1C(=O)O\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match="linker_design"):
        bench_constrained(table, samples=10)


def test_published_figures_cover_every_task():
    assert {task for _, task in PUBLISHED} == set(TASKS)
