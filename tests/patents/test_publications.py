"""Records are read as they stand: nothing inferred, nothing unknown accepted."""

import shutil
from datetime import date

import pytest
from rdkit import Chem

from molagent.errors import FileFormatError, InputError
from molagent.patents.publications import (
    find_pseudo_atoms,
    normalize_publication_number,
    read_collection,
)
from tests.patents.conftest import COLLECTION

SPELLINGS = [
    "US-6635762-B1",
    "US 6,635,762 B1",
    "US6635762B1",
    "us 6635762 b1",
    "US Patent No. 6,635,762 B1",
    "US06635762B1",
    "US6635762 (B1)",
]


@pytest.mark.parametrize("text", SPELLINGS)
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
LEGAL = '[[publication.legal]]\nevent = "revoked"\n'
COMPOUND = '[[publication.compound]]\nname = "x"\nsmiles_source = "made up"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (RECORD + 'assigne = "Pfizer"\n', r"US-1234567-B1\): unknown field 'assigne'"),
        (RECORD.replace('source = "https://example.org"\n', ""), "field 'source' is missing"),
        (RECORD + 'publication_date = "2003"\n', "write it as YYYY-MM-DD"),
        (RECORD + RECORD.replace("-B1", "-B2"), "stands twice"),
        (RECORD.replace("US-1234567-B1", "Pfizer"), "'Pfizer' is not a publication number"),
        (RECORD + "publication_date = 2003-01-01\nfiled_on = 2003-01-02\n", "is before filed_on"),
        (
            RECORD + "publication_date = 2027-01-01\n",
            "read_on 2026-11-21 is before publication_date",
        ),
        (RECORD + LEGAL, "legal 1: field 'source' is missing"),
        (RECORD + LEGAL + 'source = "x"\nhappened_on = "2019"\n', "happened_on is '2019'"),
        ("[[anchor]]\n" + RECORD[16:], "unknown field 'read'"),
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


def write(tmp_path, text):
    (tmp_path / "publications.toml").write_text(HEAD + text, encoding="utf-8")
    return read_collection(tmp_path)


def test_what_happened_to_a_publication_is_part_of_its_note(tmp_path):
    text = RECORD + 'note = "See the claim."\n' + LEGAL + 'source = "https://example.org"\n'
    [publication] = write(tmp_path, text + "happened_on = 2019-04-08\n").publications
    [event] = publication.legal
    assert event.happened_on == date(2019, 4, 8)
    assert publication.note == "See the claim. 2019-04-08: revoked"


def test_an_anchor_bounds_an_undated_grant_and_is_no_publication(tmp_path):
    anchor = (
        '[[anchor]]\npublication_number = "US-1300000"\n'
        'publication_date = 2001-02-06\nsource = "x"\n'
    )
    collection = write(tmp_path, RECORD + anchor)
    [publication] = collection.publications
    assert publication.publication_date is None
    assert (publication.published_after, publication.published_by) == (None, date(2001, 2, 6))
    assert collection.find_publication("US 1,300,000") is None


def test_a_record_of_the_first_format_still_reads(tmp_path):
    [publication] = write(tmp_path, RECORD).publications
    assert publication.legal == ()
    assert publication.series is None
    assert publication.note == ""


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
