from dataclasses import replace
from pathlib import Path

import pytest
from small import write_small_campaign

from benchmarks.campaign import RunReport, bench_campaign, bench_kills, same_shortlist
from molagent.errors import MolagentError


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RunReport:
    here = tmp_path_factory.mktemp("bench")
    (run,) = bench_campaign(write_small_campaign(here), here / "runs", runs=1)
    return run


@pytest.mark.slow
def test_a_run_is_measured_in_a_process_of_its_own(report: RunReport):
    assert report.seconds > 1
    assert 100 < report.peak_mib < 4096
    assert [rank for rank, *_ in report.shortlist] == [1, 2, 3, 4, 5, 6]


def test_runs_agree_only_if_every_compound_and_worth_is_the_same(tmp_path: Path):
    first = (1, "P1-0007", "CC(=O)Nc1ccc(O)cc1", 0.75)
    second = (2, "P1-0002", "CC(=O)Oc1ccccc1C(=O)O", 0.5)
    run = RunReport(folder=tmp_path, seconds=60.0, peak_mib=900.0, shortlist=(first, second))
    assert same_shortlist([run, replace(run, seconds=70.0)])
    worth = ((1, "P1-0007", "CC(=O)Nc1ccc(O)cc1", 0.75 + 1e-9), second)
    assert not same_shortlist([run, replace(run, shortlist=worth)])
    compound = (first, (2, "P1-0002", "COC(=O)c1ccccc1O", 0.5))
    assert not same_shortlist([run, replace(run, shortlist=compound)])
    assert not same_shortlist([run, replace(run, shortlist=(first,))])


@pytest.mark.slow
def test_a_campaign_killed_in_every_stage_ends_at_the_same_shortlist(
    report: RunReport, tmp_path: Path
):
    config = write_small_campaign(tmp_path)
    kills = bench_kills(config, tmp_path / "kills", report)
    # Stages of a few milliseconds can be over before the signal comes.
    assert {"ingest", "cycle 1: propose", "cycle 1: screen"} <= set(kills.killed_in)
    assert kills.same


def test_a_run_that_fails_is_an_error_and_not_a_figure(tmp_path: Path):
    with pytest.raises(MolagentError, match="no such campaign file"):
        bench_campaign(tmp_path / "none.toml", tmp_path / "runs", runs=1)
