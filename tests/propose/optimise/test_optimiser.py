import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem

from molagent.errors import InputError, ModelError, StructureError
from molagent.propose.optimise.agent import AgentSettings
from molagent.propose.optimise.optimiser import Optimiser
from molagent.propose.optimise.scores import ScoreBatch
from molagent.propose.optimise.settings import OptimiserSettings, StopReason
from molagent.propose.weights import LoadedPolicy, load_policy

START = ("CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Nc1nnc(s1)S(N)(=O)=O", "O=P1(N(CCCl)CCCl)NCCCO1")
AGENT = AgentSettings(batch=8, updates=1, bfloat16=False)


class NitrogenShare:
    """Share of nitrogen among heavy atoms: rises step by step, so that a run can be followed."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, smiles_list: Sequence[str]) -> ScoreBatch:
        self.asked += smiles_list
        return ScoreBatch(total=np.array([self.value(s) for s in smiles_list]))

    @staticmethod
    def value(smiles: str) -> float:
        atoms = Chem.MolFromSmiles(smiles).GetAtoms()
        return sum(a.GetAtomicNum() == 7 for a in atoms) / len(atoms)


@pytest.fixture
def model(tiny_model) -> LoadedPolicy:
    return load_policy(tiny_model)


def settings(**changes: object) -> OptimiserSettings:
    base = {"calls": 60, "seed": 1, "proposals": 12, "max_heavy_atoms": 20, "agent": AGENT}
    return OptimiserSettings(**{**base, **changes})


def test_no_structure_is_scored_twice_and_the_budget_is_kept(model):
    scorer = NitrogenShare()
    outcome = Optimiser(scorer, model, settings(), start=START).run()
    assert outcome.stop_reason is StopReason.CALLS_SPENT
    assert len(scorer.asked) == len(set(scorer.asked)) == outcome.calls == 60
    assert scorer.asked == [Chem.MolToSmiles(Chem.MolFromSmiles(s)) for s in scorer.asked]


def test_a_run_finds_better_structures_than_it_started_with(model):
    run = Optimiser(NitrogenShare(), model, settings(calls=200), start=START)
    run.run()
    started = max(NitrogenShare.value(s) for s in START)
    assert run.buffer.best(1)[0].total > started
    assert run.top_mean() > 0.3


def test_same_seed_same_calls_other_seed_other_calls(model):
    def calls(seed: int) -> list[str]:
        run = Optimiser(NitrogenShare(), model, settings(seed=seed), start=START)
        run.run()
        return [row.smiles for row in run.buffer.rows]

    assert calls(1) == calls(1)
    assert calls(1) != calls(2)


def test_a_run_killed_after_any_step_ends_as_the_uninterrupted_one(model, tmp_path):
    whole = Optimiser(NitrogenShare(), model, settings(), start=START)
    whole.run()
    tensors = whole.agent.to_tensors()
    for steps in (1, 2, 4):
        path = tmp_path / f"{steps}.checkpoint"
        first = Optimiser(NitrogenShare(), model, settings(), start=START)
        for _ in range(steps):
            first.step()
        first.save(path)
        second = Optimiser(NitrogenShare(), model, settings(), start=START)
        second.run(checkpoint=path)
        assert second.buffer.rows == whole.buffer.rows
        resumed = second.agent.to_tensors()
        assert all(np.array_equal(v.numpy(), resumed[k].numpy()) for k, v in tensors.items())


def test_a_run_goes_on_in_the_numbers_that_it_began_with(model, tmp_path, monkeypatch):
    path = tmp_path / "run.checkpoint"
    by_machine = settings(agent=replace(AGENT, bfloat16=None))
    monkeypatch.setattr("molagent.propose.optimise.agent.prefers_bfloat16", lambda: True)
    begun = Optimiser(NitrogenShare(), model, by_machine, start=START)
    begun.save(path)
    # On another machine float32 is the faster one.
    monkeypatch.setattr("molagent.propose.optimise.agent.prefers_bfloat16", lambda: False)
    other = Optimiser(NitrogenShare(), model, by_machine, start=START)
    assert not other.agent.bfloat16
    other.resume(path)
    assert other.agent.bfloat16


def test_a_checkpoint_of_other_settings_is_refused_by_name(model, tmp_path):
    path = tmp_path / "run.checkpoint"
    run = Optimiser(NitrogenShare(), model, settings(), start=START)
    run.step()
    run.save(path)
    other = Optimiser(NitrogenShare(), model, settings(seed=9), start=START)
    with pytest.raises(ModelError, match="run with other settings"):
        other.resume(path)


def test_a_truncated_checkpoint_says_so(model, tmp_path):
    path = tmp_path / "run.checkpoint"
    run = Optimiser(NitrogenShare(), model, settings(), start=START)
    run.save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError, match="cannot be read") as error:
        run.resume(path)
    assert str(path) in str(error.value)


def test_more_calls_can_be_added_to_a_finished_run(model, tmp_path):
    path = tmp_path / "run.checkpoint"
    Optimiser(NitrogenShare(), model, settings(calls=24), start=START).run(checkpoint=path)
    longer = Optimiser(NitrogenShare(), model, settings(calls=40), start=START)
    assert longer.run(checkpoint=path).calls == 40


def test_unknown_scores_are_kept_apart_and_end_the_run_by_name(model):
    def unknown(smiles_list: Sequence[str]) -> ScoreBatch:
        return ScoreBatch(total=np.full(len(smiles_list), np.nan))

    run = Optimiser(unknown, model, settings(give_up_after=20), start=START)
    assert run.run().stop_reason is StopReason.ALL_UNKNOWN
    assert run.buffer.best(5) == []


def test_zero_everywhere_ends_the_run_by_name(model):
    def zero(smiles_list: Sequence[str]) -> ScoreBatch:
        return ScoreBatch(total=np.zeros(len(smiles_list)))

    run = Optimiser(zero, model, settings(give_up_after=20), start=START)
    assert run.run().stop_reason is StopReason.NO_SIGNAL


def test_an_exhausted_space_ends_the_run_by_name(model):
    tiny = settings(calls=10_000, max_heavy_atoms=1, operators=("policy",), barren_steps=3)
    run = Optimiser(NitrogenShare(), model, tiny)
    outcome = run.run()
    assert outcome.stop_reason is StopReason.EXHAUSTED
    assert 0 < outcome.calls < 30


def test_every_call_is_recorded_with_its_source_before_anything_is_learned(model):
    seen: list[tuple[str, str]] = []
    run = Optimiser(
        NitrogenShare(),
        model,
        settings(),
        start=START,
        record=lambda rows, _: seen.extend((r.smiles, r.source) for r in rows),
    )
    run.run()
    assert [s for s, _ in seen] == [row.smiles for row in run.buffer.rows]
    assert {source for _, source in seen[:3]} == {"start"}
    assert {source for _, source in seen} >= {"policy", "crossover", "mutation"}


def test_an_objective_that_raises_leaves_the_checkpoint_of_the_step_before(model, tmp_path):
    path = tmp_path / "run.checkpoint"
    good = NitrogenShare()

    def breaks(smiles_list: Sequence[str]) -> ScoreBatch:
        if len(good.asked) >= 24:
            raise RuntimeError("licence server is gone")
        return good(smiles_list)

    with pytest.raises(RuntimeError, match="licence server"):
        Optimiser(breaks, model, settings(), start=START).run(checkpoint=path)
    resumed = Optimiser(NitrogenShare(), model, settings(), start=START)
    resumed.run(checkpoint=path)
    whole = Optimiser(NitrogenShare(), model, settings(), start=START)
    whole.run()
    assert resumed.buffer.rows == whole.buffer.rows


def test_totals_of_the_wrong_shape_are_refused(model):
    run = Optimiser(lambda _: ScoreBatch(total=np.zeros(1)), model, settings(), start=START)
    with pytest.raises(InputError, match="one total a structure"):
        run.step()


@pytest.mark.parametrize(
    ("changes", "start", "error", "words"),
    [
        ({}, ("C1CC",), StructureError, "C1CC"),
        ({"operators": ("magic",)}, (), InputError, "magic"),
        ({"calls": 0}, (), InputError, "calls 0"),
        ({"corpus": 7}, (), InputError, "number 7"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_scored(model, changes, start, error, words):
    with pytest.raises(error, match=words):
        Optimiser(NitrogenShare(), model, settings(**changes), start=start)


def test_a_crowded_class_is_neither_bred_from_nor_replayed(model):
    class OnlyOnce:
        """A diversity memory of a test: from the third structure on, nothing is worth more."""

        def __init__(self) -> None:
            self.count = 0

        def discount(self, smiles_list, _totals):
            self.count += len(smiles_list)
            return np.zeros(len(smiles_list)) if self.count > 3 else np.ones(len(smiles_list))

        def exhausted(self, _smiles):
            return False

        def to_state(self):
            return {"count": self.count}

        def load_state(self, state):
            self.count = state["count"]

    run = Optimiser(NitrogenShare(), model, settings(), start=START, memory=OnlyOnce())
    run.run()
    assert [row.call for row in run.buffer.best(3)] == [2, 3, 1]
    state = json.loads(json.dumps(run.memory.to_state()))
    assert state == {"count": 60}


def test_what_a_structure_is_worth_may_change_as_the_run_goes_on(model):
    """As a Pareto rank does: here the first structures fall to nothing once others are known."""
    late: set[str] = set()

    def revalue(smiles_list: Sequence[str]) -> np.ndarray:
        return np.array([1.0 if s in late else 0.0 for s in smiles_list])

    def record(rows, _scores):
        if rows[0].call > 3:
            late.update(row.smiles for row in rows)

    run = Optimiser(NitrogenShare(), model, settings(), start=START, revalue=revalue, record=record)
    run.step()
    assert [row.reward for row in run.buffer.rows] == [0.0] * 3
    run.step()
    assert {row.smiles for row in run.buffer.best(5)} <= late
    assert all(row.total == NitrogenShare.value(row.smiles) for row in run.buffer.rows)


def test_an_infinite_total_is_unknown_and_not_the_best_of_all(model):
    def broken(smiles_list: Sequence[str]) -> ScoreBatch:
        return ScoreBatch(total=np.array([np.inf, -np.inf, 0.4][: len(smiles_list)]))

    run = Optimiser(broken, model, settings(calls=3), start=START)
    run.run()
    assert [row.total for row in run.buffer.best(3)] == [0.4]


def test_a_discounted_find_is_still_a_signal(model):
    class Everything:
        """A diversity memory of a test: whatever is found is worth nothing again."""

        def discount(self, smiles_list, _totals):
            return np.zeros(len(smiles_list))

        def exhausted(self, _smiles):
            return False

        def to_state(self):
            return {}

        def load_state(self, state):
            pass

    run = Optimiser(
        NitrogenShare(), model, settings(give_up_after=20), start=START, memory=Everything()
    )
    assert run.run().stop_reason is StopReason.CALLS_SPENT
