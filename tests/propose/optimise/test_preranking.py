from collections.abc import Sequence

import numpy as np
import pytest
from rdkit import Chem

from molagent.learn.surrogate import CountSurrogate
from molagent.propose.optimise.agent import AgentSettings
from molagent.propose.optimise.buffer import Buffer, Scored
from molagent.propose.optimise.optimiser import Optimiser
from molagent.propose.optimise.preranking import Preranking
from molagent.propose.optimise.scores import ScoreBatch
from molagent.propose.optimise.settings import OptimiserSettings
from molagent.propose.weights import LoadedPolicy, load_policy

AGENT = AgentSettings(batch=8, updates=1, bfloat16=False)
# Twenty-four alcohols that were scored, worth more the longer they are.
SCORED = ["C" * n + "O" for n in range(1, 25)]
AMINES = ["C" * n + "N" for n in range(1, 41)]


def carbons(smiles: str) -> int:
    return sum(atom.GetAtomicNum() == 6 for atom in Chem.MolFromSmiles(smiles).GetAtoms())


class Lengths:
    """A surrogate of a test: expects more of longer chains and is equally sure of all."""

    def __init__(self, *, sign: float = 1.0) -> None:
        self.sign = sign
        self.told: dict[str, float] = {}

    def fit(self, smiles_list: Sequence[str], values: np.ndarray) -> None:
        self.told = dict(zip(smiles_list, values.tolist(), strict=True))

    def predict(self, smiles_list: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        mean = np.array([self.sign * carbons(smiles) for smiles in smiles_list])
        return mean, np.full(len(smiles_list), 0.1)


class Amines:
    """A proposer of a test: the amines in order, as many as are asked for."""

    def propose(self, _buffer, count: int, _rng, *, times=1, choose=None) -> dict[str, str]:
        made = AMINES[: count * times]
        return dict.fromkeys(made if choose is None else choose(made, count), "mutation")


def settings(**changes: object) -> OptimiserSettings:
    base = {"calls": 80, "seed": 1, "proposals": 4, "max_heavy_atoms": 20, "agent": AGENT}
    return OptimiserSettings(**{**base, **changes})


def scored(smiles_list: Sequence[str], *, step: int = 0, totals=None) -> list[Scored]:
    totals = [carbons(s) / 40 for s in smiles_list] if totals is None else totals
    return [
        Scored(call, step, smiles, total, total, "mutation")
        for call, (smiles, total) in enumerate(zip(smiles_list, totals, strict=True), start=1)
    ]


def chosen(ranking: Preranking, buffer: Buffer | None = None, seed: int = 0) -> list[str]:
    buffer = Buffer(scored(SCORED)) if buffer is None else buffer
    return list(ranking.propose(Amines(), buffer, 4, np.random.default_rng(seed)))


def test_of_eight_times_as_many_those_are_scored_of_which_most_is_expected():
    ranking = Preranking(Lengths(), settings(unranked=0.0))
    assert chosen(ranking) == AMINES[31:27:-1]


def test_a_tenth_of_the_places_is_left_to_chance():
    ranking = Preranking(Lengths(), settings())
    steps = [chosen(ranking, seed=seed) for seed in range(100)]
    by_chance = sum(smiles not in AMINES[28:32] for step in steps for smiles in step)
    assert 20 < by_chance < 65  # of 400, less those that chance gave to one of the best four
    assert all(len(set(step)) == 4 for step in steps)


def test_with_too_few_answers_or_equal_ones_nothing_is_ranked():
    ranking = Preranking(Lengths(), settings())
    assert chosen(ranking, Buffer(scored(SCORED[:19]))) == AMINES[:4]
    assert chosen(ranking, Buffer(scored(SCORED, totals=[0.0] * 24))) == AMINES[:4]
    assert ranking.surrogate.told == {}


def test_while_the_order_comes_out_wrong_no_more_candidates_are_made_than_needed():
    ranking = Preranking(Lengths(sign=-1.0), settings(unranked=0.0))
    first = chosen(ranking)
    assert first == AMINES[:4]  # the shortest ones, of 32
    ranking.compare(scored(first, step=1))
    assert list(ranking.correlations) == [-1.0]
    assert not ranking.trusted
    # Four amines again, because no more were made; they are still compared.
    assert chosen(ranking) == AMINES[:4]
    ranking.surrogate.sign = 1.0
    for _ in range(4):
        ranking.compare(scored(chosen(ranking), step=2))
    assert ranking.trusted
    assert chosen(ranking) == AMINES[31:27:-1]


def test_totals_that_are_all_equal_are_no_order_and_unknown_ones_are_not_compared():
    ranking = Preranking(Lengths(), settings(unranked=0.0))
    step = chosen(ranking)
    ranking.compare(scored(step, totals=[0.0] * 4))
    assert list(ranking.correlations) == [0.0]
    ranking.compare(scored(step, totals=[0.1, np.nan, np.nan, 0.2]))
    assert len(ranking.correlations) == 1


def test_an_unknown_total_is_never_learned_from():
    surrogate = Lengths()
    totals = [np.nan if n % 6 == 0 else n / 40 for n in range(1, 25)]
    chosen(Preranking(surrogate, settings()), Buffer(scored(SCORED, totals=totals)))
    assert len(surrogate.told) == 20
    assert all(np.isfinite(total) for total in surrogate.told.values())


def test_a_discounted_structure_is_learned_from_with_its_total():
    surrogate = Lengths()
    rows = [Scored(n, 0, s, n / 40, 0.0, "policy", 0.0) for n, s in enumerate(SCORED, start=1)]
    chosen(Preranking(surrogate, settings()), Buffer(rows))
    assert surrogate.told["CCCCO"] == pytest.approx(4 / 40)


def test_where_totals_are_relative_to_the_run_those_of_now_are_learned():
    surrogate = Lengths()
    ranking = Preranking(
        surrogate,
        settings(),
        revalue=lambda found: np.array([np.nan if s == "CO" else carbons(s) / 80 for s in found]),
    )
    chosen(ranking)
    assert surrogate.told["CCCCO"] == pytest.approx(4 / 80)
    assert surrogate.told["CO"] == pytest.approx(1 / 40)


def test_what_the_filter_fails_or_cannot_judge_leaves_its_place_to_another():
    asked: list[str] = []

    def gate(found: Sequence[str]) -> np.ndarray:
        """Fails chains of more than 30 carbons and does not know those of 29."""
        asked.extend(found)
        return np.array(
            [0.0 if carbons(s) > 30 else np.nan if carbons(s) == 29 else 1.0 for s in found]
        )

    ranking = Preranking(Lengths(), settings(unranked=0.0), gate=gate)
    assert [carbons(s) for s in chosen(ranking)] == [30, 28, 27, 26]
    assert len(asked) == 7  # and not all 32


def test_where_nothing_passes_the_filter_the_run_goes_on_as_without_it():
    ranking = Preranking(Lengths(), settings(), gate=lambda found: np.zeros(len(found)))
    assert chosen(ranking) == AMINES[:4]


def test_a_class_that_is_full_comes_last():
    class Long:
        """A diversity memory of a test: long chains are not rewarded any more."""

        def exhausted(self, smiles: str) -> bool:
            return carbons(smiles) > 10

    ranking = Preranking(Lengths(), settings(unranked=0.0), memory=Long())
    assert [carbons(s) for s in chosen(ranking)] == [10, 9, 8, 7]


def test_of_many_answers_the_best_and_some_of_the_others_are_learned_from(monkeypatch):
    monkeypatch.setattr("molagent.propose.optimise.preranking.BEST_ROWS", 20)
    monkeypatch.setattr("molagent.propose.optimise.preranking.OTHER_ROWS", 2)
    surrogate = Lengths()
    chosen(Preranking(surrogate, settings()))
    assert set(SCORED[4:]) < set(surrogate.told)
    assert len(surrogate.told) == 22


@pytest.fixture
def model(tiny_model) -> LoadedPolicy:
    return load_policy(tiny_model)


def nitrogen(smiles_list: Sequence[str]) -> ScoreBatch:
    def share(smiles: str) -> float:
        atoms = Chem.MolFromSmiles(smiles).GetAtoms()
        return sum(a.GetAtomicNum() == 7 for a in atoms) / len(atoms)

    return ScoreBatch(total=np.array([share(s) for s in smiles_list]))


def run_of(model: LoadedPolicy, **changes: object) -> Optimiser:
    wanted = settings(**{"proposals": 12, "prerank": 4, **changes})
    return Optimiser(nitrogen, model, wanted, surrogate=CountSurrogate())


def test_a_ranked_run_killed_after_any_step_ends_as_the_uninterrupted_one(model, tmp_path):
    whole = run_of(model)
    whole.run()
    assert len(whole.preranking.correlations) == 4
    for steps in (2, 3, 5):
        path = tmp_path / f"{steps}.checkpoint"
        first = run_of(model)
        for _ in range(steps):
            first.step()
        first.save(path)
        second = run_of(model)
        second.run(checkpoint=path)
        assert second.buffer.rows == whole.buffer.rows
        assert second.preranking.correlations == whole.preranking.correlations


def test_ranked_runs_find_better_structures_than_unranked_ones(model):
    def best(seed: int, prerank: int) -> float:
        run = run_of(model, seed=seed, prerank=prerank, calls=120)
        run.run()
        return run.top_mean()

    gains = [best(seed, 8) - best(seed, 1) for seed in (1, 2, 3)]
    assert np.mean(gains) > 0.0


def test_a_run_without_a_surrogate_or_with_one_candidate_a_place_is_the_same(model):
    plain = Optimiser(nitrogen, model, settings(proposals=12))
    single = run_of(model, prerank=1)
    assert plain.identity == single.identity
    assert "prerank" not in plain.identity["settings"]
    for run in (plain, single):
        run.run()
    assert plain.buffer.rows == single.buffer.rows
