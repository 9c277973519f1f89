import pytest

from benchmarks.finetuning import bench_finetuning
from molagent.errors import MolagentError
from molagent.propose.layers import PolicySettings
from molagent.propose.sampler import GraphGenerator
from molagent.propose.training.conditioning import measure_conditions
from molagent.propose.training.generator import PolicyTrainingSettings, train_generator
from molagent.protocols import NullProgress

DRUGS = [
    "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(=O)Nc1nnc(s1)S(N)(=O)=O",
    "CN1CCC23c4c5ccc(O)c4OC2C(O)C=CC3C1C5",
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    data = folder / "drugs.smi"
    data.write_text("\n".join(DRUGS) + "\n", encoding="utf-8")
    report = train_generator(
        [data],
        folder / "run",
        NullProgress(),
        steps=2,
        motifs=20,
        network=PolicySettings(width=16, heads=2, layers=1, encoder_layers=1, slot_width=8),
        settings=PolicyTrainingSettings(batch_size=4, seeded_batches=1, empty_batches=1, workers=0),
        packing_workers=1,
    )
    return data, report.folder


def test_what_is_asked_is_compared_with_what_comes_out(files):
    generator = GraphGenerator(files[1], charged=True)
    plain, heavy = measure_conditions(samples=32, asked=({}, {"mw": 400.0}), generator=generator)
    assert plain.error == {}
    assert plain.valid == heavy.valid == 1.0
    # An untrained condition does not steer: asked or not, the difference is the same.
    assert heavy.error["mw"] == pytest.approx(heavy.error_unasked["mw"], rel=0.3)
    assert heavy.error["mw"] >= abs(heavy.mean["mw"] - 400.0) - 0.01


@pytest.mark.slow
def test_memory_of_a_fine_tuning_run_is_watched_in_its_own_process(files, tmp_path):
    data, model = files
    report = bench_finetuning(data, tmp_path, count=4, steps=2, base=str(model))
    assert report.compounds == report.taught == 4
    assert 100 < report.peak_mib < 2_000
    assert report.seconds > 0


@pytest.mark.slow
def test_a_run_that_fails_says_what_it_printed(files, tmp_path):
    with pytest.raises(MolagentError, match="settings cannot be read"):
        bench_finetuning(files[0], tmp_path, count=4, steps=1, base=str(tmp_path / "none"))
