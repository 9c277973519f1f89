"""Families, assignees and years around a series, with what is not known kept as such."""

from datetime import date

import numpy as np
import pytest

from molagent.errors import InputError
from molagent.patents.ladder import PatentLadder
from molagent.patents.landscape import COMPOUND_COLUMNS, principal_coordinates, survey
from molagent.patents.landscape_counts import party
from tests.patents.conftest import BARICITINIB, RUXOLITINIB, TOFACITINIB, UPADACITINIB
from tests.patents.test_climbing import source

DAY, LATER = date(2010, 5, 6), date(2012, 7, 8)
CYCLOHEXYL = "N#CCC(C1CCCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"


@pytest.fixture(scope="module")
def around():
    return source(
        [
            (RUXOLITINIB, "US-1001-B2", "claims", DAY),
            (RUXOLITINIB, "US-1001-A1", "description", LATER),
            (CYCLOHEXYL, "US-2002-A1", "description", LATER),
            (BARICITINIB, "WO-3003-A1", "claims", None),
            (UPADACITINIB, "WO-4004-A1", "claims", DAY),
        ]
    )


def test_one_family_of_two_publications_is_counted_once(around):
    found = survey(PatentLadder(sources=[around]), [RUXOLITINIB], at_least=0.6)
    assert list(found.compounds.columns) == list(COMPOUND_COLUMNS)
    nearest = found.families.iloc[0]
    assert (nearest["family"], nearest["publications"], nearest["compounds"]) == ("F1001", 2, 1)
    assert (nearest["first_published"], nearest["last_published"]) == (DAY, LATER)
    assert found.families["family"].tolist() == ["F1001", "F2002"]
    assert found.compounds["similarity"].is_monotonic_decreasing


def test_years_keep_what_is_not_dated(around):
    found = survey(PatentLadder(sources=[around]), [RUXOLITINIB], at_least=0.3)
    years = dict(zip(found.years["year"].astype(object), found.years["publications"], strict=True))
    assert years[2012] == 2
    assert found.years["year"].isna().sum() == 1


def test_a_date_hides_what_came_later(around):
    found = survey(PatentLadder(sources=[around], as_of=DAY), [RUXOLITINIB], at_least=0.3)
    assert set(found.compounds["publication_number"]) == {"US-1001-B2", "WO-3003-A1"}


@pytest.fixture(scope="module")
def numbered():
    """Return ruxolitinib in publications of which one date was read."""
    return source(
        [
            (RUXOLITINIB, "US-8158616-B2", "claims", (date(2007, 11, 27), date(2014, 1, 28))),
            (RUXOLITINIB, "US-9035074-B2", "claims", (date(2014, 1, 28), None)),
            (RUXOLITINIB, "US-5770603-A", "claims", (None, date(2003, 10, 21))),
            (RUXOLITINIB, "WO-2010003030-A1", "claims", (date(2010, 1, 1), date(2010, 12, 31))),
            (RUXOLITINIB, "US-1001-B2", "claims", DAY),
            (RUXOLITINIB, "EP-2173752-B1", "claims", None),
        ]
    )


def test_years_by_number_stand_in_rows_of_their_own_in_the_order_of_time(numbered):
    years = survey(PatentLadder(sources=[numbered]), [RUXOLITINIB]).years
    assert years["published"].tolist() == [
        "2003 or earlier (by number)",
        "2007-2014 (by number)",
        "2010",
        "2010 (by number)",
        "2014 or later (by number)",
        "not known",
    ]
    assert years["year"].isna().tolist() == [True, True, False, False, True, True]
    assert years["publications"].tolist() == [1] * 6


def test_first_and_last_are_of_dates_that_were_read_and_the_rest_is_said(numbered):
    [assignee] = survey(PatentLadder(sources=[numbered]), [RUXOLITINIB]).assignees.to_dict(
        "records"
    )
    assert (assignee["first_published"], assignee["last_published"]) == (DAY, DAY)
    assert assignee["no_date_read"] == (
        "2003 or earlier, 2007-2014, 2010, 2014 or later (by number); not known"
    )


def test_a_date_hides_what_came_later_by_its_number(numbered):
    found = survey(PatentLadder(sources=[numbered], as_of=date(2009, 12, 31)), [RUXOLITINIB])
    assert set(found.compounds["publication_number"]) == {
        "US-8158616-B2",
        "US-5770603-A",
        "EP-2173752-B1",
    }


def test_similarity_is_to_the_nearest_of_the_series(around):
    found = survey(
        PatentLadder(sources=[around]), [UPADACITINIB, RUXOLITINIB, "C1CC"], at_least=0.5
    )
    own = found.compounds.drop_duplicates("smiles").set_index("publication_number")
    assert own.loc["US-2002-A1", "nearest"] == RUXOLITINIB
    assert own.loc["WO-4004-A1", "similarity"] == pytest.approx(1.0)
    assert [smiles for smiles, _ in found.unread] == ["C1CC"]
    assert len(found.series) == 2


def test_nothing_near_is_an_empty_landscape(around):
    found = survey(PatentLadder(sources=[around]), ["CCCCCCCC"], at_least=0.9)
    assert found.compounds.empty
    assert found.families.empty
    assert len(found.series) == 1


def test_a_series_that_cannot_be_read_is_refused(around):
    with pytest.raises(InputError, match="no structure of the series"):
        survey(PatentLadder(sources=[around]), ["C1CC"])


def test_companies_are_counted_without_their_legal_form():
    assert party("Incyte Corporation") == party("INCYTE CORP.") == "incyte"
    assert party("Incyte Holdings Corp") != party("Incyte Corp")
    assert party("SA") == "sa"


def test_the_map_keeps_distances_of_three_structures_and_is_the_same_each_time():
    smiles = [TOFACITINIB, RUXOLITINIB, BARICITINIB]
    places = principal_coordinates(smiles)
    assert np.array_equal(places, principal_coordinates(smiles))
    # Three points always lie in a plane: their distances are the square roots of 1 - Tanimoto.
    from molagent.chem.fingerprints import morgan_bits, tanimoto

    bits = morgan_bits(smiles)
    wanted = np.sqrt(1 - tanimoto(bits, bits))
    shown = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    assert np.allclose(shown, wanted, atol=1e-9)
