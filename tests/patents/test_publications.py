"""Records are read as they stand: nothing inferred, nothing unknown accepted."""

import re
import shutil

import pytest
from rdkit import Chem

from molagent.chem.identity import inchikey
from molagent.errors import FileFormatError, InputError
from molagent.patents import normalize_publication_number, read_collection
from molagent.patents.publications import find_pseudo_atoms
from tests.patents.conftest import COLLECTION

SIX_SPELLINGS = [
    "US-6635762-B1",
    "US 6,635,762 B1",
    "US6635762B1",
    "us 6635762 b1",
    "US Patent No. 6,635,762 B1",
    "US06635762B1",
]


@pytest.mark.parametrize("text", SIX_SPELLINGS)
def test_a_number_is_the_same_however_it_is_spelled(text):
    assert normalize_publication_number(text) == "US-6635762-B1"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("WO 2015/032423 A1", "WO-2015032423-A1"),
        ("WO/2015/032423", "WO-2015032423"),
        ("WO 01/42246 A2", "WO-2001042246-A2"),
        ("WO 99/65909 A1", "WO-1999065909-A1"),
        ("US 2014/0213576 A1", "US-20140213576-A1"),
        ("US2014213576A1", "US-20140213576-A1"),
        ("EP 2 173 752 B1", "EP-2173752-B1"),
        ("EP 795 556 A1", "EP-0795556-A1"),
        ("RE41,783", "US-RE41783"),
        ("USRE41783E1", "US-RE41783-E1"),
        ("TWI841027B", "TW-I841027-B"),
    ],
)
def test_offices_keep_their_own_forms(text, number):
    assert normalize_publication_number(text) == number
    assert normalize_publication_number(number) == number


@pytest.mark.parametrize("text", ["", "tofacitinib", "6,635,762", "US"])
def test_what_is_no_number_is_refused_with_a_remedy(text):
    with pytest.raises(InputError, match="write country, number and kind"):
        normalize_publication_number(text)


def test_the_bundled_collection_is_read_in_full():
    collection = read_collection(COLLECTION)
    named = [publication for publication in collection.publications if publication.compounds]
    assert len(collection.publications) == 22
    assert len(named) >= 10
    assert all(publication.source.startswith("http") for publication in collection.publications)
    assert all(publication.read for publication in collection.publications)


def test_every_key_stated_in_the_collection_is_the_key_of_its_structure():
    stated = 0
    for publication in read_collection(COLLECTION).publications:
        for compound in publication.compounds:
            for key in re.findall(r"[A-Z]{14}-[A-Z]{10}-[A-Z]", compound.smiles_source):
                assert inchikey(compound.smiles) == key, compound
                stated += 1
    assert stated >= 10


def test_a_compound_counts_as_claimed_only_where_its_claim_was_read():
    for publication in read_collection(COLLECTION).publications:
        for compound in publication.compounds:
            if compound.section == "claims":
                assert "claim" in publication.read, publication.publication_number


def test_a_publication_is_found_with_or_without_its_kind_code():
    collection = read_collection(COLLECTION)
    found = collection.find_publication("US 9,249,149")
    assert found is not None
    assert found.publication_number == "US-9249149-B2"
    assert found.publication_date is None  # it was not read, and is not guessed


HEAD = '[collection]\nrelease = "test"\nscope = "test"\nlicence = "none"\n'
RECORD = (
    "[[publication]]\n"
    'publication_number = "US-1234567-B1"\n'
    'source = "https://example.org"\nread = "header"\nread_on = 2026-11-21\n'
)
COMPOUND = '[[publication.compound]]\nname = "x"\nsmiles_source = "made up"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (RECORD + 'assigne = "Pfizer"\n', r"US-1234567-B1\): unknown field 'assigne'"),
        (RECORD.replace('source = "https://example.org"\n', ""), "field 'source' is missing"),
        (RECORD + 'publication_date = "2003"\n', "write it as YYYY-MM-DD"),
        (RECORD + RECORD.replace("-B1", "-B2"), "stands twice"),
        (RECORD.replace("US-1234567-B1", "Pfizer"), "'Pfizer' is not a publication number"),
        (RECORD + COMPOUND + 'smiles = "C1CC"\n', "compound 1: 'C1CC' is not a SMILES"),
        (RECORD + COMPOUND + 'smiles = "OC([Re])=O"\n', "has Re, likely letters of a drawing"),
        (RECORD + COMPOUND + 'smiles = "CO"\nsection = "claim"\n', "section 'claim' is not known"),
        ("[[publication\n", "not TOML"),
    ],
)
def test_a_wrong_record_is_refused_by_file_record_and_remedy(tmp_path, text, problem):
    (tmp_path / "publications.toml").write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=problem) as caught:
        read_collection(tmp_path)
    assert "publications.toml" in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileFormatError, match=r"publications\.toml"):
        read_collection(tmp_path)


@pytest.mark.parametrize(
    ("smiles", "letters"),
    [("OC([Re])=O", ("Re",)), ("C1=C[U]=[V][W]=N1", ("U", "V", "W")), ("CC(=O)O[Na]", ())],
)
def test_letters_read_as_elements_are_seen(smiles, letters):
    assert find_pseudo_atoms(Chem.MolFromSmiles(smiles, sanitize=False)) == letters


def test_a_copy_of_the_collection_reads_the_same(tmp_path):
    shutil.copytree(COLLECTION, tmp_path / "patents")
    assert read_collection(tmp_path / "patents") == read_collection(COLLECTION)
