import pandas as pd
import pytest
from rdkit import Chem

from molagent.chem.identity import inchikey
from molagent.errors import NotFoundError, StoreError
from molagent.store.compounds import register_compounds
from molagent.store.identities import (
    fill_identities,
    find_relatives,
    load_compounds,
    register_aliases,
    resolve_names,
)
from tests.store.registry import KEYS, RUXOLITINIB, TOFACITINIB, register_drugs

# The enantiomer of tofacitinib, tofacitinib without its configuration, and a pyridone pair.
ENANTIOMER = "C[C@H]1CCN(C(=O)CC#N)C[C@H]1N(C)c1ncnc2[nH]ccc12"
FLAT = "CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"
HYDROXYPYRIDINE, PYRIDONE = "Oc1ccccn1", "O=c1cccc[nH]1"


@pytest.fixture
def project(db):
    smiles_list = [TOFACITINIB, ENANTIOMER, FLAT, HYDROXYPYRIDINE, PYRIDONE, RUXOLITINIB]
    canonical = [Chem.CanonSmiles(smiles) for smiles in smiles_list]
    keys = [inchikey(smiles) for smiles in canonical]
    # Standard InChI gives both pyridones one key: a registry that tells them apart has its own.
    keys[3] = "AAAAAAAAAAAAAA-UHFFFAOYSA-N"
    frame = pd.DataFrame(
        {
            "smiles": canonical,
            "inchikey": keys,
            "connectivity": [key[:14] for key in keys],
            "scaffold": "",
            "standardizer": "by hand",
        }
    )
    with db.write() as con:
        register_compounds(con, frame)
    return db


def test_stereoisomers_and_tautomers_are_found_as_relatives(project):
    assert fill_identities(project) == 6
    relatives = find_relatives(project, "MA-000001")
    assert relatives["compound_id"].tolist() == ["MA-000002", "MA-000003"]
    assert set(relatives["differs_in"]) == {"stereo"}
    assert relatives["undefined_centres"].tolist() == [0, 2]
    tautomers = find_relatives(project, "MA-000004")
    assert tautomers[["compound_id", "differs_in"]].to_numpy().tolist() == [
        ["MA-000005", "tautomer"]
    ]
    assert find_relatives(project, "MA-000006").empty


def test_only_what_lacks_its_layers_is_computed(project):
    assert (fill_identities(project), fill_identities(project)) == (6, 0)
    row = load_compounds(project).iloc[0]
    assert (row["formula"], row["stereo_centres"], row["undefined_centres"]) == ("C16H20N6O", 2, 0)


def test_without_layers_the_answer_is_not_that_there_is_no_relative(project):
    with pytest.raises(NotFoundError, match="MA-000001"):
        find_relatives(project, "MA-000001")


def test_a_name_may_stand_for_two_structures_and_both_are_told(db):
    register_drugs(db)
    names = pd.DataFrame(
        {
            "system": ["vendor", "vendor", "INN"],
            "alias": ["Z1", "Z1", "tofacitinib"],
            "inchikey": [KEYS[TOFACITINIB], KEYS[RUXOLITINIB], KEYS[TOFACITINIB]],
        }
    )
    with db.write() as con:
        assert register_aliases(con, names) == 3
        assert register_aliases(con, names) == 0
    found = resolve_names(db, ["tofacitinib", "Z1", "nothing", "tofacitinib"])
    assert found["alias"].tolist() == ["tofacitinib", "Z1", "nothing", "tofacitinib"]
    assert found["compound_ids"].tolist() == [
        ("MA-000001",),
        ("MA-000001", "MA-000002"),
        (),
        ("MA-000001",),
    ]
    assert resolve_names(db, ["Z1"], system="INN")["compound_ids"].tolist() == [()]
    assert load_compounds(db)["aliases"].tolist() == [("Z1", "tofacitinib"), ("Z1",), None]


def test_aliases_say_whose_they_are(db):
    with pytest.raises(StoreError, match="aliases lack system"), db.write() as con:
        register_aliases(con, pd.DataFrame({"alias": ["x"], "inchikey": ["y"]}))
