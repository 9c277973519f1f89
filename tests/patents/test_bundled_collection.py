"""The bundled collection says what was read, where, and agrees with itself and with chemistry."""

import re
from collections import defaultdict
from datetime import date

import pytest
from rdkit import Chem
from rdkit.Chem import rdCIPLabeler
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from molagent.chem.identity import inchikey
from molagent.patents.ladder import load_patent_index
from molagent.patents.markush.claims import ClaimStatus, read_claims
from molagent.patents.markush.composites import AnyGroup
from molagent.patents.publications import read_collection
from molagent.records import OverlapLevel
from tests.patents.conftest import COLLECTION

KEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
FORMULA = re.compile(r"; (C\d+H\d+[A-Z0-9a-z]*)")
CENTRES = re.compile(r"\b(\d)([RS]),(\d)([RS])\b")

# Sites whose text about patents is written by machines: nothing may rest on them.
GENERATED = ("exparte.com", "synapse.patsnap", "drugchatter", "patentbrief.org", "techinfolaw")


@pytest.fixture(scope="module")
def collection():
    return read_collection(COLLECTION)


@pytest.fixture(scope="module")
def claims():
    return read_claims(COLLECTION)


def compounds(collection):
    return [
        (publication, compound)
        for publication in collection.publications
        for compound in publication.compounds
    ]


def test_the_landscape_is_as_large_as_its_scope_says(collection):
    stated = int(re.match(r"\d+", collection.scope)[0])
    assert stated == len(collection.publications) >= 40


def test_every_record_has_a_page_and_what_of_it_was_read(collection):
    for publication in collection.publications:
        assert publication.source.startswith("http"), publication.publication_number
        assert publication.read
        assert publication.read_on <= date(2026, 11, 22)
        assert publication.series


def test_nothing_rests_on_pages_written_by_machines(collection, claims):
    sources = [publication.source for publication in collection.publications]
    sources += [
        event.source for publication in collection.publications for event in publication.legal
    ]
    sources += [claim.source for claim in claims]
    assert not [source for source in sources if any(name in source for name in GENERATED)]


def test_most_publications_are_dated_or_bounded_and_owned(collection):
    bounded = [item for item in collection.publications if item.published_by is not None]
    owned = [item for item in collection.publications if item.assignee is not None]
    assert len(bounded) >= 40
    assert len(owned) >= 50
    for publication in bounded:
        assert publication.published_by < date(2027, 1, 1)
        if publication.published_after:
            assert publication.published_after <= publication.published_by


def test_dates_read_on_us_grants_follow_their_numbers(collection):
    read = sorted(
        (int(number[1]), publication.publication_date)
        for publication in collection.publications
        if publication.publication_date
        and (number := re.fullmatch(r"US-(\d{7,8})(-B\d)?", publication.publication_number))
    )
    assert len(read) >= 7
    assert [day for _, day in read] == sorted(day for _, day in read)


def test_a_bounded_date_is_not_shown_as_one_that_was_read(collection):
    patent = collection.find_publication("US 8,158,616")
    assert patent.publication_date is None
    assert patent.published_after == date(2007, 11, 27)
    assert patent.published_by == date(2014, 1, 28)


def test_every_key_stated_is_the_key_of_its_structure(collection):
    stated = [
        (inchikey(compound.smiles), key, compound.name)
        for _, compound in compounds(collection)
        for key in KEY.findall(compound.smiles_source)
    ]
    assert len(stated) >= 25
    assert not [row for row in stated if row[0] != row[1]]


def test_every_formula_stated_is_the_formula_of_its_structure(collection):
    stated = [
        (CalcMolFormula(Chem.MolFromSmiles(compound.smiles)), formula, compound.name)
        for _, compound in compounds(collection)
        for formula in FORMULA.findall(compound.smiles_source)
    ]
    assert len(stated) >= 8
    assert not [row for row in stated if row[0].replace("+", "") != row[1]]


def test_every_configuration_stated_is_the_configuration_of_its_structure(collection):
    stated = 0
    for _, compound in compounds(collection):
        for _, first, _, second in CENTRES.findall(compound.smiles_source):
            mol = Chem.MolFromSmiles(compound.smiles)
            rdCIPLabeler.AssignCIPLabels(mol)
            labels = sorted(a.GetProp("_CIPCode") for a in mol.GetAtoms() if a.HasProp("_CIPCode"))
            assert labels == sorted([first, second]), compound.name
            stated += 1
    assert stated >= 5


def test_a_name_means_one_structure_throughout(collection):
    keys = defaultdict(set)
    for _, compound in compounds(collection):
        keys[compound.name].add(inchikey(compound.smiles))
    assert not {name: found for name, found in keys.items() if len(found) > 1}


def test_a_compound_counts_as_claimed_only_where_its_claim_was_read(collection):
    claimed = [item for item, compound in compounds(collection) if compound.section == "claims"]
    assert len(claimed) >= 7
    assert not [item.publication_number for item in claimed if "claim" not in item.read]


def test_a_compound_without_a_section_says_what_ties_it_to_the_patent(collection):
    untied = [compound for _, compound in compounds(collection) if compound.section is None]
    assert untied
    assert not [compound.name for compound in untied if "not" not in compound.note.lower()]


def test_the_claims_are_enough_and_three_confirmed_ones_have_variable_groups(claims):
    confirmed = [claim for claim in claims if claim.status is ClaimStatus.CONFIRMED]
    assert len(claims) >= 8
    assert len(confirmed) >= 8
    assert len([claim for claim in confirmed if claim.sites]) >= 3


def test_every_claim_belongs_to_a_publication_that_points_back_to_it(collection, claims):
    for claim in claims:
        publication = collection.find_publication(claim.publication_number)
        assert publication is not None, claim.claim_id
        draft = " (draft)" if claim.status is ClaimStatus.DRAFT else ""
        files = [
            path.name
            for path in (COLLECTION / "claims").glob("*.toml")
            if f'claim_id = "{claim.claim_id}"' in path.read_text(encoding="utf-8")
        ]
        assert len(files) == 1
        assert f"claims/{files[0]}{draft}" in publication.note, claim.claim_id


def test_a_confirmed_claim_names_the_page_and_a_draft_its_reason(claims):
    for path in sorted((COLLECTION / "claims").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        [claim] = [claim for claim in claims if f'"{claim.claim_id}"' in text]
        if claim.status is ClaimStatus.CONFIRMED:
            assert claim.source in claim.confirmed_by
            assert not any(isinstance(site.predicate, AnyGroup) for site in claim.sites)
        else:
            assert re.search(r"^# .*A\n?#? ?DRAFT", text, re.M), path.name


def test_every_compound_named_in_a_claim_is_found_there(collection):
    ladder = load_patent_index(COLLECTION)
    wanted = [
        compound.smiles for _, compound in compounds(collection) if compound.section == "claims"
    ]
    for smiles, overlaps in zip(wanted, ladder.find_overlap(wanted), strict=True):
        assert overlaps[0].level is OverlapLevel.EXACT_IN_CLAIMS, smiles


def test_what_happened_to_a_patent_stands_with_the_evidence(collection):
    concert = collection.find_publication("US 9,249,149")
    assert "held unpatentable" in concert.note
    assert [event.happened_on.year for event in concert.legal] == [2019, 2023]
