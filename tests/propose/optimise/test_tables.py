import math
from pathlib import Path

import numpy as np
import pytest

from molagent.errors import ConfigError
from molagent.propose.optimise.tables import parse_objective, read_objective
from molagent.records import Judgement, PredictionFrame, Verdict

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"

FILE = """
[optimise]
mode = "pareto"
nan_policy = "worst"

[[objective]]
name = "drug-likeness"
property = "qed"
direction = "maximise"
low = 0.2
high = 0.9

[[objective]]
name = "size"
property = "molecular_weight"
direction = "range"
low = 300
high = 450
weight = 2.0

[[objective]]
name = "like gefitinib"
similar_to = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
fingerprint = "bits"

[[objective]]
name = "quinazoline"
smarts = "c1ccc2ncncc2c1"

[[objective]]
name = "characters"
function = "counting.py:characters"
direction = "minimise"
low = 20
high = 60
timeout_s = 60.0
unit = "characters"

[[objective]]
name = "potency"
predictor = "egfr_pki"
direction = "maximise"
low = 6
high = 9

[[objective]]
name = "clean"
filter = "alerts"
"""


class Model:
    endpoint = "egfr_pki"

    @property
    def card(self):
        return {"unit": "pKi"}

    def predict(self, smiles_list):
        count = len(smiles_list)
        mean = np.full(count, 7.5)
        return PredictionFrame(
            endpoint="egfr_pki", mean=mean, std=mean, in_domain=mean > 0, model_hash="ab"
        )

    def sample(self, smiles_list, draws, seed):
        raise NotImplementedError


class Judge:
    name = "alerts"

    def judge(self, smiles_list):
        return [Judgement(filter="alerts", verdict=Verdict.PASS, reason="") for _ in smiles_list]


def table(**changes):
    row = {"name": "a", "property": "qed", "direction": "maximise", "low": 0.0, "high": 1.0}
    return {"objective": [{key: v for key, v in {**row, **changes}.items() if v is not None}]}


def test_every_kind_of_component_is_read_from_a_file(tmp_path):
    (tmp_path / "objective.toml").write_text(FILE, encoding="utf-8")
    (tmp_path / "counting.py").write_text(
        "def characters(smiles_list):\n    return [len(s) for s in smiles_list]\n", "utf-8"
    )
    with read_objective(
        tmp_path / "objective.toml",
        predictors={"egfr_pki": Model()},
        filters={"alerts": Judge()},
    ) as objective:
        scores = objective([ASPIRIN, GEFITINIB])
    assert (objective.mode, objective.nan_policy) == ("pareto", "worst")
    raw = {name: values.tolist() for name, values in scores.raw.items()}
    assert raw["characters"] == [len(ASPIRIN), len(GEFITINIB)]
    assert raw["like gefitinib"][1] == 1.0
    assert raw["quinazoline"] == [0.0, 1.0]
    assert raw["potency"] == [7.5, 7.5]
    assert raw["clean"] == [1.0, 1.0]
    units = {component.name: component.unit for component in objective.components}
    assert units["characters"] == "characters"
    assert units["potency"] == "pKi"
    assert [component.weight for component in objective.components][1] == 2.0
    assert [component.isolated for component in objective.components].count(True) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            table(property="magic"),
            r"\[\[objective\]\] 1: a: no property named 'magic'; known: .*qed",
        ),
        (table(property=None, predictor="jak1"), "no predictor named 'jak1'; known: egfr_pki"),
        (table(property=None, smarts="C(("), r"'C\(\(' is not a SMARTS pattern"),
        (table(property=None, similar_to="C(("), r"'C\(\(' is not a SMILES string"),
        (table(property=None, function="dock.py:run"), "there is no such file"),
        (table(property=None), "exactly one of property, predictor"),
        (table(smarts="C"), "exactly one of property, predictor"),
        (table(direction=None), "give direction, low and high"),
        (table(direction="up"), "direction: Input should be 'maximise', 'minimise' or 'range'"),
        (table(low=2.0), "a: low 2 is not below high 1"),
        (table(high=math.inf), "is not below high inf"),
        (table(weight=0), "weight: Input should be greater than 0"),
        (table(timeout_s=-1), "timeout_s: Input should be greater than 0"),
        (table(colour="red"), "colour: Extra inputs are not permitted"),
        ({"objective": []}, r"there is no \[\[objective\]\]"),
        ({"objective": {"name": "a"}}, r"there is no \[\[objective\]\]"),
        ({"objectives": []}, "there is no table 'objectives'"),
        ({**table(), "optimise": {"mode": "sum"}}, "mode: Input should be 'weighted' or 'pareto'"),
    ],
)
def test_a_wrong_table_is_named_with_its_remedy(data, words):
    with pytest.raises(ConfigError, match=words) as caught:
        parse_objective(data, place="o.toml", predictors={"egfr_pki": Model()})
    assert str(caught.value).startswith("o.toml")


def test_two_components_of_one_name_are_refused():
    twice = {"objective": table()["objective"] * 2}
    with pytest.raises(ConfigError, match="two components are named 'a'"):
        parse_objective(twice, place="o.toml")


@pytest.mark.parametrize("text", [None, b"not = = toml", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_a_config_error(tmp_path, text):
    path = tmp_path / "objective.toml"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(ConfigError, match=r"objective\.toml: the objective cannot be read"):
        read_objective(path)


def test_the_example_file_can_be_read():
    examples = Path(__file__).parents[3] / "examples"
    models = {"jak1_pki": Model(), "jak1_over_jak2": Model()}
    objective = read_objective(examples / "objective_pareto.toml", predictors=models)
    assert [component.name for component in objective.components] == [
        "JAK1 potency",
        "JAK2 selectivity",
        "easy to make",
    ]
    assert objective.mode == "pareto"
