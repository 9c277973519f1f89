import numpy as np
import pytest

from molagent.errors import InputError
from molagent.propose.optimise.components import ObjectiveComponent
from molagent.propose.optimise.gate import GatedObjective
from molagent.propose.optimise.objective import MultiObjective
from molagent.records import Judgement, Verdict

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
IBUPROFEN = "CC(C)Cc1ccc(C(C)C(=O)O)cc1"
NITROBENZENE = "O=[N+]([O-])c1ccccc1"
CISPLATIN = "N[Pt](N)(Cl)Cl"


class Alerts:
    """Fails nitro groups and cannot tell about platinum."""

    name = "alerts"

    def judge(self, smiles_list):
        return [self._judge(smiles) for smiles in smiles_list]

    def _judge(self, smiles):
        if "boom" in smiles:
            raise RuntimeError("no such table")
        verdict = Verdict.UNKNOWN if "Pt" in smiles else Verdict.PASS
        if "[N+]" in smiles:
            verdict = Verdict.FAIL
        return Judgement(filter="reactive", verdict=verdict, reason="nitro group")


@pytest.fixture
def asked():
    return []


@pytest.fixture
def gated(asked):
    def lengths(smiles_list):
        asked.extend(smiles_list)
        return [float(len(smiles)) for smiles in smiles_list]

    length = ObjectiveComponent(
        name="length", evaluate=lengths, direction="maximise", low=0.0, high=40.0
    )
    return GatedObjective(MultiObjective([length]), Alerts())


SMILES = [NITROBENZENE, ASPIRIN, CISPLATIN, IBUPROFEN]


def test_a_failed_structure_is_worth_0_an_unknown_one_is_unknown_and_neither_is_computed(
    gated, asked
):
    scores = gated(SMILES)
    assert scores.total[0] == 0.0
    assert np.isnan(scores.total[2])
    assert scores.total[[1, 3]].tolist() == [len(ASPIRIN) / 40, len(IBUPROFEN) / 40]
    assert asked == [ASPIRIN, IBUPROFEN]
    assert np.isnan(scores.raw["length"]).tolist() == [True, False, True, False]
    assert scores.raw["alerts"][[0, 1, 3]].tolist() == [0.0, 1.0, 1.0]
    assert scores.notes == (
        "reactive: nitro group",
        "",
        "alerts: the verdict of alerts is unknown",
        "",
    )


def test_what_was_measured_is_scored_again_without_asking(gated, asked):
    scores = gated(SMILES)
    asked.clear()
    again = gated.recall(SMILES, scores.raw, scores.notes)
    assert asked == []
    assert np.array_equal(again.total, scores.total, equal_nan=True)
    assert again.notes == scores.notes


def test_a_filter_that_raises_leaves_that_structure_unknown(gated):
    scores = gated([ASPIRIN, "boom"])
    assert np.isnan(scores.total).tolist() == [False, True]
    assert "RuntimeError: no such table" in scores.notes[1]


def test_nothing_that_passes_and_nothing_at_all(gated):
    assert gated([NITROBENZENE]).total.tolist() == [0.0]
    assert gated([]).total.shape == (0,)


def test_a_component_of_the_filters_name_is_refused():
    component = ObjectiveComponent(
        name="alerts", evaluate=len, direction="maximise", low=0.0, high=1.0
    )
    with pytest.raises(InputError, match="has the filter's name 'alerts'"):
        GatedObjective(MultiObjective([component]), Alerts())


def test_a_candidate_is_judged_once_before_it_is_scored_and_keeps_the_reason(monkeypatch, gated):
    judged: list[str] = []
    judge = Alerts.judge
    monkeypatch.setattr(
        Alerts, "judge", lambda self, found: (judged.extend(found), judge(self, found))[1]
    )
    verdicts = gated.verdicts([*SMILES, ASPIRIN])
    assert verdicts[[0, 1, 3, 4]].tolist() == [0.0, 1.0, 1.0, 1.0]
    assert np.isnan(verdicts[2])
    scores = gated(SMILES)
    assert judged == SMILES
    assert scores.notes[0] == "reactive: nitro group"
    assert scores.notes[1] == ""
