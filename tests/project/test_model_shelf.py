"""Models of a project: a second assay that informs one, and the months ahead that are asked for."""

from pathlib import Path

import pandas as pd
import pytest
from small import JAK, shared_rows

from molagent.errors import InputError, NotFoundError
from molagent.project.assaydata import AssayData


def _smiles(path: Path) -> set[str]:
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return {line.split(",")[0] for line in lines}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> AssayData:
    folder = tmp_path_factory.mktemp("models")
    shared = _smiles(JAK / "jak1_ki.csv") & _smiles(JAK / "jak2_ki.csv")
    found = AssayData.open(folder / "project.duckdb", create=True)
    for name, count in (("jak1", 60), ("jak2", 120)):
        taken = shared_rows(JAK / f"{name}_ki.csv", folder / f"{name}_ki.csv", shared, count)
        rows = pd.read_csv(taken)
        # What is weaker than 10 nM is reported as a limit, as assays do at the end of their range.
        rows["relation"] = (rows["exp_mean [nM]"] > 10.0).map({True: ">", False: "="})
        rows["exp_mean [nM]"] = rows["exp_mean [nM]"].clip(upper=10.0)
        rows.to_csv(taken, index=False)
        found.ingest(
            taken,
            relation_column="relation",
            smiles="smiles", value="exp_mean [nM]", unit="nM", endpoint=f"{name}_pki",
            quantity="Ki", target=name.upper(),
        )  # fmt: skip
    return found


def test_a_second_assay_informs_a_model_and_is_named_on_its_card(data: AssayData):
    (version,) = data.models.train(
        ["jak1_pki"], candidates=("gp", "two-part+second"), second={"jak1_pki": "jak2_pki"}
    )
    assert "jak2_pki" in str(version.card["choice"])
    assert data.models.predict("jak1_pki", ["c1ncc2cc[nH]c2n1"], keep=False)["mean"].notna().all()
    unreadable = data.models.predict("jak1_pki", ["xx"], keep=False).iloc[0]
    assert not unreadable["reliable"]
    assert "not a SMILES" in unreadable["reason"]


def test_a_second_assay_that_is_not_there_is_named(data: AssayData):
    with pytest.raises(NotFoundError, match="jak9_pki"):
        data.models.train(["jak1_pki"], second={"jak1_pki": "jak9_pki"})


def test_a_model_of_undated_values_knows_no_months_ahead(data: AssayData):
    data.models.train(["jak2_pki"], candidates=("gp",))
    with pytest.raises(InputError, match="months"):
        data.models.predict("jak2_pki", ["CCO"], months_ahead=6.0)
