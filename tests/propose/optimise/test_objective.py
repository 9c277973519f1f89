import math
import time
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.chem.properties import PROPERTIES
from molagent.errors import InputError, ModelError, NotFoundError
from molagent.propose.optimise.components import (
    ObjectiveComponent,
    from_filter,
    from_predictor,
)
from molagent.propose.optimise.objective import MultiObjective
from molagent.propose.optimise.properties import (
    property_function,
    similarity_function,
    substructure_function,
)
from molagent.propose.optimise.trials import GIVE_UP_AFTER
from molagent.records import Judgement, PredictionFrame, Verdict

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
IBUPROFEN = "CC(C)Cc1ccc(C(C)C(=O)O)cc1"
PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
DRUGS = [ASPIRIN, GEFITINIB, IBUPROFEN, PARACETAMOL]


def lengths(smiles_list):
    return [float(len(smiles)) for smiles in smiles_list]


def component(evaluate=lengths, name="length", direction="maximise", low=0.0, high=60.0, **more):
    return ObjectiveComponent(
        name=name, evaluate=evaluate, direction=direction, low=low, high=high, **more
    )


class Poisoned:
    """Computes lengths, but raises as soon as a batch holds one of the poisons."""

    def __init__(self, *poisons):
        self.poisons, self.calls = set(poisons), 0

    def __call__(self, smiles_list):
        self.calls += 1
        for smiles in smiles_list:
            if smiles in self.poisons:
                raise ValueError(f"no parameters for {smiles}")
        return lengths(smiles_list)


def test_the_total_is_the_weighted_geometric_mean_of_the_desirabilities():
    objective = MultiObjective(
        [
            component(weight=3.0),
            component(name="halogens", evaluate=lambda s: [x.count("F") for x in s], high=2.0),
        ]
    )
    scores = objective([GEFITINIB])
    first, second = len(GEFITINIB) / 60, 1 / 2
    assert scores.total[0] == pytest.approx((first**3 * second) ** (1 / 4))
    assert scores.raw["length"].tolist() == [len(GEFITINIB)]
    assert scores.desirability["halogens"].tolist() == [0.5]
    assert scores.notes == ("",)


def test_an_empty_batch_is_scored_as_such():
    for mode in ("weighted", "pareto"):
        scores = MultiObjective([component()], mode=mode)([])
        assert scores.total.shape == scores.raw["length"].shape == (0,)
        assert scores.notes == ()


@given(
    bad=st.sets(st.integers(0, 39)),
    count=st.integers(1, 40),
    nan_policy=st.sampled_from(["unknown", "worst"]),
)
def test_only_the_structures_at_fault_lose_their_value_in_a_bounded_number_of_calls(
    bad, count, nan_policy
):
    smiles_list = ["C" * (n + 1) for n in range(count)]
    poisoned = Poisoned(*("C" * (n + 1) for n in bad))
    scores = MultiObjective([component(poisoned)], nan_policy=nan_policy)(smiles_list)
    faulty = np.array([n in bad for n in range(count)])
    assert (np.isnan(scores.raw["length"]) == faulty).all()
    assert scores.raw["length"][~faulty].tolist() == [n + 1 for n in range(count) if n not in bad]
    assert [bool(note) for note in scores.notes] == faulty.tolist()
    assert poisoned.calls <= 2 * count - 1
    if nan_policy == "worst":
        assert (scores.total[faulty] == 0.0).all()
    else:
        assert np.isnan(scores.total[faulty]).all()
    assert not np.isnan(scores.total[~faulty]).any()


def test_a_note_names_component_exception_and_position():
    scores = MultiObjective([component(Poisoned(IBUPROFEN))])(DRUGS)
    assert scores.notes[2] == (
        f"length: ValueError: no parameters for {IBUPROFEN} (position 2, {IBUPROFEN})"
    )


@pytest.mark.parametrize(
    ("value", "note"),
    [
        (math.inf, "length: inf is not a finite number"),
        (-math.inf, "length: -inf is not a finite number"),
        ("8.5", "length: '8.5' is not a number"),
        (None, "length: no value"),
        (math.nan, "length: no value"),
        (3 + 4j, "length: (3+4j) is not a number"),
        ([1.0], "length: '[1.0]' is not a number"),
    ],
)
def test_what_is_not_a_finite_number_is_unknown_with_a_note(value, note):
    scores = MultiObjective([component(lambda _: [1.0, value])])([ASPIRIN, GEFITINIB])
    assert scores.raw["length"][0] == 1.0
    assert math.isnan(scores.raw["length"][1])
    if "(3+4j)" in note or "[1.0]" in note:
        assert "is not a number" in scores.notes[1]
    else:
        assert scores.notes[1] == note


@pytest.mark.parametrize(
    "answer", [7.0, None, "8", {"a": 1}, [], [1.0] * 9, np.ones((4, 2)), iter([1.0] * 9)]
)
def test_an_answer_of_another_shape_gives_no_values(answer):
    scores = MultiObjective([component(lambda _: answer)])(DRUGS)
    assert np.isnan(scores.total).all()
    assert all(note.startswith("length: ") for note in scores.notes)


def test_a_component_that_drops_what_it_cannot_read_keeps_the_order_of_the_others():
    # The list it returns is too short, so which value is whose is asked again in smaller batches.
    scores = MultiObjective([component(lambda s: lengths([x for x in s if x != IBUPROFEN]))])(DRUGS)
    assert scores.raw["length"].tolist()[:2] == [len(ASPIRIN), len(GEFITINIB)]
    assert math.isnan(scores.raw["length"][2])
    assert scores.raw["length"][3] == len(PARACETAMOL)


def test_numpy_integers_and_booleans_are_numbers():
    for answer in (np.arange(4), np.array([True] * 4), np.ones(4, dtype=np.float32)):
        assert not np.isnan(MultiObjective([component(lambda _, a=answer: a)])(DRUGS).total).any()


def test_a_component_cannot_change_the_batch_of_the_next_one():
    def clears(smiles_list):
        values = lengths(smiles_list)
        smiles_list.clear()
        return values

    objective = MultiObjective([component(clears, name="clears"), component()])
    assert not np.isnan(objective(DRUGS).total).any()


def test_a_hanging_component_is_left_behind_and_later_given_up():
    calls = []

    def hangs(smiles_list):
        calls.append(len(smiles_list))
        time.sleep(2.0)
        return lengths(smiles_list)

    objective = MultiObjective([component(hangs, timeout_s=0.02), component(name="other")])
    for _ in range(GIVE_UP_AFTER):
        assert not objective.given_up
        scores = objective(DRUGS)
        assert "TimeoutError: no answer within 0.02 s" in scores.notes[0]
        assert not np.isnan(scores.raw["other"]).any()
    assert objective.given_up == {
        "length": "given up after 3 batches in a row without an answer within 0.02 s"
    }
    scores = objective(DRUGS)
    assert scores.notes[0] == f"length: {objective.given_up['length']}"
    assert len(calls) == GIVE_UP_AFTER


def test_an_answer_in_between_starts_the_count_of_timeouts_again():
    slow = iter([1, 1, 0, 1, 1, 0])

    def at_times(smiles_list):
        time.sleep(0.5 * next(slow))
        return lengths(smiles_list)

    objective = MultiObjective([component(at_times, timeout_s=0.1)])
    for _ in range(6):
        objective(DRUGS)
    assert not objective.given_up


def test_what_a_component_raises_in_its_thread_is_reported_as_without_one():
    scores = MultiObjective([component(Poisoned(ASPIRIN), timeout_s=30.0)])(DRUGS)
    assert "ValueError" in scores.notes[0]
    assert not np.isnan(scores.total[1:]).any()


def test_a_component_that_exits_python_does_not_end_the_run():
    def exits(_):
        raise SystemExit(3)

    assert "SystemExit: 3" in MultiObjective([component(exits)])([ASPIRIN]).notes[0]


def test_an_interrupt_is_not_taken_for_a_failing_component():
    def interrupted(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        MultiObjective([component(interrupted)])([ASPIRIN])


def test_a_resumed_objective_is_told_what_was_computed_before():
    first = MultiObjective([component(), component(name="b", high=100.0)], mode="pareto")
    second = MultiObjective(
        [component(Poisoned(*DRUGS)), component(name="b", high=100.0)], mode="pareto"
    )
    scores = first(DRUGS)
    again = second.recall(DRUGS, scores.raw, scores.notes)
    assert again.total.tolist() == scores.total.tolist()
    assert second.to_state()["scored"] == first.to_state()["scored"]
    with pytest.raises(InputError, match="not 4 values of component 'b'"):
        second.recall(DRUGS, {"length": scores.raw["length"]})


def test_the_state_of_another_objective_is_refused():
    state = MultiObjective([component()]).to_state()
    MultiObjective([component()]).load_state(state)
    for other in (component(high=61.0), component(name="other"), component(weight=2.0)):
        with pytest.raises(ModelError, match="another objective"):
            MultiObjective([other]).load_state(state)
    with pytest.raises(ModelError, match="another objective"):
        MultiObjective([component()], mode="pareto").load_state(state)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"direction": "up"}, NotFoundError, "known: maximise, minimise, range"),
        ({"low": 60.0}, InputError, "low 60 is not below high 60"),
        ({"weight": 0.0}, InputError, "weight 0 is not above 0"),
        ({"timeout_s": 0.0}, InputError, "timeout_s 0 is not a time"),
        ({"name": " "}, InputError, "has no name"),
    ],
)
def test_a_component_that_means_nothing_is_refused(changes, error, words):
    with pytest.raises(error, match=words):
        component(**changes)


def test_an_objective_that_means_nothing_is_refused():
    with pytest.raises(InputError, match="no component"):
        MultiObjective([])
    with pytest.raises(InputError, match="two components are named 'length'"):
        MultiObjective([component(), component()])
    with pytest.raises(NotFoundError, match="known: pareto, weighted"):
        MultiObjective([component()], mode="sum")
    with pytest.raises(NotFoundError, match="known: unknown, worst"):
        MultiObjective([component()], nan_policy="zero")


# -- what a component is made of -------------------------------------------------------------------


class Model:
    endpoint = "jak1_pki"
    card = MappingProxyType({"unit": "pKi"})

    def predict(self, smiles_list):
        count = len(smiles_list)
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=np.full(count, 8.0),
            std=np.full(count, 0.5),
            in_domain=np.array([smiles != ASPIRIN for smiles in smiles_list]),
            model_hash="ab",
        )

    def sample(self, smiles_list, draws, seed):
        raise NotImplementedError


class Judge:
    name = "alerts"

    def judge(self, smiles_list):
        verdicts = {ASPIRIN: Verdict.FAIL, GEFITINIB: Verdict.PASS}
        return [
            Judgement(filter="alerts", verdict=verdicts.get(s, Verdict.UNKNOWN), reason="")
            for s in smiles_list
        ]


def test_an_estimate_outside_the_domain_is_unknown_and_says_so():
    limits = {"direction": "maximise", "low": 6.0, "high": 9.0}
    scores = MultiObjective([from_predictor(Model(), **limits)])([ASPIRIN, GEFITINIB])
    assert np.isnan(scores.total[0])
    assert scores.notes[0] == "jak1_pki: outside the domain of the model of jak1_pki"
    assert scores.total[1] == pytest.approx(2 / 3)
    everywhere = from_predictor(Model(), inside_domain=False, **limits)
    assert not np.isnan(MultiObjective([everywhere])([ASPIRIN]).total).any()


def test_a_filter_is_0_or_1_and_an_unknown_verdict_is_neither():
    scores = MultiObjective([from_filter(Judge())])([ASPIRIN, GEFITINIB, IBUPROFEN])
    assert scores.total.tolist()[:2] == [0.0, 1.0]
    assert np.isnan(scores.total[2])
    assert scores.notes[2] == "alerts: the verdict of alerts is unknown"


def test_properties_of_gefitinib_are_those_of_the_literature():
    def value(name):
        return property_function(name)[0]([GEFITINIB])[0]

    assert value("molecular_weight") == pytest.approx(446.9, abs=0.1)
    assert value("rotatable_bonds") == 8
    assert value("rings") == 4
    assert 60 < value("tpsa") < 75
    assert 3.5 < value("logp") < 5
    assert 0 < value("qed") < 1


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_every_property_is_a_finite_number_of_each_drug_and_has_a_unit(name):
    evaluate, unit = property_function(name)
    assert np.isfinite(evaluate(DRUGS)).all()
    assert unit


def test_an_unknown_property_lists_the_known_ones():
    with pytest.raises(NotFoundError, match=r"no property named 'magic'; known: .*qed.*tpsa"):
        property_function("magic")


@pytest.mark.parametrize("fingerprint", ["counts", "bits"])
def test_similarity_is_1_with_itself_and_takes_the_nearest_reference(fingerprint):
    near = similarity_function([ASPIRIN, GEFITINIB], fingerprint=fingerprint)
    values = near(DRUGS)
    assert values[:2].tolist() == [1.0, 1.0]
    assert ((values[2:] > 0) & (values[2:] < 1)).all()
    with pytest.raises(NotFoundError, match="known: bits, counts"):
        similarity_function(ASPIRIN, fingerprint="maccs")
    with pytest.raises(InputError, match="no reference"):
        similarity_function([])


def test_a_pattern_is_present_or_not():
    assert substructure_function("C(=O)[OH]")(DRUGS) == [1.0, 0.0, 1.0, 0.0]


def test_a_structure_that_cannot_be_read_is_unknown_and_named():
    evaluate, unit = property_function("qed")
    scores = MultiObjective([component(evaluate, name="qed", high=1.0, unit=unit)])(
        [ASPIRIN, "c1ccc", GEFITINIB]
    )
    assert np.isnan(scores.total).tolist() == [False, True, False]
    assert scores.notes[1].startswith("qed: StructureError: 'c1ccc'")
