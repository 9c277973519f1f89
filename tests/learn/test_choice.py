from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molagent.chem.likeness import count_features, minmax
from molagent.errors import NotFoundError
from molagent.learn.choice import Material, choose, compare
from molagent.learn.evaluation import HeldOut, fold_splits
from molagent.learn.local import LocalPredictor, fit_local
from molagent.learn.splits import random_folds

DATA = Path(__file__).parents[2] / "data" / "jak"


def frame(rows=120):
    table = pd.read_csv(DATA / "jak1_ki.csv").head(rows)
    return pd.DataFrame(
        {
            "smiles": table["smiles"],
            "p_relation": "=",
            "p_value": 9.0 - np.log10(table["exp_mean [nM]"]),
            "date": np.arange(rows) // 10 + 2010,
            "assay_id": [f"A{n % 2}" for n in range(rows)],
        }
    )


@pytest.fixture(scope="module")
def judged():
    return fit_local(
        "jak1_pki",
        frame(),
        target="JAK1",
        unit="pKi",
        source="ChEMBL",
        seed=0,
        snapshot="ab12",
        candidates=("gp", "boosted", "consensus"),
    )


def test_the_card_says_what_was_compared_on_which_split(judged):
    choice = judged.card["choice"]
    assert choice["split"] == "forward"
    assert set(choice["compared"]) == {"gp", "boosted", "consensus"}
    errors = {name: row["rmse"] for name, row in choice["compared"].items()}
    assert errors[choice["chosen"]] <= min(errors.values()) / 0.99
    assert judged.card["assay_ids"] == ["A0", "A1"]
    assert judged.card["snapshot"] == "ab12"


def test_the_card_has_the_time_split_first_and_its_last_slice(judged):
    assert next(iter(judged.card["splits"])) == "time"
    calibration = judged.card["calibration"]
    assert calibration["n_last_slice"] == 20  # two whole years
    assert 0.0 <= calibration["coverage_last_slice"] <= 1.0


def consensus(seed=0):
    return fit_local(
        "jak1_pki",
        frame(60).drop(columns="date"),
        target="JAK1",
        unit="pKi",
        source="ChEMBL",
        seed=seed,
        candidates=("consensus",),
    )


def test_a_consensus_is_the_mean_of_its_two_opinions_and_survives_a_file(tmp_path):
    predictor = consensus()
    smiles = [*frame().smiles.tail(5), "nonsense"]
    said = predictor.opinions(smiles)
    mean = predictor.predict(smiles).mean
    wanted = (said["gaussian_process"] + said["boosted_trees"]) / 2
    assert np.allclose(mean, wanted, equal_nan=True)
    assert np.isnan(mean[-1])
    draws = predictor.sample(smiles, 400, 1)
    assert np.allclose(draws.mean(axis=0)[:-1], mean[:-1], atol=0.15)
    predictor.save(tmp_path)
    again = LocalPredictor.load(tmp_path)
    assert np.allclose(again.predict(smiles).mean, mean, equal_nan=True)


def rows(error):
    values = np.zeros(len(error))
    return HeldOut(
        observed=values,
        mean=np.asarray(error, dtype=float),
        std=values + 1.0,
        baseline_mean=values,
        baseline_nearest=values,
        similarity=values + 0.9,
        fold=np.zeros(len(error), dtype=np.int64),
        censoring=np.zeros(len(error), dtype=np.int8),
    )


def test_a_hair_better_is_not_better_enough():
    plain, hair, clear = (rows(np.full(50, error)) for error in (1.0, 0.995, 0.9))
    assert choose({"gp": plain, "consensus": hair})[0] == "gp"
    assert choose({"gp": plain, "consensus": clear})[0] == "consensus"


def test_the_test_rows_of_a_fold_do_not_reach_the_model():
    """Change the values of one fold: its own predictions stay as they were."""
    table = frame(60)
    counts, _ = count_features(table["smiles"].tolist())
    values = table["p_value"].to_numpy()
    folds = random_folds(60, n_folds=2)
    changed = np.where(folds == 0, values + 5.0, values)
    said = [
        compare(
            ["consensus"],
            Material(
                kernel=minmax(counts, counts),
                counts=counts,
                embedding=None,
                values=each,
                censoring=np.zeros(60, dtype=np.int8),
                seed=0,
            ),
            list(fold_splits(folds)),
        )["consensus"].mean
        for each in (values, changed)
    ]
    assert np.array_equal(said[0][folds == 0], said[1][folds == 0])
    assert not np.allclose(said[0][folds == 1], said[1][folds == 1])


def test_an_unknown_model_lists_the_known_ones():
    with pytest.raises(NotFoundError, match="gp\\+embedding"):
        compare(["forest"], None, [])


PAIR = ("C[C@H](O)c1ccc(CCCCc2ccncc2)cc1", "C[C@@H](O)c1ccc(CCCCc2ccncc2)cc1")


def enantiomers(pairs=25):
    """Carbinols as pairs, each pair on a scaffold of its own; one hand is a log unit stronger."""
    tails = [f"{'C' * n}c2ccccc2" for n in range(1, pairs + 1)]
    table = [(f"C[C@H](O)c1ccc({tail})cc1", 7.0 + 0.02 * n) for n, tail in enumerate(tails)]
    table += [(f"C[C@@H](O)c1ccc({tail})cc1", 6.0 + 0.02 * n) for n, tail in enumerate(tails)]
    return pd.DataFrame(table, columns=["smiles", "p_value"]).assign(p_relation="=")


def test_a_chiral_model_is_taken_where_it_wins_tells_enantiomers_apart_and_survives_a_file(
    tmp_path,
):
    predictor = fit_local(
        "carbinol_pki",
        enantiomers(),
        target="",
        unit="pKi",
        source="made up",
        seed=0,
        candidates=("gp", "gp-chiral"),
    )
    assert predictor.card["choice"]["chosen"] == "gp-chiral"
    predictor.save(tmp_path)
    for each in (predictor, LocalPredictor.load(tmp_path)):
        strong, weak = each.predict(PAIR).mean
        assert strong - weak > 0.5


def test_a_plain_model_says_the_same_of_enantiomers():
    predictor = fit_local(
        "carbinol_pki", enantiomers(), target="", unit="pKi", source="made up", seed=0
    )
    strong, weak = predictor.predict(PAIR).mean
    assert strong == pytest.approx(weak)
