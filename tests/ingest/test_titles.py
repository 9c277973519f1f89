import pytest

from molagent.ingest.titles import find_dose, find_titles


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("concentration_uM", "uM"),
        ("Dose [nM]", "nM"),
        ("Conc (µM) ", "µM"),
        ("Protease assay: Concentration (mM)", "mM"),
        ("conc", ""),
    ],
)
def test_a_concentration_is_found_with_its_unit(title, unit):
    assert find_dose(["cid", title]) == (title, unit)


@pytest.mark.parametrize("title", ["concentration of DMSO", "mass conc. mg/mL", "IC50 (uM)", "cid"])
def test_other_columns_are_no_concentration(title):
    assert find_dose([title]) == ("", "")


def test_titles_are_found_whatever_their_capitals_and_blanks():
    known = {"sample": ("compoundid", "cid"), "lot": ("lot",)}
    assert find_titles(["Lot No", "Compound_ID", "CID"], known) == {
        "sample": "Compound_ID", "lot": "",
    }  # fmt: skip
