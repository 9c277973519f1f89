from datetime import date

import pytest

from molagent.errors import FileFormatError, InputError, StoreError
from molagent.ingest.patents import structures
from molagent.ingest.patents.structures import StructureComputer
from molagent.ingest.patents.sync import sync_release
from molagent.patents.index.compounds import CompoundIndex
from molagent.patents.index.rows import compute_row
from molagent.protocols import MentionReader
from molagent.store.patents.reader import PatentStore

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
CPC = "cpc:A61P,C07D"


def renamed(columns: dict[str, list[object]], **names: str) -> dict[str, list[object]]:
    return {names.get(name, name): values for name, values in columns.items()}


@pytest.fixture
def tables(bulk):
    """Return the default tables, to be written with other names."""
    import pyarrow.parquet as pq

    folder = bulk("defaults")
    return {path.stem: pq.read_table(path).to_pydict() for path in folder.glob("*.parquet")}


def test_tofacitinib_is_found_in_the_claims_with_its_publication(bulk, tmp_path, computer):
    report = sync_release("all", tmp_path / "release", bulk(), computer=computer)
    assert report.totals.release.n_publications == 4
    with PatentStore.open(tmp_path / "release") as store:
        assert isinstance(store, MentionReader)
        index = CompoundIndex.open(store.index_folder)
        assert len(index) == store.release.n_compounds
        ((row,),) = index.find_keys("inchikey", [compute_row(TOFACITINIB).keys.inchikey])
        mentions = store.find_mentions([row])[row]
        assert [(entry.publication_number, entry.sections) for entry in mentions] == [
            ("WO-2001042246-A2", ("claims",)),
            ("US-7301023-B2", ("claims", "description")),
            ("EP-1235830-A2", ("attachment",)),
        ]
        # The citrate of one publication is the same parent; what was given tells them apart.
        assert mentions[1].raw_smiles == f"{TOFACITINIB}.OC(=O)CC(O)(CC(O)=O)C(O)=O"
        assert mentions[1].source_id == "SCHEMBL101"
        assert mentions[2].route == "attachment"
        header = store.find_publications(["WO-2001042246-A2"])["WO-2001042246-A2"]
        assert header.family_id == "12"
        assert header.publication_date == date(2001, 6, 14)
        families = store.families()
        assert families["family_id"].tolist() == ["12", "11"]
        assert families["publications"].tolist() == [2, 1]


def test_doubtful_structures_are_kept_and_flagged(bulk, tmp_path, computer):
    sync_release("all", tmp_path / "release", bulk(), computer=computer)
    with PatentStore.open(tmp_path / "release") as store:
        flagged = store.flagged().set_index("source_id")
        assert flagged["flag"].to_dict() == {
            "SCHEMBL104": "pseudo_element",
            "SCHEMBL105": "unparsable",
        }
        assert "U, V, W" in flagged["reason"]["SCHEMBL104"]
        broken = int(flagged["row"]["SCHEMBL105"])
        assert store.release.n_unreadable == 1
        assert CompoundIndex.open(store.index_folder).parent(broken) is None
        (mention,) = store.find_mentions([broken])[broken]
        assert mention.raw_smiles == "c1ccccc"


@pytest.mark.parametrize(
    ("scope", "numbers"),
    [
        ("cpc:A61P", {"US-7301023-B2"}),
        ("cpc:C07D487/04", {"US-7301023-B2", "WO-2001042246-A2"}),
        ("ipc:C07D487", {"EP-1235830-A2"}),
        ("since:2000", {"US-7301023-B2", "WO-2001042246-A2"}),
        ("until:2001-06", {"WO-2001042246-A2", "US-5770599-A"}),
        ("country:us,EP", {"US-7301023-B2", "EP-1235830-A2", "US-5770599-A"}),
        ("assignee:pfizer country:US", {"US-7301023-B2"}),
        ('assignee:"pfizer products"', {"WO-2001042246-A2", "EP-1235830-A2"}),
    ],
)
def test_a_scope_takes_what_it_says(bulk, tmp_path, computer, scope, numbers):
    report = sync_release(scope, tmp_path / "release", bulk(), computer=computer)
    with PatentStore.open(tmp_path / "release") as store:
        taken = store.frame("SELECT publication_number FROM patent")["publication_number"]
        assert set(taken) == numbers
    assert report.totals.release.n_publications == len(numbers)


def test_a_publication_without_a_date_is_left_out_of_a_dated_scope_and_counted(
    bulk, tmp_path, computer
):
    report = sync_release("since:1990", tmp_path / "release", bulk(), computer=computer)
    assert report.scoped.without_date == 1
    assert any("their date is not known" in note for note in report.totals.notes)


def test_an_empty_scope_is_an_error_and_not_everything(bulk, tmp_path, computer):
    with pytest.raises(InputError, match="the scope is empty"):
        sync_release("  ", tmp_path / "release", bulk(), computer=computer)
    with pytest.raises(FileFormatError, match="no publication is in the scope"):
        sync_release("country:JP", tmp_path / "release", bulk(), computer=computer)
    with pytest.raises(FileFormatError, match="there is no release"):
        PatentStore.open(tmp_path / "release")


def test_the_columns_of_the_first_release_are_understood(bulk, tables, tmp_path, computer):
    compounds = renamed(tables["compounds"], smiles="rdk_smiles")
    del compounds["inchi"], compounds["inchi_key"]
    folder = bulk(
        "2025-04-30",
        compounds=compounds,
        fields=renamed(tables["fields"], field_name="fieldname"),
        patents=renamed(tables["patents"], assignee="asignee"),
    )
    report = sync_release("assignee:pfizer", tmp_path / "old", folder, computer=computer)
    assert report.columns["compounds"]["smiles"] == "rdk_smiles"
    assert report.columns["patents"]["assignee"] == "asignee"
    assert report.totals.release.n_publications == 3


def test_the_numbering_of_sections_is_read_from_the_release(bulk, tables, tmp_path, computer):
    fields = {"id": tables["fields"]["id"][::-1], "field_name": tables["fields"]["field_name"]}
    sync_release("all", tmp_path / "release", bulk(fields=fields), computer=computer)
    with PatentStore.open(tmp_path / "release") as store:
        aspirin = int(
            store.frame('SELECT "row" FROM source_compound WHERE source_no = 102')["row"][0]
        )
        assert {entry.sections for entry in store.find_mentions([aspirin])[aspirin]} == {
            ("attachment",)
        }


def test_dates_as_numbers_and_an_assignee_as_text_are_read(bulk, tables, tmp_path, computer):
    patents = {
        **tables["patents"],
        "publication_date": [20071127, 20010614, None, 19980623],
        "assignee": ["PFIZER INC", "Pfizer Products Inc.", None, "Zeneca"],
    }
    report = sync_release(
        "assignee:pfizer since:2005", tmp_path / "release", bulk(patents=patents), computer=computer
    )
    assert report.totals.release.n_publications == 1


def test_columns_that_cannot_be_mapped_are_listed_with_what_is_there(bulk, tables, tmp_path):
    folder = bulk(
        compounds=renamed(tables["compounds"], smiles="structure_text"),
        patent_compound_map=renamed(tables["patent_compound_map"], field_id="where"),
        patents={name: tables["patents"][name] for name in ("id", "patent_number")},
    )
    with pytest.raises(FileFormatError) as failed:
        sync_release(CPC, tmp_path / "release", folder)
    message = str(failed.value)
    assert "compounds.parquet: no column for smiles" in message
    assert "structure_text" in message
    assert "patent_compound_map.parquet: no column for field" in message
    assert "patents.parquet: no column for cpc" in message


def test_a_truncated_file_is_refused_by_name(bulk, tmp_path):
    folder = bulk()
    path = folder / "compounds.parquet"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FileFormatError, match=r"compounds\.parquet: the file is not whole"):
        sync_release("all", tmp_path / "release", folder)


def test_damaged_pages_are_refused_and_the_release_before_stays(bulk, tmp_path, computer):
    folder = bulk()
    sync_release("all", tmp_path / "release", folder, computer=computer)
    path = folder / "patent_compound_map.parquet"
    content = bytearray(path.read_bytes())
    content[4:120] = bytes(116)
    path.write_bytes(bytes(content))
    with pytest.raises(FileFormatError, match="compare its size and checksum"):
        sync_release("all", tmp_path / "release", folder, computer=computer)
    with PatentStore.open(tmp_path / "release") as store:
        assert store.release.n_publications == 4


def test_a_second_sync_computes_only_what_is_new_and_says_what_went(bulk, tmp_path):
    into = tmp_path / "release"

    def sync(scope: str):
        return sync_release(scope, into, bulk(), computer=StructureComputer(workers=0)).totals

    first = sync("country:US")
    assert (first.added, first.kept, first.dropped, first.computed) == (4, 0, 0, 4)
    second = sync("all")
    # The free base has the parent of the citrate, which is there already.
    assert (second.added, second.kept, second.dropped, second.computed) == (1, 4, 0, 2)
    third = sync("country:WO")
    assert (third.added, third.kept, third.dropped, third.computed) == (0, 2, 3, 0)
    assert any("3 structures" in note for note in third.notes)
    with PatentStore.open(into) as store:
        assert store.builds()["dropped"].tolist() == [0, 0, 3]
        assert store.release.scope == "country WO"


def test_other_limits_make_everything_new_and_say_so(bulk, tmp_path):
    into = tmp_path / "release"
    sync_release("all", into, bulk(), computer=StructureComputer(workers=0))
    again = sync_release("all", into, bulk(), computer=StructureComputer(workers=0, max_atoms=20))
    assert again.totals.computed == 6
    assert again.totals.flags["too_large"] == 3
    assert any("computed with other settings" in note for note in again.totals.notes)


def test_a_killed_sync_continues_and_leaves_the_release_before(bulk, tmp_path, monkeypatch):
    into = tmp_path / "release"
    sync_release("country:WO", into, bulk(), computer=StructureComputer(workers=0))
    monkeypatch.setattr("molagent.ingest.patents.filling._BATCH", 1)
    asked: list[str] = []
    real = structures.StructureComputer.compute

    def interrupted(self, given, progress=None):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.extend(given)
        return real(self, given, progress)

    monkeypatch.setattr(structures.StructureComputer, "compute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sync_release("all", into, bulk(), computer=StructureComputer(workers=0))
    with PatentStore.open(into) as store:
        assert store.release.scope == "country WO"
    assert not list(into.glob("*.part*"))
    monkeypatch.setattr(structures.StructureComputer, "compute", real)
    rest = sync_release("all", into, bulk(), computer=StructureComputer(workers=0)).totals
    assert rest.computed == 6 - 2 - 2  # two were known before, two were done when it was killed
    assert len(asked) == 2


def test_mentions_of_structures_that_the_release_lacks_are_counted(
    bulk, tables, tmp_path, computer
):
    compounds = {name: values[:-2] for name, values in tables["compounds"].items()}
    report = sync_release("all", tmp_path / "release", bulk(compounds=compounds), computer=computer)
    assert report.scoped.orphans == 2


def test_a_folder_of_something_else_is_not_overwritten(bulk, tmp_path, computer):
    from molagent.ingest.patents.importing import import_file

    own = tmp_path / "own.csv"
    own.write_text(f"smiles,document\n{TOFACITINIB},memo 7\n")
    import_file(own, tmp_path / "release", computer=computer)
    with pytest.raises(StoreError, match="the folder holds kind 'disclosures'"):
        sync_release("all", tmp_path / "release", bulk(), computer=computer)


def test_an_open_release_stays_what_it_was_while_another_one_takes_its_place(
    bulk, tmp_path, computer
):
    into = tmp_path / "release"
    sync_release("country:US", into, bulk(), computer=computer)
    with PatentStore.open(into) as before:
        sync_release("country:WO", into, bulk(), computer=computer)
        assert before.frame("SELECT count(*) AS n FROM patent")["n"][0] == 2
        with PatentStore.open(into) as after:
            assert after.frame("SELECT count(*) AS n FROM patent")["n"][0] == 1


def test_real_bulk_files_are_taken_whole(exports, tmp_path, computer):
    report = sync_release(
        "country:EP", tmp_path / "release", exports / "surechembl_fixture", computer=computer
    )
    assert report.totals.release.n_publications == 4
    assert report.scoped.orphans == 0
