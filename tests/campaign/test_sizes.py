"""The largest proposal follows what was made."""

import pandas as pd

from molagent.campaign.sizes import size_limit
from molagent.config import GenerateConfig

INDOLE = "c1ccc2[nH]ccc2c1"


def of(*smiles, **generate):
    return size_limit(GenerateConfig(**generate), pd.DataFrame({"smiles": list(smiles)}))


def test_fragments_may_grow_by_a_substituent():
    assert of(*[INDOLE] * 20).atoms == 13
    assert of(*[INDOLE] * 20).why == (
        "follows the series: 95 % of 20 potent compounds have at most 9"
    )


def test_one_outlier_does_not_set_the_limit():
    assert of(*[INDOLE] * 30, "C" * 50).atoms == 13


def test_peptides_reach_what_generators_can_build_and_no_more():
    limit = of(*["C" * 58] * 10)
    assert limit.atoms == 60
    assert limit.why.endswith("generators build no larger")


def test_a_number_in_the_campaign_file_stands():
    assert of(INDOLE, max_heavy_atoms=30).atoms == 30


def test_without_potent_compounds_the_usual_size_is_taken():
    assert of().atoms == 36
